"""The subject and the text message: one line each, within SNS's limits."""

from typing import Any

import pytest
from hypothesis import given

from monitoring.alert_details.details import NONE_FOUND
from monitoring.alert_details.short_text import subject_of, text_message_of
from tests.monitoring.alert_details import hostile
from tests.monitoring.alert_details.worlds import details_of, digest_of, events, record


def test_a_subject_says_how_many_where_what_and_who() -> None:
    digest = digest_of(record(), record(), day=events(record()))
    assert subject_of(details_of(digest)) == (
        "2 denied AWS API calls by 1 principal in 123456789012: DescribeInstances by jane"
    )


def test_a_subject_says_how_many_are_new() -> None:
    assert "by 1 principal (1 new) in" in subject_of(details_of(digest_of(record())))


def test_a_subject_says_how_many_sources_are_new_where_no_principal_is() -> None:
    digest = digest_of(record(sourceIPAddress="192.0.2.9"), day=events(record()))
    assert "by 1 principal (1 new source) in" in subject_of(details_of(digest))


def test_a_text_message_says_when_too() -> None:
    assert text_message_of(details_of(digest_of(record(), day=events(record())))) == (
        "1 denied AWS API call by 1 principal, 123456789012 eu-central-1, 03:05 UTC: "
        "DescribeInstances by jane"
    )


def test_both_say_at_least_where_reading_was_cut_off() -> None:
    details = details_of(digest_of(record(), cut_off="timed out"))
    for told in (subject_of(details), text_message_of(details)):
        assert told.startswith("At least 1 denied AWS API call by at least 1 principal")


@pytest.mark.parametrize("reason", ["throttled", "denied", "timed out", NONE_FOUND])
def test_both_say_why_there_are_no_details(reason: str) -> None:
    details = details_of(reason)
    for told in (subject_of(details), text_message_of(details)):
        assert reason in told
        assert "123456789012" in told


@given(records=hostile.records())
def test_whatever_a_record_holds_both_keep_to_snss_limits(records: list[dict[str, Any]]) -> None:
    details = details_of(digest_of(*records))
    subject, message = subject_of(details), text_message_of(details)
    assert subject.isascii()
    assert subject.isprintable()
    assert subject[0].isalnum()
    assert len(subject) < 100
    assert message.isascii()
    assert message.isprintable()
    assert len(message) <= 140
    assert "`" not in message


def test_a_long_name_is_cut_with_dots() -> None:
    details = details_of(digest_of(record(eventName="x" * 300)))
    assert subject_of(details).endswith("x...")
    assert text_message_of(details).endswith("x...")
