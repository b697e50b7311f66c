"""Each probe played on the stage, and what it shows of the stack."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final

from assurance.alarm_evaluation import AlarmState
from assurance.checks.finding import Finding, Status
from assurance.filter_pattern import parse
from assurance.metric_history import MINUTE, MetricHistory, StatisticSet
from assurance.probe_records import Records
from assurance.rehearsal.evaluation import incoming_log_events
from assurance.rehearsal.probes import EXCLUSION, Event, Probe, probes
from assurance.rehearsal.stage import Delivery, Scene, Stage, UnplayableError
from assurance.snapshot import Alarm, Key, MetricFilter
from monitoring.endpoints import Kind
from monitoring.recipients import Recipient
from monitoring.stack_config import StackConfig
from monitoring.tuned_pattern import tuned_pattern

_HOUR: Final = 3_600
_DAY: Final = 24 * _HOUR
_REDEPLOY: Final = "mend the stack file or the program, and deploy again"


class Trials:
    """Plays the probes of one stack.

    `listeners` are all who must hear of what pages; `chat_topics` the topics that a chat
    configuration declares, on which no listener has an inbox.
    """

    def __init__(
        self,
        stage: Stage,
        config: StackConfig,
        listeners: Iterable[Recipient],
        chat_topics: Collection[str],
        *,
        records: Records,
        now: int,
    ) -> None:
        self._stage = stage
        self._config = config
        self._chat_topics = frozenset(chat_topics)
        # A chat configuration subscribes itself on AWS, and is not rehearsed.
        self._listeners = sorted(r.name for r in listeners if r.kind is not Kind.SLACK)
        self._records = records
        self._now = now - now % _HOUR

    def findings(self) -> Iterator[Finding]:
        """One finding for each probe, as it is played."""
        for probe in probes(self._config, self._records, self._now):
            yield self._filtered(probe)
        if len(self._config.patterns) > 1:
            yield self._record()
        if self._config.heartbeat_minutes:
            yield self._heartbeat()
        yield self._delivery_watch()
        if self._config.alert_details:
            yield self._alert_details()

    def _filtered(self, probe: Probe) -> Finding:
        def faults(scene: Scene) -> Iterator[str]:
            paging = self._paging()
            if not paging:
                yield "no alarm on a filter of the log group acts on a topic with the recipients"
            for metric_filter, alarm in paging:
                yield from self._miscounted(probe, scene, metric_filter)
                yield from _misbehaved(probe, scene, alarm)
            yield from self._unrecorded(probe, scene)
            yield from self._unheard(scene, goes_off=probe.fires)

        return _finding(
            probe.check,
            probe.question,
            lambda: self._stage.play(probe.events, start=probe.start, end=probe.end),
            faults,
            f"{probe.fault}: {_REDEPLOY}",
        )

    def _miscounted(self, probe: Probe, scene: Scene, metric_filter: MetricFilter) -> Iterator[str]:
        counted = {event.message for event in scene.counted[metric_filter.name].matched}
        missed, extra = probe.counted - counted, counted - probe.counted
        if missed:
            hiding = self._hiding(missed)
            yield (
                f"{metric_filter.name} does not count {len(missed)} of {_calls(probe.counted)}, "
                f"such as {_example(min(missed))}" + (f"; hidden by {hiding}" if hiding else "")
            )
        if extra:
            yield f"{metric_filter.name} counts {_calls(extra)} that it must not"

    def _hiding(self, calls: Collection[str]) -> str:
        """The settings of the exclusions that describe any of these calls."""
        exclusions = (*self._config.exclusions, *self._config.exclusion_presets)
        counted_beside = [(each.setting, parse(tuned_pattern([each]))) for each in exclusions]
        return ", ".join(
            setting for setting, pattern in counted_beside if not all(map(pattern.matches, calls))
        )

    def _unrecorded(self, probe: Probe, scene: Scene) -> Iterator[str]:
        """Excluded calls that a benchmark counts must reach the record, where auditors look."""
        quiet = [(f, alarm) for f, alarm in self._stage.filtered_alarms if not self._pages(alarm)]
        for metric_filter, alarm in quiet:
            counted = scene.counted[metric_filter.name].matched
            if (
                counted
                and probe.check.startswith(EXCLUSION)
                and not any(d.alarm == alarm.name and d.notification for d in _rises(scene))
            ):
                yield f"{alarm.name} counts what is excluded and reaches no record"

    def _record(self) -> Finding:
        """What does not page goes off all the same, and reaches its record and nobody else."""
        events, start, end = self._just_enough(days_ago=7)
        paging = [alarm.name for _, alarm in self._paging()]
        quiet = [a.name for _, a in self._stage.filtered_alarms if a.name not in paging]

        def faults(scene: Scene) -> Iterator[str]:
            if len(quiet) < len(self._config.patterns) - 1:
                yield f"{len(quiet)} alarms act on the record"
            for name in quiet:
                told = [d for d in _rises(scene) if d.alarm == name]
                if not any(d.notification for d in told):
                    yield f"{name} reached no record"
                yield from (
                    f"{name} reached {d.inbox.recipient}" for d in told if d.inbox.recipient
                )

        return _finding(
            "probe-record",
            "alarms that do not page, when calls are denied",
            lambda: self._stage.play(events, start=start, end=end),
            faults,
            f"an alarm that does not page must act on the record: {_REDEPLOY}",
        )

    def _just_enough(self, *, days_ago: int) -> tuple[list[Event], int, int]:
        """Denied calls that just set the alarms off, and from when till when to play them."""
        start = self._now - days_ago * _DAY
        first = start + _HOUR
        n, period = self._config.evaluation_periods, self._config.period
        events = [
            Event(first + k * period, self._records.denied(first + k * period))
            for k in range(self._config.datapoints_to_alarm)
            for _ in range(self._config.threshold)
        ]
        return events, start, first + (n + 3) * period + _HOUR

    def _heartbeat(self) -> Finding:
        """Silent while events arrive; rings when they stop."""
        minutes = self._config.heartbeat_minutes
        start = self._now - 3 * _DAY
        stop = start + (2 * minutes + 30) * MINUTE
        end = stop + (minutes + 60) * MINUTE
        events = [Event(time, "") for time in range(start - minutes * MINUTE, stop, 5 * MINUTE)]

        def faults(scene: Scene) -> Iterator[str]:
            if not scene.behaviours:
                yield "no alarm watches the log group's incoming events"
            for behaviour in scene.behaviours:
                rises = [t for t in behaviour.replay.transitions if t.state is AlarmState.ALARM]
                if any(rise.time <= stop for rise in rises):
                    yield f"{behaviour.alarm} rings while events arrive"
                if not any(rise.time > stop for rise in rises):
                    yield f"{behaviour.alarm} is {behaviour.final_state} long after events stopped"
            yield from self._unheard(scene, goes_off=True)

        return _finding(
            "probe-heartbeat",
            f"events that stop arriving for more than {minutes} minutes",
            lambda: self._stage.watch(
                self._stage.heartbeats, incoming_log_events(events), start=start, end=end
            ),
            faults,
            f"a trail that stops would not be noticed: {_REDEPLOY}",
        )

    def _delivery_watch(self) -> Finding:
        """Rings when SNS reports a failed delivery."""
        start = self._now - _DAY
        failure = MetricHistory({start + _HOUR: StatisticSet.of([1])})

        def faults(scene: Scene) -> Iterator[str]:
            if not scene.behaviours:
                yield "no alarm watches the failed deliveries of a topic"
            yield from (
                f"{behaviour.alarm} does not go off"
                for behaviour in scene.behaviours
                if not behaviour.went_off
            )
            yield from self._unheard(scene, goes_off=True)

        return _finding(
            "probe-delivery-watch",
            "a notification that could not be delivered",
            lambda: self._stage.watch(
                self._stage.delivery_watches, failure, start=start, end=start + 4 * _HOUR
            ),
            faults,
            f"an unreachable recipient would not be noticed: {_REDEPLOY}",
        )

    def _alert_details(self) -> Finding:
        """Everybody hears of the alarm, and then who was denied what; PagerDuty of the alarm."""
        events, start, end = self._just_enough(days_ago=9)

        def faults(scene: Scene) -> Iterator[str]:
            responder, topic = self._stage.responder, self._stage.answering_topic
            if responder is None or topic is None:
                yield "no function that tells details is subscribed to a topic"
                return
            key_arn = topic.key.arn if isinstance(topic.key, Key) else None
            yield from responder.faults(topic.arn, key_arn)
            yield from scene.failures
            yield from self._unheard(scene, goes_off=True)
            yield from self._undigested(scene)

        return _finding(
            "probe-alert-details",
            "who was denied what, from where, after an alarm",
            lambda: self._stage.play(events, start=start, end=end, with_details=True),
            faults,
            f"an alarm comes without its details, or they go where they must not: {_REDEPLOY}",
        )

    def _undigested(self, scene: Scene) -> Iterator[str]:
        """Who received too few digests, or too many."""
        paging = {alarm.name for _, alarm in self._paging()}
        alarms = sum(
            d.transition.state is AlarmState.ALARM and d.alarm in paging for d in scene.deliveries
        )
        if alarms and not scene.digests and not scene.failures:
            yield "the function is not told of the alarm"
            return
        told = Counter(d.inbox.endpoint for d in scene.digests if d.seen is not None)
        rises = {(d.alarm, d.transition.time) for d in _rises(scene) if d.alarm in paging}
        for inbox in {d.inbox.endpoint: d.inbox for d in scene.digests}.values():
            name = inbox.recipient or "the function itself"
            received = told[inbox.endpoint]
            if self._stage.takes_alarms_only(inbox):
                if received:
                    yield f"{name} receives a digest, which is no alarm"
            elif received != len(rises):
                yield f"{name} receives {received} digests of {len(rises)} alarms"
        for fault in sorted({digest.fault for digest in scene.digests} - {""}):
            yield f"the digest: {fault}"
        if any((d.alarm, d.transition.time) not in rises for d in scene.digests):
            yield "the function answers what is not the paging alarm going off"

    def _paging(self) -> list[tuple[MetricFilter, Alarm]]:
        return [
            (metric_filter, alarm)
            for metric_filter, alarm in self._stage.filtered_alarms
            if self._pages(alarm)
        ]

    def _pages(self, alarm: Alarm) -> bool:
        if any(inbox.recipient for inbox in self._stage.told_by(alarm)):
            return True
        return alarm.actions_enabled and not self._chat_topics.isdisjoint(alarm.alarm_actions)

    def _unheard(self, scene: Scene, *, goes_off: bool) -> Iterator[str]:
        """Who heard too little of an alarm that must go off, or anything of one that must not."""
        if not goes_off:
            for delivery in scene.deliveries:
                if delivery.inbox.recipient:
                    yield f"{delivery.inbox.recipient} is told that {delivery.alarm} changed"
            return
        heard = {d.inbox.recipient for d in _rises(scene) if d.notification}
        for name in self._listeners:
            if name not in heard:
                yield f"{name} receives no message"
        if self._config.recovery_notified:
            recovered = any(
                d.transition.state is AlarmState.OK and d.notification for d in scene.deliveries
            )
            back = any(
                t.state is AlarmState.OK for b in scene.behaviours for t in b.replay.transitions
            )
            if back and not recovered:
                yield "nobody is told of the recovery"


def _finding(
    check: str,
    question: str,
    play: Callable[[], Scene],
    faults: Callable[[Scene], Iterator[str]],
    mend: str,
) -> Finding:
    try:
        found = list(faults(play()))
    except UnplayableError as error:
        return Finding(check, Status.UNKNOWN, (question, str(error)))
    if found:
        return Finding(check, Status.FAIL, (question, *found), mend)
    return Finding(check, Status.PASS, (question,))


def _rises(scene: Scene) -> list[Delivery]:
    return [d for d in scene.deliveries if d.transition.state is AlarmState.ALARM]


def _misbehaved(probe: Probe, scene: Scene, alarm: Alarm) -> Iterator[str]:
    behaviour = next(b for b in scene.behaviours if b.alarm == alarm.name)
    if behaviour.went_off and not probe.fires:
        yield f"{alarm.name} goes off"
    if probe.fires and not behaviour.went_off:
        yield f"{alarm.name} does not go off"
    elif behaviour.final_state is not AlarmState.OK:
        yield f"{alarm.name} is still {behaviour.final_state} when the calls have long stopped"


def _example(message: str) -> str:
    record = json.loads(message)
    return (
        f"{record['eventSource']} {record['eventName']} in {record['awsRegion']} from "
        f"{record['sourceIPAddress']} by {record['userIdentity']['type']}"
        f" in account {record['recipientAccountId']}"
    )


def _calls(messages: Sequence[str] | frozenset[str] | set[str]) -> str:
    return "1 call" if len(messages) == 1 else f"{len(messages)} calls"
