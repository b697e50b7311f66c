"""The monitor: which alarm pages, which are kept on record, and what each says."""

import logging
from dataclasses import dataclass
from typing import Any

import pulumi
import pytest

from tests.deployment import ACCOUNT, Deployment, FakeAws, is_secret, run
from tests.monitoring.configs import EMAIL, ENDPOINTS, PAGERDUTY, QUEUE, TOPIC
from tests.monitoring.monitors import deploy, make, outputs

BOTH = ["cis-v3.0", "security-hub"]
EXCLUSIONS = {"scanner": {"userIdentity.userName": ["scanner"]}}
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm CISUnauthorizedAPICallsAlarm-test"
ALERTS = f"arn:aws:sns:us-east-1:{ACCOUNT}:CISUnauthorizedAPICallAlerts-test-1234567"
RECORD = f"arn:aws:sns:us-east-1:{ACCOUNT}:CISUnauthorizedAPICallAlerts-test-record-1234567"
POLICY = "aws:sns/topicPolicy:TopicPolicy CISUnauthorizedAPICallAlerts-test"
# Every way to choose the filters, and which of their alarms pages.
CHOICES: list[tuple[dict[str, Any], str, list[str]]] = [
    ({}, "cis-v3.0", []),
    ({"benchmarks": BOTH}, "cis-v3.0", ["security-hub"]),
    ({"benchmarks": BOTH[::-1]}, "security-hub", ["cis-v3.0"]),
    ({"benchmarks": ["security-hub"]}, "security-hub", []),
    ({"exclusions": EXCLUSIONS}, "tuned", ["cis-v3.0"]),
    ({"exclusion_presets": ["config-recorder"]}, "tuned", ["cis-v3.0"]),
    ({"benchmarks": BOTH, "exclusions": EXCLUSIONS}, "tuned", BOTH),
]


def actions(deployment: Deployment, kind: str = "alarmActions") -> dict[str, list[str] | None]:
    """The actions of each alarm, by the end of its name."""
    start = "CISUnauthorizedAPICallsAlarm-test-"
    alarms = deployment.of_type(":MetricAlarm")
    return {name.removeprefix(start): alarm.get(kind) for name, alarm in alarms.items()}


@dataclass(frozen=True)
class Choice:
    """What was deployed, which of its filters' alarms pages, and which others there are."""

    deployment: Deployment
    pages: str
    on_record: list[str]


@pytest.fixture(scope="module", params=CHOICES, ids=str)
def choice(request: pytest.FixtureRequest) -> Choice:
    chosen, pages, on_record = request.param
    return Choice(deploy(**chosen), pages, on_record)


def test_exactly_one_alarm_pages_and_the_others_act_on_the_record(choice: Choice) -> None:
    assert actions(choice.deployment) == {
        choice.pages: [ALERTS],
        **{key: [RECORD] for key in choice.on_record},
        "heartbeat": [ALERTS],
        "delivery": [ALERTS],
    }
    assert len(choice.deployment.of_type(":AlertTopic")) == (2 if choice.on_record else 1)


def test_every_alarm_waits_for_its_topics_policy_and_for_no_recipient(choice: Choice) -> None:
    for key in (choice.pages, *choice.on_record, "heartbeat", "delivery"):
        depends_on = choice.deployment.dependencies[f"{ALARM}-{key}"]
        policy = f"{POLICY}-record" if key in choice.on_record else POLICY
        assert [name for name in depends_on if ":TopicPolicy " in name] == [policy]
        assert not any(":TopicSubscription" in name or ":Queue" in name for name in depends_on)


def test_an_alarm_without_exclusions_does_not_say_that_some_are_not_counted() -> None:
    tuned = deploy(exclusions=EXCLUSIONS)

    def description(key: str) -> str:
        return str(tuned.one(":MetricAlarm", f"-{key}")["alarmDescription"])

    assert "the stack's exclusions not counted" in description("tuned")
    assert "exclusions" not in description("cis-v3.0")


def test_recovery_is_told_only_when_it_is_asked_for() -> None:
    assert set(actions(deploy(), "okActions")) == {"cis-v3.0", "heartbeat", "delivery"}
    assert all(found is None for found in actions(deploy(), "okActions").values())


def test_recovery_is_told_of_every_alarm_that_pages_and_of_no_other() -> None:
    deployment = deploy(benchmarks=BOTH, notify_recovery=True)

    assert actions(deployment, "okActions") == {
        "cis-v3.0": [ALERTS],
        "security-hub": None,
        "heartbeat": [ALERTS],
        "delivery": [ALERTS],
    }


