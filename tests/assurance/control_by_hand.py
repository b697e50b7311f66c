"""The control, deployed by hand: what the stack would make, resource by resource."""

import json
from typing import Any

from assurance.emulated_aws import EmulatedAws
from monitoring import control
from monitoring.endpoints import PROTOCOLS, Kind
from monitoring.stack_config import StackConfig

LOG_GROUP = "aws-cloudtrail-logs"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def for_alarms(aws: EmulatedAws, actions: list[str], resource: str) -> dict[str, Any]:
    return {
        "Sid": "AllowCloudWatchAlarms",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": actions,
        "Resource": resource,
        "Condition": {
            "StringEquals": {"aws:SourceAccount": aws.account},
            "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{aws.region}:{aws.account}:alarm:*"},
        },
    }


def from_topic(topic_arn: str, queue_arn: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }


def make_key(aws: EmulatedAws) -> str:
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{aws.account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    use = for_alarms(aws, ["kms:Decrypt", "kms:GenerateDataKey*"], "*")
    key = aws.create("aws:kms/key:Key", "alerts", {"policy": policy(root, use)})
    return str(key.state["arn"])


def make_topic(aws: EmulatedAws, name: str, key_arn: str) -> str:
    topic = aws.create(
        "aws:sns/topic:Topic", name, {"kmsMasterKeyId": key_arn, "signatureVersion": 2}
    )
    aws.create(
        "aws:sns/topicPolicy:TopicPolicy",
        name,
        {"arn": topic.id, "policy": policy(for_alarms(aws, ["SNS:Publish"], topic.id))},
    )
    return topic.id


def make_queue(aws: EmulatedAws, name: str, topic_arn: str) -> str:
    queue = aws.create("aws:sqs/queue:Queue", name, {})
    arn = str(queue.state["arn"])
    aws.create(
        "aws:sqs/queuePolicy:QueuePolicy",
        name,
        {"queueUrl": queue.id, "policy": policy(from_topic(topic_arn, arn))},
    )
    return arn


def subscribe(aws: EmulatedAws, config: StackConfig, topic_arn: str) -> None:
    for recipient in config.recipients:
        if recipient.kind is Kind.SLACK:
            continue
        inputs: dict[str, Any] = {
            "topic": topic_arn,
            "protocol": PROTOCOLS[recipient.kind],
            "endpoint": recipient.endpoint,
            "endpointAutoConfirms": recipient.kind is Kind.PAGERDUTY,
        }
        if inputs["protocol"] == "https":
            queue = make_queue(aws, f"dead-{recipient.name}", topic_arn)
            inputs["redrivePolicy"] = json.dumps({"deadLetterTargetArn": queue})
        aws.create("aws:sns/topicSubscription:TopicSubscription", recipient.name, inputs)
        if recipient.kind is Kind.LAMBDA:
            parts = str(recipient.endpoint).split(":")
            aws.create(
                "aws:lambda/permission:Permission",
                recipient.name,
                {
                    "action": "lambda:InvokeFunction",
                    "function": ":".join(parts[:7]),
                    "qualifier": parts[7] if len(parts) > 7 else None,
                    "principal": "sns.amazonaws.com",
                    "sourceArn": topic_arn,
                },
            )


def deploy(aws: EmulatedAws, config: StackConfig) -> str:
    """Deploy everything into a log group that exists; returns the alert topic's ARN."""
    key_arn = make_key(aws)
    alerts = make_topic(aws, "alerts", key_arn)
    subscribe(aws, config, alerts)
    record = make_topic(aws, "record", key_arn)
    queue = make_queue(aws, "record", record)
    aws.create(
        "aws:sns/topicSubscription:TopicSubscription",
        "record",
        {"topic": record, "protocol": "sqs", "endpoint": queue},
    )
    recovery = [alerts] if config.recovery_notified else []
    for position, benchmark in enumerate(config.benchmarks):
        metric = control.METRIC_NAMES[benchmark]
        aws.create(
            "aws:cloudwatch/logMetricFilter:LogMetricFilter",
            benchmark,
            {
                "logGroupName": config.log_group_name,
                "pattern": control.PATTERNS[benchmark],
                "metricTransformation": {
                    "name": metric,
                    "namespace": config.metric_namespace,
                    "value": "1",
                    "defaultValue": "0",
                },
            },
        )
        make_alarm(
            aws,
            benchmark,
            {
                "namespace": config.metric_namespace,
                "metricName": metric,
                "threshold": float(config.threshold),
                "period": config.period,
                "evaluationPeriods": config.evaluation_periods,
                "datapointsToAlarm": config.datapoints_to_alarm,
                "treatMissingData": "notBreaching",
                "alarmActions": [record] if position else [alerts],
                "okActions": [] if position else recovery,
            },
        )
    periods = config.heartbeat_minutes * 60 // control.HEARTBEAT_PERIOD
    if periods:
        make_alarm(
            aws,
            control.HEARTBEAT,
            {
                "namespace": "AWS/Logs",
                "metricName": "IncomingLogEvents",
                "dimensions": {"LogGroupName": config.log_group_name},
                "comparisonOperator": "LessThanThreshold",
                "threshold": 1.0,
                "period": control.HEARTBEAT_PERIOD,
                "evaluationPeriods": periods,
                "treatMissingData": "breaching",
                "alarmActions": [alerts],
                "okActions": recovery,
            },
        )
    make_alarm(
        aws,
        control.DELIVERY,
        {
            "namespace": "AWS/SNS",
            "metricName": "NumberOfNotificationsFailed",
            "dimensions": {"TopicName": alerts.rpartition(":")[2]},
            "threshold": 1.0,
            "period": control.DELIVERY_PERIOD,
            "evaluationPeriods": 1,
            "treatMissingData": "notBreaching",
            "alarmActions": [alerts],
            "okActions": recovery,
        },
    )
    return alerts


def make_alarm(aws: EmulatedAws, name: str, inputs: dict[str, Any]) -> None:
    aws.create(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        name,
        {"statistic": "Sum", "comparisonOperator": "GreaterThanOrEqualToThreshold", **inputs},
    )
