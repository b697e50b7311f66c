"""UnauthorizedApiCallsMonitor: denied API calls in an account are noticed by a person."""

# The component host reads the annotations at run time: they must not be postponed.
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import pulumi
import pulumi_aws as aws

from monitoring import arguments, console, control, exclusions, policies, saved_query, watches
from monitoring.alert_details_function import AlertDetails
from monitoring.alert_topic import AlertTopic
from monitoring.arguments import UnauthorizedApiCallsMonitorArgs
from monitoring.filtered_alarm import FilteredAlarm, Notices
from monitoring.recipients import undeliverable
from monitoring.stack_config import StackConfig

TOKEN: Final = "unauthorized-api-calls:index:UnauthorizedApiCallsMonitor"  # noqa: S105 - a type token


class UnauthorizedApiCallsMonitor(pulumi.ComponentResource):
    """Metric filters, alarms, topic and recipients: CIS AWS Foundations Benchmark v3.0, 4.1."""

    topic_arn: pulumi.Output[str]
    """The topic that the paging alarm acts on."""
    alarm_names: pulumi.Output[Mapping[str, str]]
    """Alarm names by benchmark, `tuned`, `heartbeat` and `delivery`."""
    alarm_arns: pulumi.Output[Mapping[str, str]]
    """Alarm ARNs, by the same keys."""
    metric_filter_names: pulumi.Output[Mapping[str, str]]
    """Metric filter names by benchmark and `tuned`."""
    filter_patterns: pulumi.Output[Mapping[str, str]]
    """The deployed filter patterns by benchmark and `tuned`."""
    metric_namespace: pulumi.Output[str]
    """The namespace of the metrics."""
    log_group_name: pulumi.Output[str]
    """The log group that the filters read."""
    console_url: pulumi.Output[str]
    """The paging alarm in the AWS console."""

    def __init__(
        self,
        name: str,
        args: UnauthorizedApiCallsMonitorArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make all its parts.

        Raises pulumi.InputPropertiesError with everything that is wrong with the arguments.
        """
        # Told here, since the class's docstring is what every other language's SDK says of it.
        settings = arguments.check(name, args)
        super().__init__(TOKEN, name, {}, opts)
        _warn_of_undeliverable(self, settings)
        _warn_of_idle_exclusions(self, settings)
        child = pulumi.ResourceOptions(parent=self)
        home = policies.Home.of(self)
        parts = _Parts(name, args, settings, home, child)

        alerts = parts.alerts()
        paging = parts.notices(alerts, recovery=settings.recovery_notified)
        first, *quiet = settings.patterns
        record = parts.notices(parts.record(alerts), recovery=False) if quiet else paging
        filtered = {
            key: parts.filtered_alarm(key, pattern, record if key in quiet else paging)
            for key, pattern in settings.patterns.items()
        }
        alarms = {key: part.alarm for key, part in filtered.items()}
        if settings.heartbeat_minutes:
            alarms[control.HEARTBEAT] = parts.heartbeat(paging)
        alarms[control.DELIVERY] = parts.delivery_watch(paging)
        if settings.alert_details:
            parts.details(alerts, filtered[first], paging)

        self.topic_arn = alerts.arn
        self.alarm_names = _by_key({key: alarm.name for key, alarm in alarms.items()})
        self.alarm_arns = _by_key({key: alarm.arn for key, alarm in alarms.items()})
        self.metric_filter_names = _by_key(
            {key: part.metric_filter.name for key, part in filtered.items()}
        )
        self.filter_patterns = _by_key(
            {key: part.metric_filter.pattern for key, part in filtered.items()}
        )
        self.metric_namespace = pulumi.Output.from_input(settings.metric_namespace)
        self.log_group_name = pulumi.Output.from_input(args["log_group_name"])
        self.console_url = pulumi.Output.all(home.partition, home.region, alarms[first].name).apply(
            lambda of: console.alarm_url(*of) or ""
        )
        self.register_outputs(self.outputs)

    @property
    def outputs(self) -> dict[str, pulumi.Output[Any]]:
        """The outputs by their names in the schema, which are those of the stack's exports."""
        return {
            "topicArn": self.topic_arn,
            "alarmNames": self.alarm_names,
            "alarmArns": self.alarm_arns,
            "metricFilterNames": self.metric_filter_names,
            "filterPatterns": self.filter_patterns,
            "metricNamespace": self.metric_namespace,
            "logGroupName": self.log_group_name,
            "consoleUrl": self.console_url,
        }


class _Parts:
    """Makes the monitor's parts, each under the monitor and by its settings."""

    def __init__(
        self,
        name: str,
        args: UnauthorizedApiCallsMonitorArgs,
        settings: StackConfig,
        home: policies.Home,
        child: pulumi.ResourceOptions,
    ) -> None:
        self._name = name
        self._args = args
        self._settings = settings
        self._home = home
        self._child = child
        self._query = saved_query.save(name, args["log_group_name"], child)

    def alerts(self) -> AlertTopic:
        """The topic that pages, made here or brought."""
        return AlertTopic(
            f"{control.TOPIC_NAME}-{self._name}",
            name=self._name,
            home=self._home,
            encryption=self._args.get("encryption") or control.DEFAULT_ENCRYPTION,
            existing_arn=self._args.get("topic_arn") or None,
            recipients=self._settings.recipients,
            digests=self._settings.alert_details,
            opts=self._child,
        )

    def record(self, alerts: AlertTopic) -> AlertTopic:
        """The topic of the alarms that wake nobody: acted on and subscribed, as auditors check."""
        return AlertTopic(
            f"{control.TOPIC_NAME}-{self._name}-record",
            name=self._name,
            home=self._home,
            encryption=alerts.key_arn or control.ENCRYPTION_NONE,
            queue_name=f"{control.FILTER_NAME}-{self._name}-record",
            opts=self._child,
        )

    def notices(self, topic: AlertTopic, *, recovery: bool) -> Notices:
        """Acting on this topic once it is ready."""
        return Notices(topic_arn=topic.arn, recovery=recovery, ready=topic.ready)

    def filtered_alarm(self, key: str, pattern: str, notices: Notices) -> FilteredAlarm:
        """A pattern, published or tuned, and its alarm."""
        settings = self._settings
        window = settings.evaluation_periods * settings.period
        return FilteredAlarm(
            self._name,
            key,
            log_group_name=self._args["log_group_name"],
            pattern=pattern,
            metric_name=control.METRIC_NAMES[key],
            metric_namespace=settings.metric_namespace,
            threshold=settings.threshold,
            period=settings.period,
            evaluation_periods=settings.evaluation_periods,
            datapoints_to_alarm=settings.datapoints_to_alarm,
            description=self._description(_too_many(settings, key), window),
            notices=notices,
            opts=self._child,
        )

    def heartbeat(self, notices: Notices) -> aws.cloudwatch.MetricAlarm:
        """The alarm that rings when the trail falls silent."""
        minutes = self._settings.heartbeat_minutes
        return watches.heartbeat(
            self._name,
            log_group_name=self._args["log_group_name"],
            minutes=minutes,
            description=self._description(
                f"No CloudTrail events have reached the log group for {minutes} minutes: denied "
                f"API calls would go unnoticed ({control.CONTROL}). Look at the trail, its role "
                "and the log group.",
                minutes * 60,
            ),
            notices=notices,
            opts=self._child,
        )

    def delivery_watch(self, notices: Notices) -> aws.cloudwatch.MetricAlarm:
        """The alarm that rings when a recipient could not be reached."""
        topic_name = notices.topic_arn.apply(lambda arn: arn.rpartition(":")[2])
        return watches.delivery_watch(
            self._name,
            topic_name=topic_name,
            description=self._description(
                "SNS could not deliver a notification to a recipient of the alarms on "
                f"unauthorized API calls ({control.CONTROL}). Look at the topic's subscriptions "
                "and their dead-letter queues.",
                control.DELIVERY_PERIOD,
            ),
            notices=notices,
            opts=self._child,
        )

    def details(self, alerts: AlertTopic, paging: FilteredAlarm, notices: Notices) -> None:
        """The function that says who, what, from where, and the alarm on it."""
        function = AlertDetails(
            f"{control.FILTER_NAME}-{self._name}-info",
            name=self._name,
            home=self._home,
            topic_arn=alerts.arn,
            key_arn=alerts.key_arn,
            is_topic_brought=bool(self._args.get("topic_arn")),
            log_group_name=self._args["log_group_name"],
            filter_pattern=paging.metric_filter.pattern,
            alarm_name=paging.alarm.name,
            runbook_url=self._settings.runbook_url,
            opts=self._child,
        )
        function.watch(
            self._description(
                "The function that says who was denied what, from where, failed: the alarms on "
                f"unauthorized API calls come without details ({control.CONTROL}). Look at its log "
                "group and at what its role may do.",
                control.DETAILS_PERIOD,
            ),
            notices,
        )

    def _description(self, what: str, window_seconds: int) -> pulumi.Output[str]:
        def describe(of: Sequence[str]) -> str:
            query_name, partition, region, log_group_name = of
            return saved_query.describe(
                what,
                self._settings.runbook_url,
                query_name,
                partition=partition,
                region=region,
                log_group_name=log_group_name,
                window_seconds=window_seconds,
            )

        return pulumi.Output.all(
            self._query.name, self._home.partition, self._home.region, self._args["log_group_name"]
        ).apply(describe)


def _too_many(settings: StackConfig, key: str) -> str:
    m, n = settings.datapoints_to_alarm, settings.evaluation_periods
    minutes = settings.period // 60
    calls = (
        "1 unauthorized API call"
        if settings.threshold == 1
        else (f"{settings.threshold} unauthorized API calls")
    )
    length = "a minute" if minutes == 1 else f"{minutes} minutes"
    often = f"within {length}" if n == 1 else f"within {length}, in {m} of {n} such periods"
    counted = ", the stack's exclusions not counted" if key == control.TUNED else ""
    return f"At least {calls} {often}{counted} ({control.CONTROL})."


def _warn_of_undeliverable(component: pulumi.Resource, settings: StackConfig) -> None:
    for recipient in settings.recipients:
        why = undeliverable(recipient)
        if why is not None:
            pulumi.log.warn(f"recipients.{recipient.name}: {why}", component)


def _warn_of_idle_exclusions(component: pulumi.Resource, settings: StackConfig) -> None:
    for path, why in exclusions.doubts(settings.exclusions):
        pulumi.log.warn(f"{path}: {why}; as it stands it excludes nothing", component)


def _by_key(values: Mapping[str, pulumi.Output[str]]) -> pulumi.Output[Mapping[str, str]]:
    return cast(pulumi.Output[Mapping[str, str]], pulumi.Output.all(**values))