def test_pagerduty_is_always_told_of_recovery_because_nothing_else_resolves_its_incidents() -> None:
    deployment = deploy(recipients={"on-call": {"pagerduty": PAGERDUTY}}, notify_recovery=False)

    assert actions(deployment, "okActions")["cis-v3.0"] == [ALERTS]


def test_no_alarm_acts_more_often_than_cloudwatch_allows() -> None:
    for kind in ("alarmActions", "okActions"):
        for found in actions(deploy(benchmarks=BOTH, notify_recovery=True), kind).values():
            assert len(found or []) <= 5


def test_two_monitors_in_one_program_do_not_collide() -> None:
    def program() -> None:
        everything = {kind: {kind: value} for kind, value in ENDPOINTS.items()}
        make("one", metric_namespace="One", benchmarks=BOTH, recipients=everything)
        make("two", metric_namespace="Two", benchmarks=BOTH, recipients=everything)

    deployment = run(program)

    one = {urn for key, urn in deployment.urns.items() if "-one" in key or key.endswith(" one")}
    two = {urn for key, urn in deployment.urns.items() if "-two" in key or key.endswith(" two")}
    assert len(one) == len(two) == (len(deployment.urns) - 1) / 2
    assert one & two == set()
    metrics = [
        (f["metricTransformation"]["namespace"], f["metricTransformation"]["name"])
        for f in deployment.of_type(":LogMetricFilter").values()
    ]
    assert len(set(metrics)) == len(metrics) == 4


def test_everything_stands_under_the_monitor_and_nothing_at_the_stacks_root() -> None:
    deployment = deploy(benchmarks=BOTH, recipients={k: {k: v} for k, v in ENDPOINTS.items()})

    at_the_root = [key for key, parent in deployment.parents.items() if ":Stack " in parent]
    assert at_the_root == ["unauthorized-api-calls:index:UnauthorizedApiCallsMonitor test"]
    assert all(deployment.parents[key] for key in deployment.names)


def test_the_callers_options_reach_the_monitor_and_not_its_parts_a_second_time() -> None:
    def program() -> None:
        make(opts=pulumi.ResourceOptions(protect=True))

    deployment = run(program)

    protected = {key for key, request in deployment.requests.items() if request.protect}
    # The children inherit it: that is the SDK's doing, by their parent.
    assert protected == deployment.names
    assert not any(request.aliases for request in deployment.requests.values())


def test_the_outputs_are_those_of_the_schema() -> None:
    given = outputs(deploy(benchmarks=BOTH, exclusions=EXCLUSIONS, heartbeat_minutes=0))

    keys = {"tuned", *BOTH}
    assert given["topicArn"] == ALERTS
    assert set(given["alarmNames"]) == set(given["alarmArns"]) == {*keys, "delivery"}
    assert set(given["metricFilterNames"]) == set(given["filterPatterns"]) == keys
    assert given["metricNamespace"] == "CISBenchmark"
    assert given["logGroupName"] == "trail"
    assert given["consoleUrl"] == (
        "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1"
        "#alarmsV2:alarm/CISUnauthorizedAPICallsAlarm-test-tuned-1234567"
    )


def test_the_topic_that_pages_is_given_out_when_it_was_brought_too() -> None:
    assert outputs(deploy(topic_arn=TOPIC))["topicArn"] == TOPIC


def test_there_is_no_console_link_where_no_console_is_known() -> None:
    assert (
        outputs(deploy(aws=FakeAws(partition="aws-iso", region="us-iso-east-1")))["consoleUrl"]
        == ""
    )


@pytest.mark.parametrize(
    ("partition", "log_group", "runbook"),
    [
        ("aws", "trail", ""),
        ("aws", "#" * 512, "https://wiki.your-company.com/x"),
        ("aws-us-gov", "x" * 512, f"https://wiki.org/{'x' * 383}"),
        ("aws-cn", "/aws-controltower/CloudTrailLogs-0a1b2c3d", f"https://wiki.org/{'x' * 383}"),
        ("aws-iso", "trail", f"https://wiki.org/{'x' * 383}"),
    ],
    ids=lambda value: value[:30],
)
def test_every_description_fits_and_says_what_happened_and_what_to_do(
    partition: str, log_group: str, runbook: str
) -> None:
    deployment = deploy(
        "m" * 30,
        log_group_name=log_group,
        runbook_url=runbook,
        exclusions=EXCLUSIONS,
        period=86_400,
        threshold=10**15,
        evaluation_periods=7,
        datapoints_to_alarm=6,
        aws=FakeAws(partition=partition, region="us-gov-east-1"),
    )

    for alarm in deployment.of_type(":MetricAlarm").values():
        text = alarm["alarmDescription"]
        what, *middle, last = text.split("\n")
        assert len(text) <= 1024
        assert "CIS AWS Foundations 4.1" in what
        assert middle == ([f"Runbook: {runbook}"] if runbook else [])
        assert last.startswith("Who, what, from where: ")


