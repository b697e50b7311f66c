"""The real program with both shipped stacks: what it registers and exports, and what it imports."""

import ast
import difflib
import io
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from monitoring import control, stack_config
from monitoring.stack_config import StackConfig
from tests.deployment import PROJECT, ROOT, FakeAws, run_stack
from tests.monitoring.graph_snapshot import graph

SNAPSHOTS = ROOT / "tests" / "data" / "snapshots"
HERE = Path(__file__).relative_to(ROOT)
STACKS = ("dev", "prod")
MONITOR = "unauthorized-api-calls:index:UnauthorizedApiCallsMonitor"
TOPIC = f"{MONITOR}$unauthorized-api-calls:index:AlertTopic"
FILTERED = f"{MONITOR}$unauthorized-api-calls:index:FilteredAlarm"
DETAILS = f"{MONITOR}$unauthorized-api-calls:index:AlertDetails"


def yaml(path: str) -> Any:
    return YAML(typ="safe").load(ROOT / path)


@pytest.mark.parametrize("stack", STACKS)
def test_the_resource_graph_is_that_of_the_snapshot(stack: str, update_snapshots: bool) -> None:
    file = SNAPSHOTS / f"{stack}.yaml"
    now = graph(run_stack(stack))
    if update_snapshots:
        file.write_text(now, encoding="utf-8")

    before = file.read_text(encoding="utf-8") if file.exists() else ""
    changed = "".join(
        difflib.unified_diff(
            before.splitlines(keepends=True),
            now.splitlines(keepends=True),
            str(file.relative_to(ROOT)),
            f"what {stack} registers now",
        )
    )
    if changed:
        pytest.fail(
            f"The {stack} stack would change. If it is meant to, write the snapshot anew and let "
            "the reviewer see it:\n"
            f"    venv/bin/python -m pytest {HERE} --update-snapshots\n\n"
            f"{changed}",
            pytrace=False,
        )


def test_the_urns_of_dev_are_a_contract() -> None:
    assert set(run_stack("dev").urns.values()) == {
        f"urn:pulumi:dev::{PROJECT}::{types_and_name}"
        for types_and_name in (
            "pulumi:pulumi:Stack::unauthorized-api-calls-dev",
            f"{MONITOR}::dev",
            f"{MONITOR}$aws:cloudwatch/queryDefinition:QueryDefinition::UnauthorizedAPICalls-dev",
            f"{MONITOR}$aws:cloudwatch/metricAlarm:MetricAlarm::CISUnauthorizedAPICallsAlarm-dev-heartbeat",
            f"{MONITOR}$aws:cloudwatch/metricAlarm:MetricAlarm::CISUnauthorizedAPICallsAlarm-dev-delivery",
            f"{TOPIC}::CISUnauthorizedAPICallAlerts-dev",
            f"{TOPIC}$aws:sns/topic:Topic::CISUnauthorizedAPICallAlerts-dev",
            f"{TOPIC}$aws:sns/topicPolicy:TopicPolicy::CISUnauthorizedAPICallAlerts-dev",
            f"{TOPIC}$aws:sns/topicSubscription:TopicSubscription::CISUnauthorizedAPICallAlerts-dev-email-277d1ec4",
            f"{FILTERED}::UnauthorizedAPICalls-dev-cis-v3.0",
            f"{FILTERED}$aws:cloudwatch/logMetricFilter:LogMetricFilter::UnauthorizedAPICalls-dev-cis-v3.0",
            f"{FILTERED}$aws:cloudwatch/metricAlarm:MetricAlarm::CISUnauthorizedAPICallsAlarm-dev-cis-v3.0",
        )
    }


