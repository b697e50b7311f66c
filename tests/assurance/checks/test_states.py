"""What the alarms say today: a watch that is red, a red that lasts, an alarm not yet judged."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assurance.checks import Status, states
from assurance.checks.finding import Finding
from assurance.checks.view import View
from tests.assurance.checks import healthy
from tests.assurance.checks.changes import with_alarm
from tests.assurance.checks.healthy import CONFIG

TAKEN_AT = healthy.snapshot().taken_at
# What the paging alarm's window adds to the day for which it may be red.
WINDOW = timedelta(seconds=3 * 300)


def found(alarm: str, **changes: Any) -> Finding:
    [check] = states.CHECKS
    return check(View(with_alarm(healthy.snapshot(), alarm, **changes), CONFIG))


def test_alarms_that_are_ok_are_as_they_should_be() -> None:
    assert found("denied").status is Status.PASS


@pytest.mark.parametrize(
    ("alarm", "told", "mend"),
    [
        ("heartbeat", "no events reach the log group", "CloudTrail delivers nothing"),
        ("delivery", "did not reach a recipient", "mend that recipient"),
    ],
)
def test_a_watch_that_is_red_is_a_failure_at_once(alarm: str, told: str, mend: str) -> None:
    finding = found(alarm, state="ALARM", state_since=TAKEN_AT)

    assert finding.status is Status.FAIL
    [evidence] = finding.evidence
    assert evidence.startswith(f"{alarm}: ALARM since 2026-01-02 03:04 UTC")
    assert told in evidence
    assert mend in finding.mend


def test_the_paging_alarm_may_be_red_for_a_day() -> None:
    finding = found("denied", state="ALARM", state_since=TAKEN_AT - timedelta(days=1) - WINDOW)

    assert finding.status is Status.PASS
    [note] = finding.notes
    assert "tells of no further call" in note


def test_an_alarm_that_stays_red_has_fallen_silent() -> None:
    since = TAKEN_AT - timedelta(days=1, seconds=1) - WINDOW

    finding = found("denied", state="ALARM", state_since=since)

    assert finding.status is Status.FAIL
    assert "it has told of nothing since then" in finding.evidence[0]
    assert "backtest" in finding.mend


@pytest.mark.parametrize("state", ["INSUFFICIENT_DATA", ""])
@pytest.mark.parametrize("alarm", ["denied", "quiet", "heartbeat", "delivery"])
def test_an_alarm_that_was_not_judged_is_unknown(alarm: str, state: str) -> None:
    finding = found(alarm, state=state, state_since=datetime(2026, 1, 1, tzinfo=UTC))

    assert finding.status is Status.UNKNOWN
    assert finding.evidence[0].startswith(f"{alarm}: {state or 'no state'} since 2026-01-01 00:00")


def test_red_for_nobody_knows_how_long_is_unknown() -> None:
    assert found("denied", state="ALARM").status is Status.UNKNOWN


def test_a_metric_of_the_accounts_own_is_no_watch_of_awss() -> None:
    """Whoever names a metric IncomingLogEvents has not made it a heartbeat."""
    whole = with_alarm(healthy.snapshot(), "denied", state="ALARM", state_since=TAKEN_AT)
    [check] = states.CHECKS

    assert check(View(whole, CONFIG)).status is Status.PASS
