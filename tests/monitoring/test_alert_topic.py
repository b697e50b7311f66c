"""The topic: how it is encrypted, who may publish, and what is not made when one is brought."""

import json

import pulumi
import pytest

from tests.deployment import ACCOUNT, FakeAws, run
from tests.monitoring.configs import EMAIL, ENDPOINTS, HTTPS, KEY, TOPIC
from tests.monitoring.monitors import deploy, document, make, outputs

BOTH = ["cis-v3.0", "security-hub"]
ALERTS = "CISUnauthorizedAPICallAlerts-test"
TOPIC_ARN = f"arn:aws:sns:us-east-1:{ACCOUNT}:{ALERTS}-1234567"


def test_the_topic_is_a_standard_one_that_signs_with_sha_256() -> None:
    topic = deploy(encryption="none").one(":Topic")

    assert topic == {"signatureVersion": 2}


def test_by_default_the_topic_is_encrypted_with_a_rotated_key_of_its_own() -> None:
    deployment = deploy()

    key = deployment.one(":Key")
    assert key["enableKeyRotation"] is True
    assert key.get("deletionWindowInDays") is None
    assert deployment.one(":Alias")["targetKeyId"] == ALERTS
    assert deployment.one(":Topic")["kmsMasterKeyId"] == (
        f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{ALERTS}"
    )


@pytest.mark.parametrize("benchmarks", [["cis-v3.0"], BOTH], ids=str)
def test_without_encryption_there_is_no_key(benchmarks: list[str]) -> None:
    deployment = deploy(encryption="none", benchmarks=benchmarks)

    assert deployment.of_type(":Key") == deployment.of_type(":Alias") == {}
    assert all("kmsMasterKeyId" not in topic for topic in deployment.of_type(":Topic").values())


def test_a_key_that_was_brought_encrypts_and_none_is_made() -> None:
    deployment = deploy(encryption=KEY, benchmarks=BOTH)

    assert deployment.of_type(":Key") == deployment.of_type(":Alias") == {}
    assert {topic["kmsMasterKeyId"] for topic in deployment.of_type(":Topic").values()} == {KEY}


def test_a_key_may_be_another_resources_output() -> None:
    def program() -> None:
        make(encryption=pulumi.Output.from_input(KEY))

    deployment = run(program)

    assert deployment.of_type(":Key") == {}
    assert deployment.one(":Topic")["kmsMasterKeyId"] == KEY


def test_the_record_is_encrypted_with_the_alerts_key() -> None:
    topics = deploy(benchmarks=BOTH).of_type(":Topic")

    assert set(topics) == {ALERTS, f"{ALERTS}-record"}
    assert topics[ALERTS]["kmsMasterKeyId"] == topics[f"{ALERTS}-record"]["kmsMasterKeyId"]


