"""The function: what it reads, what it publishes, and what it does when something fails."""

import json
import logging
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from monitoring.alert_details import handler
from monitoring.alert_details.handler import Services, Settings, respond
from tests.monitoring.alert_details.worlds import (
    END,
    NAME,
    SETTINGS,
    TOPIC,
    Aliases,
    Answers,
    AwsError,
    Clock,
    LogGroup,
    Topic,
    alarm_message,
    answer,
    event,
    events,
    invocation,
    record,
)

ENVIRONMENT = {
    "ALARM_NAME": NAME,
    "TOPIC_ARN": TOPIC,
    "LOG_GROUP_NAME": SETTINGS.log_group_name,
    "FILTER_PATTERN": SETTINGS.filter_pattern,
    "RUNBOOK_URL": SETTINGS.runbook_url,
}


def context_of(topic: Topic) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(topic.texts["sqs"])["metadata"]["additionalContext"]
    return told


class Slow(LogGroup):
    """A log group that takes its time for each page."""

    def __init__(self, clock: Clock, seconds: float, held: list[dict[str, Any]]) -> None:
        super().__init__(held, page=1)
        self.clock, self.seconds = clock, seconds

    def filter_log_events(self, **asked: Any) -> Any:
        self.clock.spend(self.seconds)
        return super().filter_log_events(**asked)


def test_the_settings_are_the_environments() -> None:
    assert Settings.of_environment(ENVIRONMENT) == SETTINGS


def test_only_the_runbook_may_be_missing_from_the_environment() -> None:
    without = {key: value for key, value in ENVIRONMENT.items() if key != "RUNBOOK_URL"}
    assert Settings.of_environment(without).runbook_url == ""
    for name in without:
        with pytest.raises(KeyError, match=name):
            Settings.of_environment({key: ENVIRONMENT[key] for key in without if key != name})


def test_an_alarm_is_answered_with_one_publication_to_its_topic() -> None:
    published = answer(LogGroup(events(record(), record()))).only
    assert published["TopicArn"] == TOPIC
    assert published["MessageStructure"] == "json"
    assert published["Subject"].startswith("2 denied AWS API calls by 1 principal (1 new)")
    assert set(published) == {"TopicArn", "Subject", "Message", "MessageStructure"}


def test_the_window_is_read_and_then_the_day_before_it_with_the_deployed_pattern() -> None:
    logs = LogGroup(events(record()))
    answer(logs)
    window, day = logs.asked[0], logs.asked[-1]
    assert {asked["filterPattern"] for asked in logs.asked} == {SETTINGS.filter_pattern}
    assert {asked["logGroupName"] for asked in logs.asked} == {SETTINGS.log_group_name}
    assert window["endTime"] == int(END.timestamp() * 1000)
    assert day["endTime"] == window["startTime"] - 1
    assert day["startTime"] == window["startTime"] - 24 * 60 * 60 * 1000


def test_who_was_seen_the_day_before_is_not_new() -> None:
    yesterday = record(eventTime="2026-01-01T09:00:00Z", sourceIPAddress="192.0.2.77")
    earlier = record(eventTime="2025-12-31T09:00:00Z")
    context = context_of(answer(LogGroup(events(record(), yesterday, earlier))))
    [row] = json.loads(context["rows"])
    assert (row["newPrincipal"], row["newSource"]) == (False, True)


def test_the_day_before_is_read_no_further_than_it_takes_to_know() -> None:
    day = [record(eventTime=f"2026-01-01T{hour:02d}:00:00Z") for hour in range(24)]
    logs = LogGroup(events(record(), *day), page=1)
    answer(logs)
    assert (
        len([asked for asked in logs.asked if asked["endTime"] < END.timestamp() * 1000 - 1]) == 2
    )


def test_an_alarm_that_is_delivered_twice_makes_the_same_digest_twice() -> None:
    first, again = (answer(LogGroup(events(record()))).only for _ in range(2))
    assert first == again


def test_an_event_on_two_pages_counts_once() -> None:
    twice = [event(record(eventID="a"), 1), event(record(eventID="a"), 2)]
    assert context_of(answer(LogGroup(twice, page=1)))["calls"] == "1"


@pytest.mark.parametrize(
    "message",
    [
        alarm_message(AlarmName="another"),
        alarm_message(NewStateValue="OK"),
        "hello",
        "",
        json.dumps({"version": "1.0", "source": "custom"}),
    ],
)
def test_any_other_message_is_passed_over(message: Any) -> None:
    logs = LogGroup(events(record()))
    assert answer(logs, message).published == []
    assert logs.asked == []


def test_its_own_texts_are_passed_over() -> None:
    for text in answer(LogGroup(events(record()))).texts.values():
        assert answer(LogGroup([]), text).published == []


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (AwsError("ThrottlingException"), "throttled"),
        (AwsError("AccessDeniedException"), "denied"),
        (AwsError("ResourceNotFoundException"), "failed with ResourceNotFoundException"),
        (RuntimeError("bug"), "failed with RuntimeError"),
    ],
)
def test_what_keeps_the_details_from_being_had_is_published_with_the_link(
    error: Exception, reason: str
) -> None:
    topic = answer(Answers(error))
    assert context_of(topic)["unavailable"] == reason
    assert reason in topic.only["Subject"]
    assert "console.aws.amazon.com" in topic.texts["email"]
    assert SETTINGS.runbook_url in topic.texts["email"]


def test_a_window_without_events_is_published_as_such() -> None:
    assert context_of(answer(LogGroup([])))["unavailable"] == "none found"


def test_a_window_of_events_that_are_no_records_is_published_as_such() -> None:
    assert context_of(answer(LogGroup(events("START"))))["unavailable"] == "no records"


