import json
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError, EndpointConnectionError

from assurance.account_reader import read_account
from assurance.aws import Clients, emulator_clients
from assurance.emulated_aws import EmulatedAws
from assurance.emulated_aws.stand_ins import original
from assurance.emulator import Emulator
from assurance.snapshot import (
    AccountSnapshot,
    Key,
    LogGroup,
    SnapshotError,
    SubscriptionAttributes,
    Topic,
    Unknown,
    endpoint_digest,
    shown_endpoint,
)
from monitoring import control
from monitoring.stack_config import StackConfig
from tests.assurance import control_by_hand

LOG_GROUP = control_by_hand.LOG_GROUP


def paging_topic(snapshot: AccountSnapshot) -> Topic:
    [topic] = [r.topic for r in snapshot.topics if ":alerts-" in r.arn]
    assert isinstance(topic, Topic)
    return topic


def refusing(clients: Clients, call: str, error: Exception) -> Clients:
    """The same clients, one call of which fails."""
    service, operation = call.split(":")

    def register(client: Any) -> None:
        if client.meta.service_model.signing_name in {service, "monitoring"}:
            client.meta.events.register("before-parameter-build", refuse)

    def refuse(model: Any, **_: object) -> None:
        if model.name == operation:
            raise error

    return clients.prepared_by(register)


def denied(operation: str, code: str = "AccessDenied") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


def in_pages_of_one(client: Any) -> None:
    """Let SNS list three subscriptions, each on a page of its own: the emulator has no pages."""

    def page(params: Any, **_: object) -> tuple[object, dict[str, Any]]:
        body = params["body"]
        number = int(body.get("NextToken", 0))
        listed = {
            "SubscriptionArn": "PendingConfirmation",
            "Protocol": "sms",
            "Endpoint": f"+155500000{number:02}",
        }
        told: dict[str, Any] = {"Subscriptions": [listed]}
        if number < 2:
            told["NextToken"] = str(number + 1)
        return AWSResponse("", 200, HTTPHeaders(), None), told

    client.meta.events.register("before-call.sns.ListSubscriptionsByTopic", page)


def unknowns(part: object) -> list[Unknown]:
    """Every Unknown anywhere in a snapshot."""
    if isinstance(part, Unknown):
        return [part]
    if isinstance(part, tuple):
        return [found for item in part for found in unknowns(item)]
    fields = getattr(part, "__struct_fields__", ())
    return [found for name in fields for found in unknowns(getattr(part, name))]


def test_the_walk_finds_the_control_from_its_log_group(
    deployed: AccountSnapshot, config: StackConfig, account: str
) -> None:
    assert (deployed.account, deployed.region) == (account, "eu-central-1")
    assert deployed.log_group is not None
    assert not isinstance(deployed.metric_filters, Unknown)
    assert [f.pattern for f in deployed.metric_filters] == [
        control.PATTERNS[benchmark] for benchmark in config.benchmarks
    ]
    found = {
        alarm.name.rpartition("-")[0]: str(on_metric.metric)
        for on_metric in deployed.alarms
        if not isinstance(on_metric.alarms, Unknown)
        for alarm in on_metric.alarms
    }
    assert found["cis-v3.0"] == "Security/UnauthorizedAPICalls"
    assert found["security-hub"] == "Security/UnauthorizedAPICallsSecurityHub"
    assert found["heartbeat"] == f"AWS/Logs/IncomingLogEvents LogGroupName={LOG_GROUP}"
    assert found["delivery"].startswith("AWS/SNS/NumberOfNotificationsFailed TopicName=alerts-")
    assert len(deployed.topics) == 2
    assert unknowns(deployed) == []


def test_a_topic_is_told_with_its_key_and_its_subscriptions_in_the_users_terms(
    deployed: AccountSnapshot, config: StackConfig
) -> None:
    topic = paging_topic(deployed)
    assert isinstance(topic.key, Key)
    assert (topic.key.manager, topic.key.state, topic.key.arn) == (
        "CUSTOMER",
        "Enabled",
        topic.key_id,
    )
    assert not isinstance(topic.subscriptions, Unknown)
    told = {s.protocol: s.endpoint for s in topic.subscriptions}
    assert told["email"] == "security@your-company.com"
    assert told["sms"] == "+15551234567"
    assert all(s.is_confirmed for s in topic.subscriptions)
    subscribed = {s.digest for s in topic.subscriptions}
    for recipient in config.recipients:
        if recipient.name != "channel":
            protocol = {"emailJson": "email-json", "pagerduty": "https"}.get(
                recipient.kind, str(recipient.kind)
            )
            assert endpoint_digest(protocol, str(recipient.endpoint)) in subscribed
    arns = {queue.arn.rpartition(":")[2].split("-")[0] for queue in deployed.queues}
    assert arns == {"alarms", "dead", "record"}
    assert [f.arn.endswith(":function:on-alarm:live") for f in deployed.functions] == [True]
    assert all(isinstance(queue.policy, str) for queue in deployed.queues)
    assert all(isinstance(function.policy, str) for function in deployed.functions)


