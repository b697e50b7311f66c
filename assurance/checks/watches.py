"""The alarms that watch the alarm: that they notice a trail that stopped, a message lost."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from assurance.checks.finding import Verdict, failed, judged, passed
from assurance.checks.rule import Check, the_alert_topic, whole
from assurance.checks.view import GREATER_OR_EQUAL, View
from assurance.snapshot import Alarm, Topic

_MINUTE: Final = 60


def _heartbeat(view: View, _: View) -> Iterator[Verdict]:
    minutes = view.config.heartbeat_minutes
    if not minutes:
        yield passed("heartbeatMinutes is 0: none is wanted")
        return
    alarms = view.heartbeats()
    if not alarms:
        yield failed(
            f"no alarm is on the incoming events of {view.snapshot.log_group_name}",
            "deploy the heartbeat: a trail that stopped looks like a quiet account",
        )
        return
    alert_topic = view.alert_topic().arn

    def faults(alarm: Alarm) -> Iterator[str]:
        yield from _shared_faults(alarm, alert_topic)
        if alarm.comparison_operator != "LessThanThreshold" or not 0 < alarm.threshold <= 1:
            yield f"{alarm.comparison_operator} {alarm.threshold:g} is not fewer than one event"
        if alarm.treat_missing_data != "breaching":
            yield f"missing data is {alarm.treat_missing_data}, and no events are no data"
        window = alarm.period * alarm.evaluation_periods
        needed = alarm.period * alarm.datapoints_to_alarm
        if window != needed or window != minutes * _MINUTE:
            yield f"it waits {needed} of {window} s, and heartbeatMinutes is {minutes}"

    yield _best(alarms, faults, "let the heartbeat ring when no event came for heartbeatMinutes")


def _delivery_watch(view: View, topic: Topic) -> Iterator[Verdict]:
    alarms = view.delivery_watches(topic)
    if not alarms:
        yield failed(
            f"no alarm is on the failed deliveries of {topic.arn}",
            "deploy the delivery watch: a recipient that cannot be reached is noticed by nobody",
        )
        return
    yield rings_at_the_first(
        alarms,
        topic,
        "failed delivery",
        "let the delivery watch ring at the first failed delivery",
    )


def rings_at_the_first(alarms: Sequence[Alarm], topic: Topic, failure: str, mend: str) -> Verdict:
    """Whether one of the alarms rings on the topic at the first failure of this kind."""

    def faults(alarm: Alarm) -> Iterator[str]:
        yield from _shared_faults(alarm, topic.arn)
        if alarm.comparison_operator != GREATER_OR_EQUAL or not 0 < alarm.threshold <= 1:
            yield f"{alarm.comparison_operator} {alarm.threshold:g} is not one {failure}"
        if alarm.treat_missing_data == "breaching":
            yield "missing data is breaching, and no failure is no data"
        if alarm.datapoints_to_alarm != 1:
            yield f"it waits for {alarm.datapoints_to_alarm} periods with failures"

    return _best(alarms, faults, mend)


def _shared_faults(alarm: Alarm, alert_topic: str) -> Iterator[str]:
    if alarm.statistic != "Sum":
        yield f"its statistic is {alarm.statistic or alarm.extended_statistic}"
    if not alarm.actions_enabled:
        yield "its actions are disabled"
    if alert_topic not in alarm.alarm_actions:
        yield f"it does not act on {alert_topic}"


def _best(alarms: Sequence[Alarm], faults: Callable[[Alarm], Iterator[str]], mend: str) -> Verdict:
    """The verdict on the alarm that has the fewest faults."""
    found = {alarm.name: list(faults(alarm)) for alarm in alarms}
    name = min(found, key=lambda name: len(found[name]))
    return judged(
        good=not found[name], evidence=f"{name}: {'; '.join(found[name]) or 'rings'}", mend=mend
    )


CHECKS: Final[tuple[Check[Any], ...]] = (
    Check("heartbeat", whole, _heartbeat),
    Check("delivery-watch", the_alert_topic, _delivery_watch),
)
