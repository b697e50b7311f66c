"""The alarms' states: that what an alarm says today is not itself the silence.

Nothing runs while an alarm stays red: it tells of a state once, when it comes into it (CloudWatch
user guide, "Using Amazon CloudWatch alarms").
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from assurance.checks.finding import Verdict, failed, noted, passed, unknown
from assurance.checks.rule import Check, each_alarm
from assurance.checks.view import View
from assurance.snapshot import Alarm

# A bound of ours, not AWS's: who was told of denied calls has looked at them within a day.
_LONGEST_RED: Final = timedelta(days=1)
_WATCHES: Final = {
    "IncomingLogEvents": (
        "no events reach the log group, and nothing that is denied is noticed",
        "see why CloudTrail delivers nothing (trail-logging, trail-last-delivery)",
    ),
    "NumberOfNotificationsFailed": (
        "a message did not reach a recipient",
        "find which by the topic's delivery status or dead-letter queues, and mend that recipient",
    ),
    "Errors": (
        "the function of the alert details failed",
        "read the function's log group for the reason",
    ),
}


def _alarm_state(view: View, alarm: Alarm) -> Iterator[Verdict]:
    since = f" since {_time(alarm.state_since)}" if alarm.state_since else ""
    evidence = f"{alarm.name}: {alarm.state or 'no state'}{since}"
    if alarm.state == "OK":
        yield passed(evidence)
    elif alarm.state != "ALARM":
        yield unknown(f"{evidence}: CloudWatch has not judged it, ask again in some minutes")
    elif alarm.metric_name in _WATCHES and alarm.namespace.startswith("AWS/"):
        why, mend = _WATCHES[alarm.metric_name]
        yield failed(f"{evidence}: {why}", mend)
    elif alarm.state_since is None:
        yield unknown(f"{evidence}, and for how long was not told")
    elif view.snapshot.taken_at - alarm.state_since <= _longest_red(alarm):
        yield noted(f"{evidence}: it tells of no further call until it has returned to OK")
    else:
        yield failed(
            f"{evidence}: it has told of nothing since then",
            "see what is denied without an end, and exclude it or raise the threshold (backtest "
            "proposes both): a red alarm tells nobody of the next call",
        )


def _longest_red(alarm: Alarm) -> timedelta:
    # What it counts is red for as long as its window, however short the burst was.
    return _LONGEST_RED + timedelta(seconds=alarm.period * alarm.evaluation_periods)


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


CHECKS: Final[tuple[Check[Any], ...]] = (Check("alarm-state", each_alarm, _alarm_state),)
"""What only a real account tells: on the emulator, alarms are not evaluated."""
