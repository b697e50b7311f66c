"""Counting, what is new, and what comes first."""

import json

import pytest

from monitoring.alert_details.denied_call import call_of
from monitoring.alert_details.digest import Tally
from tests.monitoring.alert_details.worlds import (
    ACCOUNT,
    digest_of,
    event,
    events,
    record,
)

JOE = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/joe"}


def test_calls_that_are_alike_are_one_row_with_its_first_and_last_time() -> None:
    times = ["2026-01-02T03:02:00Z", "2026-01-02T03:01:00Z", "2026-01-02T03:04:00Z"]
    digest = digest_of(*(record(eventTime=time) for time in times))
    [row] = digest.rows
    assert (row.calls, digest.calls, digest.principals) == (3, 3, 1)
    assert [row.first.minute, row.last.minute] == [1, 4]


@pytest.mark.parametrize(
    "other",
    [
        {"userIdentity": JOE},
        {"eventSource": "s3.amazonaws.com"},
        {"eventName": "RunInstances"},
        {"sourceIPAddress": "192.0.2.2"},
        {"errorCode": "AccessDenied"},
        {"recipientAccountId": "210987654321"},
    ],
)
def test_calls_that_differ_are_rows_of_their_own(other: dict[str, object]) -> None:
    assert [row.calls for row in digest_of(record(), record(), record(**other)).rows] == [2, 1]


def test_an_event_that_is_seen_twice_counts_once() -> None:
    twice = record(eventID="a")
    assert digest_of(twice, twice, record(eventID="b")).calls == 2


def test_an_event_without_any_id_counts_each_time() -> None:
    tally = Tally()
    for _ in range(2):
        tally.add(call_of({"message": json.dumps(record())}))
    assert tally.digest(tally.unseen(), cut_off=None, day_cut_off=None).calls == 2


def test_what_the_day_before_has_not_seen_is_new() -> None:
    digest = digest_of(
        record(),
        record(userIdentity=JOE),
        record(sourceIPAddress="192.0.2.9"),
        day=events(record(eventName="Other")),
    )
    new = {
        (row.what.principal, row.what.source): (row.is_new_principal, row.is_new_source)
        for row in digest.rows
    }
    jane = record()["userIdentity"]["arn"]
    assert new == {
        (jane, "192.0.2.1"): (False, False),
        (JOE["arn"], "192.0.2.1"): (True, False),
        (jane, "192.0.2.9"): (False, True),
    }
    assert (digest.new_principals, digest.new_sources) == (1, 1)


def test_nothing_is_called_new_when_the_day_before_was_read_in_part() -> None:
    digest = digest_of(record(), day_cut_off="throttled")
    assert (digest.new_principals, digest.new_sources) == (0, 0)
    assert digest.day_cut_off == "throttled"


def test_what_the_record_does_not_say_is_never_new() -> None:
    digest = digest_of(record(userIdentity=None, sourceIPAddress=None))
    assert (digest.new_principals, digest.new_sources) == (0, 0)


def test_the_new_comes_first_then_the_many_then_the_latest() -> None:
    digest = digest_of(
        *[record(eventName="Many")] * 3,
        record(eventName="Early", eventTime="2026-01-02T03:01:00Z"),
        record(eventName="Late", eventTime="2026-01-02T03:04:00Z"),
        record(eventName="NewSource", sourceIPAddress="192.0.2.9"),
        record(eventName="NewPrincipal", userIdentity=JOE),
        record(eventName="BothNew", userIdentity=JOE, sourceIPAddress="192.0.2.9"),
        day=events(record()),
    )
    names = [row.what.event_name for row in digest.rows]
    assert names == ["BothNew", "NewPrincipal", "NewSource", "Many", "Late", "Early"]


def test_the_order_does_not_depend_on_the_order_of_reading() -> None:
    records = [record(eventName=name, eventID=name) for name in "abcdef"]
    assert digest_of(*records).rows == digest_of(*reversed(records)).rows


def test_an_event_that_is_no_record_is_counted_apart() -> None:
    digest = digest_of(record(), "START RequestId", "{")
    assert (digest.calls, digest.unreadable) == (1, 2)


def test_a_day_whose_events_are_no_records_makes_all_new() -> None:
    assert digest_of(record(), day=[event("x")]).new_principals == 1