def test_no_credential_is_recorded(deployed: AccountSnapshot) -> None:
    text = deployed.to_json()
    assert "s3cret" not in text
    assert "0123456789abcdef0123456789abcdef" not in text
    assert "hooks.your-company.com" in text
    assert shown_endpoint("https", "https://user:pw@host:443/key") == "https://host/…"
    assert shown_endpoint("https", "https://[") == "https://…"


def test_a_snapshot_is_recorded_and_read_back(deployed: AccountSnapshot) -> None:
    assert AccountSnapshot.from_json(deployed.to_json()) == deployed


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"taken_at": 5}'])
def test_a_text_that_is_no_snapshot_is_refused(text: str) -> None:
    with pytest.raises(SnapshotError):
        AccountSnapshot.from_json(text)


def test_a_field_of_the_wrong_type_is_refused_with_its_place(deployed: AccountSnapshot) -> None:
    recorded = json.loads(deployed.to_json())
    recorded["alarms"][0]["alarms"][0]["period"] = "300"
    with pytest.raises(SnapshotError, match=r"alarms.*period"):
        AccountSnapshot.from_json(json.dumps(recorded))


CALLS = [
    "sts:GetCallerIdentity",
    "logs:DescribeLogGroups",
    "logs:DescribeMetricFilters",
    "monitoring:DescribeAlarmsForMetric",
    "sns:GetTopicAttributes",
    "sns:ListSubscriptionsByTopic",
    "sns:GetSubscriptionAttributes",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "sqs:GetQueueUrl",
    "sqs:GetQueueAttributes",
    "lambda:GetPolicy",
]


@pytest.mark.parametrize("call", CALLS)
def test_what_may_not_be_read_is_unknown_and_names_the_missing_permission(
    deployed: AccountSnapshot, clients: Clients, call: str
) -> None:
    operation = call.partition(":")[2]
    permission = call.replace("monitoring:", "cloudwatch:")
    told = read_account(refusing(clients, call, denied(operation)), LOG_GROUP, whose=original)
    found = unknowns(told)
    assert found
    assert {(u.call, u.code, u.permission) for u in found} == {
        (permission, "AccessDenied", permission)
    }
    assert permission in str(found[0])
    assert AccountSnapshot.from_json(told.to_json()) == told


@pytest.mark.parametrize(
    "error",
    [
        denied("DescribeMetricFilters", "ThrottlingException"),
        denied("DescribeMetricFilters", "ExpiredTokenException"),
        EndpointConnectionError(endpoint_url="http://127.0.0.1:9"),
    ],
)
def test_a_call_that_fails_for_another_reason_is_unknown_without_a_permission(
    deployed: AccountSnapshot, clients: Clients, error: Exception
) -> None:
    told = read_account(refusing(clients, "logs:DescribeMetricFilters", error), LOG_GROUP)
    assert isinstance(told.metric_filters, Unknown)
    assert told.metric_filters.permission == ""


def test_nobody_answering_makes_everything_unknown() -> None:
    clients = emulator_clients("http://127.0.0.1:9", region="eu-central-1")
    told = read_account(clients, LOG_GROUP)
    for part in (told.account, told.log_group, told.metric_filters, told.alarms[0].alarms):
        assert isinstance(part, Unknown)


def test_an_empty_account_has_no_parts_and_no_unknowns(clients: Clients) -> None:
    told = read_account(clients, LOG_GROUP)
    assert told.log_group is None
    assert told.metric_filters == ()
    assert [(str(a.metric), a.alarms) for a in told.alarms] == [
        (f"AWS/Logs/IncomingLogEvents LogGroupName={LOG_GROUP}", ())
    ]
    assert told.topics == ()
    assert unknowns(told) == []


def test_another_log_group_of_a_longer_name_is_not_taken_for_it(clients: Clients) -> None:
    clients.logs.create_log_group(logGroupName=f"{LOG_GROUP}-old")
    assert read_account(clients, LOG_GROUP).log_group is None


