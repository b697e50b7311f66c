"""The policies as documents: filled in, linted, small enough, and scoped to the stack's own."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from assurance import stack_files
from monitoring import control
from monitoring.endpoints import PROTOCOLS, Kind
from tests.deployment import ACCOUNT, REGION, ROOT, run_stack
from tests.iam.policies import (
    FOLDER,
    NAMES,
    VALUES,
    Policy,
    actions,
    allowing,
    filled,
    of_type,
    together,
)

# IAM, Quotas: the characters of a managed policy, white space not counted.
MANAGED_POLICY_LIMIT: Final = 6_144
# The linter's copy of the Service Authorization Reference does not know of their resource type yet,
# or not of the action (CloudWatch API reference, ListAlarmMuteRules: Permissions).
UNKNOWN_TO_LINTER: Final = {"chatbot:TagResource", "chatbot:UntagResource"}
NO_ACTION_TO_LINTER: Final = {"Unknown action cloudwatch:ListAlarmMuteRules"}

README: Final = (FOLDER / "README.md").read_text(encoding="utf-8")

HERE: Final = f"{REGION}:{ACCOUNT}"
ANY_ALARM: Final = f"arn:aws:cloudwatch:{HERE}:alarm:*"
KEY: Final = f"arn:aws:kms:{HERE}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SERVICE_LINKED_ROLE: Final = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/management.chatbot.amazonaws.com/"
    "AWSServiceRoleForAWSChatbot"
)
# The actions that AWS checks against something else than the resource they are called for. (That
# `*` is all it offers for some, the linter holds against the Service Authorization Reference.)
CHECKED_OTHERWISE: Final = {
    "chatbot:CreateSlackChannelConfiguration": "*",
    "chatbot:DescribeSlackChannelConfigurations": "*",
    # Whichever names are asked for: an alarm's own ARN is refused (the error names this one).
    "cloudwatch:DescribeAlarms": ANY_ALARM,
    "iam:CreateServiceLinkedRole": SERVICE_LINKED_ROLE,
    "kms:CreateKey": "*",
    "kms:ListAliases": "*",
    "logs:DescribeLogGroups": "*",
    "sns:GetSubscriptionAttributes": "*",
    "sns:SetSubscriptionAttributes": "*",
    "sns:Unsubscribe": "*",
}


@pytest.mark.parametrize("name", NAMES)
def test_every_placeholder_of_a_policy_is_known(name: str) -> None:
    assert re.findall(r"\b[A-Z]{2,}(?:_[A-Z]+)*\b", json.dumps(filled(name))) == []


def test_the_command_in_the_readme_fills_a_policy_in() -> None:
    [command] = re.findall(r"```sh\n(sed .*?)```", README, re.DOTALL)

    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert json.loads(done.stdout) == filled("deploy.json")


def test_the_readme_explains_every_policy_and_every_placeholder() -> None:
    explained = set(re.findall(r"^\| `([\w.-]+)` \|", README, re.MULTILINE))

    assert explained == {*NAMES, *VALUES}


@pytest.mark.parametrize("name", NAMES)
def test_a_managed_policy_holds_it_with_long_names_too(name: str) -> None:
    stack = "s" * control.MONITOR_NAME_LIMIT
    policy = filled(name, STACK=stack, LOG_GROUP=f"aws-controltower/CloudTrailLogs-{'x' * 40}")

    assert len(re.sub(r"\s", "", json.dumps(policy))) <= MANAGED_POLICY_LIMIT


def test_the_linter_finds_nothing(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / name).write_text(json.dumps(filled(name)), encoding="utf-8")

    assert [finding for finding in lint(tmp_path) if not is_outdated(finding)] == []


def test_the_linter_finds_a_resource_that_could_be_narrower(tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Action": "sns:DeleteTopic", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    (tmp_path / "wide.json").write_text(json.dumps(policy), encoding="utf-8")

    assert [finding["issue"] for finding in lint(tmp_path)] == ["RESOURCE_STAR"]


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_each_action_is_allowed_on_the_stacks_own_resources(stack: str) -> None:
    policy = deploying(stack)

    refused = [pair for pair in asked_for(stack) if not any(allowing(policy, *pair))]

    assert refused == []


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_no_action_is_allowed_on_another_stacks_resources(stack: str) -> None:
    policy = deploying("another", LOG_GROUP="another")

    named = [pair for pair in asked_for(stack) if is_named(pair[1], stack)]
    unnamed = {arn for _, arn in asked_for(stack) if not is_named(arn, stack)}

    assert len(named) > 25
    assert [pair for pair in named if any(allowing(policy, *pair))] == []
    assert unnamed <= {"*", ANY_ALARM, KEY, SERVICE_LINKED_ROLE}


def test_subscriptions_are_limited_to_the_protocols_of_the_recipients_kinds() -> None:
    topic = f"arn:aws:sns:{HERE}:{control.TOPIC_NAME}-prod-1234567"
    [statement] = allowing(filled("deploy.json"), "sns:Subscribe", topic)

    assert set(statement["Condition"]["StringEquals"]["sns:Protocol"]) == {
        protocol for kind, protocol in PROTOCOLS.items() if kind is not Kind.SLACK
    }


def test_alarms_are_limited_to_acting_on_the_stacks_topics() -> None:
    alarms = run_stack("prod").of_type(":MetricAlarm")
    acted_on = {
        arn
        for alarm in alarms.values()
        for arn in [*alarm["alarmActions"], *alarm.get("okActions", ())]
    }
    alarm = f"arn:aws:cloudwatch:{HERE}:alarm:{control.ALARM_NAME}-prod-cis-v3.0-1234567"
    [statement] = allowing(filled("deploy.json"), "cloudwatch:PutMetricAlarm", alarm)
    pattern = statement["Condition"]["ForAllValues:StringLike"]["cloudwatch:AlarmActions"]

    assert len(acted_on) == 2
    assert all(arn.startswith(pattern.removesuffix("*")) for arn in acted_on)


def test_the_chat_channels_role_gets_its_one_policy_and_is_passed_to_its_one_service() -> None:
    policy, deployment = filled("deploy.json"), run_stack("prod")
    role = f"arn:aws:iam::{ACCOUNT}:role/{control.FILTER_NAME}-prod-chat-1234567"
    attached = deployment.one(":RolePolicyAttachment")["policyArn"]
    [trust] = json.loads(deployment.one(":Role", "-chat")["assumeRolePolicy"])["Statement"]
    [attaching] = allowing(policy, "iam:AttachRolePolicy", role)
    [passing] = allowing(policy, "iam:PassRole", role)

    assert attaching["Condition"] == {"ArnEquals": {"iam:PolicyARN": attached}}
    assert passing["Condition"] == {
        "StringEquals": {"iam:PassedToService": trust["Principal"]["Service"]}
    }
    assert "iam:PutRolePolicy" not in actions(policy)


def test_the_shipped_stack_with_a_key_tags_it_as_the_policy_asks() -> None:
    files = stack_files.read("prod", ROOT)
    tags = json.loads(files.config["aws:defaultTags"])["tags"]
    [statement] = allowing(filled("deploy.json"), "kms:CreateKey", "*")

    assert statement["Condition"]["StringEquals"]["aws:RequestTag/service"] == tags["service"]


def deploying(stack: str, **values: str) -> Policy:
    """What it takes to deploy any shipped stack."""
    names = ("deploy.json", "deploy-details.json")
    return together(*(filled(name, STACK=stack, **values) for name in names))


def lint(folder: Path) -> list[dict[str, Any]]:
    """What parliament finds in the policies of a folder."""
    done = subprocess.run(
        [Path(sys.executable).with_name("parliament"), "--json", "--directory", folder],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    # A linter that fails finds nothing, too.
    assert done.returncode == (1 if findings else 0), done.stderr
    return findings


def is_outdated(finding: Mapping[str, Any]) -> bool:
    """Whether the linter does not know of a resource type, or of a new action."""
    if finding["issue"] == "UNKNOWN_ACTION":
        return finding["detail"] in NO_ACTION_TO_LINTER
    return finding["issue"] == "RESOURCE_MISMATCH" and UNKNOWN_TO_LINTER.issuperset(
        detail["action"] for detail in finding["detail"]
    )


# The ARN by which AWS checks the actions on a type, from a resource's physical name and its inputs.
ARNS: Final[Mapping[str, Callable[[str, Mapping[str, Any]], str]]] = {
    "Alias": lambda name, _: f"arn:aws:kms:{HERE}:alias/{name}",
    "Key": lambda *_: KEY,
    "Function": lambda name, _: f"arn:aws:lambda:{HERE}:function:{name}",
    "LogGroup": lambda name, _: f"arn:aws:logs:{HERE}:log-group:{name}:log-stream:",
    "LogMetricFilter": lambda _, inputs: (
        f"arn:aws:logs:{HERE}:log-group:{inputs['logGroupName']}:log-stream:"
    ),
    "MetricAlarm": lambda name, _: f"arn:aws:cloudwatch:{HERE}:alarm:{name}",
    "Permission": lambda _, inputs: f"arn:aws:lambda:{HERE}:function:{inputs['function']}",
    "QueryDefinition": lambda *_: "*",
    "Queue": lambda name, _: f"arn:aws:sqs:{HERE}:{name}",
    "QueuePolicy": lambda _, inputs: f"arn:aws:sqs:{HERE}:{inputs['queueUrl'].rpartition('/')[2]}",
    "Role": lambda name, _: f"arn:aws:iam::{ACCOUNT}:role/{name}",
    "RolePolicy": lambda _, inputs: f"arn:aws:iam::{ACCOUNT}:role/{inputs['role']}",
    "RolePolicyAttachment": lambda _, inputs: f"arn:aws:iam::{ACCOUNT}:role/{inputs['role']}",
    "SlackChannelConfiguration": lambda _, inputs: (
        f"arn:aws:chatbot::{ACCOUNT}:chat-configuration/slack-channel/{inputs['configurationName']}"
    ),
    "Topic": lambda name, _: f"arn:aws:sns:{HERE}:{name}",
    "TopicPolicy": lambda _, inputs: str(inputs["arn"]),
    "TopicSubscription": lambda _, inputs: str(inputs["topic"]),
}


def asked_for(stack: str) -> list[tuple[str, str]]:
    """What AWS is asked for over the life of a stack's resources: actions and resource ARNs."""
    deployment = run_stack(stack)
    asked = []
    for key, inputs in deployment.inputs.items():
        token, _, logical_name = key.partition(" ")
        if not token.startswith("aws:"):
            continue
        name = f"{logical_name}-1234567"
        own = ARNS[token.rpartition(":")[2]](name, inputs)
        # The role is passed by its ARN, whose last part is its name in these runs too.
        passed = inputs.get("iamRoleArn") or inputs.get("role")
        role = ARNS["Role"](str(passed).rpartition(":")[2], inputs)
        otherwise = {**CHECKED_OTHERWISE, "iam:PassRole": role}
        asked += [(action, otherwise.get(action, own)) for action in sorted(of_type(token))]
    return asked


