"""A snapshot seen through what the stack expects: which filter, alarm and topic is meant."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

from assurance.checks.expectation import ExpectedFilter, expected_filters
from assurance.checks.finding import CannotTellError
from assurance.snapshot import (
    AccountSnapshot,
    Alarm,
    Metric,
    MetricFilter,
    Subscription,
    SubscriptionAttributes,
    Topic,
    Unknown,
    endpoint_digest,
)
from monitoring.endpoints import PROTOCOLS, Kind
from monitoring.stack_config import StackConfig

_T = TypeVar("_T")

GREATER_OR_EQUAL: Final = "GreaterThanOrEqualToThreshold"


@dataclass(frozen=True)
class Counted:
    """An expected filter and the one that was found for it."""

    expected: ExpectedFilter
    found: MetricFilter


@dataclass(frozen=True)
class Watched:
    """A filter that was found and the alarm on its metric."""

    counted: Counted
    alarm: Alarm


@dataclass(frozen=True)
class Acting:
    """An alarm and the topic that it acts on first."""

    alarm: Alarm
    topic: Topic


@dataclass(frozen=True)
class View:
    """Finds the subjects of the checks; raises CannotTellError where they are not to be found.

    `hidden` names the recipients whose endpoints the config does not tell (encrypted ones).
    `declared_chat_topics` are the topics that chat configurations declare, where these do not
    subscribe themselves; None where they do, as on AWS.
    """

    snapshot: AccountSnapshot
    config: StackConfig
    hidden: Collection[str] = frozenset()
    declared_chat_topics: Collection[str] | None = None

    @cached_property
    def expected(self) -> tuple[ExpectedFilter, ...]:
        """The filters that the config asks for, the paging one first."""
        return expected_filters(self.config)

    @cached_property
    def recipients_digests(self) -> frozenset[str]:
        """The digests of the recipients' endpoints, as far as the config tells them."""
        return frozenset(
            endpoint_digest(PROTOCOLS[recipient.kind], str(recipient.endpoint))
            for recipient in self.config.recipients
            if recipient.kind is not Kind.SLACK and recipient.name not in self.hidden
        )

    def filters(self) -> tuple[MetricFilter, ...]:
        """The metric filters of the log group."""
        return tuple(
            f for f in self.all_filters() if f.log_group_name == self.snapshot.log_group_name
        )

    def all_filters(self) -> tuple[MetricFilter, ...]:
        """These, and other groups' filters on the same metrics."""
        return known(self.snapshot.metric_filters)

    def find(self, expected: ExpectedFilter) -> MetricFilter | None:
        """The filter that is meant: by its pattern and its metric, else by either."""
        by_pattern = [f for f in self.filters() if f.pattern == expected.pattern]
        by_metric = [f for f in self.filters() if _is_metric_of(f, expected)]
        both = [f for f in by_pattern if f in by_metric]
        return next(iter([*both, *by_metric, *by_pattern]), None)

    def counted(self, expected: ExpectedFilter) -> Counted:
        """The filter that is meant."""
        found = self.find(expected)
        if found is None:
            raise CannotTellError(f"{expected.key}: no metric filter (filter-on-log-group)")
        return Counted(expected, found)

    def alarms_on(self, metric: Metric) -> tuple[Alarm, ...]:
        """The alarms on a metric."""
        for read in self.snapshot.alarms:
            if read.metric == metric:
                return known(read.alarms)
        return ()

    def watched(self, expected: ExpectedFilter) -> Watched:
        """The filter and its alarm: of several on its metric, the one most as it should be."""
        counted = self.counted(expected)
        alarms = self.alarms_on(counted.found.metric)
        if not alarms:
            raise CannotTellError(
                f"{counted.found.name}: no alarm is on its metric (alarm-on-filter-metric)"
            )
        return Watched(counted, max(alarms, key=self._likeness))

    def paging(self) -> Watched:
        """The alarm that wakes someone."""
        return self.watched(self.expected[0])

    def acting(self, alarm: Alarm) -> Acting:
        """An alarm and the topic that it acts on first."""
        topics = [action for action in alarm.alarm_actions if is_topic(action)]
        if not topics:
            raise CannotTellError(f"{alarm.name}: it acts on no topic (alarm-acts-on-topic)")
        return Acting(alarm, self.topic(topics[0]))

    def topic(self, arn: str) -> Topic:
        """A topic by its ARN."""
        for read in self.snapshot.topics:
            if read.arn == arn and read.topic is not None:
                return known(read.topic)
        raise CannotTellError(f"{arn}: there is no such topic (topic-exists)")

    def alert_topic(self) -> Topic:
        """The topic that the paging alarm acts on."""
        return self.acting(self.paging().alarm).topic

    def subscriptions(self, topic: Topic) -> tuple[Subscription, ...]:
        """A topic's subscriptions."""
        return known(topic.subscriptions)

    def alarms_of(self, topic: Topic) -> list[str]:
        """The names of the alarms that act on a topic, as far as they could be read."""
        return [
            alarm.name
            for read in self.snapshot.alarms
            if not isinstance(read.alarms, Unknown)
            for alarm in read.alarms
            if topic.arn in alarm.alarm_actions
        ]

    def details_subscription(self, topic: Topic) -> Subscription | None:
        """That of the alert details' function: no recipient's, and the one that takes alarms only.

        Where the config hides the endpoint of a function, one without a filter policy may be that.
        """
        hidden = any(
            r.kind is Kind.LAMBDA and r.name in self.hidden for r in self.config.recipients
        )
        found = [
            s
            for s in self.subscriptions(topic)
            if s.protocol == "lambda" and s.digest not in self.recipients_digests
        ]
        filtered = [
            s
            for s in found
            if isinstance(s.attributes, SubscriptionAttributes) and s.attributes.filter_policy
        ]
        return next(iter([*filtered, *(() if hidden else found)]), None)

    def heartbeats(self) -> tuple[Alarm, ...]:
        """The alarms on the log group's incoming events."""
        return self._meant(
            Metric(
                namespace="AWS/Logs",
                name="IncomingLogEvents",
                dimensions={"LogGroupName": self.snapshot.log_group_name},
            )
        )

    def delivery_watches(self, topic: Topic) -> tuple[Alarm, ...]:
        """The alarms on a topic's failed deliveries."""
        return self._meant(
            Metric(
                namespace="AWS/SNS",
                name="NumberOfNotificationsFailed",
                dimensions={"TopicName": topic.arn.rpartition(":")[2]},
            )
        )

    def details_watches(self, function_name: str) -> tuple[Alarm, ...]:
        """The alarms on the failures of the alert details' function."""
        return self._meant(
            Metric(
                namespace="AWS/Lambda", name="Errors", dimensions={"FunctionName": function_name}
            )
        )

    def _meant(self, metric: Metric) -> tuple[Alarm, ...]:
        """The alarms on a metric of AWS's: where some act on the alert topic, no one else's."""
        found = self.alarms_on(metric)
        try:
            alert_topic = self.alert_topic().arn
        except CannotTellError:
            return found
        return tuple(a for a in found if alert_topic in a.alarm_actions) or found

    def _likeness(self, alarm: Alarm) -> int:
        config = self.config
        return sum(
            (
                alarm.statistic == "Sum",
                alarm.comparison_operator == GREATER_OR_EQUAL,
                alarm.threshold == config.threshold,
                alarm.period == config.period,
                alarm.evaluation_periods == config.evaluation_periods,
                alarm.datapoints_to_alarm == config.datapoints_to_alarm,
                alarm.treat_missing_data == "notBreaching",
                alarm.actions_enabled,
                any(is_topic(action) for action in alarm.alarm_actions),
            )
        )


def is_topic(arn: str) -> bool:
    """Whether an action is a topic."""
    return arn.split(":")[2:3] == ["sns"]


def known(part: _T | Unknown) -> _T:
    """A part that was read; raises CannotTellError for one that was not."""
    if isinstance(part, Unknown):
        raise CannotTellError(str(part))
    return part


def _is_metric_of(found: MetricFilter, expected: ExpectedFilter) -> bool:
    return (found.metric_namespace, found.metric_name) == (
        expected.metric_namespace,
        expected.metric_name,
    )
