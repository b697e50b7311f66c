"""The Sigma documents: what they say of the alarm, and that the validators accept them."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from sigma.collection import SigmaCollection
from sigma.data import mitre_attack
from sigma.plugins import InstalledSigmaPlugins
from sigma.validation import SigmaValidator
from sigma.validators.sigmahq.data import data_taxonomy

from assurance.export.rule import Rule, rule
from tests.assurance.export.exported import DATA, PROJECT, config, exported

# Each with the reason why the rules are not held to it.
NOT_ASKED: Final = {
    "sigmahq_fields_existence": "SigmaHQ keeps no `fields`; whoever looks at an alert wants them",
    "sigmahq_correlation_group_by_existence": "the alarm counts all calls together, so must this",
    "d3_fendtag": "it fetches D3FEND from the network before it looks for tags, of which none is",
}


@pytest.fixture
def validator(tmp_path: Path) -> Iterator[SigmaValidator]:
    """Every validator that is installed but those, with the data that they else would fetch."""
    taxonomy: Any = data_taxonomy
    mitre_attack.set_url(str(DATA / "export" / "attack.json"))
    mitre_attack.set_cache_dir(str(tmp_path / "attack"))
    taxonomy.set_url(str(DATA / "export" / "taxonomy.json"))
    taxonomy.set_cache_dir(str(tmp_path / "taxonomy"))
    installed: dict[str, Any] = {**InstalledSigmaPlugins.autodiscover().validators}
    assert set(installed) >= {*NOT_ASKED, "attacktag", "sigmahq_logsource_unknown"}
    yield SigmaValidator(kind for name, kind in installed.items() if name not in NOT_ASKED)
    mitre_attack.clear_cache()
    taxonomy.clear_cache()


def issues(validator: SigmaValidator, text: str) -> list[str]:
    rules: Any = iter(SigmaCollection.from_yaml(text).rules)
    return [str(issue) for issue in validator.validate_rules(rules)]


@pytest.mark.parametrize("stack", ["dev", "prod", "exclusions"])
def test_every_validator_accepts_the_rules(stack: str, validator: SigmaValidator) -> None:
    assert issues(validator, exported(stack).text) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("attack.t1526", "attack.t9999"),
        ("attack.discovery", "attack.impact"),
        ("service: cloudtrail", "service: cloudtrial"),
        ("errorCode|startswith|cased: AccessDenied", "errorCode: AccessDenied*"),
        ("or (selection_errorCode_2 and", "or (not"),
        ("Consoles and tools", "consoles and tools"),
    ],
)
def test_a_fault_in_the_rules_is_noticed(right: str, wrong: str, validator: SigmaValidator) -> None:
    text = exported("prod").text
    assert right in text
    assert issues(validator, text.replace(right, wrong))


def test_the_rules_are_the_same_whenever_they_are_exported() -> None:
    assert exported("prod").text == exported("prod").text
    assert exported("prod").event["id"] == str(uuid.UUID("e135c1b4-f6bc-50bd-a90d-0406b993d278"))


def test_every_stack_and_document_has_its_own_id() -> None:
    rules = [rule(project, stack, config("dev")) for project in "ab" for stack in ("dev", "prod")]
    ids = [document["id"] for each in rules for document in (each.event, each.correlation)]
    assert len({*ids}) == len(ids) == 8
    assert {uuid.UUID(found).version for found in ids} == {5}


def test_the_ids_stay_when_the_stack_is_tuned() -> None:
    tuned = rule(PROJECT, "prod", replace(config("exclusions"), threshold=50))
    assert tuned.event["id"] == exported("prod").event["id"]
    assert tuned.correlation["id"] == exported("prod").correlation["id"]


def test_the_correlation_has_the_alarms_threshold_and_period() -> None:
    said = rule(PROJECT, "prod", replace(config("prod"), threshold=7, period=7_200)).correlation
    assert said["correlation"]["condition"] == {"gte": 7}
    assert said["correlation"]["timespan"] == "2h"
    assert said["correlation"]["rules"] == [exported("prod").event["name"]]


@pytest.mark.parametrize(
    ("period", "span"), [(60, "1m"), (300, "5m"), (3_600, "1h"), (5_400, "90m"), (86_400, "1d")]
)
def test_a_period_is_said_as_sigma_says_it(period: int, span: str) -> None:
    said = rule(PROJECT, "dev", replace(config("dev"), period=period)).correlation
    assert said["correlation"]["timespan"] == span


def waiting(needed: int, of: int) -> Rule:
    return rule(
        PROJECT, "dev", replace(config("dev"), evaluation_periods=of, datapoints_to_alarm=needed)
    )


def test_what_an_event_count_cannot_say_of_m_of_n_is_said() -> None:
    said = waiting(2, 3)
    assert "waits until 2 of 3 periods" in " ".join(said.correlation["description"].split())
    assert any("waits until 2 of 3 periods" in note for note in said.notes)


@pytest.mark.parametrize(("needed", "of", "red"), [(1, 1, "5 minutes"), (1, 3, "15 minutes")])
def test_one_period_is_enough_where_one_is_asked_for(needed: int, of: int, red: str) -> None:
    said = waiting(needed, of)
    assert not any("waits" in note for note in said.notes)
    assert any(f"stays red for up to {red}" in note for note in said.notes)
