"""What of SNS's notifications is answered, and which window an alarm's message tells."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.alert_details.alarm_message import AlarmMessage, alarm_of, messages_in
from tests.monitoring.alert_details.worlds import (
    ACCOUNT,
    END,
    NAME,
    REGION,
    TOPIC,
    alarm_message,
    invocation,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def read(**told: Any) -> AlarmMessage:
    alarm = alarm_of(json.dumps(alarm_message(**told)), NAME, TOPIC, END)
    assert alarm is not None
    return alarm


def test_the_window_ends_with_the_change_of_state_and_is_as_long_as_the_periods() -> None:
    alarm = read(
        Trigger={"Period": 300, "EvaluationPeriods": 3},
        NewStateReason="",
        StateChangeTime="2026-01-02T03:05:00.000+0000",
    )
    assert alarm.end == datetime(2026, 1, 2, 3, 5, tzinfo=UTC)
    assert alarm.end - alarm.start == timedelta(minutes=15)


def test_the_window_begins_with_a_minute_as_periods_do() -> None:
    assert read(NewStateReason="").start == datetime(2026, 1, 2, 3, 0, tzinfo=UTC)


def test_the_window_begins_no_later_than_the_datapoints_that_the_reason_names() -> None:
    reason = (
        "Threshold Crossed: 2 out of the last 3 datapoints [1.0 (02/01/26 02:55:00), "
        "1.0 (02/01/26 02:50:00)] were greater than or equal to the threshold (1.0)."
    )
    assert read(NewStateReason=reason).start == datetime(2026, 1, 2, 2, 50, tzinfo=UTC)


@pytest.mark.parametrize("time", ["02/01/26 03:04:00", "01/01/20 00:00:00", "99/99/99 99:99:99"])
def test_a_time_in_the_reason_that_is_no_earlier_datapoint_changes_nothing(time: str) -> None:
    reason = f"set by hand [1.0 ({time})]"
    assert read(NewStateReason=reason).start == datetime(2026, 1, 2, 3, 0, tzinfo=UTC)


def test_partition_region_and_account_come_from_the_alarms_arn() -> None:
    arn = "arn:aws-cn:cloudwatch:cn-north-1:210987654321:alarm:x"
    alarm = read(AlarmArn=arn, AWSAccountId=None)
    assert (alarm.partition, alarm.region) == ("aws-cn", "cn-north-1")
    assert (alarm.account, alarm.arn) == ("210987654321", arn)


@pytest.mark.parametrize("arn", [None, "", "arn:aws", 5])
def test_without_the_alarms_arn_they_come_from_the_topics(arn: object) -> None:
    alarm = read(AlarmArn=arn, AWSAccountId=None)
    assert (alarm.partition, alarm.region, alarm.account) == ("aws", REGION, ACCOUNT)


def test_a_time_in_another_zone_is_told_in_utc() -> None:
    alarm = read(StateChangeTime="2026-01-02T04:05:30.678+0100", NewStateReason="")
    assert alarm.end == END
    assert alarm.end.tzinfo is UTC


@pytest.mark.parametrize("time", [None, "soon", 5, "0001-01-01T00:00:00+1400"])
def test_without_a_time_of_the_change_the_window_ends_now(time: object) -> None:
    assert read(StateChangeTime=time).end == END


@pytest.mark.parametrize(
    "trigger",
    [
        None,
        "x",
        {},
        {"Period": 300},
        {"Period": 0, "EvaluationPeriods": 1},
        {"Period": -300, "EvaluationPeriods": 1},
        {"Period": "300", "EvaluationPeriods": 1},
        {"Period": 1e300, "EvaluationPeriods": 1e300},
        {"Period": 10**400, "EvaluationPeriods": 1},
    ],
)
def test_an_alarm_message_without_its_window_is_an_error(trigger: object) -> None:
    with pytest.raises(ValueError, match="does not say the alarm's period"):
        read(Trigger=trigger)


@pytest.mark.parametrize(
    "told",
    [
        {"AlarmName": "another"},
        {"AlarmName": None},
        {"NewStateValue": "OK"},
        {"NewStateValue": "INSUFFICIENT_DATA"},
        {"NewStateValue": None},
    ],
)
def test_another_alarm_and_another_state_are_passed_over(told: dict[str, Any]) -> None:
    assert alarm_of(json.dumps(alarm_message(**told)), NAME, TOPIC, END) is None


@pytest.mark.parametrize("text", ["", "hello", "[]", "null", "{", "[" * 100_000, '{"a": 1}'])
def test_a_message_that_is_no_alarms_is_passed_over(text: str) -> None:
    assert alarm_of(text, NAME, TOPIC, END) is None


def test_each_notification_of_an_invocation_is_read() -> None:
    assert list(messages_in(invocation("one", "two"))) == ["one", "two"]


@given(event=JSON | st.builds(lambda value: {"Records": value}, JSON))
def test_no_event_whatever_it_holds_ends_in_an_error(event: object) -> None:
    assert all(isinstance(text, str) for text in messages_in(event))


@pytest.mark.parametrize(
    "event", [{"Records": [{"Sns": None}]}, {"Records": [{"Sns": {"Message": 5}}]}, {"Records": 1}]
)
def test_a_record_that_holds_no_message_is_passed_over(event: object) -> None:
    assert list(messages_in(event)) == []
