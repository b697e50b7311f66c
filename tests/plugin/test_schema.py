"""What SDKs in other languages are generated from."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from monitoring import stack_config
from monitoring.unauthorized_api_calls import TOKEN, UnauthorizedApiCallsMonitor
from tests.deployment import ROOT
from tests.plugin.host import Host

SNAPSHOT = ROOT / "plugin" / "schema.json"


@pytest.fixture(scope="module")
def schema(component_host: Host) -> dict[str, Any]:
    return dict(json.loads(component_host.schema()))


def test_the_committed_schema_is_what_the_host_serves(
    schema: dict[str, Any], update_snapshots: bool
) -> None:
    text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    if update_snapshots:
        SNAPSHOT.write_text(text, encoding="utf-8")

    assert SNAPSHOT.read_text(encoding="utf-8") == text, (
        "if it is meant to change, write it anew: pytest --update-snapshots"
    )


def test_the_monitor_is_the_one_component(schema: dict[str, Any]) -> None:
    assert list(schema["resources"]) == [TOKEN]
    assert schema["name"] == TOKEN.partition(":")[0]
    assert schema["resources"][TOKEN]["isComponent"]


def test_the_inputs_are_the_settings_of_the_stack_and_the_log_group_alone_is_required(
    schema: dict[str, Any],
) -> None:
    monitor = schema["resources"][TOKEN]

    assert set(monitor["inputProperties"]) == set(stack_config.KEYS)
    assert monitor["requiredInputs"] == ["logGroupName"]


def test_every_output_is_promised(schema: dict[str, Any]) -> None:
    monitor = schema["resources"][TOKEN]
    promised = {_camel(name) for name in UnauthorizedApiCallsMonitor.__annotations__}

    assert set(monitor["properties"]) == set(monitor["required"]) == promised


def test_everything_in_the_schema_is_described_in_one_paragraph_for_any_language(
    schema: dict[str, Any],
) -> None:
    described = list(_described(schema))

    assert len(described) > len(stack_config.KEYS)
    for where, text in described:
        assert text, where
        assert "\n" not in text, where


def _described(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for kind in ("resources", "types"):
        for token, definition in schema[kind].items():
            yield token, definition.get("description", "")
            for part in ("inputProperties", "properties"):
                for name, declared in definition.get(part, {}).items():
                    yield f"{token} {name}", declared.get("description", "")


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda letter: letter[1].upper(), name)
