"""The alarm's own message: which alarm, where, and the window whose calls made it go off."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

# A datapoint in the reason, "[2.0 (24/02/17 10:51:00)]": its period begins at that time, in UTC.
_DATAPOINT: Final = re.compile(r"\((\d\d/\d\d/\d\d \d\d:\d\d:\d\d)\)")
# CloudWatch looks back further than the alarm's periods when data is late, but not for ever.
_FURTHEST: Final = timedelta(days=1)
_LONGEST: Final = timedelta(days=7)  # PutMetricAlarm: period x evaluation periods


@dataclass(frozen=True)
class AlarmMessage:
    """An alarm's change to ALARM; the window is from `start` to `end`, in UTC."""

    name: str
    account: str
    partition: str
    region: str
    start: datetime
    end: datetime
    arn: str = ""


def messages_in(event: object) -> Iterator[str]:
    """The text of each notification in the event that SNS invokes a function with."""
    records = event.get("Records") if isinstance(event, Mapping) else None
    for record in records if isinstance(records, list) else []:
        notification = record.get("Sns") if isinstance(record, Mapping) else None
        text = notification.get("Message") if isinstance(notification, Mapping) else None
        if isinstance(text, str):
            yield text


def alarm_of(text: str, alarm_name: str, topic_arn: str, now: datetime) -> AlarmMessage | None:
    """The change of state that a message tells, when it is this alarm's to ALARM; else None.

    What CloudWatch always writes and this message lacks is taken from the topic (partition,
    region, account) and the clock.

    Raises:
        ValueError: the message does not say the alarm's window.

    """
    told = _object(text)
    if told.get("AlarmName") != alarm_name or told.get("NewStateValue") != "ALARM":
        return None
    arn = told.get("AlarmArn")
    arn = arn if isinstance(arn, str) else ""
    topic = (topic_arn.split(":") + [""] * 6)[:6]
    alarm = arn.split(":") if arn.count(":") >= 6 else topic
    account = told.get("AWSAccountId")
    end = _time(told.get("StateChangeTime")) or now
    start = (end - _length(told.get("Trigger"))).replace(second=0, microsecond=0)
    return AlarmMessage(
        name=alarm_name,
        account=account if isinstance(account, str) and account else alarm[4],
        partition=alarm[1],
        region=alarm[3],
        start=min([start, *_datapoints(told.get("NewStateReason"), start)]),
        end=end,
        arn=arn,
    )


def _length(trigger: object) -> timedelta:
    told = trigger if isinstance(trigger, Mapping) else {}
    period, periods = told.get("Period"), told.get("EvaluationPeriods")
    if isinstance(period, int | float) and isinstance(periods, int | float):
        seconds = period * periods
        if 0 < seconds <= _LONGEST.total_seconds():
            return timedelta(seconds=seconds)
    raise ValueError("the alarm's message does not say the alarm's period and evaluation periods")


def _datapoints(reason: object, start: datetime) -> Iterator[datetime]:
    # An alarm is evaluated some time after its datapoints' periods end: a window that is only
    # counted back from the change of state can miss the calls that caused it.
    for written in _DATAPOINT.findall(reason) if isinstance(reason, str) else []:
        try:
            time = datetime.strptime(written, "%d/%m/%y %H:%M:%S").replace(tzinfo=UTC)
        except ValueError:
            continue
        if start - _FURTHEST <= time:
            yield time


def _time(value: object) -> datetime | None:
    # "2026-01-02T03:04:05.678+0000".
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _object(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
