"""What of a record a digest tells."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.alert_details.denied_call import DeniedCall, What, call_of, shortened
from tests.monitoring.alert_details.test_alarm_message import JSON
from tests.monitoring.alert_details.worlds import ACCOUNT, event, record


def call(**fields: Any) -> DeniedCall:
    read = call_of(event(record(**fields)))
    assert read is not None
    return read


def test_a_record_says_who_what_from_where_and_when() -> None:
    assert call(eventID="1-2-3") == DeniedCall(
        What(
            principal=f"arn:aws:iam::{ACCOUNT}:user/jane",
            event_source="ec2.amazonaws.com",
            event_name="DescribeInstances",
            source="192.0.2.1",
            error="Client.UnauthorizedOperation",
            account=ACCOUNT,
        ),
        datetime(2026, 1, 2, 3, 2, tzinfo=UTC),
        "1-2-3",
    )


@pytest.mark.parametrize(
    ("identity", "principal"),
    [
        ({"type": "AWSService", "invokedBy": "config.amazonaws.com"}, "config.amazonaws.com"),
        ({"type": "AWSAccount", "principalId": "AIDAEXAMPLE", "accountId": "1"}, "AIDAEXAMPLE"),
        ({"type": "IAMUser", "principalId": None, "userName": "jane"}, "jane"),
        ({"type": "Unknown"}, "Unknown"),
        ({"type": "Root", "arn": "arn:aws:iam::1:root", "invokedBy": "x"}, "arn:aws:iam::1:root"),
        ({"arn": ""}, None),
        ({"arn": {"a": 1}}, None),
        ({}, None),
        (None, None),
        ("jane", None),
    ],
)
def test_a_principal_is_the_first_thing_that_names_it(
    identity: object, principal: str | None
) -> None:
    assert call(userIdentity=identity).what.principal == principal


@pytest.mark.parametrize("field", ["sourceIPAddress", "eventSource", "errorCode"])
@pytest.mark.parametrize("value", [None, "", 5, {"a": 1}, ["x"]])
def test_a_field_that_is_no_text_is_not_said(field: str, value: object) -> None:
    what = call(**{field: value}).what
    assert None in (what.source, what.event_source, what.error)


@pytest.mark.parametrize("message", ["", "not JSON", "[]", "5", "null", '"x"', "[" * 100_000, None])
def test_what_is_no_record_is_no_call(message: str | None) -> None:
    assert call_of({**event(""), "message": message}) is None


@pytest.mark.parametrize("time", [None, "", "yesterday", "2026-01-02T03:02:00", 5])
def test_a_call_without_its_time_has_that_of_the_log_event(time: object) -> None:
    told = {**event(json.dumps(record(eventTime=time))), "timestamp": 1_767_322_920_500}
    read = call_of(told)
    assert read is not None
    assert read.time == datetime(2026, 1, 2, 3, 2, 0, 500_000, UTC)


def test_an_event_without_an_id_of_its_own_has_that_of_the_log_event() -> None:
    assert call(eventID=None).identity == event("")["eventId"]


@given(message=JSON.map(json.dumps) | st.text(), timestamp=JSON, identifier=JSON)
def test_no_log_event_whatever_it_holds_ends_in_an_error(
    message: str, timestamp: object, identifier: object
) -> None:
    call_of({"message": message, "timestamp": timestamp, "eventId": identifier})


@given(fields=st.dictionaries(st.sampled_from(sorted(record())), JSON))
def test_no_record_whatever_its_fields_hold_ends_in_an_error(fields: dict[str, Any]) -> None:
    assert call_of({"message": json.dumps({**record(), **fields})}) is not None


def test_a_value_as_long_as_no_arn_is_kept_short() -> None:
    long = call(userIdentity={"arn": "a" * 10_000}).what.principal
    assert long is not None
    assert len(long) == 2_048


@given(text=st.text(max_size=300), length=st.integers(30, 200))
def test_a_shortened_text_is_within_its_length_and_keeps_both_ends(text: str, length: int) -> None:
    short = shortened(text, length)
    assert len(short) <= length
    assert short == text or (short[:5], short[-5:]) == (text[:5], text[-5:])


def test_texts_that_differ_only_in_the_middle_differ_when_shortened() -> None:
    one, other = (f"{'a' * 500}{middle}{'z' * 500}" for middle in "12")
    assert shortened(one, 50) != shortened(other, 50)
