"""AlertDetails: its resources, what they may do, and that the plain alarm never waits for them."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest

from monitoring import alert_details_function
from tests.deployment import ACCOUNT, ROOT, Deployment
from tests.monitoring.monitors import MAIL, deploy, document

TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:CISUnauthorizedAPICallAlerts-test-1234567"
BROUGHT = f"arn:aws:sns:eu-west-1:{ACCOUNT}:security-alerts"
PAGERDUTY = "https://events.pagerduty.com/integration/0123456789abcdef0123456789abcdef/enqueue"
PAGING = "CISUnauthorizedAPICallsAlarm-test-cis-v3.0-1234567"
INFO = "UnauthorizedAPICalls-test-info"
DETAILS = "CISUnauthorizedAPICallAlerts-test-details"


def statements(deployment: Deployment) -> dict[str, dict[str, Any]]:
    return document(deployment.one(":RolePolicy")["policy"])


def files() -> dict[str, str]:
    assets = alert_details_function.archive().assets
    texts = {}
    for name, asset in assets.items():
        assert isinstance(asset, pulumi.StringAsset)
        texts[name] = asset.text
    return texts


def test_without_alert_details_nothing_is_added() -> None:
    plain, told = deploy(), deploy(alert_details=False)

    assert plain.names == told.names
    assert not plain.of_type(":Function")


def test_with_alert_details_only_the_function_and_what_it_needs_is_added() -> None:
    added = deploy(alert_details=True).names - deploy().names

    assert added == {
        "unauthorized-api-calls:index:AlertDetails UnauthorizedAPICalls-test-info",
        f"aws:cloudwatch/logGroup:LogGroup {INFO}",
        f"aws:iam/role:Role {INFO}",
        f"aws:iam/rolePolicy:RolePolicy {INFO}",
        f"aws:lambda/function:Function {INFO}",
        f"aws:lambda/permission:Permission {INFO}",
        f"aws:sns/topicSubscription:TopicSubscription {DETAILS}",
        "aws:cloudwatch/metricAlarm:MetricAlarm CISUnauthorizedAPICallsAlarm-test-details",
    }


def test_the_function_knows_the_paging_alarm_and_the_very_pattern_deployed() -> None:
    exclusions = {"scanner": {"userIdentity.arn": ["arn:aws:iam::123456789012:role/scanner"]}}
    deployment = deploy(
        alert_details=True, exclusions=exclusions, runbook_url="https://wiki.real-company.net/r"
    )

    function = deployment.one(":Function")
    assert function["environment"]["variables"] == {
        "ALARM_NAME": "CISUnauthorizedAPICallsAlarm-test-tuned-1234567",
        "FILTER_PATTERN": deployment.one(":LogMetricFilter", "-tuned")["pattern"],
        "LOG_GROUP_NAME": "trail",
        "RUNBOOK_URL": "https://wiki.real-company.net/r",
        "TOPIC_ARN": TOPIC,
    }
    assert function["handler"] == "monitoring.alert_details.handler.handle"
    assert function["loggingConfig"] == {"logFormat": "Text", "logGroup": f"{INFO}-1234567"}


def test_the_role_may_read_one_group_publish_on_one_topic_and_write_its_own_log() -> None:
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:trail"

    assert statements(deploy(alert_details=True, encryption="none")) == {
        "ReadDeniedCalls": {
            "Sid": "ReadDeniedCalls",
            "Effect": "Allow",
            "Action": "logs:FilterLogEvents",
            "Resource": [group, f"{group}:*"],
        },
        "PublishDigest": {
            "Sid": "PublishDigest",
            "Effect": "Allow",
            "Action": "sns:Publish",
            "Resource": TOPIC,
        },
        "NameAccount": {
            "Sid": "NameAccount",
            "Effect": "Allow",
            "Action": "iam:ListAccountAliases",
            "Resource": "*",
        },
        "WriteOwnLog": {
            "Sid": "WriteOwnLog",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:{INFO}-1234567:*",
        },
    }


def test_the_role_may_use_the_topics_key_and_no_other() -> None:
    own = statements(deploy(alert_details=True))["UseTopicKey"]
    given = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/12345678-1234-1234-1234-123456789012"
    other = statements(deploy(alert_details=True, encryption=given))["UseTopicKey"]

    assert own["Resource"].endswith(":key/CISUnauthorizedAPICallAlerts-test")
    assert other["Resource"] == given
    assert own["Action"] == other["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]


def test_on_a_topic_brought_along_the_role_may_use_whichever_key_that_topic_has() -> None:
    policy = statements(deploy(alert_details=True, topic_arn=BROUGHT))

    assert policy["PublishDigest"]["Resource"] == BROUGHT
    assert policy["UseTopicKey"]["Resource"] == f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/*"
    assert policy["UseTopicKey"]["Condition"] == {
        "StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": BROUGHT}
    }


def test_the_function_is_told_of_the_paging_alarm_alone_and_only_when_it_goes_off() -> None:
    deployment = deploy(alert_details=True, benchmarks=["cis-v3.0", "security-hub"])

    subscription = deployment.one(":TopicSubscription", "-details")
    assert json.loads(subscription["filterPolicy"]) == {
        "AlarmName": [PAGING],
        "NewStateValue": ["ALARM"],
    }
    assert subscription["filterPolicyScope"] == "MessageBody"
    assert (subscription["protocol"], subscription["topic"]) == ("lambda", TOPIC)
    permission = deployment.one(":Permission")
    assert permission["principal"] == "sns.amazonaws.com"
    assert permission["sourceArn"] == TOPIC


def test_pagerduty_receives_alarms_only_and_everybody_else_everything() -> None:
    recipients = {
        **MAIL,
        "on-call": {"pagerduty": PAGERDUTY},
        "hook": {"https": "https://hooks.real-company.net/sns"},
        "queue": {"sqs": f"arn:aws:sqs:us-east-1:{ACCOUNT}:alerts"},
    }
    with_digests = deploy(alert_details=True, recipients=recipients)
    without = deploy(recipients=recipients)

    subscriptions = {
        name.rpartition("-test-")[2].partition("-")[0]: inputs
        for name, inputs in with_digests.of_type(":TopicSubscription").items()
        if not name.endswith("-details")
    }
    # It looks at the body: an alarm's message has no attributes, and would be dropped.
    pagerduty = subscriptions.pop("pagerduty")
    assert json.loads(pagerduty["filterPolicy"]) == {"AlarmName": [{"exists": True}]}
    assert pagerduty["filterPolicyScope"] == "MessageBody"
    assert set(subscriptions) == {"email", "https", "sqs"}
    assert not any("filterPolicy" in inputs for inputs in subscriptions.values())
    assert not any("filterPolicy" in s for s in without.of_type(":TopicSubscription").values())


def test_an_alarm_pages_when_the_function_fails() -> None:
    deployment = deploy(alert_details=True, notify_recovery=True)

    alarm = deployment.one(":MetricAlarm", "-details")
    assert (alarm["namespace"], alarm["metricName"]) == ("AWS/Lambda", "Errors")
    assert alarm["dimensions"] == {"FunctionName": f"{INFO}-1234567"}
    assert (alarm["statistic"], alarm["threshold"], alarm["period"]) == ("Sum", 1, 300)
    assert alarm["comparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["treatMissingData"] == "notBreaching"
    assert alarm["alarmActions"] == alarm["okActions"] == [TOPIC]
    assert "come without details" in alarm["alarmDescription"]


def test_neither_alarms_nor_recipients_wait_for_the_function() -> None:
    deployment = deploy(alert_details=True)

    own = {
        f"aws:lambda/function:Function {INFO}",
        f"aws:lambda/permission:Permission {INFO}",
        f"aws:iam/rolePolicy:RolePolicy {INFO}",
        f"aws:iam/role:Role {INFO}",
    }
    waiting = {name for name, needed in deployment.dependencies.items() if own & set(needed)}
    assert waiting == {
        "aws:cloudwatch/metricAlarm:MetricAlarm CISUnauthorizedAPICallsAlarm-test-details",
        f"aws:iam/rolePolicy:RolePolicy {INFO}",
        f"aws:lambda/function:Function {INFO}",
        f"aws:lambda/permission:Permission {INFO}",
        f"aws:sns/topicSubscription:TopicSubscription {DETAILS}",
    }


def test_the_function_is_invoked_only_once_it_may_do_its_work() -> None:
    deployment = deploy(alert_details=True)

    function = deployment.dependencies[f"aws:lambda/function:Function {INFO}"]
    subscription = deployment.dependencies[f"aws:sns/topicSubscription:TopicSubscription {DETAILS}"]
    assert f"aws:iam/rolePolicy:RolePolicy {INFO}" in function
    assert f"aws:cloudwatch/logGroup:LogGroup {INFO}" in function
    assert f"aws:lambda/permission:Permission {INFO}" in subscription


def test_the_functions_log_is_not_kept_for_ever() -> None:
    assert deploy(alert_details=True).one(":LogGroup")["retentionInDays"] == 30


def test_the_names_stay_within_what_aws_takes_however_long_the_monitors_is() -> None:
    deployment = deploy("n" * 30, alert_details=True)

    for kind in (":Function", ":Role"):
        # A hyphen and seven digits are added.
        assert all(len(name) + 8 <= 64 for name in deployment.of_type(kind))


def test_the_archive_holds_the_package_and_all_that_it_imports() -> None:
    held = files()
    needed = {
        f"{name.replace('.', '/')}.py"
        for text in held.values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("monitoring")
        for name in _modules(node)
    }

    assert needed <= set(held)
    package = (ROOT / "monitoring" / "alert_details").glob("*.py")
    beside = {name for name in held if not name.startswith("monitoring/alert_details/")}
    assert set(held) - beside == {f"monitoring/alert_details/{path.name}" for path in package}
    assert beside - needed == {"monitoring/__init__.py"}


def _modules(node: ast.ImportFrom) -> list[str]:
    module = node.module or ""
    if (ROOT / f"{module.replace('.', '/')}.py").exists():
        return [module]
    return [f"{module}.{alias.name}" for alias in node.names]


def test_the_archives_handler_is_there_with_nothing_else_on_the_path(tmp_path: Path) -> None:
    for name, text in files().items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    module, _, function = deploy(alert_details=True).one(":Function")["handler"].rpartition(".")
    program = (
        f"import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p]; "
        f"sys.path.insert(0, {str(tmp_path)!r}); "
        f"from {module} import {function}; assert callable({function}); "
        "assert 'pulumi' not in sys.modules"
    )

    subprocess.run([sys.executable, "-I", "-B", "-c", program], check=True)


def test_the_archive_does_not_depend_on_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = files()
    monkeypatch.chdir(tmp_path)

    assert files() == here
    assert not any("__pycache__" in name for name in here)
