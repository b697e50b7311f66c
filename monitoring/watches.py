"""The alarms that watch the alarm: that events arrive, and that its messages do."""

from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_aws as aws

from monitoring import control
from monitoring.filtered_alarm import Notices

_MINUTE: Final = 60


def heartbeat(
    name: str,
    *,
    log_group_name: pulumi.Input[str],
    minutes: int,
    description: pulumi.Input[str],
    notices: Notices,
    opts: pulumi.ResourceOptions,
) -> aws.cloudwatch.MetricAlarm:
    """Rings when the log group received nothing for `minutes`.

    The benchmark's alarm cannot tell a quiet account from a trail that stopped. No events means no
    datapoints, so missing data is breaching (CloudWatch Logs guide, Monitoring with metrics).
    """
    periods = minutes * _MINUTE // control.HEARTBEAT_PERIOD
    return aws.cloudwatch.MetricAlarm(
        f"{control.ALARM_NAME}-{name}-{control.HEARTBEAT}",
        alarm_description=description,
        namespace="AWS/Logs",
        metric_name="IncomingLogEvents",
        dimensions={"LogGroupName": log_group_name},
        statistic="Sum",
        comparison_operator="LessThanThreshold",
        threshold=1,
        period=control.HEARTBEAT_PERIOD,
        evaluation_periods=periods,
        datapoints_to_alarm=periods,
        treat_missing_data="breaching",
        alarm_actions=notices.alarm_actions,
        ok_actions=notices.ok_actions,
        opts=_after(notices, opts),
    )


def delivery_watch(
    name: str,
    *,
    topic_name: pulumi.Input[str],
    description: pulumi.Input[str],
    notices: Notices,
    opts: pulumi.ResourceOptions,
) -> aws.cloudwatch.MetricAlarm:
    """Rings when SNS could not deliver to a recipient: the others learn of it.

    SNS reports the metric only when there is something to count (SNS guide, Monitoring topics with
    CloudWatch).
    """
    return _failures(
        f"{name}-{control.DELIVERY}",
        namespace="AWS/SNS",
        metric_name="NumberOfNotificationsFailed",
        dimensions={"TopicName": topic_name},
        period=control.DELIVERY_PERIOD,
        description=description,
        notices=notices,
        opts=opts,
    )


def details_watch(
    name: str,
    *,
    function_name: pulumi.Input[str],
    description: pulumi.Input[str],
    notices: Notices,
    opts: pulumi.ResourceOptions,
) -> aws.cloudwatch.MetricAlarm:
    """Rings when the function of the alert details fails.

    A function that is not invoked reports nothing (Lambda guide, Types of metrics).
    """
    return _failures(
        f"{name}-{control.DETAILS}",
        namespace="AWS/Lambda",
        metric_name="Errors",
        dimensions={"FunctionName": function_name},
        period=control.DETAILS_PERIOD,
        description=description,
        notices=notices,
        opts=opts,
    )


def _failures(
    name: str,
    *,
    namespace: str,
    metric_name: str,
    dimensions: Mapping[str, pulumi.Input[str]],
    period: int,
    description: pulumi.Input[str],
    notices: Notices,
    opts: pulumi.ResourceOptions,
) -> aws.cloudwatch.MetricAlarm:
    """Rings at the first failure; no failures are no datapoints, and missing data no breach."""
    return aws.cloudwatch.MetricAlarm(
        f"{control.ALARM_NAME}-{name}",
        alarm_description=description,
        namespace=namespace,
        metric_name=metric_name,
        dimensions=dimensions,
        statistic="Sum",
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=1,
        period=period,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        treat_missing_data="notBreaching",
        alarm_actions=notices.alarm_actions,
        ok_actions=notices.ok_actions,
        opts=_after(notices, opts),
    )


def _after(notices: Notices, opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=notices.ready))