def test_a_description_links_to_the_query_where_the_link_fits_and_names_it_where_not() -> None:
    def description(log_group: str) -> str:
        deployment = deploy(log_group_name=log_group)
        return str(deployment.one(":MetricAlarm", "cis-v3.0")["alarmDescription"])

    assert "from where: https://us-east-1.console.aws.amazon.com/cloudwatch/" in description(
        "trail"
    )
    assert description("x" * 512).endswith(
        "from where: run the saved query UnauthorizedAPICalls-test-1234567 in CloudWatch Logs "
        "Insights."
    )


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "At least 1 unauthorized API call within 5 minutes (CIS"),
        ({"threshold": 5, "period": 60}, "At least 5 unauthorized API calls within a minute (CIS"),
        (
            {"threshold": 2, "evaluation_periods": 3, "datapoints_to_alarm": 2},
            "At least 2 unauthorized API calls within 5 minutes, in 2 of 3 such periods (CIS",
        ),
        (
            {"period": 3600, "evaluation_periods": 2},
            "At least 1 unauthorized API call within 60 minutes, in 2 of 2 such periods (CIS",
        ),
    ],
    ids=str,
)
def test_a_description_says_what_is_too_often(settings: dict[str, Any], said: str) -> None:
    alarm = deploy(**settings).one(":MetricAlarm", "cis-v3.0")

    assert alarm["alarmDescription"].startswith(said)


def test_who_cannot_be_reached_is_warned_of_by_name(caplog: pytest.LogCaptureFixture) -> None:
    recipients = {
        "a": {"email": "x@mail.Example.org"},
        "b": {"email_json": "x@company.test"},
        "c": {"https": "https://hooks.example.com/secret-path"},
        "d": {"email": EMAIL},
        "e": {"sqs": QUEUE},
        "f": {"email": "x@myexample.com"},
    }
    with caplog.at_level(logging.WARNING):
        deploy(recipients=recipients)

    warned = sorted(message.partition(": ")[0] for message in caplog.messages)
    assert warned == ["recipients.a", "recipients.b", "recipients.c"]
    assert "secret-path" not in caplog.text


def test_an_exclusion_that_looks_idle_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    exclusions = {"office": {"sourceIPAddress": ["10.0.0.0/8", "198.51.100.7"]}}

    with caplog.at_level(logging.WARNING):
        deploy(exclusions=exclusions)

    [warned] = caplog.messages
    assert warned.startswith("exclusions.office.sourceIPAddress: '10.0.0.0/8' is a range")
    assert "excludes nothing" in warned


def test_the_log_group_may_be_another_resources_output() -> None:
    def program() -> None:
        make(log_group_name=pulumi.Output.from_input("made-elsewhere"))

    deployment = run(program)

    assert deployment.one(":LogMetricFilter")["logGroupName"] == "made-elsewhere"
    assert deployment.one(":QueryDefinition")["logGroupNames"] == ["made-elsewhere"]
    assert deployment.one(":MetricAlarm", "heartbeat")["dimensions"] == {
        "LogGroupName": "made-elsewhere"
    }
    assert outputs(deployment)["logGroupName"] == "made-elsewhere"


def test_the_saved_query_asks_the_trails_log_group() -> None:
    query = deploy().one(":QueryDefinition")

    assert query["logGroupNames"] == ["trail"]
    for field in ("userIdentity.arn", "eventName", "eventSource", "sourceIPAddress", "errorCode"):
        assert field in query["queryString"]


@pytest.mark.parametrize("benchmarks", [["cis-v3.0"], BOTH], ids=str)
def test_a_first_preview_of_a_monitor_with_every_kind_of_recipient_works(
    benchmarks: list[str],
) -> None:
    arguments: dict[str, Any] = {
        "benchmarks": benchmarks,
        "recipients": {kind: {kind: value} for kind, value in ENDPOINTS.items()},
    }

    previewed = deploy(preview=True, aws=FakeAws(first_preview=True), **arguments)

    assert previewed.urns == deploy(**arguments).urns
    subscriptions = previewed.of_type(":TopicSubscription")
    hidden = [name for name, found in subscriptions.items() if is_secret(found["endpoint"])]
    assert len(hidden) == 2
