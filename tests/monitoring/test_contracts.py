"""The contracts of the program: published texts, URNs, who pages, and that nothing leaks."""

import json
import re
from typing import Any

import pytest

from monitoring import control
from monitoring.arguments import UnauthorizedApiCallsMonitorArgs
from monitoring.unauthorized_api_calls import UnauthorizedApiCallsMonitor
from tests import deployment
from tests.deployment import Deployment, FakeAws, is_secret, revealed

CIS_V3 = (
    '{ ($.errorCode ="*UnauthorizedOperation") || ($.errorCode ="AccessDenied*") && '
    '($.sourceIPAddress!="delivery.logs.amazonaws.com") && ($.eventName!="HeadBucket") }'
)
SECURITY_HUB = '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }'
PAGERDUTY = "https://events.pagerduty.com/integration/0123456789abcdef0123456789abcdef/enqueue"
HOOK = "https://hooks.real-company.net/sns?key=s3cret-of-the-hook"


def monitor(name: str = "m", **args: Any) -> None:
    whole: Any = {
        "log_group_name": "trail",
        "recipients": {"mail": {"email": "a@real-company.net"}},
        **args,
    }
    typed: UnauthorizedApiCallsMonitorArgs = whole
    UnauthorizedApiCallsMonitor(name, typed)


def run(**args: Any) -> Deployment:
    return deployment.run(lambda: monitor(**args))


def test_the_published_patterns_are_deployed_byte_for_byte() -> None:
    filters = deployment.run_stack("prod").of_type(":LogMetricFilter")

    assert {inputs["pattern"] for inputs in filters.values()} == {CIS_V3, SECURITY_HUB}


def test_no_setting_edits_a_published_pattern() -> None:
    graph = run(
        benchmarks=["security-hub", "cis-v3.0"],
        exclusions={"x": {"eventName": ["Y"]}},
        exclusion_presets=["config-recorder"],
        threshold=7,
    )
    patterns = {i["pattern"] for i in graph.of_type(":LogMetricFilter").values()}

    assert {CIS_V3, SECURITY_HUB} < patterns


def test_prowlers_and_steampipes_rules_accept_the_benchmark_and_the_tuned_pattern() -> None:
    prowler = r"\$\.errorCode\s*=\s*.?\*UnauthorizedOperation.+\$\.errorCode\s*=\s*.?AccessDenied\*"
    graph = run(exclusions={"x": {"userIdentity.arn": ["arn:aws:iam::123456789012:role/x"]}})
    for inputs in graph.of_type(":LogMetricFilter").values():
        assert re.search(prowler, inputs["pattern"])
        assert re.search(r'sourceIPAddress\s*!=.+eventName\s*!=\s*"HeadBucket"', inputs["pattern"])


DEV_NAMES = {
    "aws:cloudwatch/logMetricFilter:LogMetricFilter UnauthorizedAPICalls-dev-cis-v3.0",
    "aws:cloudwatch/metricAlarm:MetricAlarm CISUnauthorizedAPICallsAlarm-dev-cis-v3.0",
    "aws:cloudwatch/metricAlarm:MetricAlarm CISUnauthorizedAPICallsAlarm-dev-delivery",
    "aws:cloudwatch/metricAlarm:MetricAlarm CISUnauthorizedAPICallsAlarm-dev-heartbeat",
    "aws:cloudwatch/queryDefinition:QueryDefinition UnauthorizedAPICalls-dev",
    "aws:sns/topic:Topic CISUnauthorizedAPICallAlerts-dev",
    "aws:sns/topicPolicy:TopicPolicy CISUnauthorizedAPICallAlerts-dev",
    "aws:sns/topicSubscription:TopicSubscription CISUnauthorizedAPICallAlerts-dev-email-277d1ec4",
    "unauthorized-api-calls:index:AlertTopic CISUnauthorizedAPICallAlerts-dev",
    "unauthorized-api-calls:index:FilteredAlarm UnauthorizedAPICalls-dev-cis-v3.0",
    "unauthorized-api-calls:index:UnauthorizedApiCallsMonitor dev",
}


def test_types_and_logical_names_are_a_contract() -> None:
    assert deployment.run_stack("dev").names == DEV_NAMES


def test_the_alarm_watches_what_its_filter_says_that_it_writes() -> None:
    class OtherMetric(FakeAws):
        def new_resource(self, args: Any) -> Any:
            made, outputs = super().new_resource(args)
            if args.typ.endswith(":LogMetricFilter"):
                outputs["metricTransformation"] = {"name": "Written", "namespace": "There"}
            return made, outputs

    graph = deployment.run(monitor, aws=OtherMetric())
    alarm = graph.one(":MetricAlarm", "cis-v3.0")

    assert (alarm["metricName"], alarm["namespace"]) == ("Written", "There")


