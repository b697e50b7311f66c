"""The stage of a rehearsal: what is deployed, as the emulated AWS describes it, set in motion."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from assurance.alarm_evaluation import (
    AlarmSettings,
    AlarmState,
    ComparisonOperator,
    Transition,
    TreatMissingData,
)
from assurance.aws import Clients
from assurance.emulated_aws.stand_ins import Endpoint
from assurance.filter_pattern import FilterPatternError
from assurance.inboxes import Inbox, Inboxes
from assurance.metric_history import MetricHistory, Statistic
from assurance.notifications import Notification
from assurance.rehearsal import evaluation, log_stream
from assurance.rehearsal.evaluation import Behaviour, Counted
from assurance.rehearsal.probes import Event
from assurance.rehearsal.responder import Published, Responder
from assurance.snapshot import (
    AccountSnapshot,
    Alarm,
    MetricFilter,
    Subscription,
    Topic,
    Unknown,
    endpoint_digest,
)
from monitoring.endpoints import Kind

_T = TypeVar("_T")

# How long a message that must come may take, and how long to listen for one that must not.
_PROMPT: Final = 5.0
_SILENCE: Final = 0.3


class UnplayableError(Exception):
    """Something deployed cannot be played here: nothing is known of it. The message says what."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A change of state that an alarm told its topic, at one of the topic's inboxes.

    `notification` is None when it did not arrive.
    """

    alarm: str
    transition: Transition
    inbox: Inbox
    notification: Notification | None


@dataclass(frozen=True, kw_only=True)
class Digest:
    """What the function of the alert details published on an alarm, at one of the inboxes.

    `seen` is None when it did not arrive; `fault` says what is wrong with it, if anything is.
    """

    alarm: str
    transition: Transition
    inbox: Inbox
    seen: str | None
    fault: str


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What came of it: what each filter counted, what each alarm did, and who heard of it.

    `failures` say why the function of the alert details told nothing.
    """

    counted: Mapping[str, Counted]
    behaviours: Sequence[Behaviour]
    deliveries: Sequence[Delivery]
    digests: Sequence[Digest] = ()
    failures: Sequence[str] = ()


