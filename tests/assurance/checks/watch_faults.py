"""Faults of the heartbeat and the delivery watch."""

from typing import Any

from tests.assurance.checks.changes import with_alarm, with_alarms_on
from tests.assurance.checks.fault import Broken
from tests.assurance.checks.healthy import RECORD


def of(watch: str, check: str, told: str, **changes: Any) -> Broken:
    """A watch with other settings."""
    return Broken(
        f"{watch}: {' '.join(changes)}",
        lambda s: with_alarm(s, watch, **changes),
        {check: told},
        also=frozenset({"alarm-enabled"} if "actions_enabled" in changes else ()),
    )


def heartbeat(told: str, **changes: Any) -> Broken:
    return of("heartbeat", "heartbeat", told, **changes)


def delivery(told: str, **changes: Any) -> Broken:
    return of("delivery", "delivery-watch", told, **changes)


BROKEN = [
    Broken(
        "no heartbeat",
        lambda s: with_alarms_on(s, "IncomingLogEvents", ()),
        {"heartbeat": "no alarm is on the incoming events of trail"},
    ),
    heartbeat("missing data is notBreaching", treat_missing_data="notBreaching"),
    heartbeat("statistic is Average", statistic="Average"),
    heartbeat("0 is not fewer than one event", threshold=0.0),
    heartbeat("is not fewer than one event", comparison_operator="GreaterThanThreshold"),
    heartbeat("waits 7200 of 7200 s", evaluation_periods=8, datapoints_to_alarm=8),
    heartbeat("waits 900 of 3600 s", datapoints_to_alarm=1),
    heartbeat("actions are disabled", actions_enabled=False),
    heartbeat("does not act on", alarm_actions=(RECORD,)),
    Broken(
        "no delivery watch",
        lambda s: with_alarms_on(s, "NumberOfNotificationsFailed", ()),
        {"delivery-watch": "no alarm is on the failed deliveries"},
    ),
    delivery("missing data is breaching", treat_missing_data="breaching"),
    delivery("5 is not one failed delivery", threshold=5.0),
    delivery("is not one failed delivery", comparison_operator="LessThanThreshold"),
    delivery("statistic is Maximum", statistic="Maximum"),
    delivery("actions are disabled", actions_enabled=False),
    delivery("waits for 5 periods", evaluation_periods=5, datapoints_to_alarm=5),
    delivery("does not act on", alarm_actions=(RECORD,)),
]
