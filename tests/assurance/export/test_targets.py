"""What each target is given, word for word, and what it refuses."""

from pathlib import Path

import pytest

from assurance.export import fields
from assurance.export.conversion import query
from assurance.export.target_error import TargetError
from assurance.export.targets import TARGETS
from monitoring.exclusion_fields import FIELDS
from monitoring.exclusions import Exclusion
from tests.assurance.export.exported import DATA, excluding, exported

ENDINGS = {
    "sigma": "yml",
    "splunk": "spl",
    "elasticsearch": "esql",
    "sumologic": "sumo",
    "athena": "sql",
}


def compared(path: Path, text: str, *, update: bool) -> None:
    if update:
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("stack", ["dev", "prod"])
@pytest.mark.parametrize("target", ["sigma", *TARGETS])
def test_what_is_exported_of_the_shipped_stacks(
    target: str, stack: str, update_snapshots: bool
) -> None:
    rule = exported(stack)
    text = rule.text if target == "sigma" else query(rule, TARGETS[target]) + "\n"

    compared(DATA / "export" / f"{stack}.{ENDINGS[target]}", text, update=update_snapshots)


@pytest.mark.parametrize("target", ["sigma", "splunk", "sumologic", "athena"])
def test_what_is_exported_with_exclusions(target: str, update_snapshots: bool) -> None:
    rule = exported("exclusions")
    text = rule.text if target == "sigma" else query(rule, TARGETS[target]) + "\n"

    compared(DATA / "export" / f"exclusions.{ENDINGS[target]}", text, update=update_snapshots)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("field", FIELDS)
def test_a_field_is_said_or_refused_by_its_name(field: str, target: str) -> None:
    rule, _ = excluding(Exclusion.of("e", "e", {field: ["value"]}))
    names = TARGETS[target].fields
    if names is not None and field not in names:
        with pytest.raises(TargetError, match=field):
            query(rule, TARGETS[target])
    else:
        said = field.replace(".", "_") if target == "sumologic" else field
        assert (names[field] if names is not None else said) in query(rule, TARGETS[target])


def test_no_two_fields_have_one_name_in_a_system() -> None:
    for names in (fields.ELASTIC, fields.ATHENA):
        assert len({*names.values()}) == len(names)


@pytest.mark.parametrize(
    ("target", "value"), [("splunk", "a^b*"), ("sumologic", "a?b*"), ("sumologic", "*a?b")]
)
def test_a_text_that_a_target_cannot_say_is_refused(target: str, value: str) -> None:
    rule, _ = excluding(Exclusion.of("e", "e", {"eventName": [value]}))
    with pytest.raises(TargetError, match=value.strip("*").replace("^", r"\^").replace("?", r"\?")):
        query(rule, TARGETS[target])


@pytest.mark.parametrize("target", TARGETS)
def test_the_threshold_is_in_the_query(target: str) -> None:
    assert ">= 5" in query(exported("prod"), TARGETS[target])
    assert ">= 1\n" in query(exported("dev"), TARGETS[target]) + "\n"