def test_a_window_that_takes_too_long_before_the_first_event_timed_out() -> None:
    clock = Clock(60)
    topic = answer(Slow(clock, 30, events(record())), clock=clock)
    assert context_of(topic)["unavailable"] == "timed out"


def test_a_window_that_takes_too_long_is_told_as_far_as_it_was_read() -> None:
    clock = Clock(60)
    topic = answer(Slow(clock, 3, events(*[record()] * 50)), clock=clock)
    context = context_of(topic)
    assert context["cutOff"] == "timed out"
    assert 1 <= int(context["calls"]) < 50
    assert topic.only["Subject"].startswith("At least ")
    assert clock.left >= 15


def test_a_day_that_takes_too_long_makes_nothing_new() -> None:
    clock = Clock(60)
    day = [
        record(eventTime=f"2026-01-01T09:{minute:02d}:00Z", sourceIPAddress="192.0.2.9")
        for minute in range(50)
    ]
    topic = answer(Slow(clock, 3, events(record(), *day)), clock=clock)
    context = context_of(topic)
    assert (context["cutOff"], context["precedingDayCutOff"]) == ("", "timed out")
    assert "NEW" not in topic.texts["email"]
    assert clock.left >= 15


def test_a_day_that_is_denied_makes_nothing_new_and_is_told() -> None:
    logs = Answers({"events": events(record())}, AwsError("AccessDeniedException"))
    topic = answer(logs)
    assert context_of(topic)["precedingDayCutOff"] == "denied"
    assert "NEW" not in topic.texts["email"]


@pytest.mark.parametrize("seconds", [0, 1, 5, 300])
def test_whatever_time_there_is_something_is_published(seconds: float) -> None:
    clock = Clock(seconds)
    assert len(answer(Answers(AwsError("ThrottlingException")), clock=clock).published) == 1
    assert clock.left >= 0


def test_more_events_than_are_kept_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "_MOST_EVENTS", 3)
    for number, cut_off in ((3, ""), (4, "after 3 events")):
        context = context_of(answer(LogGroup(events(*[record()] * number))))
        assert (context["calls"], context["cutOff"]) == ("3", cut_off)


def test_the_accounts_alias_stands_beside_its_id() -> None:
    assert "123456789012 (acme-prod)" in answer(LogGroup(events(record()))).texts["email"]


@pytest.mark.parametrize(
    "told",
    [
        AwsError("AccessDenied"),
        {},
        {"AccountAliases": []},
        {"AccountAliases": None},
        {"AccountAliases": [5]},
    ],
)
def test_an_alias_that_cannot_be_had_costs_nothing(told: Any) -> None:
    topic = answer(LogGroup(events(record())), aliases=Aliases(told))
    assert "123456789012\n" in topic.texts["email"]


def test_an_alias_is_not_asked_for_when_time_is_short() -> None:
    assert "acme-prod" not in answer(LogGroup(events(record())), clock=Clock(5)).texts["email"]


def test_what_cannot_be_published_is_raised() -> None:
    with pytest.raises(AwsError, match="AuthorizationError"):
        respond(
            invocation(alarm_message()),
            SETTINGS,
            Services(LogGroup([]), Topic(error=AwsError("AuthorizationError")), Aliases()),
            lambda: 60.0,
            lambda: END,
        )


def test_an_alarm_message_without_its_window_is_raised() -> None:
    with pytest.raises(ValueError, match="period"):
        answer(LogGroup([]), alarm_message(Trigger={}))


def test_the_link_asks_for_exactly_the_window() -> None:
    query = context_of(answer(LogGroup(events(record()))))["query"]
    assert "2026-01-02T03*3a05*3a30.678Z" in query
    assert "2026-01-02T03*3a00*3a00.000Z" in query


class Invocation:
    """Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def test_the_clients_calls_are_what_the_services_define(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made: dict[str, Any] = {}
    configs: dict[str, Any] = {}
    make = boto3.client

    def client(name: str, **options: Any) -> Any:
        made[name] = make(name, region_name="eu-central-1", **options)  # type: ignore[call-overload] # any of three
        configs[name] = options["config"]
        stubs[name] = Stubber(made[name])
        for method, told in answers[name]:
            stubs[name].add_response(method, told)
        stubs[name].activate()
        return made[name]

    stubs: dict[str, Stubber] = {}
    answers: dict[str, list[tuple[str, dict[str, Any]]]] = {
        "logs": [
            ("filter_log_events", {"events": [], "nextToken": "a"}),
            ("filter_log_events", {"events": events(record())}),
            ("filter_log_events", {"events": [], "searchedLogStreams": []}),
        ],
        "sns": [("publish", {"MessageId": "1"})],
        "iam": [("list_account_aliases", {"AccountAliases": ["acme-prod"], "IsTruncated": False})],
    }
    monkeypatch.setattr(boto3, "client", client)
    for key, value in ENVIRONMENT.items():
        monkeypatch.setenv(key, value)

    with caplog.at_level(logging.WARNING):
        handler.handle(invocation(alarm_message()), Invocation())

    for stub in stubs.values():
        stub.assert_no_pending_responses()
    assert set(stubs) == {"logs", "sns", "iam"}
    assert caplog.records == []
    # A page that never comes may not eat up the time that publishing needs.
    longest = configs["logs"].connect_timeout + configs["logs"].read_timeout
    assert longest + configs["sns"].connect_timeout + configs["sns"].read_timeout < 20
    assert configs["logs"].retries["total_max_attempts"] == 1


def test_the_day_is_24_hours() -> None:
    assert timedelta(hours=24) == handler._DAY
