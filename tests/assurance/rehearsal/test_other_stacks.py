"""Stacks with other settings, rehearsed: each that is right passes, and says what was not tried."""

from pathlib import Path

import pytest

from tests.assurance.rehearsal.test_broken_programs import copy_of_program, rehearse

TOPIC = "arn:aws:sns:us-east-1:123456789012:brought"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def stack(folder: Path, replaced: dict[str, str]) -> Path:
    """A copy of the program whose dev stack has these settings in place of its own."""
    path = copy_of_program(folder) / "Pulumi.dev.yaml"
    keys = tuple(f"  unauthorized-api-calls:{key}:" for key in replaced)
    kept = [line for line in path.read_text().splitlines() if not line.startswith(keys)]
    # The recipients are last in the file, and an object: what is new goes before them.
    new = [f"  unauthorized-api-calls:{key}: {value}" for key, value in replaced.items()]
    at = next(i for i, line in enumerate(kept) if line.endswith(":recipients:"))
    path.write_text("\n".join([*kept[:at], *new, *kept[at:]]) + "\n")
    return folder


@pytest.mark.parametrize(
    ("settings", "not_rehearsed"),
    [
        ({"topicArn": TOPIC, "encryption": "created"}, TOPIC),
        (
            {"topicArn": TOPIC, "encryption": "created", "benchmarks": "[cis-v3.0, security-hub]"},
            TOPIC,
        ),
        ({"encryption": KEY}, KEY),
        ({"encryption": "created"}, ""),
        ({"heartbeatMinutes": "0", "benchmarks": "[security-hub, cis-v3.0]"}, ""),
        ({"threshold": "3", "evaluationPeriods": "5", "datapointsToAlarm": "3"}, ""),
        ({"period": "60", "evaluationPeriods": "10", "datapointsToAlarm": "10"}, ""),
        (
            {
                "period": "3600",
                "threshold": "20",
                "evaluationPeriods": "48",
                "datapointsToAlarm": "2",
            },
            "",
        ),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_a_stack_that_is_right_passes(
    settings: dict[str, str], not_rehearsed: str, tmp_path: Path
) -> None:
    done, report = rehearse(stack(tmp_path, settings), "dev")

    assert (done.returncode, report["status"]) == (0, "PASS"), done.stdout + done.stderr
    assert any(not_rehearsed in each for each in report["not_rehearsed"])


def test_an_alarm_that_takes_more_calls_than_can_be_rehearsed_is_no_pass(tmp_path: Path) -> None:
    folder = stack(tmp_path, {"threshold": "1000000"})

    done, report = rehearse(folder, "dev")

    assert (done.returncode, report) == (3, {})
    assert "1,000,000 denied calls" in done.stderr
    assert "Traceback" not in done.stderr


CHAT_ONLY = """  unauthorized-api-calls:recipients:
    channel: {slack: {teamId: T0123ABCD, channelId: C0123ABCD}}
"""


def stack_that_tells_a_chat_channel_alone(folder: Path) -> Path:
    path = copy_of_program(folder) / "Pulumi.dev.yaml"
    before = path.read_text().partition("  unauthorized-api-calls:recipients:")[0]
    path.write_text(before + CHAT_ONLY)
    return folder


def test_a_stack_that_tells_a_chat_channel_alone_passes(tmp_path: Path) -> None:
    done, report = rehearse(stack_that_tells_a_chat_channel_alone(tmp_path), "dev")

    assert (done.returncode, report["status"]) == (0, "PASS"), done.stdout + done.stderr
    assert any("SlackChannelConfiguration" in each for each in report["not_rehearsed"])


@pytest.mark.parametrize(
    ("module", "old", "new", "found_by"),
    [
        (
            "subscriptions.py",
            "sns_topic_arns=[",
            "sns_topic_arns=[] and [",
            "recipient-subscribed",
        ),
        (
            "filtered_alarm.py",
            "alarm_actions=notices.alarm_actions,",
            "alarm_actions=[],",
            "probe-threshold-reached",
        ),
    ],
)
def test_a_chat_channel_that_hears_nothing_is_a_finding(
    module: str, old: str, new: str, found_by: str, tmp_path: Path
) -> None:
    folder = stack_that_tells_a_chat_channel_alone(tmp_path)
    source = folder / "monitoring" / module
    assert old in source.read_text()
    source.write_text(source.read_text().replace(old, new, 1))

    done, report = rehearse(folder, "dev")

    assert done.returncode == 1
    assert found_by in {c["check"] for c in report["checks"] if c["status"] == "FAIL"}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"period": "45"}, "pulumi config set period 60"),
        ({"topicArn": "arn:aws:sns:eu-west-1:123456789012:brought"}, "not in us-east-1"),
        ({"treshold": "3"}, "treshold"),
    ],
)
def test_a_stack_that_is_set_wrongly_is_refused_before_anything_starts(
    settings: dict[str, str], says: str, tmp_path: Path
) -> None:
    done, report = rehearse(stack(tmp_path, {**settings, "encryption": "created"}), "dev")

    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout
    assert not report


def test_events_that_cannot_be_read_are_named_and_the_rest_is_replayed(tmp_path: Path) -> None:
    folder = copy_of_program(tmp_path)
    broken = folder / "cut.json"
    broken.write_text('{"Records": [')

    done, report = rehearse(folder, "dev", str(broken))

    assert done.returncode == 3
    assert "cut.json" in done.stderr
    assert report["status"] == "UNKNOWN"
