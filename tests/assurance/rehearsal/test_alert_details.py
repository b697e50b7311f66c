"""The alert details, rehearsed: who receives the digest, who the alarm alone, and in which form."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from assurance import cloudtrail
from assurance.filter_pattern import parse
from monitoring import control
from tests.assurance.rehearsal.test_broken_programs import copy_of_program, rehearse
from tests.deployment import ROOT

ACCOUNT = "123456789012"
RECIPIENTS = f"""  unauthorized-api-calls:recipients:
    mail: {{email: security@real-company.net}}
    mail-json: {{emailJson: tickets@real-company.net}}
    phone: {{sms: "+12065550100"}}
    hook: {{https: "https://hooks.real-company.net/sns"}}
    on-call: {{pagerduty: "https://events.pagerduty.com/integration/0123456789abcdef0123456789abcdef/enqueue"}}
    queue: {{sqs: "arn:aws:sqs:us-east-1:{ACCOUNT}:security-events"}}
    function: {{lambda: "arn:aws:lambda:us-east-1:{ACCOUNT}:function:on-alarm"}}
    channel: {{slack: {{teamId: T0123ABCD, channelId: C0123ABCD}}}}
"""
ALARMS_ALONE = {"on-call", "channel"}
EVERYBODY = {"mail", "mail-json", "phone", "hook", "on-call", "queue", "function"}
EVENTS = sorted((ROOT / "tests" / "data" / "cloudtrail" / "real").rglob("*.json*"))
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:brought"


def stack(folder: Path, **settings: str) -> Path:
    """A copy of the program whose dev stack tells details to one recipient of each kind."""
    path = copy_of_program(folder) / "Pulumi.dev.yaml"
    text = path.read_text().partition("  unauthorized-api-calls:recipients:")[0]
    all_settings = {"alertDetails": "true", **settings}
    kept = [
        line
        for line in text.splitlines()
        if not any(line.startswith(f"  unauthorized-api-calls:{key}:") for key in all_settings)
    ]
    new = [f"  unauthorized-api-calls:{key}: {value}" for key, value in all_settings.items()]
    path.write_text("\n".join([*kept, *new]) + "\n" + RECIPIENTS)
    return folder


def finding(report: dict[str, Any], check: str) -> dict[str, Any]:
    [found] = [each for each in report["checks"] if each["check"] == check]
    return dict(found)


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """What the rehearsal of such a stack printed, and its report."""
    folder = stack(tmp_path_factory.mktemp("details"), encryption="created")
    done, report = rehearse(folder, "dev", *map(str, EVENTS))
    assert (done.returncode, report["status"]) == (0, "PASS"), done.stdout + done.stderr
    return done.stdout, report


Rehearsed = tuple[str, dict[str, Any]]


def test_everybody_receives_the_alarm_and_one_digest_of_it(rehearsed: Rehearsed) -> None:
    _, report = rehearsed
    alarms = Counter(
        (message["recipient"], message["time"])
        for message in report["messages"]
        if message["state"] == "ALARM" and message["received"] is not None
    )
    digests = Counter(
        (digest["recipient"], digest["time"])
        for digest in report["digests"]
        if digest["received"] is not None
    )

    assert finding(report, "probe-alert-details")["status"] == "PASS"
    assert {name for name, _ in alarms} == EVERYBODY
    assert digests == Counter({at: n for at, n in alarms.items() if at[0] not in ALARMS_ALONE})
    assert set(digests.values()) == {1}


def received(report: dict[str, Any], recipient: str) -> list[str]:
    return [
        each["received"]
        for each in report["digests"]
        if each["recipient"] == recipient and each["received"] is not None
    ]


def test_each_recipient_reads_the_text_of_its_own_kind(rehearsed: Rehearsed) -> None:
    _, report = rehearsed

    for mail in received(report, "mail"):
        subject, _, *body = mail.splitlines()
        assert subject.startswith("Subject: ")
        assert len(subject.removeprefix("Subject: ")) < 100
        assert all(len(line) <= 80 or line.startswith("https://") for line in body)
    for text in received(report, "phone"):
        assert "\n" not in text
        assert len(text.encode("ascii")) <= 140
    bodies = {mail.partition("\n\n")[2] for mail in received(report, "mail")}
    assert {json.loads(text)["Message"] for text in received(report, "mail-json")} == bodies
    for name in ("hook", "queue"):
        for text in received(report, name):
            assert json.loads(json.loads(text)["Message"])["source"] == "custom"
    for text in received(report, "function"):
        [record] = json.loads(text)["Records"]
        assert json.loads(record["Sns"]["Message"])["source"] == "custom"


def test_a_digest_counts_what_the_filter_pattern_matches_in_its_window(
    rehearsed: Rehearsed,
) -> None:
    _, report = rehearsed
    pattern = parse(control.PATTERNS[control.CIS_V3])
    times: dict[str, str] = {}
    for item in cloudtrail.read(map(str, EVENTS)):
        if isinstance(item, cloudtrail.Record) and pattern.matches(item.text):
            record = json.loads(item.text)
            times[record["eventID"]] = record["eventTime"]

    for text in received(report, "queue"):
        told = json.loads(json.loads(text)["Message"])["metadata"]["additionalContext"]
        start, end = (told[key].replace("+00:00", "Z") for key in ("start", "end"))
        assert int(told["calls"]) == sum(start <= time <= end for time in times.values()) > 0


def test_the_terminal_shows_the_details_and_says_who_read_the_log_group(
    rehearsed: Rehearsed,
) -> None:
    printed, report = rehearsed

    assert "its details" in printed
    assert any("FilterLogEvents" in each for each in report["not_rehearsed"])


@pytest.mark.parametrize(
    "settings",
    [
        {"topicArn": TOPIC, "encryption": "created"},
        {"encryption": "none", "exclusions": "{scan: {eventName: GetPasswordData}}"},
        {"benchmarks": "[security-hub, cis-v3.0]", "threshold": "3", "datapointsToAlarm": "2",
         "evaluationPeriods": "3"},
    ],
    ids=",".join,
)  # fmt: skip
def test_a_stack_that_is_right_passes(settings: dict[str, str], tmp_path: Path) -> None:
    done, report = rehearse(stack(tmp_path, **settings), "dev")

    assert (done.returncode, report["status"]) == (0, "PASS"), done.stdout + done.stderr
    assert finding(report, "probe-alert-details")["status"] == "PASS"


def test_without_details_nothing_of_them_is_rehearsed(tmp_path: Path) -> None:
    done, report = rehearse(stack(tmp_path, alertDetails="false"), "dev", *map(str, EVENTS))

    assert done.returncode == 0, done.stdout + done.stderr
    assert report["digests"] == []
    assert "probe-alert-details" not in {check["check"] for check in report["checks"]}
    assert not any("FilterLogEvents" in each for each in report["not_rehearsed"])


@pytest.mark.parametrize(
    ("old", "new", "found_by"),
    [
        (
            "only_alarms = digests and kind is",
            "only_alarms = False and kind is",
            {"subscription-filter-policy"},
        ),
        (
            'json.dumps({"AlarmName": [{"exists": True}]})',
            'json.dumps({"x": [{"exists": True}]})',
            {"subscription-filter-policy", "probe-threshold-reached"},
        ),
        (
            "filter_policy_scope=ON_THE_BODY if only_alarms else None,",
            "",
            {"subscription-filter-policy", "probe-threshold-reached"},
        ),
    ],
    ids=["digests reach PagerDuty", "alarms do not", "alarms have no attributes"],
)
def test_what_pagerduty_must_and_must_not_receive_is_found(
    old: str, new: str, found_by: set[str], tmp_path: Path
) -> None:
    folder = stack(tmp_path)
    source = folder / "monitoring" / "subscriptions.py"
    assert old in source.read_text()
    source.write_text(source.read_text().replace(old, new, 1))

    done, report = rehearse(folder, "dev")

    failed = {check["check"] for check in report["checks"] if check["status"] == "FAIL"}
    assert done.returncode == 1
    assert {"probe-alert-details", *found_by} <= failed
    assert "on-call" in str(finding(report, "probe-alert-details")["evidence"])
