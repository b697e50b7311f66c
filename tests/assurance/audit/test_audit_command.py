"""The audit from the command line, of a stack deployed on the emulator.

The emulator forgets which log group a trail delivers to, so that an audit of it always ends with
`trail-delivers` failing; what it says of good trails is tested in test_trails.py.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assurance import stack_files
from assurance.aws import Clients, emulator_clients
from assurance.emulated_aws import EmulatedAws
from assurance.emulator import Emulator
from assurance.inboxes import Inboxes
from assurance.rehearsal import program, surroundings
from assurance.stack_settings import of_files
from tests.deployment import ROOT

ACCOUNT = "111122223333"
REGION = "us-east-1"


@pytest.fixture(scope="module")
def deployed() -> Iterator[tuple[str, Clients]]:
    """The prod stack, deployed; the emulator's endpoint, and clients of its account."""
    files = stack_files.read("prod", ROOT)
    config = of_files(files)
    with Emulator() as emulator:
        url = emulator.endpoint_url
        clients = emulator_clients(url, region=REGION, account=ACCOUNT)
        with Inboxes(url, region=REGION, account=ACCOUNT, recipients=config.recipients) as inboxes:
            aws = EmulatedAws(clients, stand_ins=inboxes)
            surroundings.build(aws, config, ())
            program.deploy(ROOT, files, aws)
            for inbox in inboxes:
                if inbox.confirmed_by_people:
                    inbox.confirm()
            yield url, clients


def audit(
    *options: str, endpoint: str = "http://127.0.0.1:9", **env: str
) -> subprocess.CompletedProcess[str]:
    own = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-m", "assurance", "audit", *options],
        cwd=ROOT,
        env={
            **own,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            **env,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


CREDENTIALS = {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "test"}


def checks(report: dict[str, Any], status: str) -> set[str]:
    return {each["check"] for each in report["checks"] if each["status"] == status}


def test_an_audit_finds_what_is_amiss_and_writes_it_down(
    deployed: tuple[str, Clients], tmp_path: Path
) -> None:
    url, clients = deployed
    [name] = [
        alarm["AlarmName"]
        for alarm in clients.cloudwatch.describe_alarms()["MetricAlarms"]
        if "prod-cis-v3.0" in alarm["AlarmName"]
    ]
    clients.cloudwatch.disable_alarm_actions(AlarmNames=[name])
    path = tmp_path / "audit.json"

    done = audit("--stack", "prod", "--json", str(path), endpoint=url, **CREDENTIALS)
    clients.cloudwatch.enable_alarm_actions(AlarmNames=[name])

    report = json.loads(path.read_text())
    assert (done.returncode, report["status"]) == (1, "FAIL")
    assert (report["account"], report["region"]) == (ACCOUNT, REGION)
    assert {"trail-delivers", "alarm-enabled"} <= checks(report, "FAIL")
    assert {"account-allowed", "filter-pattern", "alarm-settings"} <= checks(report, "PASS")
    assert name in done.stdout
    assert {each["auditor"].split()[0] for each in report["others"]} == {
        "Prowler",
        "Steampipe",
        "Security",
    }


def test_another_account_is_not_allowed(deployed: tuple[str, Clients], tmp_path: Path) -> None:
    url, _ = deployed
    path = tmp_path / "audit.json"
    other = {**CREDENTIALS, "AWS_ACCESS_KEY_ID": "999988887777"}

    audit("--stack", "prod", "--json", str(path), endpoint=url, **other)

    report = json.loads(path.read_text())
    assert {"account-allowed", "log-group-exists"} <= checks(report, "FAIL")


def test_a_stack_that_names_no_account_leaves_it_unknown(
    deployed: tuple[str, Clients], tmp_path: Path
) -> None:
    url, _ = deployed
    path = tmp_path / "audit.json"

    audit("--stack", "dev", "--json", str(path), endpoint=url, **CREDENTIALS)

    assert "account-allowed" in checks(json.loads(path.read_text()), "UNKNOWN")


def test_an_account_without_a_stack_is_audited_by_its_log_group(
    deployed: tuple[str, Clients], tmp_path: Path
) -> None:
    url, _ = deployed
    path = tmp_path / "audit.json"
    where = ("--log-group", "aws-cloudtrail-logs", "--region", REGION)

    done = audit("--no-stack", *where, "--json", str(path), endpoint=url, **CREDENTIALS)

    report = json.loads(path.read_text())
    assert done.returncode == 1
    assert checks(report, "FAIL") == {"trail-delivers"}
    assert "alarm-settings" not in {each["check"] for each in report["checks"]}


@pytest.mark.parametrize(
    ("options", "env", "status", "says"),
    [
        ((), {}, 2, "--stack"),
        (("--stack", "prod", "--no-stack"), {}, 2, "--stack"),
        (("--no-stack",), {}, 2, "--log-group"),
        (("--stack", "none"), {}, 2, "Pulumi.none.yaml"),
        (("--stack", "prod"), {}, 3, "credentials"),
        (("--stack", "prod"), CREDENTIALS, 3, "reached"),
        (("--no-stack", "--log-group", "x"), CREDENTIALS, 3, "region"),
    ],
)
def test_what_cannot_be_audited_is_told_in_a_line(
    options: tuple[str, ...], env: dict[str, str], status: int, says: str
) -> None:
    done = audit(*options, **{"AWS_MAX_ATTEMPTS": "1", **env})

    assert done.returncode == status
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert "PASS" not in done.stdout


def test_a_stacks_audit_is_in_the_stacks_own_region() -> None:
    done = audit("--stack", "prod", "--region", "eu-west-1", **CREDENTIALS)

    assert (done.returncode, done.stdout) == (2, "")
    assert "--region goes with --no-stack" in done.stderr


def test_without_a_stack_the_alarms_settings_are_told_whatever_they_are(
    deployed: tuple[str, Clients],
) -> None:
    """Nobody asked for others, but a threshold that no burst reaches is to be seen."""
    url, clients = deployed
    [found] = [
        alarm
        for alarm in clients.cloudwatch.describe_alarms()["MetricAlarms"]
        if "prod-cis-v3.0" in alarm["AlarmName"]
    ]
    group = "aws-cloudtrail-logs"

    done = audit(
        "--no-stack", "--log-group", group, "--region", REGION, endpoint=url, **CREDENTIALS
    )

    told = " ".join(done.stdout.split())
    assert (
        f"Note, alarm-threshold-reachable: {found['AlarmName']}: threshold {found['Threshold']:g},"
        in told
    )
    assert "(the benchmark's example: 1 call in 300 s)" in told
