"""What real events become, as people receive it; committed, to be read."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.monitoring.alert_details.worlds import (
    REAL,
    LogGroup,
    Topic,
    alarm_message,
    answer,
    event,
    events,
    real_records,
    record,
)

GOLDEN = Path(__file__).parents[2] / "data" / "alert_details"
# A window each of the real data sets, with what was denied in it; see expected.json there.
WINDOWS = {
    "attack-by-two-principals": ("invictus-stratus", "2023-07-10T11:55:00.000+0000", 32),
    "attack-goes-on": ("invictus-stratus", "2023-07-10T12:05:00.000+0000", 22),
    "user-data-stolen": ("stratus-red-team", "2024-07-31T19:55:00.000+0000", 17),
    "passwords-asked-for": ("stratus-red-team", "2024-07-30T21:35:00.000+0000", 32),
}


def golden(name: str) -> Topic:
    dataset, until, _ = WINDOWS[name]
    message = alarm_message(StateChangeTime=until, NewStateReason="Threshold Crossed")
    return answer(LogGroup(events(*real_records(dataset))), message)


def compare(file: Path, now: str, update: bool) -> None:
    if update:
        file.write_text(now, encoding="utf-8")
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    assert now == before, "if it is meant to change, write it anew: pytest --update-snapshots"


@pytest.mark.parametrize("name", WINDOWS)
def test_a_real_window_becomes_the_committed_texts(name: str, update_snapshots: bool) -> None:
    topic = golden(name)
    texts = topic.texts
    mail = f"Subject: {topic.only['Subject']}\n\n{texts['email']}\n-- \nSMS: {texts['sms']}\n"
    data = json.dumps(json.loads(texts["sqs"]), indent=2) + "\n"

    compare(GOLDEN / f"{name}.txt", mail, update_snapshots)
    compare(GOLDEN / f"{name}.json", data, update_snapshots)


@pytest.mark.parametrize("name", WINDOWS)
def test_a_golden_digest_counts_what_the_data_sets_expectations_count(name: str) -> None:
    dataset, until, denied = WINDOWS[name]
    expected = json.loads((REAL / "expected.json").read_text(encoding="utf-8"))
    ends = f"{until[:14]}{int(until[14:16]) - 5:02d}:00Z"
    assert expected[dataset]["with_exclusions_by_5min"][ends] == denied

    context = json.loads(golden(name).texts["sqs"])["metadata"]["additionalContext"]

    assert int(context["calls"]) == denied
    assert sum(row["calls"] for row in json.loads(context["rows"])) == denied


def test_odd_records_become_the_committed_text(update_snapshots: bool) -> None:
    odd: list[dict[str, Any] | str] = [
        record(userIdentity={"type": "AWSService", "invokedBy": "config.amazonaws.com"}),
        record(userIdentity={"type": "AWSAccount", "principalId": "AIDAEXAMPLE"}),
        record(userIdentity=None, sourceIPAddress=None, requestParameters=None),
        record(userIdentity={"type": "Unknown"}, sourceIPAddress="AWS Internal"),
        record(eventName="Line\nbreak\r\n    1  00:00:00", sourceIPAddress="\u202e1.0.2.291"),
        record(userIdentity={"arn": "arn:aws:iam::123456789012:user/" + "long/" * 2_000}),
        record(recipientAccountId="999999999999", eventTime="2026-01-01T23:59:59Z"),
        "not JSON",
    ]
    logs = LogGroup(events(*odd))
    for each in logs.held:
        each["timestamp"] = event("now")["timestamp"]

    compare(GOLDEN / "odd-records.txt", answer(logs).texts["email"], update_snapshots)
