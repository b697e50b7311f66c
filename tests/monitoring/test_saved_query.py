"""An alarm's description and the query that it leads to."""

import itertools

import pytest

from monitoring import saved_query
from tests.monitoring.test_console import query_detail

WHAT = "At least 1 unauthorized API call within 5 minutes (CIS AWS Foundations 4.1)."
NAME = "UnauthorizedAPICalls-prod-1234567"


def describe(what: str = WHAT, runbook: str = "", log_group: str = "trail", **where: str) -> str:
    partition, region = where.get("partition", "aws"), where.get("region", "us-east-1")
    return saved_query.describe(
        what,
        runbook,
        NAME,
        partition=partition,
        region=region,
        log_group_name=log_group,
        window_seconds=300,
    )


def test_a_description_says_what_happened_the_runbook_and_who_what_from_where() -> None:
    what, runbook, link = describe(runbook="https://wiki.your-company.com/x").split("\n")

    assert what == WHAT
    assert runbook == "Runbook: https://wiki.your-company.com/x"
    assert link.startswith("Who, what, from where: https://us-east-1.console.aws.amazon.com/")


def test_the_link_asks_the_saved_query_an_hour_beyond_the_alarms_window() -> None:
    detail = query_detail(describe().rpartition(" ")[2])

    assert detail["start"] == -(3_600 + 300)
    assert detail["source"] == ["trail"]
    assert detail["editorString"] == saved_query.QUERY


def test_where_the_saved_query_does_not_fit_a_shorter_one_asks_for_the_same_errors() -> None:
    query = query_detail(describe(runbook="https://wiki.org/" + "x" * 200).rpartition(" ")[2])

    short = query["editorString"]
    assert len(short) < len(saved_query.QUERY)
    assert short.startswith("filter errorCode like /UnauthorizedOperation$|^AccessDenied/|")
    for field in ("userIdentity.arn", "eventName", "sourceIPAddress", "errorCode"):
        assert field in short


@pytest.mark.parametrize(
    ("partition", "runbook_length", "log_group"),
    list(
        itertools.product(
            ("aws", "aws-cn", "aws-us-gov", "aws-iso"),
            (0, 30, 400),
            ("trail", "/a/b", "x" * 100, "#" * 100, "x" * 512, "#" * 512),
        )
    ),
)
def test_no_description_is_longer_than_cloudwatch_takes(
    partition: str, runbook_length: int, log_group: str
) -> None:
    runbook = "https://wiki.org/".ljust(runbook_length, "x") if runbook_length else ""
    # The longest that the monitor says of an alarm is about 200 characters.
    text = describe("w" * 300, runbook, log_group, partition=partition, region="us-gov-east-1")

    assert len(text) <= 1_024
    assert runbook in text


def test_the_link_stands_as_long_as_it_fits_and_then_gives_way_to_the_querys_name() -> None:
    texts = [describe(log_group="x" * length) for length in range(1, 513)]

    linked = [text for text in texts if "https://" in text]
    assert texts[: len(linked)] == linked
    assert len(linked[-1]) == 1_024
    assert query_detail(linked[-1].rpartition(" ")[2])["source"] == ["x" * len(linked)]
    by_name = f"Who, what, from where: run the saved query {NAME} in CloudWatch Logs Insights."
    assert set(texts[len(linked) :]) == {f"{WHAT}\n{by_name}"}


def test_without_a_known_console_the_query_goes_by_its_name() -> None:
    assert describe(partition="aws-iso").endswith(
        f"the saved query {NAME} in CloudWatch Logs Insights."
    )


def test_the_saved_query_counts_by_who_what_and_where() -> None:
    by = saved_query.QUERY.partition(" by ")[2]

    for field in ("userIdentity.arn", "eventSource", "eventName", "sourceIPAddress", "errorCode"):
        assert field in by
    assert saved_query.QUERY.startswith(
        "filter errorCode like /UnauthorizedOperation$|^AccessDenied/"
    )
    assert len(saved_query.QUERY) <= 10_000
