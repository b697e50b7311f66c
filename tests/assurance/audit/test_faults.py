"""The audit when AWS does not answer as it should: never a traceback, never a pass."""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from typing import Any, Final

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from assurance import stack_files, stack_settings
from assurance.audit import audit, report
from assurance.aws import Clients
from tests.assurance.drill.conftest import Deployed
from tests.deployment import ROOT

_COMMAND: Final = tomllib.loads((ROOT / "iam" / "actions.toml").read_text())["commands"]["audit"]
# Those that a finding rests on; this stack tells no function, its phone has a stand-in, and the
# emulator has no trail.
CALLS: Final = sorted(
    {*_COMMAND["actions"]}
    - {*_COMMAND["unjudged"]}
    - {"lambda:GetPolicy", "cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus"}
    - {"sns:CheckIfPhoneNumberIsOptedOut", "sns:GetSMSSandboxAccountStatus"}
)

Spoil = Callable[[Any, dict[str, Any]], None]


def refused(code: str, status: int) -> Spoil:
    def spoil(http_response: Any, parsed: dict[str, Any]) -> None:
        http_response.status_code = status
        parsed.clear()
        parsed["Error"] = {"Code": code, "Message": "made up"}
        parsed["ResponseMetadata"] = {"HTTPStatusCode": status}

    return spoil


def raising(error: Exception) -> Spoil:
    def spoil(*_: object) -> None:
        raise error

    return spoil


def emptied(_: Any, parsed: dict[str, Any]) -> None:
    for name, value in list(parsed.items()):
        if isinstance(value, list):
            parsed[name] = []
        elif name == "Attributes":
            parsed[name] = {}


def spoilt(clients: Clients, call: str, spoil: Spoil) -> Clients:
    service, _, operation = call.partition(":")

    def register(client: Any) -> None:
        client.meta.events.register(
            f"after-call.{service}.{operation}",
            lambda http_response, parsed, **_: spoil(http_response, parsed),
        )

    return clients.prepared_by(register)


def audited(clients: Clients) -> tuple[str, list[dict[str, Any]]]:
    files = stack_files.read("prod", ROOT)
    config = stack_settings.of_files(files)
    snapshot = audit.read(clients, config.log_group_name, lambda _: clients)
    told = audit.of_stack(snapshot, files, config)
    found = json.loads(report.as_json(told))
    return found["status"], found["checks"]


