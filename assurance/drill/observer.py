"""Looks at the real account: the log group, the metric, the alarm, its actions, the recipients."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from assurance import filter_pattern
from assurance.aws import Clients
from assurance.checks.finding import Status
from assurance.drill import denied_call, history
from assurance.drill.history import Item, WentOff
from assurance.drill.plan import Target
from assurance.drill.stages import Sight, asked, failed, happened, not_yet
from assurance.filter_pattern import FilterPatternError
from assurance.snapshot import shown_endpoint
from monitoring.endpoints import PROTOCOLS
from monitoring.exclusions import Exclusion
from monitoring.recipients import Recipient

_MINUTE: Final = 60
# AWS refuses requests whose clock is further from its own.
_CLOCK_SKEW: Final = 300
# An alarm that does not flap changes its state less often within a drill.
_HISTORY_ITEMS: Final = 100


_DEPLOY: Final = "deploy the stack again (pulumi up --refresh)"
_SUBSCRIBE: Final = (
    "confirm the pending ones (python -m assurance confirm-email), or subscribe somebody "
    "(pulumi up --refresh)"
)


@dataclass(frozen=True)
class LogEvent:
    """A record as the log group holds it; times in seconds since 1970.

    Its metric's datapoint is of `time`.
    """

    message: str
    time: float
    ingested: float


class Observer:
    """Looks at what a drill set in motion; `known` is the alarm's history from before it."""

    def __init__(
        self,
        clients: Clients,
        target: Target,
        known: Sequence[Item],
        recipients: Sequence[Recipient] = (),
    ) -> None:
        self._clients = clients
        self._recipients = recipients
        self._alarm = target.alarm
        self._filter = target.metric_filter
        self._topic_arn = target.topic_arn
        self._known = known
        self._records: Sequence[LogEvent] = ()
        self._change: WentOff | None = None

    def history(self) -> list[Item]:
        """The newest items of the alarm's history; raises what boto3 raises."""
        paginator = self._clients.cloudwatch.get_paginator("describe_alarm_history")
        pages = paginator.paginate(AlarmName=self._alarm.name, ScanBy="TimestampDescending")
        found = (item for page in pages for item in page.get("AlarmHistoryItems") or ())
        return [Item.of(item) for item in islice(found, _HISTORY_ITEMS)]

    def log_group(self, session: str, calls: int, since: float) -> Sight:
        """Whether the records of a session's denied calls have all arrived."""
        name = self._filter.log_group_name

        def judge(records: Sequence[LogEvent]) -> Sight:
            self._records = records
            said = f"{len(records)} of {calls} records in {name}"
            if len(records) < calls:
                return not_yet(said)
            return happened(said, max(each.ingested for each in records))

        return asked(
            "logs:FilterLogEvents",
            name,
            lambda: self._read_records(session, since),
            judge,
            gone=failed(f"there is no log group {name} any more", _DEPLOY),
        )

    def _read_records(self, session: str, since: float) -> Sequence[LogEvent]:
        paginator = self._clients.logs.get_paginator("filter_log_events")
        pages = paginator.paginate(
            logGroupName=self._filter.log_group_name,
            startTime=int(since - _CLOCK_SKEW) * 1_000,
            filterPattern=f'{{ $.userIdentity.arn = "*/{session}" }}',
        )
        found: dict[str, LogEvent] = {}
        for page in pages:
            for event in page.get("events") or ():
                message = event.get("message", "")
                record = _record(message)
                if denied_call.is_of_session(record, session):
                    time = event.get("timestamp", 0)
                    # CloudTrail may deliver an event twice.
                    found.setdefault(
                        str(record.get("eventID") or event.get("eventId")),
                        LogEvent(message, time / 1_000, event.get("ingestionTime", time) / 1_000),
                    )
        return list(found.values())

    def uncounted(self, exclusions: Sequence[Exclusion]) -> Sight | None:
        """Why the deployed filter does not count what has arrived; None when it counts it all."""
        messages = [each.message for each in self._records]
        try:
            matches = filter_pattern.parse(self._filter.pattern).matches
        except FilterPatternError:
            return None
        lost = [message for message in messages if not matches(message)]
        if not lost:
            return None
        hiding = denied_call.hiding(exclusions, [_record(message) for message in lost])
        if hiding:
            names = ", ".join(each.setting for each in hiding)
            why, mend = f": excluded by {names}", "run the drill as somebody who is not excluded"
        else:
            why, mend = "", _DEPLOY
        return failed(
            f"{self._filter.name} does not match {len(lost)} of {len(messages)} records{why}", mend
        )

    def metric(self, expected: float, since: float, until: float) -> Sight:
        """Whether the metric has counted at least the drill's own calls since it began."""

        def judge(total: float) -> Sight:
            said = f"{self._filter.metric} counted {total:g} of {expected:g}"
            return happened(said, until) if total >= expected else not_yet(said)

        return asked(
            "cloudwatch:GetMetricData",
            str(self._filter.metric),
            lambda: self._sum(since, until),
            judge,
            gone=not_yet("CloudWatch knows no such metric"),
        )

    def _sum(self, since: float, until: float) -> float:
        # The records' own times, where they are known: the clocks may differ.
        times = [each.time for each in self._records] or [since, until]
        start = min(times) - min(times) % _MINUTE
        pages = self._clients.cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[
                {
                    "Id": "counted",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": self._filter.metric_namespace,
                            "MetricName": self._filter.metric_name,
                        },
                        "Period": _MINUTE,
                        "Stat": "Sum",
                    },
                }
            ],
            StartTime=datetime.fromtimestamp(start, UTC),
            EndTime=datetime.fromtimestamp(max(*times, until) + _MINUTE, UTC),
        )
        return sum(
            value
            for page in pages
            for result in page.get("MetricDataResults") or ()
            for value in result.get("Values") or ()
        )

    def went_off(self) -> Sight:
        """Whether the alarm is in ALARM, or has been since the drill began."""
        name = self._alarm.name

        def judge(described: Sequence[Mapping[str, Any]]) -> Sight:
            if not described:
                return self._gone()
            [alarm, *_] = described
            said = f"{name} is {alarm.get('StateValue')}"
            if alarm.get("StateValue") == "ALARM":
                # The first is when the state changed; the second, when it was last said.
                time = alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp")
                return happened(said, None if time is None else time.timestamp())
            if self._change is not None:
                return happened(f"{name} was in ALARM", self._change.time)
            return not_yet(said)

        return asked(
            "cloudwatch:DescribeAlarms",
            name,
            lambda: self._clients.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"],
            judge,
            gone=self._gone(),
        )

    def action(self, mark: str = "") -> Sight:
        """Whether the topic took the message of the change to ALARM that holds `mark`."""
        return self._of_history(mark, lambda change: history.acted(change, self._topic_arn))

    def change(self, mark: str) -> Sight:
        """Whether the alarm's history has the change to ALARM that holds `mark`."""
        name = self._alarm.name

        def judge(change: WentOff | None) -> Sight:
            if change is None:
                return not_yet(f"the history of {name} does not show it")
            return happened(f"{name} is in ALARM", change.time)

        return self._of_history(mark, judge)

    def _of_history(self, mark: str, judge: Callable[[WentOff | None], Sight]) -> Sight:
        def then(items: Sequence[Item]) -> Sight:
            self._change = history.went_off(items, self._known, mark)
            return judge(self._change)

        return asked(
            "cloudwatch:DescribeAlarmHistory",
            self._alarm.name,
            self.history,
            then,
            gone=self._gone(),
        )

    def _gone(self) -> Sight:
        return failed(f"there is no alarm {self._alarm.name} any more", _DEPLOY)

    def recipients(self) -> Sight:
        """Whether somebody is subscribed, and who: only they can say whether it reached them."""
        topic = self._topic_arn

        def judge(found: Sequence[Mapping[str, Any]]) -> Sight:
            confirmed = [each for each in found if each["SubscriptionArn"].startswith("arn:")]
            pending = [each for each in found if each["SubscriptionArn"] == "PendingConfirmation"]
            waiting = f"; pending: {_named(pending)}" if pending else ""
            if not confirmed:
                return failed(f"nobody is subscribed to {topic}{waiting}", _SUBSCRIBE)
            if self._recipients and not any(map(self._may_be_a_recipient, confirmed)):
                others = f"none of the stack's recipients: {_named(confirmed)}{waiting}"
                return failed(f"subscribed to {topic} is {others}", _SUBSCRIBE)
            if any(map(self._may_be_a_recipient, pending)):
                told = f"ask whether it arrived: {_named(confirmed)}"
                return failed(f"{told}; pending, and not told: {_named(pending)}", _SUBSCRIBE)
            return Sight(
                evidence=f"ask whether it arrived: {_named(confirmed)}{waiting}",
                status=Status.PASS,
            )

        return asked(
            "sns:ListSubscriptionsByTopic",
            topic,
            self._subscriptions,
            judge,
            gone=failed(f"there is no topic {topic}", _DEPLOY),
        )

    def _may_be_a_recipient(self, found: Mapping[str, Any]) -> bool:
        """Whether the stack's config may mean this subscription; it does not tell every endpoint.

        That of a queue or a function is no secret. Chat applications subscribe by https.
        """
        protocol, endpoint = found["Protocol"], found.get("Endpoint", "")
        if protocol in ("lambda", "sqs"):
            return any(str(each.endpoint) == endpoint for each in self._recipients)
        kinds = {PROTOCOLS[each.kind] for each in self._recipients}
        by_web = protocol in ("http", "https") and bool(kinds - {"lambda", "sqs"})
        return protocol in kinds or by_web

    def _subscriptions(self) -> Sequence[Mapping[str, Any]]:
        paginator = self._clients.sns.get_paginator("list_subscriptions_by_topic")
        pages = paginator.paginate(TopicArn=self._topic_arn)
        return [found for page in pages for found in page.get("Subscriptions") or ()]


def _named(subscriptions: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(
        f"{each['Protocol']} {shown_endpoint(each['Protocol'], each.get('Endpoint', ''))}"
        for each in subscriptions
    )


def _record(message: str) -> dict[str, Any]:
    try:
        record = json.loads(message)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}