def test_cloudwatch_alarms_of_this_account_may_publish_and_only_over_tls() -> None:
    policy = deploy().one(":TopicPolicy")

    assert policy["arn"] == TOPIC_ARN
    assert document(policy["policy"]) == {
        "AllowCloudWatchAlarms": {
            "Sid": "AllowCloudWatchAlarms",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "SNS:Publish",
            "Resource": TOPIC_ARN,
            "Condition": {
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:*"},
            },
        },
        "DenyPublishWithoutTLS": {
            "Sid": "DenyPublishWithoutTLS",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "SNS:Publish",
            "Resource": TOPIC_ARN,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    }


def test_cloudwatch_alarms_of_this_account_may_use_the_key_and_the_account_governs_it() -> None:
    assert document(deploy().one(":Key")["policy"]) == {
        "AllowAccount": {
            "Sid": "AllowAccount",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        "AllowCloudWatchAlarms": {
            "Sid": "AllowCloudWatchAlarms",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:*"},
            },
        },
    }


@pytest.mark.parametrize(
    ("partition", "region"), [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")]
)
def test_the_policies_are_of_the_partition_and_region_that_the_stack_is_in(
    partition: str, region: str
) -> None:
    recipients = {"hook": {"https": HTTPS}}
    aws = FakeAws(partition=partition, region=region)
    deployment = deploy(benchmarks=BOTH, recipients=recipients, aws=aws)

    policies = [
        inputs["policy"]
        for suffix in (":TopicPolicy", ":Key", ":QueuePolicy")
        for inputs in deployment.of_type(suffix).values()
    ]
    assert len(policies) == 5
    for policy in policies:
        arns = [text for text in strings(json.loads(policy)) if text.startswith("arn:")]
        assert arns
        for arn in arns:
            assert arn.startswith(f"arn:{partition}:")
            assert arn.split(":")[3] in (region, "")
    assert f"arn:{partition}:cloudwatch:{region}:{ACCOUNT}:alarm:*" in policies[0]


def strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in strings(item)]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    return [value] if isinstance(value, str) else []


def test_on_a_topic_that_was_brought_recipients_are_subscribed_and_nothing_else_is_made() -> None:
    deployment = deploy(topic_arn=TOPIC, recipients={"mail": {"email": EMAIL}})

    assert {name.split(" ")[0].rpartition(":")[2] for name in deployment.names} == {
        *("UnauthorizedApiCallsMonitor", "AlertTopic", "FilteredAlarm", "QueryDefinition"),
        *("LogMetricFilter", "MetricAlarm", "TopicSubscription"),
    }
    assert deployment.one(":TopicSubscription")["topic"] == TOPIC
    for alarm in deployment.of_type(":MetricAlarm").values():
        assert alarm["alarmActions"] == [TOPIC]
    assert deployment.one(":MetricAlarm", "-delivery")["dimensions"] == {"TopicName": "alarms"}


def test_on_a_topic_that_was_brought_nobody_need_be_subscribed_here() -> None:
    deployment = deploy(topic_arn=TOPIC, recipients={})

    assert deployment.of_type(":TopicSubscription") == {}


def test_beside_a_topic_that_was_brought_the_record_is_not_encrypted_with_its_unknown_key() -> None:
    deployment = deploy(topic_arn=TOPIC, benchmarks=BOTH)

    assert set(deployment.of_type(":Topic")) == {f"{ALERTS}-record"}
    assert "kmsMasterKeyId" not in deployment.one(":Topic")
    assert deployment.of_type(":Key") == {}


def test_a_topic_may_be_another_resources_output() -> None:
    def program() -> None:
        make(topic_arn=pulumi.Output.from_input(TOPIC), recipients={})

    deployment = run(program)

    assert deployment.of_type(":Topic") == {}
    assert deployment.one(":MetricAlarm", "cis-v3.0")["alarmActions"] == [TOPIC]
    assert outputs(deployment)["topicArn"] == TOPIC


def test_the_record_keeps_what_is_published_for_fourteen_days_where_it_can_be_read() -> None:
    deployment = deploy(benchmarks=BOTH, encryption="none")

    record = f"{TOPIC_ARN.removesuffix('-1234567')}-record-1234567"
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:UnauthorizedAPICalls-test-record-1234567"
    assert deployment.one(":Queue") == {
        "messageRetentionSeconds": 14 * 24 * 3600,
        "sqsManagedSseEnabled": True,
    }
    assert deployment.one(":TopicSubscription", "-record-sqs") == {
        "topic": record,
        "protocol": "sqs",
        "endpoint": queue,
    }
    assert document(deployment.one(":QueuePolicy")["policy"]) == {
        "AllowTopic": {
            "Sid": "AllowTopic",
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue,
            "Condition": {"ArnEquals": {"aws:SourceArn": record}},
        }
    }


def test_the_record_has_a_topic_policy_and_no_recipient_but_its_queue() -> None:
    recipients = {kind: {kind: value} for kind, value in ENDPOINTS.items()}
    deployment = deploy(benchmarks=BOTH, recipients=recipients)

    record = f"{TOPIC_ARN.removesuffix('-1234567')}-record-1234567"
    subscribed = [
        name for name, s in deployment.of_type(":TopicSubscription").items() if s["topic"] == record
    ]
    assert subscribed == [f"{ALERTS}-record-sqs"]
    policy = document(deployment.one(":TopicPolicy", "-record")["policy"])
    assert {statement["Resource"] for statement in policy.values()} == {record}


def test_a_single_filter_needs_no_record() -> None:
    assert not any("-record" in name for name in deploy().names)
