"""The walk through an account that makes its snapshot.

Log group, its metric filters, the alarms on their metrics, the topics that these act on, the
topics' subscriptions and keys; beside them the alarms on the log group's incoming events, on the
topics' failed deliveries and on the failures of the functions that the topics invoke. Found by
reading alone: neither the CLI nor its state is asked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from assurance.aws import Clients
from assurance.emulated_aws.stand_ins import Endpoint
from assurance.reading import attempt
from assurance.snapshot import (
    AccountSnapshot,
    Alarm,
    AlarmsOnMetric,
    LogGroup,
    Metric,
    MetricFilter,
    Unknown,
)
from assurance.topic_reader import TopicReader, targets


def read_account(
    clients: Clients,
    log_group_name: str,
    *,
    whose: Callable[[Endpoint], Endpoint] = lambda endpoint: endpoint,
) -> AccountSnapshot:
    """Take the snapshot; nothing is raised for what could not be read.

    `whose` says whom a subscribed endpoint stands in for: in a rehearsal, the users' own.
    """
    return _Walk(clients, log_group_name, whose).snapshot()


def read_alarms(clients: Clients, log_group_name: str) -> AccountSnapshot:
    """The part of it that a drill needs: the metric filters and the alarms on their metrics.

    Neither topics nor keys are asked: who may not read them would be denied, and would count.
    """
    return _Walk(clients, log_group_name, lambda endpoint: endpoint).alarms()


class _Walk:
    def __init__(
        self, clients: Clients, log_group_name: str, whose: Callable[[Endpoint], Endpoint]
    ) -> None:
        self._clients = clients
        self._log_group_name = log_group_name
        self._topics = TopicReader(clients, whose)

    def snapshot(self) -> AccountSnapshot:
        account = attempt("sts:GetCallerIdentity", "the caller", self._account) or ""
        filters = self._filters()
        known = () if isinstance(filters, Unknown) else filters
        incoming = Metric(
            namespace="AWS/Logs",
            name="IncomingLogEvents",
            dimensions={"LogGroupName": self._log_group_name},
        )
        alarms = [self._alarms(metric) for metric in [*_metrics(known), incoming]]
        topic_arns = _topics_acted_on(alarms)
        alarms += [self._alarms(_failed_deliveries(arn)) for arn in topic_arns]
        topics = tuple(self._topics.topic(arn) for arn in topic_arns)
        queues, functions = targets(topics)
        # Most functions are recipients', and have no alarm that is the control's.
        failures = [self._alarms(_failures(arn)) for arn in functions]
        alarms += [on_failures for on_failures in failures if on_failures.alarms]
        return AccountSnapshot(
            taken_at=datetime.now(UTC),
            region=self._clients.region,
            account=account,
            log_group_name=self._log_group_name,
            log_group=attempt("logs:DescribeLogGroups", self._log_group_name, self._log_group),
            metric_filters=filters,
            alarms=tuple(alarms),
            topics=topics,
            queues=tuple(self._topics.queue(arn, str(account)) for arn in queues),
            functions=tuple(self._topics.function(arn) for arn in functions),
        )

    def alarms(self) -> AccountSnapshot:
        filters = self._filters()
        known = () if isinstance(filters, Unknown) else filters
        return AccountSnapshot(
            taken_at=datetime.now(UTC),
            region=self._clients.region,
            account=attempt("sts:GetCallerIdentity", "the caller", self._account) or "",
            log_group_name=self._log_group_name,
            log_group=attempt("logs:DescribeLogGroups", self._log_group_name, self._log_group),
            metric_filters=filters,
            alarms=tuple(self._alarms(metric) for metric in _metrics(known)),
        )

    def _account(self) -> str:
        return self._clients.sts.get_caller_identity()["Account"]

    def _log_group(self) -> LogGroup | None:
        paginator = self._clients.logs.get_paginator("describe_log_groups")
        for page in paginator.paginate(logGroupNamePrefix=self._log_group_name):
            for group in page["logGroups"]:
                if group["logGroupName"] == self._log_group_name:
                    return LogGroup(
                        name=group["logGroupName"],
                        arn=group["arn"].removesuffix(":*"),
                        log_group_class=group.get("logGroupClass", "STANDARD"),
                        retention_days=group.get("retentionInDays", 0),
                        kms_key=group.get("kmsKeyId", ""),
                    )
        return None

    def _filters(self) -> tuple[MetricFilter, ...] | Unknown:
        call = "logs:DescribeMetricFilters"
        own = attempt(
            call,
            self._log_group_name,
            lambda: self._metric_filters(logGroupName=self._log_group_name),
        )
        if isinstance(own, Unknown):
            return own
        found = list(own or ())
        for metric in _metrics(found):
            others = attempt(
                call,
                str(metric),
                lambda metric=metric: self._metric_filters(  # type: ignore[misc] # bound at once
                    metricName=metric.name, metricNamespace=metric.namespace
                ),
            )
            if isinstance(others, Unknown):
                return others
            found += [other for other in others or () if other not in found]
        return tuple(found)

    def _metric_filters(self, **by: str) -> list[MetricFilter]:
        paginator: Any = self._clients.logs.get_paginator("describe_metric_filters")
        return [
            MetricFilter(
                name=found["filterName"],
                log_group_name=found["logGroupName"],
                pattern=found.get("filterPattern", ""),
                metric_namespace=transformation["metricNamespace"],
                metric_name=transformation["metricName"],
                metric_value=transformation["metricValue"],
                default_value=transformation.get("defaultValue"),
                unit=transformation.get("unit", "None"),
                dimensions=transformation.get("dimensions") or {},
                on_transformed_logs=bool(found.get("applyOnTransformedLogs")),
                field_selection=found.get("fieldSelectionCriteria") or "",
                system_dimensions=tuple(found.get("emitSystemFieldDimensions") or ()),
            )
            for page in paginator.paginate(**by)
            for found in page["metricFilters"]
            for transformation in found["metricTransformations"]
        ]

    def _alarms(self, metric: Metric) -> AlarmsOnMetric:
        found = attempt(
            "cloudwatch:DescribeAlarmsForMetric",
            str(metric),
            lambda: tuple(self._alarms_for(metric)),
        )
        return AlarmsOnMetric(metric=metric, alarms=() if found is None else found)

    def _alarms_for(self, metric: Metric) -> Iterator[Alarm]:
        dimensions: Any = [{"Name": k, "Value": v} for k, v in sorted(metric.dimensions.items())]
        # One answer holds them all: the call has no pages.
        found = self._clients.cloudwatch.describe_alarms_for_metric(
            Namespace=metric.namespace,
            MetricName=metric.name,
            **({"Dimensions": dimensions} if dimensions else {}),
        )["MetricAlarms"]
        for described in found:
            alarm = _alarm(described)
            # AWS answers for these very dimensions, and none for a metric without; the emulator
            # ignores them.
            if alarm.dimensions == metric.dimensions:
                yield alarm


def _metrics(filters: Iterable[MetricFilter]) -> list[Metric]:
    metrics: list[Metric] = []
    for found in filters:
        if found.metric not in metrics:
            metrics.append(found.metric)
    return metrics


def _failed_deliveries(topic_arn: str) -> Metric:
    return Metric(
        namespace="AWS/SNS",
        name="NumberOfNotificationsFailed",
        dimensions={"TopicName": topic_arn.rpartition(":")[2]},
    )


def _failures(function_arn: str) -> Metric:
    return Metric(
        namespace="AWS/Lambda",
        name="Errors",
        dimensions={"FunctionName": function_arn.split(":")[6]},
    )


def _topics_acted_on(alarms: Iterable[AlarmsOnMetric]) -> list[str]:
    actions = (
        action
        for on_metric in alarms
        if not isinstance(on_metric.alarms, Unknown)
        for alarm in on_metric.alarms
        for action in (
            *alarm.alarm_actions,
            *alarm.ok_actions,
            *alarm.insufficient_data_actions,
        )
    )
    return sorted({action for action in actions if action.split(":")[2:3] == ["sns"]})


def _alarm(described: Mapping[str, Any]) -> Alarm:
    periods = described.get("EvaluationPeriods") or 1
    return Alarm(
        name=described["AlarmName"],
        arn=described["AlarmArn"],
        namespace=described.get("Namespace") or "",
        metric_name=described.get("MetricName") or "",
        dimensions={pair["Name"]: pair["Value"] for pair in described.get("Dimensions") or ()},
        statistic=described.get("Statistic") or "",
        extended_statistic=described.get("ExtendedStatistic") or "",
        period=described.get("Period") or 0,
        evaluation_periods=periods,
        # CloudWatch names it only where it was set; else all periods count.
        datapoints_to_alarm=described.get("DatapointsToAlarm") or periods,
        threshold=float(described.get("Threshold") or 0),
        comparison_operator=described.get("ComparisonOperator") or "",
        treat_missing_data=described.get("TreatMissingData") or "missing",
        unit=described.get("Unit") or "",
        actions_enabled=bool(described.get("ActionsEnabled", True)),
        alarm_actions=tuple(described.get("AlarmActions") or ()),
        ok_actions=tuple(described.get("OKActions") or ()),
        insufficient_data_actions=tuple(described.get("InsufficientDataActions") or ()),
        state=described.get("StateValue") or "",
        state_since=described.get("StateTransitionedTimestamp")
        or described.get("StateUpdatedTimestamp"),
        description=described.get("AlarmDescription") or "",
    )