def test_a_filter_of_another_group_on_the_same_metric_is_found(
    deployed: AccountSnapshot, clients: Clients
) -> None:
    clients.logs.create_log_group(logGroupName="other")
    clients.logs.put_metric_filter(
        logGroupName="other",
        filterName="stray",
        filterPattern="",
        metricTransformations=[
            {
                "metricName": "UnauthorizedAPICalls",
                "metricNamespace": "Security",
                "metricValue": "1",
            }
        ],
    )
    told = read_account(clients, LOG_GROUP)
    assert not isinstance(told.metric_filters, Unknown)
    assert [f.name for f in told.metric_filters if f.log_group_name == "other"] == ["stray"]


def test_every_page_is_read(emulator: Emulator, clients: Clients) -> None:
    aws = EmulatedAws(clients)
    clients.logs.create_log_group(logGroupName=LOG_GROUP)
    for number in range(60):
        clients.logs.create_log_group(logGroupName=f"{LOG_GROUP}{number:02}")
        clients.logs.put_metric_filter(
            logGroupName=LOG_GROUP,
            filterName=f"filter-{number:02}",
            filterPattern=control.PATTERNS[control.CIS_V3],
            metricTransformations=[
                {"metricName": "Denied", "metricNamespace": "Security", "metricValue": "1"}
            ],
        )
    topic = aws.create("aws:sns/topic:Topic", "alerts", {}).id
    control_by_hand.make_alarm(
        aws,
        "denied",
        {
            "namespace": "Security",
            "metricName": "Denied",
            "threshold": 1.0,
            "period": 300,
            "evaluationPeriods": 1,
            "alarmActions": [topic],
        },
    )
    told = read_account(clients.prepared_by(in_pages_of_one), LOG_GROUP)
    assert isinstance(told.log_group, LogGroup)
    assert not isinstance(told.metric_filters, Unknown)
    assert len(told.metric_filters) == 60
    subscriptions = paging_topic(told).subscriptions
    assert not isinstance(subscriptions, Unknown)
    assert [s.endpoint for s in subscriptions] == ["+15550000000", "+15550000001", "+15550000002"]


def test_a_pending_subscription_is_told_as_pending(clients: Clients, emulator: Emulator) -> None:
    aws = EmulatedAws(clients)
    clients.logs.create_log_group(logGroupName=LOG_GROUP)
    config = StackConfig(log_group_name=LOG_GROUP)
    topic_arn = control_by_hand.deploy(aws, config)
    clients.sns.subscribe(TopicArn=topic_arn, Protocol="http", Endpoint="http://127.0.0.1:9/x")
    subscriptions = paging_topic(read_account(clients, LOG_GROUP)).subscriptions
    assert not isinstance(subscriptions, Unknown)
    assert [s.status for s in subscriptions] == ["pending"]


def test_what_an_alarm_acts_on_may_be_gone(deployed: AccountSnapshot, clients: Clients) -> None:
    topic = paging_topic(deployed)
    clients.kms.schedule_key_deletion(KeyId=topic.key_id, PendingWindowInDays=7)
    key = paging_topic(read_account(clients, LOG_GROUP)).key
    assert isinstance(key, Key)
    assert key.state == "PendingDeletion"
    clients.sns.delete_topic(TopicArn=topic.arn)
    told = read_account(clients, LOG_GROUP)
    assert {read.arn: read.topic for read in told.topics}[topic.arn] is None


def test_a_queue_of_another_account_that_is_not_told_is_unknown(
    deployed: AccountSnapshot, clients: Clients
) -> None:
    topic = paging_topic(deployed)
    arn = "arn:aws:sqs:eu-central-1:999999999999:theirs"
    far = "arn:aws:sqs:us-east-1:999999999999:theirs"
    for endpoint in (arn, far):
        clients.sns.subscribe(TopicArn=topic.arn, Protocol="sqs", Endpoint=endpoint)
    told = {queue.arn: queue.policy for queue in read_account(clients, LOG_GROUP).queues}
    assert isinstance(told[arn], Unknown)
    assert isinstance(told[far], Unknown)


def test_the_attributes_of_a_subscription_are_told(
    deployed: AccountSnapshot, clients: Clients
) -> None:
    topic = paging_topic(deployed)
    assert not isinstance(topic.subscriptions, Unknown)
    [mail] = [s for s in topic.subscriptions if s.protocol == "email"]
    for name, value in (
        ("FilterPolicyScope", "MessageBody"),
        ("FilterPolicy", '{"NewStateValue":["ALARM"]}'),
    ):
        clients.sns.set_subscription_attributes(
            SubscriptionArn=mail.arn, AttributeName=name, AttributeValue=value
        )
    again = paging_topic(read_account(clients, LOG_GROUP, whose=original)).subscriptions
    assert not isinstance(again, Unknown)
    [mail] = [s for s in again if s.protocol == "email"]
    assert isinstance(mail.attributes, SubscriptionAttributes)
    assert mail.attributes.filter_policy_scope == "MessageBody"