class Stage:
    """Plays log events through the deployed log group, filters, alarms and topics.

    The parts are those that the snapshot found; CloudWatch's evaluation is `evaluation`'s; changes
    of state and deliveries are the emulator's.
    """

    def __init__(self, snapshot: AccountSnapshot, clients: Clients, inboxes: Inboxes) -> None:
        self._clients = clients
        self._inboxes = inboxes
        self._deaf: set[Endpoint] = set()
        self._log_group_name = snapshot.log_group_name
        self.responder = Responder.found(inboxes, clients, self._log_group_name)
        self._filters = [
            metric_filter
            for metric_filter in _known(snapshot.metric_filters)
            if metric_filter.log_group_name == self._log_group_name
        ]
        self._alarms = [(of.metric, _known(of.alarms)) for of in snapshot.alarms]
        self._topics = {
            read.arn: read.topic for read in snapshot.topics if isinstance(read.topic, Topic)
        }

    @property
    def filtered_alarms(self) -> list[tuple[MetricFilter, Alarm]]:
        """Each alarm on what a metric filter of the log group writes, with that filter."""
        return [
            (metric_filter, alarm)
            for metric_filter in self._filters
            for metric, alarms in self._alarms
            if metric == metric_filter.metric
            for alarm in alarms
        ]

    @property
    def heartbeats(self) -> list[Alarm]:
        """The alarms on the log group's incoming events."""
        return self._on("AWS/Logs", "IncomingLogEvents")

    @property
    def delivery_watches(self) -> list[Alarm]:
        """The alarms on the topics' failed deliveries."""
        return self._on("AWS/SNS", "NumberOfNotificationsFailed")

    @property
    def answering_topic(self) -> Topic | None:
        """The topic that the function of the alert details is subscribed to."""
        topics = self._topics_of(self.responder.inbox) if self.responder else []
        return next(iter(topics), None)

    def takes_alarms_only(self, inbox: Inbox) -> bool:
        """Whether an inbox must receive no digest: PagerDuty's, and the function's own."""
        return inbox.kind is Kind.PAGERDUTY or self._answers(inbox)

    def told_by(self, alarm: Alarm) -> Iterator[Inbox]:
        """Where the messages of an alarm that goes off arrive."""
        for topic_arn in alarm.alarm_actions if alarm.actions_enabled else ():
            yield from self._inboxes_of(topic_arn)

    def play(
        self, events: Sequence[Event], *, start: int, end: int, with_details: bool = False
    ) -> Scene:
        """Log the events, and let the filtered alarms judge every minute from `start` to `end`.

        `with_details` invokes the function of the alert details for what it is told.
        Raises UnplayableError.
        """
        held = log_stream.pass_through(self._clients.logs, self._log_group_name, events)
        counted = {
            metric_filter.name: _count(metric_filter, held) for metric_filter in self._filters
        }
        behaviours = [
            self._behave(alarm, counted[metric_filter.name].history, start=start, end=end)
            for metric_filter, alarm in self.filtered_alarms
        ]
        return self._act(counted, behaviours, with_details=with_details)

    def watch(
        self, alarms: Sequence[Alarm], history: MetricHistory, *, start: int, end: int
    ) -> Scene:
        """Let alarms on a metric of AWS's own judge what it reported.

        Raises UnplayableError.
        """
        return self._act(
            {}, [self._behave(alarm, history, start=start, end=end) for alarm in alarms]
        )

    def _on(self, namespace: str, name: str) -> list[Alarm]:
        return [
            alarm
            for metric, alarms in self._alarms
            if (metric.namespace, metric.name) == (namespace, name)
            for alarm in alarms
        ]

    def _behave(self, alarm: Alarm, history: MetricHistory, *, start: int, end: int) -> Behaviour:
        return evaluation.behave(alarm.name, _settings(alarm), history, start=start, end=end)

    def _act(
        self,
        counted: Mapping[str, Counted],
        behaviours: Sequence[Behaviour],
        *,
        with_details: bool = False,
    ) -> Scene:
        alarms = {alarm.name: alarm for _, found in self._alarms for alarm in found}
        deliveries: list[Delivery] = []
        digests: list[Digest] = []
        failures: list[str] = []
        for behaviour, transition in evaluation.in_order(behaviours):
            alarm = alarms[behaviour.alarm]
            told_before = len(self.responder.inbox.received()) if self.responder else 0
            deliveries += self._change_state(alarm, behaviour, transition)
            if with_details and self.responder is not None:
                try:
                    digests += self._answer(
                        self.responder, told_before, alarm, behaviour, transition
                    )
                except Exception as error:  # noqa: BLE001 - whatever the function raises
                    failures.append(f"the function fails with {type(error).__name__}: {error}")
        for behaviour in behaviours:
            self._calm(alarms[behaviour.alarm], behaviour)
        return Scene(
            counted=counted,
            behaviours=behaviours,
            deliveries=deliveries,
            digests=digests,
            failures=failures,
        )

    def _answer(
        self,
        responder: Responder,
        told_before: int,
        alarm: Alarm,
        behaviour: Behaviour,
        transition: Transition,
    ) -> list[Digest]:
        """Let the function answer what it was told of a change of state that all others know of.

        What it was told of others, which nobody waited for, may still be arriving.
        """
        reason = evaluation.reason(behaviour, transition)
        acts = set(alarm.alarm_actions) & {topic.arn for topic in self._topics_of(responder.inbox)}
        must_hear = transition.state is AlarmState.ALARM and acts
        told = _arriving(
            responder.inbox,
            told_before,
            _PROMPT if must_hear else _SILENCE,
            lambda notification: (notification.alarm or {}).get("NewStateReason") == reason,
        )
        if told is None:
            return []
        inboxes = [*self.told_by(alarm), responder.inbox]
        places = {inbox.endpoint: len(inbox.received()) for inbox in inboxes}
        digests: list[Digest] = []
        for published in responder.answer(told, transition.time):
            for inbox in inboxes:
                arrived = _arriving(
                    inbox,
                    places[inbox.endpoint],
                    _SILENCE if self.takes_alarms_only(inbox) else _PROMPT,
                    lambda notification: notification.alarm is None,
                )
                places[inbox.endpoint] += arrived is not None
                digests.append(
                    Digest(
                        alarm=alarm.name,
                        transition=transition,
                        inbox=inbox,
                        seen=None if arrived is None else published.seen_in(inbox, arrived),
                        fault=_fault(published, inbox, arrived),
                    )
                )
        return digests

    def _calm(self, alarm: Alarm, behaviour: Behaviour) -> None:
        """Leave the alarm at rest: one that is red already would tell nothing in the next scene."""
        if behaviour.final_state is not AlarmState.OK:
            self._change_state(alarm, behaviour, Transition(behaviour.replay.end, AlarmState.OK))

    def _change_state(
        self, alarm: Alarm, behaviour: Behaviour, transition: Transition
    ) -> list[Delivery]:
        actions = {
            AlarmState.ALARM: alarm.alarm_actions,
            AlarmState.OK: alarm.ok_actions,
            AlarmState.INSUFFICIENT_DATA: alarm.insufficient_data_actions,
        }[transition.state]
        listening = [
            (inbox, len(inbox.received()))
            for topic_arn in (actions if alarm.actions_enabled else ())
            for inbox in self._inboxes_of(topic_arn)
        ]
        self._clients.cloudwatch.set_alarm_state(
            AlarmName=alarm.name,
            StateValue=transition.state.value,
            StateReason=evaluation.reason(behaviour, transition),
        )
        return [
            Delivery(
                alarm=alarm.name,
                transition=transition,
                inbox=inbox,
                notification=self._await(inbox, before),
            )
            for inbox, before in listening
        ]

    def _await(self, inbox: Inbox, place: int) -> Notification | None:
        """The notification at this place in an inbox; one that lost one before is given less time.

        Otherwise a recipient that hears nothing would hold up every scene for seconds.
        """
        patience = _SILENCE if inbox.endpoint in self._deaf else _PROMPT
        arrived = _next(inbox.wait_for(place + 1, patience), place)
        if arrived is None:
            self._deaf.add(inbox.endpoint)
        return arrived

    def _inboxes_of(self, topic_arn: str) -> Iterator[Inbox]:
        topic = self._topics.get(topic_arn)
        for inbox in self._inboxes:
            if topic is not None and self._is_subscribed(inbox, topic) and not self._answers(inbox):
                yield inbox

    def _answers(self, inbox: Inbox) -> bool:
        return self.responder is not None and inbox is self.responder.inbox

    def _topics_of(self, inbox: Inbox) -> list[Topic]:
        return [topic for topic in self._topics.values() if self._is_subscribed(inbox, topic)]

    def _is_subscribed(self, inbox: Inbox, topic: Topic) -> bool:
        return self._subscription(inbox, topic) is not None

    def _subscription(self, inbox: Inbox, topic: Topic) -> Subscription | None:
        protocol, address = inbox.endpoint
        digest = endpoint_digest(protocol, address)
        found = (
            subscription
            for subscription in _known(topic.subscriptions)
            if subscription.is_confirmed
            and (subscription.protocol, subscription.digest) == (protocol, digest)
        )
        return next(found, None)


