"""FilteredAlarm: one metric filter and the one alarm that watches it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from monitoring import control

TOKEN: Final = "unauthorized-api-calls:index:FilteredAlarm"  # noqa: S105 - a type token


@dataclass(frozen=True, kw_only=True)
class Notices:
    """What an alarm does when its state changes: the topic it acts on, in each direction."""

    topic_arn: pulumi.Output[str]
    recovery: bool
    ready: Sequence[pulumi.Resource]

    @property
    def alarm_actions(self) -> list[pulumi.Output[str]]:
        """The topic, first and alone: auditors look at the first action."""
        return [self.topic_arn]

    @property
    def ok_actions(self) -> list[pulumi.Output[str]] | None:
        """The topic when a recovery is told, else nothing."""
        return [self.topic_arn] if self.recovery else None


class FilteredAlarm(pulumi.ComponentResource):
    """A metric filter on the trail's log group and the alarm on its metric.

    `key` tells it from its siblings (`cis-v3.0`, `tuned`), in names and outputs. `period` is in
    seconds. Sum, `>=` and the default value 0 are the control's (CIS AWS Foundations 4.1 and the
    CloudWatch Logs guide: a minute without a match reports the default value, a minute without
    log events nothing, which `notBreaching` covers).
    """

    def __init__(
        self,
        name: str,
        key: str,
        *,
        log_group_name: pulumi.Input[str],
        pattern: str,
        metric_name: str,
        metric_namespace: str,
        threshold: int,
        period: int,
        evaluation_periods: int,
        datapoints_to_alarm: int,
        description: pulumi.Input[str],
        notices: Notices,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(TOKEN, f"{control.FILTER_NAME}-{name}-{key}", {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._filter = aws.cloudwatch.LogMetricFilter(
            f"{control.FILTER_NAME}-{name}-{key}",
            log_group_name=log_group_name,
            pattern=pattern,
            metric_transformation={
                "name": metric_name,
                "namespace": metric_namespace,
                "value": "1",
                "default_value": "0",
            },
            opts=child,
        )
        # What the filter writes is what the alarm watches. The filter's id would be its name,
        # which no metric has: an alarm on it looks healthy for ever.
        written = self._filter.metric_transformation
        self._alarm = aws.cloudwatch.MetricAlarm(
            f"{control.ALARM_NAME}-{name}-{key}",
            alarm_description=description,
            namespace=written.namespace,
            metric_name=written.name,
            statistic="Sum",
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=threshold,
            period=period,
            evaluation_periods=evaluation_periods,
            datapoints_to_alarm=datapoints_to_alarm,
            treat_missing_data="notBreaching",
            alarm_actions=notices.alarm_actions,
            ok_actions=notices.ok_actions,
            opts=pulumi.ResourceOptions.merge(
                child, pulumi.ResourceOptions(depends_on=notices.ready)
            ),
        )
        self.register_outputs({})

    @property
    def alarm(self) -> aws.cloudwatch.MetricAlarm:
        """The alarm on the filter's metric."""
        return self._alarm

    @property
    def metric_filter(self) -> aws.cloudwatch.LogMetricFilter:
        """The filter that counts."""
        return self._filter