def is_named(arn: str, stack: str) -> bool:
    """Whether an ARN names the stack, or what it was told to use."""
    return f"-{stack}-" in arn or f":{VALUES['LOG_GROUP']}:" in arn


def test_the_readme_has_a_row_for_each_policy() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    of_folder = (ROOT / "iam" / "README.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^\| \[`iam/([a-z-]+\.json)`\]", readme, re.MULTILINE)) == set(NAMES)
    assert set(re.findall(r"^\| `([a-z-]+\.json)` \|", of_folder, re.MULTILINE)) == set(NAMES)


ELSEWHERE: Final[Mapping[str, str]] = {
    "PARTITION": "aws-cn",
    "ACCOUNT_ID": "444455556666",
    "REGION": "eu-west-9",
    "LOG_GROUP": "another",
    "STACK": "another",
    "FUNCTION": "another",
    "DRILL_ROLE": "another",
}
# By policy and action: the placeholders that each of its resources must name. What is found by what
# it is attached to has no name that is known beforehand.
OF_ANY_NAME: Final = {"PARTITION", "ACCOUNT_ID", "REGION"}
NAMED_BY: Final[Mapping[tuple[str, str], set[str]]] = {
    ("drill.json", "cloudwatch:DescribeAlarmHistory"): {*OF_ANY_NAME, "STACK"},
    ("drill.json", "cloudwatch:DescribeAlarms"): OF_ANY_NAME,
    ("drill.json", "cloudwatch:SetAlarmState"): {*OF_ANY_NAME, "STACK"},
    ("drill.json", "logs:FilterLogEvents"): {*OF_ANY_NAME, "LOG_GROUP"},
    ("drill.json", "sns:ConfirmSubscription"): {*OF_ANY_NAME, "STACK"},
    ("drill.json", "sts:AssumeRole"): {"PARTITION", "ACCOUNT_ID", "DRILL_ROLE"},
    ("backtest.json", "logs:GetQueryResults"): {*OF_ANY_NAME, "LOG_GROUP"},
    ("backtest.json", "logs:StartQuery"): {*OF_ANY_NAME, "LOG_GROUP"},
    # A trail lives in its home region, and an organisation's in the management account.
    ("audit.json", "cloudtrail:GetEventSelectors"): {"PARTITION"},
    ("audit.json", "cloudtrail:GetTrailStatus"): {"PARTITION"},
    ("audit.json", "kms:DescribeKey"): OF_ANY_NAME,
    ("audit.json", "kms:GetKeyPolicy"): OF_ANY_NAME,
    ("audit.json", "kms:GetKeyRotationStatus"): OF_ANY_NAME,
    ("audit.json", "lambda:GetPolicy"): OF_ANY_NAME,
    ("audit.json", "logs:DescribeMetricFilters"): OF_ANY_NAME,
    ("audit.json", "sns:GetTopicAttributes"): OF_ANY_NAME,
    ("audit.json", "sns:ListSubscriptionsByTopic"): OF_ANY_NAME,
    ("audit.json", "sqs:GetQueueAttributes"): OF_ANY_NAME,
    ("audit.json", "sqs:GetQueueUrl"): OF_ANY_NAME,
    ("deploy-details.json", "iam:PassRole"): {"PARTITION", "ACCOUNT_ID", "STACK"},
    ("deploy-details.json", "iam:PutRolePolicy"): {"PARTITION", "ACCOUNT_ID", "STACK"},
    ("deploy-details.json", "lambda:AddPermission"): {*OF_ANY_NAME, "STACK"},
    ("deploy-details.json", "lambda:CreateFunction"): {*OF_ANY_NAME, "STACK"},
    ("deploy-details.json", "lambda:UpdateFunctionCode"): {*OF_ANY_NAME, "STACK"},
    ("deploy-details.json", "logs:DeleteLogGroup"): {*OF_ANY_NAME, "STACK"},
    ("deploy-lambda.json", "lambda:AddPermission"): {*OF_ANY_NAME, "FUNCTION"},
    ("deploy-lambda.json", "lambda:GetPolicy"): {*OF_ANY_NAME, "FUNCTION"},
    ("deploy-lambda.json", "lambda:RemovePermission"): {*OF_ANY_NAME, "FUNCTION"},
    ("preview.json", "cloudwatch:ListTagsForResource"): {*OF_ANY_NAME, "STACK"},
    ("preview.json", "logs:DescribeMetricFilters"): {*OF_ANY_NAME, "LOG_GROUP"},
    ("preview.json", "sns:GetTopicAttributes"): {*OF_ANY_NAME, "STACK"},
    ("preview.json", "sns:ListTagsForResource"): {*OF_ANY_NAME, "STACK"},
    ("preview.json", "sqs:GetQueueAttributes"): {*OF_ANY_NAME, "STACK"},
    ("preview.json", "sqs:ListQueueTags"): {*OF_ANY_NAME, "STACK"},
    ("preview.json", "lambda:GetFunction"): {*OF_ANY_NAME, "STACK"},
    ("preview.json", "iam:GetRole"): {"PARTITION", "ACCOUNT_ID", "STACK"},
}