def test_the_urns_of_prod_are_a_contract() -> None:
    alerts, record = "CISUnauthorizedAPICallAlerts-prod", "CISUnauthorizedAPICallAlerts-prod-record"
    calls, alarm = "UnauthorizedAPICalls-prod", "CISUnauthorizedAPICallsAlarm-prod"

    assert set(run_stack("prod").urns.values()) == {
        f"urn:pulumi:prod::{PROJECT}::{types_and_name}"
        for types_and_name in (
            "pulumi:pulumi:Stack::unauthorized-api-calls-prod",
            f"{MONITOR}::prod",
            f"{MONITOR}$aws:cloudwatch/queryDefinition:QueryDefinition::{calls}",
            f"{MONITOR}$aws:cloudwatch/metricAlarm:MetricAlarm::{alarm}-heartbeat",
            f"{MONITOR}$aws:cloudwatch/metricAlarm:MetricAlarm::{alarm}-delivery",
            f"{DETAILS}::{calls}-info",
            f"{DETAILS}$aws:cloudwatch/logGroup:LogGroup::{calls}-info",
            f"{DETAILS}$aws:cloudwatch/metricAlarm:MetricAlarm::{alarm}-details",
            f"{DETAILS}$aws:iam/role:Role::{calls}-info",
            f"{DETAILS}$aws:iam/rolePolicy:RolePolicy::{calls}-info",
            f"{DETAILS}$aws:lambda/function:Function::{calls}-info",
            f"{DETAILS}$aws:lambda/permission:Permission::{calls}-info",
            f"{DETAILS}$aws:sns/topicSubscription:TopicSubscription::{alerts}-details",
            f"{TOPIC}::{alerts}",
            f"{TOPIC}$aws:kms/key:Key::{alerts}",
            f"{TOPIC}$aws:kms/alias:Alias::{alerts}",
            f"{TOPIC}$aws:sns/topic:Topic::{alerts}",
            f"{TOPIC}$aws:sns/topicPolicy:TopicPolicy::{alerts}",
            f"{TOPIC}$aws:sns/topicSubscription:TopicSubscription::{alerts}-email-40c9c99e",
            f"{TOPIC}$aws:sns/topicSubscription:TopicSubscription::{alerts}-sms-9645838b",
            f"{TOPIC}$aws:sns/topicSubscription:TopicSubscription::{alerts}-sqs-93a33350",
            f"{TOPIC}$aws:iam/role:Role::{calls}-chat",
            f"{TOPIC}$aws:iam/rolePolicyAttachment:RolePolicyAttachment::{calls}-chat",
            f"{TOPIC}$aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration::{alerts}-slack-947f0c01",
            f"{TOPIC}::{record}",
            f"{TOPIC}$aws:sns/topic:Topic::{record}",
            f"{TOPIC}$aws:sns/topicPolicy:TopicPolicy::{record}",
            f"{TOPIC}$aws:sns/topicSubscription:TopicSubscription::{record}-sqs",
            f"{TOPIC}$aws:sqs/queue:Queue::{calls}-record",
            f"{TOPIC}$aws:sqs/queuePolicy:QueuePolicy::{calls}-record",
            f"{FILTERED}::{calls}-cis-v3.0",
            f"{FILTERED}$aws:cloudwatch/logMetricFilter:LogMetricFilter::{calls}-cis-v3.0",
            f"{FILTERED}$aws:cloudwatch/metricAlarm:MetricAlarm::{alarm}-cis-v3.0",
            f"{FILTERED}::{calls}-security-hub",
            f"{FILTERED}$aws:cloudwatch/logMetricFilter:LogMetricFilter::{calls}-security-hub",
            f"{FILTERED}$aws:cloudwatch/metricAlarm:MetricAlarm::{alarm}-security-hub",
        )
    }


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("first_preview", [True, False])
def test_a_preview_shows_what_will_be_deployed(stack: str, first_preview: bool) -> None:
    previewed = run_stack(stack, preview=True, aws=FakeAws(first_preview=first_preview))

    assert previewed.urns == run_stack(stack).urns


@pytest.mark.parametrize("stack", STACKS)
def test_a_first_preview_leaves_open_only_what_aws_will_assign(stack: str) -> None:
    shown = graph(run_stack(stack, preview=True, aws=FakeAws(first_preview=True)))
    deployed = graph(run_stack(stack))

    unknown = {
        line.strip(" -").partition(":")[0] for line in shown.splitlines() if "(known" in line
    }
    assert unknown - {"(known after deployment)", "alarmDescription", "consoleUrl"} <= {
        *("alarmArns", "alarmNames", "arn", "endpoint", "iamRoleArn", "kmsMasterKeyId"),
        *("metricFilterNames", "policy", "queueUrl", "role", "targetKeyId", "topic", "topicArn"),
        *("ALARM_NAME", "FunctionName", "TOPIC_ARN", "TopicName"),
        *("filterPolicy", "function", "logGroup", "sourceArn"),
    }
    for told in ("pattern:", "threshold:", "period:", "namespace:", "protocol:", "metricName:"):
        assert shown.count(told) == deployed.count(told) > 0


@pytest.mark.parametrize("stack", STACKS)
def test_the_exports_say_where_everything_is(stack: str) -> None:
    config = yaml(f"Pulumi.{stack}.yaml")["config"]
    benchmarks = config.get(f"{PROJECT}:benchmarks", ["cis-v3.0"])

    exports = run_stack(stack).exports

    assert set(exports) == {
        *("topicArn", "alarmNames", "alarmArns", "metricFilterNames", "filterPatterns"),
        *("metricNamespace", "logGroupName", "consoleUrl"),
    }
    alarms = {*benchmarks, "heartbeat", "delivery"}
    assert set(exports["alarmNames"]) == set(exports["alarmArns"]) == alarms
    assert set(exports["metricFilterNames"]) == set(exports["filterPatterns"]) == set(benchmarks)
    assert exports["filterPatterns"]["cis-v3.0"] == control.PATTERNS["cis-v3.0"]
    assert exports["logGroupName"] == "aws-cloudtrail-logs"
    assert exports["topicArn"].endswith(f":CISUnauthorizedAPICallAlerts-{stack}-1234567")
    assert exports["alarmNames"]["cis-v3.0"].startswith(f"CISUnauthorizedAPICallsAlarm-{stack}-cis")
    assert exports["alarmArns"]["cis-v3.0"].endswith(exports["alarmNames"]["cis-v3.0"])
    assert exports["consoleUrl"].endswith(f"alarm/{exports['alarmNames']['cis-v3.0']}")


