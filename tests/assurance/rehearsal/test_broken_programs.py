"""The rehearsal of a program that is broken in one way: it must fail, and name the fault.

Each break is made in the source of a copy of the program, as a careless change would make it, so
that the rehearsal sees only what comes of it.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.deployment import ROOT


@dataclass(frozen=True)
class Break:
    """A careless change of one file: `old` becomes `new`. `found_by` are findings it must cause."""

    name: str
    file: str
    old: str
    new: str
    found_by: frozenset[str]
    stack: str = "dev"


BREAKS = [
    Break(
        "the alarm watches another metric",
        "filtered_alarm.py",
        "metric_name=written.name,",
        "metric_name=self._filter.id,",
        frozenset({"alarm-on-filter-metric", "probe-threshold-reached"}),
    ),
    Break(
        "the statistic is Average",
        "filtered_alarm.py",
        'statistic="Sum"',
        'statistic="Average"',
        frozenset({"alarm-statistic", "probe-threshold-reached"}),
        stack="prod",
    ),
    Break(
        "no action",
        "filtered_alarm.py",
        "alarm_actions=notices.alarm_actions,",
        "alarm_actions=[],",
        frozenset({"alarm-acts-on-topic", "probe-threshold-reached"}),
    ),
    Break(
        "the actions are switched off",
        "filtered_alarm.py",
        "alarm_actions=notices.alarm_actions,",
        "alarm_actions=notices.alarm_actions,\n            actions_enabled=False,",
        frozenset({"alarm-enabled", "probe-threshold-reached"}),
    ),
    Break(
        "the action is another topic",
        "filtered_alarm.py",
        "alarm_actions=notices.alarm_actions,",
        'alarm_actions=[aws.sns.Topic(f"other-{name}", opts=child).arn],',
        frozenset({"alarm-acts-on-alert-topic", "probe-threshold-reached"}),
    ),
    Break(
        "the topic policy does not let CloudWatch publish",
        "policies.py",
        '"Action": "SNS:Publish"',
        '"Action": "SNS:Subscribe"',
        frozenset({"topic-policy-allows-cloudwatch"}),
    ),
    Break(
        "the topic policy is for alarms of another account",
        "policies.py",
        '"StringEquals": {"aws:SourceAccount": home.account}',
        '"StringEquals": {"aws:SourceAccount": "999999999999"}',
        frozenset({"topic-policy-allows-cloudwatch"}),
    ),
    Break(
        "the key does not let CloudWatch use it",
        "policies.py",
        '"Action": ["kms:Decrypt", "kms:GenerateDataKey*"]',
        '"Action": ["kms:Decrypt"]',
        frozenset({"topic-key-allows-cloudwatch"}),
        stack="prod",
    ),
    Break(
        "the key is alias/aws/sns",
        "alert_topic.py",
        "kms_master_key_id=self._key_arn,",
        'kms_master_key_id="alias/aws/sns",',
        frozenset({"topic-key-not-aws-managed"}),
    ),
    Break(
        "a recipient is not subscribed",
        "subscriptions.py",
        "for recipient in recipients:\n        if not",
        "for recipient in recipients[1:]:\n        if not",
        frozenset({"recipient-subscribed", "probe-threshold-reached"}),
    ),
    Break(
        "the filter is on another log group",
        "filtered_alarm.py",
        "log_group_name=log_group_name,\n            pattern",
        'log_group_name=aws.cloudwatch.LogGroup(f"other-{key}", opts=child).name,\n'
        "            pattern",
        frozenset({"filter-on-log-group", "probe-threshold-reached"}),
    ),
    Break(
        "the pattern is the all-|| text",
        "control.py",
        '\'&& ($.sourceIPAddress!="delivery.logs.amazonaws.com") && ($.eventName',
        '\'|| ($.sourceIPAddress!="delivery.logs.amazonaws.com") || ($.eventName',
        frozenset({"probe-quiet-account"}),
    ),
    Break(
        "!= on a field that may be missing",
        "control.py",
        '&& ($.eventName!="HeadBucket") }',
        '&& ($.eventName!="HeadBucket") && ($.userIdentity.invokedBy!="config.amazonaws.com") }',
        frozenset({"probe-unknown-principal-IAMUser", "probe-unknown-principal-AssumedRole"}),
    ),
    Break(
        "the threshold is never reached",
        "filtered_alarm.py",
        "threshold=threshold,",
        "threshold=threshold * 1_000_000,",
        frozenset({"alarm-settings", "probe-threshold-reached"}),
    ),
    Break(
        "more periods must breach than there are",
        "unauthorized_api_calls.py",
        "period=settings.period,",
        "period=settings.period * 2,",
        frozenset({"alarm-settings"}),
    ),
    Break(
        "missing data is ignored",
        "filtered_alarm.py",
        'treat_missing_data="notBreaching"',
        'treat_missing_data="ignore"',
        frozenset({"alarm-missing-data", "probe-threshold-reached"}),
    ),
    Break(
        "greater than, not greater than or equal",
        "filtered_alarm.py",
        "GreaterThanOrEqualToThreshold",
        "GreaterThanThreshold",
        frozenset({"alarm-comparison", "probe-threshold-reached"}),
    ),
    Break(
        "the heartbeat takes silence for health",
        "watches.py",
        'treat_missing_data="breaching"',
        'treat_missing_data="notBreaching"',
        frozenset({"heartbeat", "probe-heartbeat"}),
    ),
    Break(
        "every benchmark alarm pages",
        "unauthorized_api_calls.py",
        "record if key in quiet else paging",
        "paging",
        frozenset({"one-paging-alarm", "probe-record"}),
        stack="prod",
    ),
    Break(
        "the function is told of nothing",
        "alert_details_function.py",
        'protocol="lambda",\n            endpoint=self._function.arn,',
        'protocol="sqs",\n            endpoint=topic_arn.apply(lambda a: a.replace("sns", "sqs")),',
        frozenset({"alert-details", "probe-alert-details"}),
        stack="prod",
    ),
    Break(
        "the topic may not invoke the function",
        "alert_details_function.py",
        'principal="sns.amazonaws.com"',
        'principal="events.amazonaws.com"',
        frozenset({"function-accepts-topic"}),
        stack="prod",
    ),
    Break(
        "nobody learns that the function fails",
        "watches.py",
        'metric_name="Errors"',
        'metric_name="Invocations"',
        frozenset({"details-watch"}),
        stack="prod",
    ),
    *(
        Break(name, file, old, new, frozenset({"probe-alert-details"}), stack="prod")
        for name, file, old, new in (
            (
                "the function is told of another alarm",
                "unauthorized_api_calls.py",
                "alarm_name=paging.alarm.name,",
                'alarm_name=paging.alarm.name.apply(lambda name: f"{name}-other"),',
            ),
            (
                "the function knows another alarm than it is told of",
                "alert_details_function.py",
                '"ALARM_NAME": alarm_name,',
                '"ALARM_NAME": "another",',
            ),
            (
                "the function looks for what nothing matches",
                "alert_details_function.py",
                '"FILTER_PATTERN": filter_pattern,',
                '"FILTER_PATTERN": "{ $.errorCode = Nothing }",',
            ),
            (
                "the function looks in another log group",
                "alert_details_function.py",
                '"LOG_GROUP_NAME": log_group_name,',
                '"LOG_GROUP_NAME": "another",',
            ),
            (
                "the function publishes on another topic",
                "alert_details_function.py",
                '"TOPIC_ARN": topic_arn,',
                '"TOPIC_ARN": topic_arn.apply(lambda arn: f"{arn}-other"),',
            ),
            (
                "the function's role may not read",
                "policies.py",
                '"Action": "logs:FilterLogEvents"',
                '"Action": "logs:GetLogEvents"',
            ),
            (
                "the function's role may not publish",
                "policies.py",
                '"Action": "sns:Publish"',
                '"Action": "sns:Subscribe"',
            ),
            (
                "the function's role may not use the topic's key",
                "policies.py",
                "if key_arn is not None:",
                "if key_arn is None:",
            ),
            (
                "the function is told of its own digests",
                "alert_details_function.py",
                "filter_policy=pulumi.Output.json_dumps(",
                "filter_policy=None and pulumi.Output.json_dumps(",
            ),
            (
                "the function looks at what alarms do not have",
                "alert_details_function.py",
                "filter_policy_scope=ON_THE_BODY,",
                'filter_policy_scope="MessageAttributes",',
            ),
            (
                "the function fails",
                "alert_details/handler.py",
                "    for text in messages_in(event):",
                "    for text in messages_in(settings.nothing):",
            ),
            (
                "the digest is no text of each protocol",
                "alert_details/handler.py",
                'MessageStructure="json",',
                "",
            ),
        )
    ),
]


def copy_of_program(folder: Path) -> Path:
    """The program, its stacks and nothing else, in a folder of its own."""
    shutil.copytree(
        ROOT / "monitoring", folder / "monitoring", ignore=shutil.ignore_patterns("__pycache__")
    )
    for path in (ROOT / "__main__.py", *ROOT.glob("Pulumi*.yaml")):
        shutil.copy(path, folder)
    return folder


def rehearse(
    folder: Path, stack: str, *events: str
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """Rehearse the program in `folder`; what it printed, and its report."""
    report = folder / "report.json"
    command = [sys.executable, "-m", "assurance", "rehearse", "--stack", stack, "--seed", "7"]
    done = subprocess.run(
        [*command, "--json", str(report), *events],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done, json.loads(report.read_text()) if report.exists() else {}


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.name)
def test_a_broken_program_fails_its_rehearsal(broken: Break, tmp_path: Path) -> None:
    folder = copy_of_program(tmp_path)
    source = folder / "monitoring" / broken.file
    text = source.read_text()
    assert broken.old in text, "the break no longer finds its place in the source"
    source.write_text(text.replace(broken.old, broken.new, 1))

    done, report = rehearse(folder, broken.stack)

    failed = {check["check"] for check in report["checks"] if check["status"] == "FAIL"}
    assert broken.found_by <= failed, f"found by {sorted(failed)}"
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for name in broken.found_by:
        assert name in done.stdout


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_program_as_it_is_passes(stack: str, tmp_path: Path) -> None:
    done, report = rehearse(copy_of_program(tmp_path), stack)

    assert (done.returncode, report["status"]) == (0, "PASS"), done.stdout + done.stderr
    assert {check["status"] for check in report["checks"]} == {"PASS"}


def test_a_program_that_aws_would_refuse_is_a_finding(tmp_path: Path) -> None:
    folder = copy_of_program(tmp_path)
    source = folder / "monitoring" / "filtered_alarm.py"
    text = source.read_text()
    source.write_text(text.replace("log_group_name=log_group_name,", 'log_group_name="gone",', 1))

    done, report = rehearse(folder, "dev")

    assert done.returncode == 1
    [deployment] = [c for c in report["checks"] if c["check"] == "deployment"]
    assert deployment["status"] == "FAIL"
    assert "log group" in deployment["evidence"][0]


def test_what_the_emulator_cannot_apply_leaves_the_rehearsal_incomplete(tmp_path: Path) -> None:
    folder = copy_of_program(tmp_path)
    program = folder / "__main__.py"
    program.write_text(
        program.read_text() + "\nimport pulumi_aws as aws\naws.s3.Bucket('not-emulated')\n"
    )

    done, _ = rehearse(folder, "dev")

    assert done.returncode == 3
    assert "aws:s3/bucket:Bucket" in done.stderr
    assert "Traceback" not in done.stderr