@pytest.mark.parametrize(("name", "action"), sorted(NAMED_BY))
def test_every_resource_of_an_action_is_held_to_what_can_be_named(name: str, action: str) -> None:
    for placeholder in NAMED_BY[name, action]:
        here = resources(filled(name), action)
        there = resources(filled(name, **{placeholder: ELSEWHERE[placeholder]}), action)

        assert here & there == set(), placeholder


@pytest.mark.parametrize("name", ["audit.json", "backtest.json", "drill.json"])
def test_what_has_no_name_is_held_to_the_region(name: str) -> None:
    policy = filled(name)
    for action in actions(policy) - {action for of, action in NAMED_BY if of == name}:
        if action == "cloudtrail:DescribeTrails":
            continue  # A trail is asked for in its home region.
        for statement in statements(policy, action):
            assert statement["Resource"] == "*"
            assert statement["Condition"] == {"StringEquals": {"aws:RequestedRegion": REGION}}


def statements(policy: Mapping[str, Any], action: str) -> list[dict[str, Any]]:
    """The statements that allow an action."""
    return [one for one in policy["Statement"] if action in listed(one["Action"])]


def resources(policy: Mapping[str, Any], action: str) -> set[str]:
    """The resources on which a policy allows an action."""
    return {arn for one in statements(policy, action) for arn in listed(one["Resource"])}


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