def test_the_alarm_has_the_controls_settings() -> None:
    alarm = run(threshold=7, period=600).one(":MetricAlarm", "cis-v3.0")

    assert (alarm["statistic"], alarm["threshold"], alarm["period"]) == ("Sum", 7, 600)
    assert alarm["comparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["treatMissingData"] == "notBreaching"
    assert "unit" not in alarm
    filtered = run().one(":LogMetricFilter")["metricTransformation"]
    assert (filtered["value"], filtered["defaultValue"]) == ("1", "0")


@pytest.mark.parametrize(
    ("args", "pages"),
    [
        ({}, "cis-v3.0"),
        ({"benchmarks": ["security-hub", "cis-v3.0"]}, "security-hub"),
        (
            {"benchmarks": ["cis-v3.0", "security-hub"], "exclusions": {"x": {"eventName": ["Y"]}}},
            "tuned",
        ),
    ],
)
def test_exactly_one_filtered_alarm_pages(args: dict[str, Any], pages: str) -> None:
    graph = run(**args)
    topics = {
        name.rpartition("-m-")[2]: alarm["alarmActions"][0].rpartition(":")[2]
        for name, alarm in graph.of_type(":MetricAlarm").items()
    }
    alerts = f"{control.TOPIC_NAME}-m-1234567"
    filtered = {key for key in topics if key not in (control.HEARTBEAT, control.DELIVERY)}

    assert {key for key in filtered if topics[key] == alerts} == {pages}
    assert {topics[key] for key in filtered - {pages}} <= {f"{control.TOPIC_NAME}-m-record-1234567"}
    assert topics[control.HEARTBEAT] == topics[control.DELIVERY] == alerts


def test_alarms_wait_for_the_topic_policy_and_not_for_subscriptions() -> None:
    graph = run()
    alarms = [key for key in graph.inputs if ":MetricAlarm " in key]

    assert alarms
    for key in alarms:
        types = {dependency.split()[0].rpartition(":")[2] for dependency in graph.dependencies[key]}
        assert "TopicPolicy" in types
        assert "TopicSubscription" not in types


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({}, False),
        ({"notify_recovery": True}, True),
        ({"recipients": {"p": {"pagerduty": PAGERDUTY}}}, True),
    ],
)
def test_recovery_is_told_when_asked_for_and_always_to_pagerduty(
    args: dict[str, Any], told: bool
) -> None:
    alarm = run(**args).one(":MetricAlarm", "cis-v3.0")

    assert bool(alarm.get("okActions")) is told


def test_two_monitors_in_one_program_do_not_collide() -> None:
    def program() -> None:
        monitor("one")
        monitor("two", metric_namespace="Other")

    graph = deployment.run(program)

    assert len(graph.of_type(":UnauthorizedApiCallsMonitor")) == 2
    namespaces = [
        f["metricTransformation"]["namespace"] for f in graph.of_type(":LogMetricFilter").values()
    ]
    assert sorted(namespaces) == ["CISBenchmark", "Other"]


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_both_stacks_can_be_previewed(stack: str) -> None:
    assert deployment.run_stack(stack, preview=True).names == deployment.run_stack(stack).names


def test_no_credential_stands_outside_its_wrapper() -> None:
    recipients = {
        "pager": {"pagerduty": PAGERDUTY},
        "hook": {"https": HOOK},
        "boss": {"email": "boss@real-company.net", "secret": True},
    }
    graph = run(recipients=recipients)
    secrets = [PAGERDUTY, HOOK, "boss@real-company.net"]

    def clear(value: Any) -> Any:
        if is_secret(value):
            return None
        if isinstance(value, dict):
            return {key: clear(item) for key, item in value.items()}
        return [clear(item) for item in value] if isinstance(value, list) else value

    in_clear = json.dumps(clear([graph.inputs, graph.outputs, graph.urns]))
    assert not [secret for secret in secrets if secret in in_clear]
    endpoints = {revealed(s["endpoint"]) for s in graph.of_type(":TopicSubscription").values()}
    assert endpoints == set(secrets)


def test_renaming_a_recipient_touches_nothing_and_a_new_address_its_subscription_alone() -> None:
    def names(name: str, address: str) -> set[str]:
        return run(recipients={name: {"email": address}}).names

    before = names("mail", "a@real-company.net")

    assert names("renamed", "a@real-company.net") == before
    [gone] = before - names("mail", "b@real-company.net")
    assert ":TopicSubscription " in gone


def test_a_brought_topic_is_paged_and_nothing_is_made_beside_it() -> None:
    topic = "arn:aws:sns:us-east-1:111122223333:mine"
    graph = run(topic_arn=topic)

    assert graph.one(":MetricAlarm", "cis-v3.0")["alarmActions"] == [topic]
    assert not [k for k in graph.inputs if re.search(r":(Topic|Key|Alias|TopicPolicy) ", k)]
    assert graph.one(":TopicSubscription")["topic"] == topic


def test_the_key_lets_cloudwatch_use_it_for_this_accounts_alarms() -> None:
    policy = json.loads(run().one(":Key")["policy"])
    [statement] = [s for s in policy["Statement"] if "Service" in s["Principal"]]

    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert set(statement["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": deployment.ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:us-east-1:{deployment.ACCOUNT}:alarm:*"},
    }


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-iso"])
def test_descriptions_fit_whatever_the_names_and_the_partition(partition: str) -> None:
    def program() -> None:
        monitor(log_group_name="g" * 512, runbook_url="https://wiki.real-company.net/" + "r" * 360)

    graph = deployment.run(program, aws=FakeAws(partition=partition))

    for alarm in graph.of_type(":MetricAlarm").values():
        assert len(alarm["alarmDescription"]) <= 1_024
        assert "UnauthorizedAPICalls-m-1234567" in alarm["alarmDescription"]


def test_the_description_links_to_the_query_where_there_is_room() -> None:
    description = run().one(":MetricAlarm", "cis-v3.0")["alarmDescription"]

    assert "https://us-east-1.console.aws.amazon.com/cloudwatch/home?" in description


def test_the_exports_are_those_of_the_design() -> None:
    exports = deployment.run_stack("prod").exports

    assert set(exports) == {
        "topicArn",
        "alarmNames",
        "alarmArns",
        "metricFilterNames",
        "filterPatterns",
        "metricNamespace",
        "logGroupName",
        "consoleUrl",
    }
    assert set(exports["alarmNames"]) == {"cis-v3.0", "security-hub", "heartbeat", "delivery"}
    assert set(exports["filterPatterns"]) == {"cis-v3.0", "security-hub"}