def _arriving(
    inbox: Inbox, place: int, patience: float, wanted: Callable[[Notification], bool]
) -> Notification | None:
    """The first notification that is wanted, from this place in an inbox on."""
    deadline = time.monotonic() + patience
    while True:
        received = inbox.wait_for(place + 1, max(deadline - time.monotonic(), 0))
        found = next(filter(wanted, received[place:]), None)
        if found is not None or len(received) <= place:
            return found
        place = len(received)


def _fault(published: Published, inbox: Inbox, arrived: Notification | None) -> str:
    if published.unavailable:
        return f"it has no details: {published.unavailable}"
    if arrived is not None and not published.is_delivered_in(inbox, arrived):
        return "what arrives is not the text for the protocol"
    return ""


def _known(part: tuple[_T, ...] | Unknown) -> tuple[_T, ...]:
    """What was read; what could not be is a finding of the checks, and nothing to be played."""
    return () if isinstance(part, Unknown) else part


def _next(received: Sequence[Notification], before: int) -> Notification | None:
    return received[before] if len(received) > before else None


def _count(metric_filter: MetricFilter, events: Sequence[Event]) -> Counted:
    try:
        value = float(metric_filter.metric_value)
    except ValueError:
        raise UnplayableError(
            f"metric filter {metric_filter.name}: the metric value {metric_filter.metric_value} is "
            "no number, and values taken from the event are not played"
        ) from None
    try:
        return evaluation.count(metric_filter.pattern, value, metric_filter.default_value, events)
    except FilterPatternError as error:
        raise UnplayableError(f"metric filter {metric_filter.name}: {error}") from None


def _settings(alarm: Alarm) -> AlarmSettings:
    try:
        return AlarmSettings(
            period=alarm.period,
            evaluation_periods=alarm.evaluation_periods,
            datapoints_to_alarm=alarm.datapoints_to_alarm or alarm.evaluation_periods,
            threshold=alarm.threshold,
            comparison_operator=ComparisonOperator(alarm.comparison_operator),
            statistic=Statistic(alarm.statistic),
            treat_missing_data=TreatMissingData(alarm.treat_missing_data or "missing"),
        )
    except ValueError as error:
        raise UnplayableError(f"alarm {alarm.name}: {error}") from None