@pytest.mark.parametrize("stack", STACKS)
def test_the_components_outputs_are_the_stacks(stack: str) -> None:
    deployment = run_stack(stack)

    assert deployment.outputs[f"{MONITOR} {stack}"] == deployment.exports


def test_the_shipped_stacks_warn_that_nobody_reads_mail_at_example_com(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        run_stack("prod")

    [warning] = caplog.messages
    assert warning.startswith("recipients.security-team: example.com is a domain reserved")


def test_overrides_of_the_shipped_stacks_reach_the_alarms() -> None:
    alarm = run_stack("dev", period="600", threshold="9").one(":MetricAlarm", "cis-v3.0")

    assert (alarm["period"], alarm["threshold"]) == (600, 9)


def test_both_stacks_set_threshold_and_period_and_differ() -> None:
    dev, prod = (yaml(f"Pulumi.{stack}.yaml")["config"] for stack in STACKS)

    for key in (f"{PROJECT}:threshold", f"{PROJECT}:period"):
        assert isinstance(dev[key], int)
        assert isinstance(prod[key], int)
        assert dev[key] != prod[key]


def test_the_stacks_may_share_an_account_because_their_metrics_do_not_meet() -> None:
    def metrics(stack: str) -> set[tuple[str, str]]:
        filters = run_stack(stack).of_type(":LogMetricFilter").values()
        return {
            (f["metricTransformation"]["namespace"], f["metricTransformation"]["name"])
            for f in filters
        }

    assert metrics("dev") & metrics("prod") == set()
    assert "metricNamespace" in str(yaml("Pulumi.dev.yaml"))


def test_prod_is_kept_to_its_account_and_no_ciphertext_is_shipped() -> None:
    text = (ROOT / "Pulumi.prod.yaml").read_text()

    assert yaml("Pulumi.prod.yaml")["config"]["aws:allowedAccountIds"] == ["111122223333"]
    for stack in STACKS:
        assert "secure:" not in (ROOT / f"Pulumi.{stack}.yaml").read_text()
        assert "encryptionsalt" not in (ROOT / f"Pulumi.{stack}.yaml").read_text()
    assert "#   pulumi config set --secret --path recipients.on-call.pagerduty" in text


def schema() -> dict[str, dict[str, Any]]:
    declared: dict[str, dict[str, Any]] = yaml("Pulumi.yaml")["config"]
    return declared


def test_the_project_declares_every_setting_and_no_other() -> None:
    assert list(schema()) == list(stack_config.KEYS)


@pytest.mark.parametrize("key", stack_config.KEYS)
def test_a_declared_setting_has_a_type_a_description_and_the_controls_default(key: str) -> None:
    declared = schema()[key]
    types = {str: "string", int: "integer", bool: "boolean", list: "array", dict: "object"}

    assert len(declared["description"]) > 10
    assert set(declared) <= {"type", "default", "description", "items"}
    if key == "logGroupName":
        assert declared == {"type": "string", "description": declared["description"]}
        return
    assert types[type(declared["default"])] == declared["type"]
    assert ("items" in declared) == (declared["type"] == "array")
    assert declared["default"] == defaults()[key]


def defaults() -> dict[str, Any]:
    """The defaults in control.py, as YAML says them."""
    config = StackConfig(log_group_name="trail")
    plain = {key: getattr(config, field) for key, field in stack_config.KEYS.items()}
    return {
        **{key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()},
        "datapointsToAlarm": control.DEFAULT_DATAPOINTS_TO_ALARM,
        "exclusions": {},
        "recipients": {},
    }


def test_the_toolchain_is_pip_which_keeps_requirements_txt() -> None:
    assert yaml("Pulumi.yaml")["runtime"] == {
        "name": "python",
        "options": {"toolchain": "pip", "virtualenv": "venv"},
    }


def test_the_program_is_under_thirty_lines() -> None:
    assert len((ROOT / "__main__.py").read_text().splitlines()) < 30


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""


def test_what_is_deployed_imports_pulumi_and_never_the_companion() -> None:
    # What runs in Lambda has boto3, and nothing else, from there.
    handler = ROOT / "monitoring" / "alert_details" / "handler.py"
    sources = [ROOT / "__main__.py", *sorted({*(ROOT / "monitoring").rglob("*.py")} - {handler})]
    packages = {name.partition(".")[0] for file in sources for name in imported(file.read_text())}

    assert len(sources) > 15
    assert "assurance" not in packages
    assert {"pulumi", "pulumi_aws", "monitoring"} <= packages
    assert packages - {"pulumi", "pulumi_aws", "monitoring"} <= set(sys.stdlib_module_names)


def test_the_snapshot_tells_one_graph_from_another() -> None:
    text = graph(run_stack("dev"))

    assert text == graph(run_stack("dev"))
    assert text != graph(run_stack("dev", threshold="2"))
    assert text != graph(run_stack("dev", encryption="created"))
    assert YAML(typ="safe").load(io.StringIO(text))["outputs"]["logGroupName"]
