"""Reading a log group through its pages, and what is said when that fails."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitoring.alert_details.log_events import (
    DENIED,
    THROTTLED,
    TIMED_OUT,
    Reader,
    Search,
    UnreadableError,
    reason_of,
)
from tests.monitoring.alert_details.worlds import Answers, AwsError, Clock

END = datetime(2026, 1, 2, 3, 5, 30, 678_000, UTC)
SEARCH = Search("group", "{ $.a = 1 }", END - timedelta(minutes=5), END)


class ReadTimeoutError(Exception):
    """As botocore's: it has no response."""


def read(logs: Answers, clock: Clock | None = None) -> list[Any]:
    clock = clock or Clock(30)
    return list(Reader(logs, clock.sleep).events(SEARCH, clock.remaining))


def test_the_pattern_the_group_and_the_window_are_asked_for() -> None:
    logs = Answers({"events": []})
    read(logs)
    assert logs.asked == [
        {
            "logGroupName": "group",
            "filterPattern": "{ $.a = 1 }",
            "startTime": 1_767_322_830_678,
            "endTime": 1_767_323_130_678,
        }
    ]


def test_pages_are_read_to_the_one_without_a_token_empty_ones_too() -> None:
    logs = Answers(
        {"events": [], "nextToken": "a"},
        {"events": [1], "nextToken": "b"},
        {"nextToken": "c"},
        {"events": [2, 3]},
    )
    assert read(logs) == [1, 2, 3]
    assert [asked.get("nextToken") for asked in logs.asked] == [None, "a", "b", "c"]
    assert all(asked["startTime"] == 1_767_322_830_678 for asked in logs.asked)


@pytest.mark.parametrize(
    "error",
    [
        AwsError("ThrottlingException"),
        AwsError("ServiceUnavailableException"),
        ReadTimeoutError(),
    ],
)
def test_what_passes_is_waited_out_on_the_same_page(error: Exception) -> None:
    clock = Clock(30)
    logs = Answers({"events": [1], "nextToken": "a"}, error, error, {"events": [2]})
    assert read(logs, clock) == [1, 2]
    assert clock.slept == [0.25, 0.5]
    assert [asked.get("nextToken") for asked in logs.asked] == [None, "a", "a", "a"]


def test_throttling_is_waited_out_no_longer_than_there_is_time() -> None:
    clock = Clock(10)
    with pytest.raises(UnreadableError) as raised:
        read(Answers(AwsError("ThrottlingException")), clock)
    assert raised.value.reason == THROTTLED
    assert 0 <= clock.left < 4


def test_what_was_read_stands_when_the_time_is_up() -> None:
    clock = Clock(10)
    given: list[Any] = []
    with pytest.raises(UnreadableError) as raised:  # noqa: PT012 - the loop is what is tested
        events = Reader(Answers({"events": [1], "nextToken": "a"}), clock.sleep).events(
            SEARCH, clock.remaining
        )
        for event in events:
            given.append(event)
            clock.spend(4)
    assert raised.value.reason == TIMED_OUT
    assert given == [1, 1, 1]


def test_without_time_nothing_is_asked() -> None:
    logs = Answers({"events": []})
    with pytest.raises(UnreadableError) as raised:
        read(logs, Clock(0))
    assert (raised.value.reason, logs.asked) == (TIMED_OUT, [])


def test_a_denial_is_told_at_once() -> None:
    clock = Clock(30)
    with pytest.raises(UnreadableError) as raised:
        read(Answers(AwsError("AccessDeniedException")), clock)
    assert (raised.value.reason, clock.slept) == (DENIED, [])


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (AwsError("ThrottlingException"), THROTTLED),
        (AwsError("Throttling"), THROTTLED),
        (AwsError("TooManyRequestsException"), THROTTLED),
        (AwsError("LimitExceededException"), THROTTLED),
        (AwsError("AccessDeniedException"), DENIED),
        (AwsError("AccessDenied"), DENIED),
        (ReadTimeoutError(), TIMED_OUT),
        (AwsError("ResourceNotFoundException"), "failed with ResourceNotFoundException"),
        (RuntimeError("x"), "failed with RuntimeError"),
    ],
)
def test_each_error_has_its_reason(error: Exception, reason: str) -> None:
    assert reason_of(error) == reason


@pytest.mark.parametrize("response", [None, {}, {"Error": None}, {"Error": {"Code": 5}}])
def test_an_error_without_a_code_is_told_by_its_type(response: object) -> None:
    error = AwsError("x")
    error.response = response  # type: ignore[assignment] # what no AWS error should be
    assert reason_of(error) == "failed with AwsError"
