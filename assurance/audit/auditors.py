"""What other auditors would say of an account, by the rules in their own sources.

They look at less than the audit does, and each compares the pattern's text in a way of its own: a
stack can pass here and fail there, or the other way round.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from assurance.checks.finding import Status
from assurance.snapshot import AccountSnapshot, Alarm, EventSelector, MetricFilter, Trail, Unknown
from monitoring import control


@dataclass(frozen=True)
class Opinion:
    """What an auditor would say, and why."""

    auditor: str
    status: Status
    why: str


_Rule = Callable[[AccountSnapshot], Iterator[str]]


class _UnreadError(Exception):
    """A part that the auditor looks at could not be read."""


# prowler, cloudwatch_log_metric_filter_unauthorized_api_calls (5.46).
_PROWLER: Final = re.compile(
    r"\$\.errorCode\s*=\s*.?\*UnauthorizedOperation.+\$\.errorCode\s*=\s*.?AccessDenied\*.?",
    re.DOTALL,
)
# steampipe-mod-aws-compliance, log_metric_filter_unauthorized_api (v1.13).
_STEAMPIPE: Final = re.compile(
    r'\$\.errorCode\s*=\s*"\*UnauthorizedOperation".+\$\.errorCode\s*=\s*"AccessDenied\*".+'
    r'\$\.sourceIPAddress\s*!=\s*"delivery.logs.amazonaws.com".+\$\.eventName\s*!=\s*"HeadBucket"'
)


def opinions(snapshot: AccountSnapshot) -> list[Opinion]:
    """Prowler's, Steampipe's and Security Hub's."""
    return [
        _opinion("Prowler 5.46", snapshot, _prowler),
        _opinion("Steampipe and Powerpipe, CIS v3.0", snapshot, _steampipe),
        _opinion("Security Hub CloudWatch.2", snapshot, _security_hub),
    ]


def _opinion(auditor: str, snapshot: AccountSnapshot, why_not: _Rule) -> Opinion:
    try:
        reasons = list(why_not(snapshot))
    except _UnreadError as error:
        return Opinion(auditor, Status.UNKNOWN, str(error))
    if reasons:
        return Opinion(auditor, Status.FAIL, reasons[0])
    return Opinion(auditor, Status.PASS, "finds what it looks for")


def _prowler(snapshot: AccountSnapshot) -> Iterator[str]:
    """A filter on a trail's log group, and an alarm on its metric and namespace; no actions."""
    filters = [f for f in _filters(snapshot) if _PROWLER.search(f.pattern)]
    if not _delivering(snapshot):
        yield "no trail delivers to the filter's log group"
    if not filters:
        yield "no pattern has *UnauthorizedOperation before AccessDenied*"
    elif not any(_alarms(snapshot, f) for f in filters):
        yield "no alarm is on the filter's metric and namespace"


def _steampipe(snapshot: AccountSnapshot) -> Iterator[str]:
    """A multi-region trail that logs all by basic selectors; any subscription, pending too."""
    trails = [
        t
        for t in _delivering(snapshot)
        if t.is_multi_region and _is_logging(t) and _logs_all(t, allow_advanced=False)
    ]
    filters = [f for f in _filters(snapshot) if _STEAMPIPE.search(f.pattern)]
    if not trails:
        yield "no multi-region trail is logging all management events by basic event selectors"
    if not filters:
        yield "no pattern has both error codes and then both of the benchmark's exclusions"
    elif not any(_alarms(snapshot, f) for f in filters):
        yield "no alarm is on the filter's metric"
    elif not any(_is_subscribed(snapshot, a) for f in filters for a in _alarms(snapshot, f)):
        yield "no topic in the alarm's actions has a subscription"


def _security_hub(snapshot: AccountSnapshot) -> Iterator[str]:
    """The text of CIS v1.2 and nothing else; white space is free, brackets are not."""
    trails = [
        t
        for t in _delivering(snapshot)
        if t.is_multi_region and _is_logging(t) and _logs_all(t, allow_advanced=True)
    ]
    wanted = _without_space(control.PATTERNS[control.SECURITY_HUB])
    filters = [f for f in _filters(snapshot) if _without_space(f.pattern) == wanted]
    if not trails:
        yield "no multi-region trail is logging all management events"
    if not filters:
        yield "no pattern is the exact text of CIS v1.2 (benchmark security-hub of the stack)"
    elif not any(_alarms(snapshot, f) for f in filters):
        yield "no alarm is on the filter's metric"
    elif not any(_is_subscribed(snapshot, a) for f in filters for a in _alarms(snapshot, f)):
        yield "no topic in the alarm's actions has a subscription"


def _filters(snapshot: AccountSnapshot) -> list[MetricFilter]:
    if isinstance(snapshot.metric_filters, Unknown):
        raise _UnreadError(str(snapshot.metric_filters))
    return [f for f in snapshot.metric_filters if f.log_group_name == snapshot.log_group_name]


def _alarms(snapshot: AccountSnapshot, metric_filter: MetricFilter) -> tuple[Alarm, ...]:
    for of_metric in snapshot.alarms:
        if of_metric.metric == metric_filter.metric:
            if isinstance(of_metric.alarms, Unknown):
                raise _UnreadError(str(of_metric.alarms))
            return of_metric.alarms
    return ()


def _delivering(snapshot: AccountSnapshot) -> list[Trail]:
    if isinstance(snapshot.trails, Unknown):
        raise _UnreadError(str(snapshot.trails))
    return [t for t in snapshot.trails if t.log_group_name == snapshot.log_group_name]


def _is_logging(trail: Trail) -> bool:
    if isinstance(trail.status, Unknown):
        raise _UnreadError(str(trail.status))
    return trail.status.is_logging


def _logs_all(trail: Trail, *, allow_advanced: bool) -> bool:
    if isinstance(trail.management_events, Unknown):
        raise _UnreadError(str(trail.management_events))

    def is_all(selector: EventSelector) -> bool:
        return selector.reads and selector.writes and (allow_advanced or not selector.is_advanced)

    return any(is_all(selector) for selector in trail.management_events)


def _is_subscribed(snapshot: AccountSnapshot, alarm: Alarm) -> bool:
    for read in snapshot.topics:
        if read.arn not in alarm.alarm_actions or read.topic is None:
            continue
        if isinstance(read.topic, Unknown):
            raise _UnreadError(str(read.topic))
        if isinstance(read.topic.subscriptions, Unknown):
            raise _UnreadError(str(read.topic.subscriptions))
        if read.topic.subscriptions:
            return True
    return False


def _without_space(pattern: str) -> str:
    return "".join(pattern.split())
