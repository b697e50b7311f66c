"""`python -m assurance rehearse`, from the command line: its statuses, its errors, its report."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.assurance.rehearsal.test_broken_programs import copy_of_program, rehearse
from tests.deployment import ROOT

DENIED: dict[str, Any] = {
    "eventVersion": "1.08",
    "eventID": "6e2f1a30-0000-4000-8000-000000000000",
    "eventTime": "2024-05-06T07:08:09Z",
    "eventSource": "ec2.amazonaws.com",
    "eventName": "DescribeInstances",
    "awsRegion": "us-east-1",
    "sourceIPAddress": "198.51.100.7",
    "errorCode": "Client.UnauthorizedOperation",
    "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/mallory"},
}


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "assurance", "rehearse", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def events_file(folder: Path, *changes: dict[str, Any]) -> str:
    """A CloudTrail file in which each record is the denied call, changed so."""
    path = folder / "events.json"
    path.write_text(json.dumps({"Records": [{**DENIED, **change} for change in changes]}))
    return str(path)


def with_setting(folder: Path, line: str) -> Path:
    """A copy of the program whose dev stack sets this too, instead of what it set."""
    path = copy_of_program(folder) / "Pulumi.dev.yaml"
    key = line.partition(": ")[0]
    kept = [each for each in path.read_text().splitlines() if not each.strip().startswith(key)]
    at = kept.index("config:") + 1
    path.write_text("\n".join([*kept[:at], f"  {line}", *kept[at:]]) + "\n")
    return folder


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("aws:allowedAccountIds: nonsense", "aws:allowedAccountIds"),
        ("aws:allowedAccountIds: 123456789012", "aws:allowedAccountIds"),
        ("aws:defaultTags: nonsense", "aws:defaultTags"),
        ("aws:defaultTags: [team]", "aws:defaultTags"),
        ("aws:defaultTags: {tags: [team]}", "aws:defaultTags"),
        ("aws:region: nowhere", "pulumi config set aws:region"),
        ("aws:region: 5", "pulumi config set aws:region"),
        ("unauthorized-api-calls:logGroupName: trail#1", "logGroupName: AWS refuses"),
    ],
)
def test_a_provider_setting_that_is_wrong_is_named(line: str, says: str, tmp_path: Path) -> None:
    done = run(with_setting(tmp_path, line), "--stack", "dev")

    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error: ")
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    "line",
    [
        "aws:defaultTags: {tags: {cost-center: 1234, temporary: false, team: security}}",
        "aws:allowedAccountIds: [111122223333]",
        "aws:region: us-gov-west-1",
        "aws:region: cn-north-1",
    ],
)
def test_a_provider_setting_that_is_right_passes(line: str, tmp_path: Path) -> None:
    done, report = rehearse(with_setting(tmp_path, line), "dev")

    assert (done.returncode, report["status"]) == (0, "PASS"), done.stdout + done.stderr


def test_every_problem_of_a_config_is_told_at_once(tmp_path: Path) -> None:
    folder = copy_of_program(tmp_path)
    path = folder / "Pulumi.dev.yaml"
    wrong = path.read_text().replace("threshold: 1", "threshold: 0").replace("300", "45")
    path.write_text(wrong.replace("encryption: none", "encryption: alias/aws/sns"))

    done = run(folder, "--stack", "dev")

    assert done.returncode == 2
    for problem in ("threshold", "period", "alias/aws/sns"):
        assert problem in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("Pulumi.other.yaml", "config: {}\n", "the stacks here are dev, other, prod"),
        ("Pulumi.absent.yaml", "config: [not closed\n", "Pulumi.absent.yaml"),
        ("Pulumi.absent.yaml", "environment: [base]\nconfig: {}\n", "environment"),
    ],
    ids=["missing", "broken YAML", "an ESC environment"],
)
def test_a_stack_that_cannot_be_read_is_named(
    name: str, text: str, says: str, tmp_path: Path
) -> None:
    folder = copy_of_program(tmp_path)
    (folder / name).write_text(text)

    done = run(folder, "--stack", "absent")

    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_outside_a_project_the_error_says_so(tmp_path: Path) -> None:
    done = run(tmp_path, "--stack", "dev")

    assert done.returncode == 2
    assert "Pulumi.yaml" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("target", ["missing/report.json", "."], ids=["no folder", "a folder"])
def test_a_report_that_cannot_be_written_is_a_usage_error(target: str, tmp_path: Path) -> None:
    folder = copy_of_program(tmp_path)

    done = run(folder, "--stack", "dev", "--json", target)

    assert done.returncode == 2
    assert f"--json: {target} cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_same_seed_gives_the_same_report_and_leaves_what_was_there(tmp_path: Path) -> None:
    folder = copy_of_program(tmp_path)
    before = sorted(path.name for path in folder.iterdir())

    _, first = rehearse(folder, "dev")
    (folder / "report.json").unlink()
    _, second = rehearse(folder, "dev")
    (folder / "report.json").unlink()

    assert first["seed"] == second["seed"] == 7
    assert [c["check"] for c in first["checks"]] == [c["check"] for c in second["checks"]]
    assert list(first["matched"].values()) == list(second["matched"].values())
    assert [t["time"] for t in first["transitions"]] == [t["time"] for t in second["transitions"]]
    after = sorted(path.name for path in folder.iterdir())
    assert [name for name in after if name != "__pycache__"] == before


def test_events_of_any_shape_are_shown(tmp_path: Path) -> None:
    folder = copy_of_program(tmp_path)
    shapes: list[dict[str, Any]] = [
        {"userIdentity": "mallory"},
        {"userIdentity": None},
        {"userIdentity": ["mallory"]},
        {"userIdentity": {"arn": 5}},
        {"userIdentity": {"sessionContext": "none"}},
        {"userIdentity": {"sessionContext": {"sessionIssuer": "none"}}},
        {"eventSource": None, "eventName": {"a": 1}},
        {"userAgent": "\ud800", "requestParameters": {"text": "\x1b[31m[bold]"}},
    ]

    done, report = rehearse(folder, "dev", events_file(folder, *shapes))

    assert done.returncode == 0, done.stderr
    assert list(report["matched"].values()) == [len(shapes)]


@pytest.mark.parametrize(
    "time",
    ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "yesterday", "2026-03-02T06:00:00", None, 5],
)
def test_a_record_without_a_time_to_replay_it_at_is_named_and_the_rest_is_replayed(
    time: object, tmp_path: Path
) -> None:
    folder = copy_of_program(tmp_path)

    done, report = rehearse(folder, "dev", events_file(folder, {"eventTime": time}, {}))

    assert done.returncode == 3
    assert "events.json" in done.stderr
    assert "Traceback" not in done.stderr
    assert (report["status"], report["events"]) == ("UNKNOWN", 1)
    assert [check["check"] for check in report["checks"] if check["status"] != "PASS"] == [
        "replayed-events"
    ]


def test_files_without_any_event_leave_the_probes_and_are_no_pass(tmp_path: Path) -> None:
    folder = copy_of_program(tmp_path)

    done, report = rehearse(folder, "dev", events_file(folder))

    assert (done.returncode, report["events"]) == (3, 0)
    assert "events.json: no CloudTrail event is in it" in done.stderr
    assert "Replayed" not in done.stdout
    assert [check["check"] for check in report["checks"] if check["status"] != "PASS"] == [
        "replayed-events"
    ]


def test_a_failed_program_leaves_nothing_but_its_error(tmp_path: Path) -> None:
    """Pulumi's runtime once left an event loop to the garbage collector, which complained."""
    folder = copy_of_program(tmp_path)
    with (folder / "__main__.py").open("a") as program:
        program.write("\nimport pulumi_aws as aws\naws.s3.Bucket('not-emulated')\n")

    for _ in range(5):
        done = run(folder, "--stack", "dev")

        assert done.returncode == 3
        assert "aws:s3/bucket:Bucket" in done.stderr
        for stray in ("Exception ignored", "Traceback", "never awaited", "never retrieved"):
            assert stray not in done.stderr
