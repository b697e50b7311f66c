"""Mute rules: a muted alarm goes red, and nobody hears of it."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from assurance.checks import Status, mutes
from assurance.checks.finding import Finding
from assurance.checks.view import View
from assurance.snapshot import AccountSnapshot, MuteRule, MuteRules, Unknown
from tests.assurance.checks import healthy
from tests.assurance.checks.healthy import CONFIG

DENIED = Unknown(
    call="cloudwatch:ListAlarmMuteRules",
    about="denied",
    code="AccessDenied",
    permission="cloudwatch:ListAlarmMuteRules",
)


def names(snapshot: AccountSnapshot) -> list[str]:
    return [
        alarm.name
        for on_metric in snapshot.alarms
        if not isinstance(on_metric.alarms, Unknown)
        for alarm in on_metric.alarms
    ]


def muted(rules: Mapping[str, tuple[MuteRule, ...] | Unknown]) -> Finding:
    """What the check says where these alarms have such rules, and all others none."""
    snapshot = healthy.snapshot()
    read = tuple(MuteRules(alarm=name, rules=rules.get(name, ())) for name in names(snapshot))
    [check] = mutes.CHECKS
    return check(View(replace(snapshot, mute_rules=read), CONFIG))


def rule(status: str, name: str = "nights", **fields: object) -> MuteRule:
    arn = f"arn:aws:cloudwatch:us-east-1:123456789012:alarm-mute-rule:{name}"
    return MuteRule(arn=arn, status=status, **fields)  # type: ignore[arg-type] # as each test says


def test_alarms_that_no_rule_names_are_not_muted() -> None:
    assert muted({}).status is Status.PASS


@pytest.mark.parametrize("alarm", names(healthy.snapshot()))
@pytest.mark.parametrize("status", ["ACTIVE", "SCHEDULED", "SOMETHING_NEW"])
def test_a_muted_alarm_is_found_with_its_rule(alarm: str, status: str) -> None:
    found = muted({alarm: (rule("EXPIRED", "old"), rule(status, mute_type="RECURRING"))})

    assert found.status is Status.FAIL
    assert found.evidence == (f"{alarm}: recurring mute rule nights is {status.lower()}",)
    assert "--alarm-mute-rule-name nights" in found.mend
    assert "old" not in found.mend


def test_when_a_rule_ends_is_told() -> None:
    until = datetime(2026, 3, 1, tzinfo=UTC)

    found = muted({"denied": (rule("ACTIVE", mute_type="ONE_TIME", expires_at=until),)})

    [evidence] = found.evidence
    assert evidence == "denied: one-time mute rule nights is active, until 2026-03-01T00:00:00Z"


def test_a_rule_that_is_over_mutes_no_more() -> None:
    assert muted({"denied": (rule("EXPIRED"),)}).status is Status.PASS


def test_rules_that_could_not_be_read_are_unknown() -> None:
    found = muted({"denied": DENIED})

    assert found.status is Status.UNKNOWN
    assert "needs the permission cloudwatch:ListAlarmMuteRules" in found.evidence[0]


def test_rules_that_nobody_asked_for_are_unknown() -> None:
    [check] = mutes.CHECKS

    assert check(View(healthy.snapshot(), CONFIG)).status is Status.UNKNOWN
