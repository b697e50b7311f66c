"""A snapshot made by hand of an account that holds the control as its config asks for it."""

import json
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from assurance.snapshot import (
    AccountSnapshot,
    Alarm,
    AlarmsOnMetric,
    FunctionRead,
    Key,
    LogGroup,
    Metric,
    MetricFilter,
    QueueRead,
    Subscription,
    SubscriptionAttributes,
    Topic,
    TopicRead,
    endpoint_digest,
    shown_endpoint,
)
from monitoring import control
from monitoring.endpoints import PROTOCOLS, Kind, SlackChannel
from monitoring.recipients import Recipient
from monitoring.stack_config import StackConfig

ACCOUNT = "123456789012"
REGION = "eu-central-1"
GROUP = "trail"
ALERTS = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
RECORD = f"arn:aws:sns:{REGION}:{ACCOUNT}:record"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1a2b3c4d"
ALARM_ARNS = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm"
RECORD_QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:record"
PAGERDUTY = "https://events.pagerduty.com/integration/0123456789abcdef0123456789abcdef/enqueue"

CONFIG = StackConfig(
    log_group_name=GROUP,
    threshold=5,
    period=300,
    evaluation_periods=3,
    datapoints_to_alarm=2,
    benchmarks=(control.CIS_V3, control.SECURITY_HUB),
    recipients=(
        Recipient("channel", Kind.SLACK, SlackChannel("T07EA123LEP", "C07EZ1ABC23")),
        Recipient("function", Kind.LAMBDA, f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f:live"),
        Recipient("hook", Kind.HTTPS, "https://hooks.your-company.com/sns?key=s3cret"),
        Recipient("mail", Kind.EMAIL, "security@your-company.com"),
        Recipient("pager", Kind.PAGERDUTY, PAGERDUTY),
        Recipient("queue", Kind.SQS, f"arn:aws:sqs:{REGION}:{ACCOUNT}:alarms"),
    ),
)


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(service: str, action: str | list[str], resource: str, **condition: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": action,
        "Resource": resource,
        "Condition": condition,
    }


FROM_ALARMS = {
    "StringEquals": {"aws:SourceAccount": ACCOUNT},
    "ArnLike": {"aws:SourceArn": f"{ALARM_ARNS}:*"},
}


def metric_filter(benchmark: str, **changes: Any) -> MetricFilter:
    made = MetricFilter(
        name=f"filter-{benchmark}",
        log_group_name=GROUP,
        pattern=control.PATTERNS[benchmark],
        metric_namespace="CISBenchmark",
        metric_name=control.METRIC_NAMES[benchmark],
        metric_value="1",
        default_value=0.0,
    )
    return replace(made, **changes)


def alarm(name: str, namespace: str, metric_name: str, **changes: Any) -> Alarm:
    made = Alarm(
        name=name,
        arn=f"{ALARM_ARNS}:{name}",
        namespace=namespace,
        metric_name=metric_name,
        dimensions={},
        statistic="Sum",
        period=300,
        evaluation_periods=3,
        datapoints_to_alarm=2,
        threshold=5.0,
        comparison_operator="GreaterThanOrEqualToThreshold",
        treat_missing_data="notBreaching",
        unit="",
        actions_enabled=True,
        alarm_actions=(ALERTS,),
        ok_actions=(ALERTS,),
        insufficient_data_actions=(),
        state="OK",
    )
    return replace(made, **changes)


def on(found: Alarm) -> AlarmsOnMetric:
    metric = Metric(namespace=found.namespace, name=found.metric_name, dimensions=found.dimensions)
    return AlarmsOnMetric(metric=metric, alarms=(found,))


def dead_letters(recipient: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead-{recipient}"


def subscription(recipient: Recipient) -> Subscription:
    protocol, endpoint = PROTOCOLS[recipient.kind], str(recipient.endpoint)
    redrive = json.dumps({"deadLetterTargetArn": dead_letters(recipient.name)})
    return Subscription(
        arn=f"{ALERTS}:{recipient.name}",
        protocol=protocol,
        endpoint=shown_endpoint(protocol, endpoint),
        digest=endpoint_digest(protocol, endpoint),
        owner=ACCOUNT,
        status="confirmed",
        attributes=SubscriptionAttributes(redrive_policy=redrive if protocol == "https" else ""),
    )


CHAT = Subscription(
    arn=f"{ALERTS}:chat",
    protocol="https",
    endpoint="https://global.sns-api.chatbot.amazonaws.com/…",
    digest="c",
    owner=ACCOUNT,
    status="confirmed",
    attributes=SubscriptionAttributes(),
)

TO_RECORD = Subscription(
    arn=f"{RECORD}:queue",
    protocol="sqs",
    endpoint=RECORD_QUEUE,
    digest="r",
    owner=ACCOUNT,
    status="confirmed",
    attributes=SubscriptionAttributes(),
)


def topic(arn: str, *subscriptions: Subscription) -> TopicRead:
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    use = allow("cloudwatch", ["kms:Decrypt", "kms:GenerateDataKey*"], "*", **FROM_ALARMS)
    key = Key(
        arn=KEY,
        manager="CUSTOMER",
        state="Enabled",
        spec="SYMMETRIC_DEFAULT",
        usage="ENCRYPT_DECRYPT",
        policy=policy(root, use),
        rotated=True,
    )
    made = Topic(
        arn=arn,
        owner=ACCOUNT,
        policy=policy(allow("cloudwatch", "SNS:Publish", arn, **FROM_ALARMS)),
        key_id=KEY,
        key=key,
        subscriptions=subscriptions,
    )
    return TopicRead(arn=arn, topic=made)


QUEUE_KEY = Key(
    arn=f"arn:aws:kms:{REGION}:{ACCOUNT}:key/5e6f7a8b",
    manager="CUSTOMER",
    state="Enabled",
    spec="SYMMETRIC_DEFAULT",
    usage="ENCRYPT_DECRYPT",
    policy=policy(allow("sns", ["kms:Decrypt", "kms:GenerateDataKey*"], "*")),
    rotated=True,
)


def from_topic(queue: str, topic_arn: str) -> QueueRead:
    source = {"ArnEquals": {"aws:SourceArn": topic_arn}}
    return QueueRead(arn=queue, policy=policy(allow("sns", "sqs:SendMessage", queue, **source)))


def snapshot() -> AccountSnapshot:
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f:live"
    source = {"ArnLike": {"AWS:SourceArn": ALERTS}}
    return AccountSnapshot(
        taken_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        region=REGION,
        account=ACCOUNT,
        log_group_name=GROUP,
        log_group=LogGroup(
            name=GROUP,
            arn=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}",
            log_group_class="STANDARD",
        ),
        metric_filters=(metric_filter(control.CIS_V3), metric_filter(control.SECURITY_HUB)),
        alarms=(
            on(alarm("denied", "CISBenchmark", "UnauthorizedAPICalls")),
            on(
                alarm(
                    "quiet",
                    "CISBenchmark",
                    "UnauthorizedAPICallsSecurityHub",
                    alarm_actions=(RECORD,),
                    ok_actions=(),
                )
            ),
            on(
                alarm(
                    "heartbeat",
                    "AWS/Logs",
                    "IncomingLogEvents",
                    dimensions={"LogGroupName": GROUP},
                    comparison_operator="LessThanThreshold",
                    threshold=1.0,
                    period=900,
                    evaluation_periods=4,
                    datapoints_to_alarm=4,
                    treat_missing_data="breaching",
                )
            ),
            on(
                alarm(
                    "delivery",
                    "AWS/SNS",
                    "NumberOfNotificationsFailed",
                    dimensions={"TopicName": "alerts"},
                    threshold=1.0,
                    evaluation_periods=1,
                    datapoints_to_alarm=1,
                )
            ),
        ),
        topics=(
            topic(
                ALERTS,
                CHAT,
                *(subscription(r) for r in CONFIG.recipients if r.kind is not Kind.SLACK),
            ),
            topic(RECORD, TO_RECORD),
        ),
        queues=(
            from_topic(f"arn:aws:sqs:{REGION}:{ACCOUNT}:alarms", ALERTS),
            from_topic(dead_letters("hook"), ALERTS),
            from_topic(dead_letters("pager"), ALERTS),
            from_topic(RECORD_QUEUE, RECORD),
        ),
        functions=(
            FunctionRead(
                arn=function,
                policy=policy(allow("sns", "lambda:InvokeFunction", function, **source)),
            ),
        ),
    )
