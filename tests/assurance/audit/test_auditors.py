"""What other auditors would say, by the table of their rules."""

import pytest
from msgspec.structs import replace

from assurance.audit.auditors import opinions
from assurance.checks.finding import Status
from assurance.snapshot import AccountSnapshot, EventSelector, MetricFilter, Unknown
from monitoring import control
from tests.assurance.checks.healthy import snapshot
from tests.assurance.checks.test_trails import TRAIL

CIS = control.PATTERNS[control.CIS_V3]
HUB = control.PATTERNS[control.SECURITY_HUB]
GROUPED = f"{{ {control.TUNED_CONDITIONS} }}"
REVERSED = '{ ($.errorCode = "AccessDenied*") || ($.errorCode = "*UnauthorizedOperation") }'


def account(*patterns: str) -> AccountSnapshot:
    """A healthy account whose filters, in order, have these patterns."""
    whole = replace(snapshot(), trails=(replace(TRAIL, log_group_arn=_group_arn()),))
    assert isinstance(whole.metric_filters, tuple)
    filters = tuple(
        replace(each, pattern=pattern)
        for each, pattern in zip(whole.metric_filters, patterns, strict=False)
    )
    return replace(whole, metric_filters=filters)


def _group_arn() -> str:
    group = snapshot().log_group
    return f"{getattr(group, 'arn', '')}:*"


def verdicts(found: AccountSnapshot) -> list[str]:
    """Prowler's, Steampipe's and Security Hub's, by their first letters."""
    return [opinion.status[0] for opinion in opinions(found)]


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ([CIS], "PPF"),
        ([GROUPED], "PPF"),
        ([HUB], "PFP"),
        (["".join(HUB.split())], "PFP"),
        ([CIS, HUB], "PPP"),
        ([REVERSED], "FFF"),
    ],
)
def test_each_auditor_accepts_the_patterns_that_its_rule_accepts(
    patterns: list[str], expected: str
) -> None:
    assert "".join(verdicts(account(*patterns))) == expected


def test_advanced_selectors_fail_steampipe_alone() -> None:
    advanced = (EventSelector(reads=True, writes=True, is_advanced=True),)
    found = account(CIS, HUB)
    trail = replace(found.trails[0], management_events=advanced)  # type: ignore[index] # a tuple

    assert verdicts(replace(found, trails=(trail,))) == ["P", "F", "P"]


def test_without_a_trail_on_the_log_group_nobody_is_content() -> None:
    assert verdicts(replace(account(CIS, HUB), trails=())) == ["F", "F", "F"]


def test_a_filter_on_another_log_group_does_not_count() -> None:
    found = account(CIS, HUB)
    assert isinstance(found.metric_filters, tuple)
    elsewhere: tuple[MetricFilter, ...] = tuple(
        replace(each, log_group_name="other") for each in found.metric_filters
    )

    assert verdicts(replace(found, metric_filters=elsewhere)) == ["F", "F", "F"]


def test_what_could_not_be_read_is_unknown_to_those_who_look_at_it() -> None:
    denied = Unknown(call="cloudtrail:DescribeTrails", about="trails", code="AccessDenied")

    assert {opinion.status for opinion in opinions(replace(account(CIS), trails=denied))} == {
        Status.UNKNOWN
    }
