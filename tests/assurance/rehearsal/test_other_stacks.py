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
    assert report["status"] == "PASS"
