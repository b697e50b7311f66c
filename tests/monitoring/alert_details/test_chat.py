"""The JSON that chat shows and programs read: Amazon Q Developer's custom notification."""

import json
import re
from typing import Any

import pytest
from hypothesis import given

from monitoring.alert_details.chat import SHOWN_ROWS, notification_of
from tests.monitoring.alert_details import hostile
from tests.monitoring.alert_details.worlds import (
    ACCOUNT,
    NAME,
    REGION,
    details_of,
    digest_of,
    events,
    record,
)

# The event schema of the administrator guide's page "Custom notifications".
TEXTS = {"textType", "title", "description"}
LISTS = {"nextSteps", "keywords"}
METADATA = {"threadId", "summary", "eventType", "relatedResources", "additionalContext"}


def notification(*told: Any, rows: int = 100, **known: Any) -> dict[str, Any]:
    details = details_of(digest_of(*told), **known)
    parsed: dict[str, Any] = json.loads(notification_of(details, rows))
    return parsed


def is_a_custom_notification(told: dict[str, Any]) -> bool:
    content, metadata = told["content"], told["metadata"]
    return (
        set(told) == {"version", "source", "id", "content", "metadata"}
        and (told["version"], told["source"]) == ("1.0", "custom")
        and set(content) == TEXTS | LISTS
        and content["textType"] == "client-markdown"
        and all(isinstance(content[field], str) for field in TEXTS)
        and all(isinstance(text, str) for field in LISTS for text in content[field])
        and set(metadata) == METADATA
        and all(isinstance(text, str) for text in metadata["relatedResources"])
        and all(isinstance(text, str) for text in metadata["additionalContext"].values())
    )


def test_a_digest_is_a_custom_notification_of_the_schemas_fields_alone() -> None:
    assert is_a_custom_notification(notification(record()))
    assert is_a_custom_notification(json.loads(notification_of(details_of("throttled"), 5)))


def test_it_is_not_taken_for_an_alarm() -> None:
    assert "AlarmName" not in notification(record())


def test_chat_shows_who_what_from_where_and_what_is_new() -> None:
    content = notification(record(), alias="acme-prod")["content"]
    assert content["title"] == "1 denied AWS API call by 1 principal"
    assert content["description"].split("\n") == [
        "2026-01-02 03:00:00 to 03:05:30 UTC, `123456789012 (acme-prod)` eu-central-1",
        "*Not seen in the preceding day: 1 principal and 1 source address*",
        (
            "• *1 call* by `arn:aws:iam::123456789012:user/jane` *(new)* of "
            "`ec2.amazonaws.com DescribeInstances` from `192.0.2.1` *(new)* "
            "error `Client.UnauthorizedOperation`, 03:02:00 to 03:02:00"
        ),
    ]


def test_the_account_of_a_call_is_shown_where_it_is_another() -> None:
    told = notification(record(recipientAccountId="210987654321"))
    assert "in account `210987654321`" in told["content"]["description"]


def test_the_query_and_the_runbook_are_the_next_steps() -> None:
    steps = notification(record(), runbook_url="https://wiki.your-company.com/a|b>c")
    assert steps["content"]["nextSteps"] == [
        (
            "<https://eu-central-1.console.aws.amazon.com/q|"
            "Every call of this window in CloudWatch Logs Insights>"
        ),
        "<https://wiki.your-company.com/a%7Cb%3Ec|Runbook>",
    ]
    assert "saved query" in notification(record(), query_url=None)["content"]["nextSteps"][0]


def test_rows_that_chat_does_not_show_are_counted_and_stand_in_the_data() -> None:
    told = [record(eventName=f"Call{number}") for number in range(SHOWN_ROWS + 3)]
    parsed = notification(*told)
    assert parsed["content"]["description"].endswith("\nand 3 more rows with 3 calls")
    assert len(json.loads(parsed["metadata"]["additionalContext"]["rows"])) == SHOWN_ROWS + 3


def test_programs_find_everything_as_data() -> None:
    digest = digest_of(record(), "x", day=events(record()), cut_off="throttled")
    details = details_of(digest, alias="acme-prod", runbook_url="https://wiki.your-company.com/x")
    context = json.loads(notification_of(details, 10))["metadata"]["additionalContext"]
    [row] = json.loads(context.pop("rows"))

    assert context == {
        "alarm": NAME,
        "account": ACCOUNT,
        "accountAlias": "acme-prod",
        "region": REGION,
        "start": "2026-01-02T03:00:00+00:00",
        "end": "2026-01-02T03:05:30.678000+00:00",
        "calls": "1",
        "principals": "1",
        "cutOff": "throttled",
        "precedingDayCutOff": "",
        "unreadableEvents": "1",
        "rowsLeftOut": "0",
        "query": "https://eu-central-1.console.aws.amazon.com/q",
        "runbook": "https://wiki.your-company.com/x",
    }
    assert row == {
        "calls": 1,
        "first": "2026-01-02T03:02:00+00:00",
        "last": "2026-01-02T03:02:00+00:00",
        "principal": "arn:aws:iam::123456789012:user/jane",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances",
        "sourceIPAddress": "192.0.2.1",
        "errorCode": "Client.UnauthorizedOperation",
        "recipientAccountId": ACCOUNT,
        "newPrincipal": False,
        "newSource": False,
    }


def test_rows_that_are_left_out_are_counted() -> None:
    told = [record(eventName=f"Call{number}") for number in range(5)]
    context = notification(*told, rows=2)["metadata"]["additionalContext"]
    assert (len(json.loads(context["rows"])), context["rowsLeftOut"]) == (2, "3")


@pytest.mark.parametrize("reason", ["throttled", "denied", "timed out", "none found"])
def test_without_details_the_reason_and_the_query_are_shown(reason: str) -> None:
    parsed = json.loads(notification_of(details_of(reason), 5))
    assert parsed["metadata"]["additionalContext"]["unavailable"] == reason
    assert "|Every call" in parsed["content"]["nextSteps"][0]
    assert "rows" not in parsed["metadata"]["additionalContext"]


def test_the_same_change_of_state_makes_the_same_thread() -> None:
    first, again = (notification(record(), alias=alias) for alias in (None, "acme-prod"))
    assert first["id"] == again["id"] == first["metadata"]["threadId"]


@given(records=hostile.records())
def test_whatever_a_record_holds_chat_shows_it_as_code_on_one_line(
    records: list[dict[str, Any]],
) -> None:
    parsed = notification(*records)
    content = parsed["content"]
    lines = content["description"].split("\n")
    bullets = [line for line in lines if line.startswith("•")]

    assert is_a_custom_notification(parsed)
    assert re.fullmatch(r"[ -~•\n]*", content["description"])
    assert len(bullets) == min(SHOWN_ROWS, len(digest_of(*records).rows))
    for line in bullets:
        outside = re.sub(r"`[^`]*`", "`", line)
        assert re.fullmatch(
            r"• \*\d+ calls?\* by `( \*\(new\)\*)? of ` from `( \*\(new\)\*)? error `"
            r"( in account `)?, [\d:]+ to [\d:]+",
            outside,
        )
        assert "<" not in line
    # A section of a Slack message holds as much.
    assert len(content["description"]) <= 3_000


@given(records=hostile.records())
def test_whatever_a_record_holds_the_data_holds_the_same(records: list[dict[str, Any]]) -> None:
    digest = digest_of(*records)
    rows = json.loads(notification(*records)["metadata"]["additionalContext"]["rows"])
    assert [(row["principal"], row["sourceIPAddress"]) for row in rows] == [
        (row.what.principal, row.what.source) for row in digest.rows
    ]
