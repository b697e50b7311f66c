"""What Logs Insights is asked, and what is made of its answers, by recorded shapes (Stubber)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from botocore.stub import ANY, Stubber

from assurance.aws import Clients
from assurance.backtest.history import Contributor, History
from assurance.filter_pattern import parse
from assurance.logs_insights import asking
from assurance.logs_insights import history as insights
from assurance.logs_insights.asking import Asker, InsightsError
from assurance.logs_insights.queries import ROW_LIMIT, TOTALS, queries, within
from monitoring import control

GROUP = "trail"
SINCE = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
UNTIL = SINCE + 3_600
PATTERNS = {control.CIS_V3: control.PATTERNS[control.CIS_V3]}
QUERIES = queries(parse(PATTERNS[control.CIS_V3]))


class Insights:
    """A log group whose answers are queued, and whose time passes by being slept through."""

    def __init__(self) -> None:
        session = boto3.Session(
            aws_access_key_id="x",
            aws_secret_access_key="x",
            region_name="eu-west-1",
        )
        self.clients = Clients(session, Config(retries={"total_max_attempts": 1}))
        self.logs = Stubber(self.clients.logs)
        self.cloudwatch = Stubber(self.clients.cloudwatch)
        self.logs.activate()
        self.cloudwatch.activate()
        self.slept: list[float] = []
        self.asker = Asker(self.clients, GROUP, self.slept.append)

    def group(self, created: int = 1, name: str = GROUP, **more: int) -> None:
        self.logs.add_response(
            "describe_log_groups",
            {"logGroups": [{"logGroupName": name, "creationTime": created * 1_000, **more}]},
        )

    def starts(self, query: str, start: int = SINCE, end: int = UNTIL, limit: Any = ANY) -> None:
        self.logs.add_response(
            "start_query",
            {"queryId": "q"},
            {
                "logGroupName": GROUP,
                "startTime": start,
                "endTime": end,
                "queryString": within(query, start, end),
                "limit": limit,
            },
        )

    def tells(self, *rows: Mapping[str, str], status: str = "Complete", scanned: int = 10) -> None:
        self.logs.add_response(
            "get_query_results",
            {
                "status": status,
                "statistics": {"bytesScanned": float(scanned)},
                "results": [
                    [{"field": name, "value": value} for name, value in row.items()] for row in rows
                ],
            },
            {"queryId": "q"},
        )

    def stops(self) -> None:
        self.logs.add_response("stop_query", {"success": True}, {"queryId": "q"})

    def answers(self, query: str, *rows: Mapping[str, str], **of: int) -> None:
        self.starts(query, **of)
        self.tells(*rows)

    def history(self, until: int = UNTIL, now: int | None = None) -> History:
        found = insights.history(
            self.asker,
            PATTERNS,
            since=SINCE,
            until=until,
            now=now or until,
            progress=lambda doing: None,
        )
        self.logs.assert_no_pending_responses()
        return found


@pytest.fixture
def aws() -> Insights:
    return Insights()


TOTAL = {"events": "99", "first": "2026-03-02 00:00:01.000", "last": "2026-03-02 00:59:59.999"}
MINUTES = (
    {"bin(1m)": "2026-03-02 00:10:00.000", "events": "3"},
    {"bin(1m)": "2026-03-02 00:05:00.000", "events": "1"},
)
WHO = {
    "principal": "arn:aws:iam::123456789012:role/scanner",
    "eventSource": "ec2.amazonaws.com",
    "eventName": "DescribeInstances",
    "sourceIPAddress": "198.51.100.7",
    "errorCode": "Client.UnauthorizedOperation",
    "events": "4",
    "by_0": "4",
    "by_1": "4",
    "by_2": "4",
    "by_3": "4",
    "by_4": "0",
}


@pytest.mark.parametrize(
    ("created", "kept", "now", "start", "told"),
    [
        (SINCE + 630, {}, UNTIL, SINCE + 600, "was made on 2026-03-02 00:10"),
        (
            1,
            {"retentionInDays": 30},
            SINCE + 30 * 86_400 + 1_200,
            SINCE + 1_200,
            "keeps its events for 30 days",
        ),
    ],
)
def test_what_is_before_the_log_groups_life_is_not_asked(
    aws: Insights, created: int, kept: dict[str, Any], now: int, start: int, told: str
) -> None:
    """AWS refuses a query whose range ends before the group was made, or its retention began."""
    aws.group(created, **kept)
    aws.answers(TOTALS, TOTAL, start=start)
    aws.answers(QUERIES.by_minute, start=start)
    aws.answers(QUERIES.by_contributor, start=start)
    aws.group(created, **kept)

    found = aws.history(now=now)

    [said] = [each for each in found.caveats if "log group" in each]
    assert told in said


def test_a_time_before_the_log_groups_life_is_refused_in_words(aws: Insights) -> None:
    aws.group(UNTIL + 90)

    with pytest.raises(InsightsError, match=r"nothing from before 2026-03-02 01:01.*later time"):
        aws.history()


def test_a_history_is_put_together_from_three_answers(aws: Insights) -> None:
    aws.group()
    aws.answers(TOTALS, TOTAL)
    aws.answers(QUERIES.by_minute, *MINUTES)
    aws.answers(QUERIES.by_contributor, WHO)
    aws.group()

    found = aws.history()

    assert (found.events, found.first_event, found.last_event) == (99, SINCE + 1, SINCE + 3_599)
    matches = found.matches[control.CIS_V3]
    assert matches.by_minute == {SINCE + 300: 1, SINCE + 600: 3}
    assert {who: each.events for who, each in matches.by_contributor.items()} == {
        Contributor(
            "arn:aws:iam::123456789012:role/scanner",
            "ec2.amazonaws.com",
            "DescribeInstances",
            "198.51.100.7",
            "Client.UnauthorizedOperation",
            "userIdentity.sessionContext.sessionIssuer.arn",
        ): 4
    }
    assert aws.asker.bytes_scanned == 30
    assert any("@timestamp" in caveat for caveat in found.caveats)


def test_a_group_without_events_has_none(aws: Insights) -> None:
    aws.group()
    for query in (TOTALS, QUERIES.by_minute, QUERIES.by_contributor):
        aws.answers(query)
    aws.group()

    found = aws.history()

    assert (found.events, found.first_event, found.matches[control.CIS_V3].events) == (0, None, 0)


def test_matches_by_minute_are_asked_for_in_ranges_that_no_answer_can_cut(aws: Insights) -> None:
    until = SINCE + 15 * 86_400
    aws.group()
    aws.answers(TOTALS, TOTAL, end=until)
    edges = [SINCE, SINCE + 6 * 86_400, SINCE + 12 * 86_400, until]
    for start, end in pairwise(edges):
        assert (end - start) // 60 < ROW_LIMIT
        aws.answers(QUERIES.by_minute, start=start, end=end)
    aws.answers(QUERIES.by_contributor, end=until)
    aws.group()

    aws.history(until)


def test_an_answer_that_reaches_the_limit_is_asked_for_in_halves(
    aws: Insights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insights, "ROW_LIMIT", 2)
    middle = SINCE + 1_800
    aws.group()
    aws.answers(TOTALS, TOTAL)
    aws.answers(QUERIES.by_minute, MINUTES[0])
    aws.answers(QUERIES.by_contributor, WHO, {**WHO, "eventName": "Other"})
    aws.answers(QUERIES.by_contributor, WHO, end=middle)
    aws.answers(QUERIES.by_contributor, WHO, start=middle)
    aws.group()

    found = aws.history()

    [activity] = found.matches[control.CIS_V3].by_contributor.values()
    assert activity.events == 8
    assert any("add up to 8 of 3" in caveat for caveat in found.caveats)


def test_a_minute_that_no_query_can_tell_is_an_error(
    aws: Insights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insights, "ROW_LIMIT", 1)
    aws.group()
    aws.answers(TOTALS, TOTAL, end=SINCE + 60)
    aws.answers(QUERIES.by_minute, MINUTES[0], end=SINCE + 60)

    with pytest.raises(InsightsError, match="the minute of 2026-03-02 00:00"):
        aws.history(SINCE + 60)


def test_a_query_that_takes_too_long_is_stopped_and_asked_in_halves(aws: Insights) -> None:
    middle = SINCE + 1_800
    aws.group()
    aws.answers(TOTALS, TOTAL)
    aws.starts(QUERIES.by_minute)
    aws.tells(status="Timeout")
    aws.stops()
    aws.answers(QUERIES.by_minute, MINUTES[0], end=middle)
    aws.answers(QUERIES.by_minute, start=middle)
    aws.answers(QUERIES.by_contributor, {**WHO, "events": "3"})
    aws.group()

    assert aws.history().matches[control.CIS_V3].events == 3


def test_it_is_waited_for_as_long_as_it_runs(aws: Insights) -> None:
    aws.starts(TOTALS)
    for status in ("Scheduled", "Running", "Running"):
        aws.tells(status=status)
    aws.tells(TOTAL)

    assert aws.asker.ask(TOTALS, SINCE, UNTIL, 1) == [TOTAL]
    assert aws.slept == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("status", ["Failed", "Cancelled"])
def test_what_is_not_complete_is_no_answer(aws: Insights, status: str) -> None:
    aws.starts(TOTALS)
    aws.tells(TOTAL, status=status)
    aws.stops()

    with pytest.raises(InsightsError, match=status):
        aws.asker.ask(TOTALS, SINCE, UNTIL, 1)

    aws.logs.assert_no_pending_responses()


@pytest.mark.parametrize("code", ["LimitExceededException", "ThrottlingException"])
def test_what_aws_is_too_busy_for_is_asked_again(aws: Insights, code: str) -> None:
    aws.logs.add_client_error("start_query", code, "busy", 400)
    aws.logs.add_client_error("start_query", code, "busy", 400)
    aws.answers(TOTALS, TOTAL)

    assert aws.asker.ask(TOTALS, SINCE, UNTIL, 1) == [TOTAL]
    assert aws.slept == [5.0, 5.0]


def test_patience_ends(aws: Insights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_BUSY_TRIES", 2)
    for _ in range(2):
        aws.logs.add_client_error("start_query", "LimitExceededException", "busy", 400)

    with pytest.raises(InsightsError, match="too busy for logs:StartQuery"):
        aws.asker.ask(TOTALS, SINCE, UNTIL, 1)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("AccessDeniedException", "needs the permission logs:StartQuery"),
        ("ResourceNotFoundException", "no log group trail in eu-west-1 any more"),
        ("MalformedQueryException", "does not take the query: made up"),
        ("ExpiredTokenException", "log in again"),
        ("InternalFailure", "InternalFailure: made up"),
    ],
)
def test_a_refusal_says_what_to_do(aws: Insights, code: str, says: str) -> None:
    aws.logs.add_client_error("start_query", code, "made up", 400)

    with pytest.raises(InsightsError, match=says):
        aws.asker.ask(TOTALS, SINCE, UNTIL, 1)


def test_results_that_may_not_be_read_name_the_permission_and_end_the_query(
    aws: Insights,
) -> None:
    aws.starts(TOTALS)
    aws.logs.add_client_error("get_query_results", "AccessDeniedException", "no", 400)
    aws.stops()

    with pytest.raises(InsightsError, match="needs the permission logs:GetQueryResults"):
        aws.asker.ask(TOTALS, SINCE, UNTIL, 1)

    aws.logs.assert_no_pending_responses()


def test_an_interrupt_ends_the_query(aws: Insights) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    aws.asker.sleep = interrupt
    aws.starts(TOTALS)
    aws.tells(status="Running")
    aws.stops()

    with pytest.raises(KeyboardInterrupt):
        aws.asker.ask(TOTALS, SINCE, UNTIL, 1)

    aws.logs.assert_no_pending_responses()


def test_no_network_is_an_error(aws: Insights, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://logs.eu-west-1.amazonaws.com")

    monkeypatch.setattr(aws.clients.logs, "start_query", unreachable)

    with pytest.raises(InsightsError, match="AWS could not be asked"):
        aws.asker.ask(TOTALS, SINCE, UNTIL, 1)


@pytest.mark.parametrize("name", ["trailing", "trail/other"])
def test_a_group_that_is_not_there_is_an_error(aws: Insights, name: str) -> None:
    aws.group(name=name)

    with pytest.raises(InsightsError, match="there is no log group trail"):
        aws.history()


def test_a_group_that_is_deleted_meanwhile_is_no_silence(aws: Insights) -> None:
    aws.group(created=1)
    for query in (TOTALS, QUERIES.by_minute, QUERIES.by_contributor):
        aws.answers(query)
    aws.group(created=2)

    with pytest.raises(InsightsError, match="deleted and made anew"):
        aws.history()


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"bin(1m)": "2026-03-02 00:05:00.000"}, "lacks events"),
        ({"events": "1"}, "lacks bin"),
        ({"bin(1m)": "noon", "events": "1"}, "where a time should be"),
        ({"bin(1m)": "2026-03-02 00:05:00.000", "events": "many"}, "where a number should be"),
    ],
)
def test_an_answer_of_another_shape_is_an_error(
    aws: Insights, row: dict[str, str], says: str
) -> None:
    aws.group()
    aws.answers(TOTALS, TOTAL)
    aws.answers(QUERIES.by_minute, row)

    with pytest.raises(InsightsError, match=says):
        aws.history()


def test_the_cost_is_told_by_what_came_in(aws: Insights) -> None:
    aws.group()
    aws.cloudwatch.add_response(
        "get_metric_data",
        {"MetricDataResults": [{"Id": "incoming", "Values": [1e9, 2e9]}]},
    )

    cost = insights.estimate(aws.asker, PATTERNS, since=SINCE, until=UNTIL, price_per_gb=0.01)

    assert cost.scanned == 9_000_000_000
    assert cost.dollars == pytest.approx(0.09)


def test_the_cost_may_not_be_known(aws: Insights) -> None:
    aws.group()
    aws.cloudwatch.add_client_error("get_metric_data", "AccessDenied", "no", 403)

    with pytest.raises(InsightsError, match="needs the permission cloudwatch:GetMetricData"):
        insights.estimate(aws.asker, PATTERNS, since=SINCE, until=UNTIL, price_per_gb=0.01)


def test_the_ends_of_ranges_count_once() -> None:
    assert within("stats count(*)", 60, 120).startswith(
        "filter toMillis(@timestamp) >= 60000 and toMillis(@timestamp) < 120000\n"
    )
