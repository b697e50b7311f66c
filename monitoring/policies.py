"""The resource policies that let CloudWatch publish, SNS deliver, and nobody else do either."""

from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

_VERSION: Final = "2012-10-17"


@dataclass(frozen=True)
class Home:
    """The partition, region and account that the stack is deployed to."""

    partition: pulumi.Output[str]
    region: pulumi.Output[str]
    account: pulumi.Output[str]

    @classmethod
    def of(cls, component: pulumi.ComponentResource) -> "Home":
        """The home of the provider that the component's children use."""
        opts = pulumi.InvokeOutputOptions(parent=component)
        return cls(
            partition=aws.get_partition_output(opts=opts).partition,
            region=aws.get_region_output(opts=opts).region,
            account=aws.get_caller_identity_output(opts=opts).account_id,
        )


def topic_policy(topic_arn: pulumi.Input[str], home: Home) -> pulumi.Output[str]:
    """CloudWatch's alarms may publish, and only over TLS.

    CloudWatch user guide, Notifying users on alarm changes. Whoever else may use the topic
    may do so by an IAM policy in the topic's own account.
    """
    return _document(
        {
            "Sid": "AllowCloudWatchAlarms",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "SNS:Publish",
            "Resource": topic_arn,
            "Condition": _from_alarms(home),
        },
        {
            "Sid": "DenyPublishWithoutTLS",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "SNS:Publish",
            "Resource": topic_arn,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    )


def key_policy(home: Home) -> pulumi.Output[str]:
    """CloudWatch's alarms may use the key; the account governs it (AWS KMS guide, Key policies).

    An alarm calls KMS as CloudWatch itself, which the account's own statement does not cover. The
    alarm's name stays open: naming it would make a circle of key, topic and alarm.
    """
    return _document(
        {
            "Sid": "AllowAccount",
            "Effect": "Allow",
            "Principal": {
                "AWS": pulumi.Output.concat("arn:", home.partition, ":iam::", home.account, ":root")
            },
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "AllowCloudWatchAlarms",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": _from_alarms(home),
        },
    )


def queue_policy(queue_arn: pulumi.Input[str], topic_arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """SNS may send what comes from this topic (SNS guide, Fanout to Amazon SQS queues)."""
    return _document(
        {
            "Sid": "AllowTopic",
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue_arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
        },
    )


def details_policy(
    home: Home,
    *,
    read: pulumi.Input[str],
    topic_arn: pulumi.Output[str],
    key_arn: pulumi.Input[str] | None,
    is_topic_brought: bool,
    write: pulumi.Input[str],
) -> pulumi.Output[str]:
    """What the function of the alert details may do: read one log group, publish on one topic.

    `read` is a log group's name, `write` the ARN of the function's own. A publisher on an encrypted
    topic needs its key (SNS guide, Key management). Which key a topic has that was brought along is
    not known here: then any of the account, for this topic alone, which SNS names in the encryption
    context.
    """
    group = pulumi.Output.concat(
        "arn:", home.partition, ":logs:", home.region, ":", home.account, ":log-group:", read
    )
    use_of_key: dict[str, Any] = {
        "Sid": "UseTopicKey",
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
    }
    keys: list[dict[str, Any]] = []
    if key_arn is not None:
        keys = [{**use_of_key, "Resource": key_arn}]
    elif is_topic_brought:
        keys = [
            {
                **use_of_key,
                "Resource": topic_arn.apply(_keys_beside),
                "Condition": {
                    "StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": topic_arn}
                },
            }
        ]
    return _document(
        {
            "Sid": "ReadDeniedCalls",
            "Effect": "Allow",
            "Action": "logs:FilterLogEvents",
            "Resource": [group, pulumi.Output.concat(group, ":*")],
        },
        {
            "Sid": "PublishDigest",
            "Effect": "Allow",
            "Action": "sns:Publish",
            "Resource": topic_arn,
        },
        *keys,
        {
            # It has no resource to narrow it to.
            "Sid": "NameAccount",
            "Effect": "Allow",
            "Action": "iam:ListAccountAliases",
            "Resource": "*",
        },
        {
            "Sid": "WriteOwnLog",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": pulumi.Output.concat(write, ":*"),
        },
    )


def assumed_by(service: str) -> pulumi.Output[str]:
    """A role's trust: this AWS service alone."""
    return _document(
        {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sts:AssumeRole",
        },
    )


def _from_alarms(home: Home) -> dict[str, Any]:
    alarms = pulumi.Output.concat(
        "arn:", home.partition, ":cloudwatch:", home.region, ":", home.account, ":alarm:*"
    )
    return {
        "StringEquals": {"aws:SourceAccount": home.account},
        "ArnLike": {"aws:SourceArn": alarms},
    }


def _keys_beside(topic_arn: str) -> str:
    """All keys of a topic's account and region."""
    _, partition, _, region, account, _ = topic_arn.split(":", 5)
    return f"arn:{partition}:kms:{region}:{account}:key/*"


def _document(*statements: dict[str, Any]) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps({"Version": _VERSION, "Statement": list(statements)})
