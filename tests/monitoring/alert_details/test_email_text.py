"""The e-mail: 80 columns, everything that is known, and no line that anybody can forge."""

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from monitoring.alert_details.details import NO_RECORDS, NONE_FOUND
from monitoring.alert_details.email_text import ROWS, text_of
from monitoring.alert_details.log_events import DENIED, THROTTLED, TIMED_OUT
from tests.monitoring.alert_details import hostile
from tests.monitoring.alert_details.worlds import (
    END,
    NAME,
    details_of,
    digest_of,
    events,
    record,
)

REASONS = (THROTTLED, DENIED, TIMED_OUT, NONE_FOUND, NO_RECORDS, "failed with X")
# Every line that an e-mail may hold, by how it begins.
LINES = (
    r"",
    r"(At least )?\d[\d,]* denied AWS API calls? by (at least )?\d[\d,]* principals?\.",
    r"Not seen in the preceding day: .*\.",
    r"All principals and source addresses were seen in the preceding day, too\.",
    r"(Window|Account|Region|Alarm)  +[!-~].*",
    r"  CALLS  FIRST +LAST +\(UTC\)",
    r" {0,6}\d[\d,]*  [-\d: ]+  [-\d: ]+(  NEW (principal|source)(, NEW source)?)?",
    r" {9}(who|what|error|from|account) +[!-~].*",
    r" {18}[ -~]+",
    r"and \d+ more rows? with \d+ calls?",
    r"Every call of this window, in CloudWatch Logs Insights:",
    r"https://[!-~]+",
)


def is_known(line: str) -> bool:
    return any(re.fullmatch(known, line) for known in LINES)


def text(*told: Any, **known: Any) -> str:
    return text_of(details_of(digest_of(*told), **known))


@settings(max_examples=200)
@given(records=hostile.records())
def test_hostile_values_forge_no_line_and_break_no_column(records: list[dict[str, Any]]) -> None:
    mail = text(*records)
    shown = min(ROWS, len(digest_of(*records).rows))
    lines = mail.split("\n")

    for line in lines:
        assert is_known(line), line
        assert len(line) <= 80
    for label in ("who", "what", "error", "from"):
        assert sum(line.startswith(f"         {label} ") for line in lines) == shown
    assert sum(bool(re.match(r" {0,6}\d[\d,]*  \d", line)) for line in lines) == shown


def test_the_lines_that_are_expected_are_no_others() -> None:
    assert not is_known("     99  03:02:00  03:02:00  forged")
    assert not is_known("Subject: forged")


def test_all_that_is_known_stands_in_the_mail() -> None:
    mail = text(record(), alias="acme-prod", runbook_url="https://wiki.your-company.com/x")
    for told in (
        "1 denied AWS API call by 1 principal.",
        "Window   2026-01-02 03:00:00 to 03:05:30 UTC",
        "Account  123456789012 (acme-prod)",
        "Region   eu-central-1",
        f"Alarm    {NAME}",
        "who      arn:aws:iam::123456789012:user/jane",
        "what     ec2.amazonaws.com DescribeInstances",
        "error    Client.UnauthorizedOperation",
        "from     192.0.2.1",
        "\nhttps://eu-central-1.console.aws.amazon.com/q\n",
        "\nRunbook:\nhttps://wiki.your-company.com/x\n",
    ):
        assert told in mail
    assert "account  " not in mail


def test_the_account_of_a_call_stands_where_it_is_another() -> None:
    assert "         account  210987654321" in text(record(recipientAccountId="210987654321"))


def test_what_is_new_stands_out_and_comes_first() -> None:
    joe = record(userIdentity={"arn": "arn:aws:iam::123456789012:user/joe"})
    digest = digest_of(*[record()] * 5, joe, day=events(record()))
    mail = text_of(details_of(digest))

    assert "Not seen in the preceding day: 1 principal.\n" in mail
    assert mail.index("NEW principal\n         who      arn:aws:iam::123456789012:user/joe") < (
        mail.index("user/jane")
    )


def test_that_nothing_is_new_is_told_too() -> None:
    mail = text_of(details_of(digest_of(record(), day=events(record()))))
    assert "were seen in the preceding day, too." in mail
    assert "NEW" not in mail


def test_a_window_that_was_cut_off_has_at_least_so_many_calls() -> None:
    mail = text_of(details_of(digest_of(record(), cut_off="throttled")))
    assert "At least 1 denied AWS API call by at least 1 principal." in mail
    assert "There may be more: reading the window was cut off (throttled)." in mail


def test_a_day_that_was_read_in_part_makes_nothing_new_and_is_told() -> None:
    mail = text_of(details_of(digest_of(record(), day_cut_off="timed out")))
    assert "NEW" not in mail
    assert "Not seen" not in mail
    assert "were seen" not in mail
    assert "only in part (timed out)" in mail.replace("\n", " ")


def test_rows_beyond_the_first_are_counted() -> None:
    told = [record(eventName=f"Call{number}") for number in range(ROWS + 2)]
    mail = text(*told, told[-1])
    assert mail.count("         who ") == ROWS
    assert "and 2 more rows with 2 calls\n" in mail


def test_events_that_are_no_records_are_told() -> None:
    assert "1 event could not be read as CloudTrail records." in text(record(), "x")


def test_times_on_another_day_are_told_with_their_dates() -> None:
    early = record(eventTime=(END - timedelta(days=1)).isoformat())
    assert "  2026-01-01 03:05:30  2026-01-02 03:02:00" in text(early, record())
    assert "  03:02:00  03:02:00" in text(record())


@pytest.mark.parametrize(
    "reason", [THROTTLED, DENIED, TIMED_OUT, NONE_FOUND, NO_RECORDS, "failed with X"]
)
def test_a_mail_without_details_says_why_and_links_the_query(reason: str) -> None:
    mail = text_of(details_of(reason, runbook_url="https://wiki.your-company.com/x"))
    assert re.search(reason.replace(" ", r"\s"), mail)
    assert "\nhttps://eu-central-1.console.aws.amazon.com/q\n" in mail
    assert "\nRunbook:\n" in mail
    assert NAME in mail
    assert "CALLS" not in mail
    assert max(map(len, mail.split("\n"))) <= 80


def test_each_reason_has_a_sentence_of_its_own() -> None:
    texts = {text_of(details_of(reason)).partition(".\n")[2] for reason in REASONS}
    assert len(texts) == len(REASONS)


def test_without_a_known_console_the_saved_query_is_named() -> None:
    assert "saved query" in text(record(), query_url=None)


def test_a_hostile_runbook_stays_one_line() -> None:
    assert text(record(), runbook_url="https://x\nforged").endswith("https://x\\nforged\n")


def test_principals_that_differ_only_in_the_middle_are_told_apart() -> None:
    mail = text(
        *(
            record(userIdentity={"arn": f"{'a' * 5_000}{middle}{'z' * 5_000}"})
            for middle in ("one", "two")
        )
    )
    unwrapped = mail.replace("\n" + " " * 18, "")
    assert len(set(re.findall(r"\[\.\.\.[0-9a-f]{8}\.\.\.\]", unwrapped))) == 2