FAULTS: Final[dict[str, Spoil]] = {
    "denied": refused("AccessDenied", 403),
    "throttled": refused("ThrottlingException", 400),
    "expired": refused("ExpiredToken", 403),
    "broken": refused("InternalFailure", 500),
    "unreachable": raising(EndpointConnectionError(endpoint_url="https://aws")),
    "silent": raising(ReadTimeoutError(endpoint_url="https://aws")),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_what_could_not_be_asked_is_unknown(prod: Deployed, call: str, fault: str) -> None:
    _, before = audited(prod.clients)
    _, checks = audited(spoilt(prod.clients, call, FAULTS[fault]))

    unknown = [check for check in checks if check["status"] == "UNKNOWN"]
    known = {(check["check"], tuple(check["evidence"])) for check in before}
    fresh = [c for c in unknown if (c["check"], tuple(c["evidence"])) not in known]
    assert fresh
    if fault == "denied":
        assert any(f"needs the permission {call}" in e for c in fresh for e in c["evidence"])


@pytest.mark.parametrize("call", [call for call in CALLS if not call.startswith("kms:")])
def test_an_empty_answer_is_no_pass_more(prod: Deployed, call: str) -> None:
    _, before = audited(prod.clients)
    status, checks = audited(spoilt(prod.clients, call, emptied))

    passed = {check["check"] for check in before if check["status"] == "PASS"}
    assert {check["check"] for check in checks if check["status"] == "PASS"} <= passed
    assert status != "PASS"


@pytest.mark.parametrize(
    "call", ["sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "kms:DescribeKey"]
)
def test_what_is_deleted_midway_is_no_pass(prod: Deployed, call: str) -> None:
    _, before = audited(prod.clients)
    status, checks = audited(spoilt(prod.clients, call, refused("NotFound", 404)))

    passed = {check["check"] for check in before if check["status"] == "PASS"}
    assert {check["check"] for check in checks if check["status"] == "PASS"} < passed
    assert status != "PASS"


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    bare = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nowhere = {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return subprocess.run(
        [sys.executable, "-m", "assurance", *arguments],
        cwd=ROOT,
        env={**bare, **nowhere, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


KEYS: Final = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
COMMANDS: Final = (
    ("audit", "--stack", "prod"),
    ("drill", "--stack", "prod"),
    ("drill", "--stack", "prod", "--notify"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_without_credentials_nothing_is_known(command: tuple[str, ...]) -> None:
    done = run(*command)

    assert done.returncode == 3
    assert "aws sso login" in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_without_a_network_nothing_is_known(command: tuple[str, ...]) -> None:
    done = run(*command, **KEYS, AWS_ENDPOINT_URL="http://127.0.0.1:9")

    assert done.returncode == 3
    assert "AWS cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", COMMANDS[:2], ids=" ".join)
def test_credentials_that_aws_refuses_are_named(prod: Deployed, command: tuple[str, ...]) -> None:
    refused_by = run(
        *command,
        AWS_ACCESS_KEY_ID="ASIAEXAMPLEEXAMPLEEX",
        AWS_SECRET_ACCESS_KEY="expired",
        AWS_SESSION_TOKEN="expired",
        AWS_ENDPOINT_URL=prod.url,
    )

    assert refused_by.returncode in (2, 3)
    assert "Traceback" not in refused_by.stderr
    assert "PASS" not in refused_by.stdout


def test_an_audit_without_a_region_says_so() -> None:
    done = run("audit", "--no-stack", "--log-group", "trail", **KEYS)

    assert done.returncode == 3
    assert done.stderr == "error: no region is set: say --region, or set AWS_REGION\n"


def test_the_drill_says_what_it_would_do_and_does_nothing(prod: Deployed) -> None:
    def states() -> list[tuple[str, str]]:
        pages = prod.clients.cloudwatch.get_paginator("describe_alarms").paginate()
        return [(a["AlarmName"], a["StateReason"]) for page in pages for a in page["MetricAlarms"]]

    before = states()
    done = run(
        "drill",
        "--stack",
        "prod",
        AWS_ACCESS_KEY_ID="111122223333",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_ENDPOINT_URL=prod.url,
    )

    assert done.returncode == 0, done.stderr
    assert "--notify" in done.stdout
    assert "--end-to-end" in done.stdout
    assert states() == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--notify", "--end-to-end"], "one drill at a time"),
        (["--end-to-end"], "--role ARN go together"),
        (["--notify", "--role", "x"], "--role ARN go together"),
        (["--json", "no/such/folder/report.json"], "cannot be written"),
    ],
)
def test_a_drill_that_is_asked_for_wrongly_is_refused(arguments: list[str], says: str) -> None:
    done = run("drill", "--stack", "prod", *arguments)

    assert done.returncode == 2
    assert says in done.stderr
    assert not done.stdout


def test_a_drill_runs_in_the_stacks_own_account_alone(prod: Deployed) -> None:
    done = run(
        "drill",
        "--stack",
        "prod",
        "--notify",
        AWS_ACCESS_KEY_ID="999988887777",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_ENDPOINT_URL=prod.url,
    )

    assert done.returncode == 2
    assert "111122223333" in done.stderr
    assert not done.stdout


def test_a_report_that_cannot_be_written_is_a_usage_error(prod: Deployed) -> None:
    done = run(
        "audit",
        "--stack",
        "prod",
        "--json",
        "no/such/folder/report.json",
        AWS_ACCESS_KEY_ID="111122223333",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_ENDPOINT_URL=prod.url,
    )

    assert done.returncode == 2
    assert "--json: no/such/folder/report.json cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("audit", "--stack", "prod"),
        ("audit", "--no-stack", "--log-group", "trail", "--region", "eu-west-1"),
        ("drill", "--stack", "prod", "--notify"),
        ("backtest", "--stack", "prod", "--log-group", "trail", "--since", "2d"),
    ],
    ids=" ".join,
)
def test_a_profile_that_is_not_there_is_named_with_the_mend(command: tuple[str, ...]) -> None:
    done = run(*command, AWS_PROFILE="nope")

    assert done.returncode == 3
    assert "AWS_PROFILE: The config profile (nope) could not be found" in done.stderr
    assert "aws configure list-profiles" in done.stderr
    assert not done.stdout
