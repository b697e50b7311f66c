"""What a drill will do: which alarm it is for, how many calls, and how long they take."""

import math
from dataclasses import dataclass
from typing import Final

from assurance.alarm_evaluation import ComparisonOperator
from assurance.checks.view import is_topic
from assurance.snapshot import Alarm, MetricFilter

# CloudTrail's reads take 10 calls a second of an account and region, which others need too.
CALLS_PER_SECOND: Final = 5
_MINUTE: Final = 60


class CannotPlanError(Exception):
    """The alarm cannot be made to go off by denied calls; the message says why."""


@dataclass(frozen=True)
class Target:
    """The paging alarm, its metric filter, and the topic that it acts on first (its ARN)."""

    alarm: Alarm
    metric_filter: MetricFilter
    topic_arn: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Denied calls in bursts: `per_burst` at once, again every `period` seconds."""

    per_burst: int
    bursts: int
    period: int

    @property
    def calls(self) -> int:
        """How many calls in all."""
        return self.per_burst * self.bursts

    @property
    def seconds(self) -> float:
        """How long they take, the wait for the first full minute not counted."""
        return (self.bursts - 1) * self.period + (self.per_burst - 1) / CALLS_PER_SECOND

    @property
    def starts_on_a_minute(self) -> bool:
        """Whether a burst must not straddle two minutes: their sums could fall apart."""
        return self.per_burst > 1


def topic_of(alarm: Alarm) -> str:
    """The topic that an alarm acts on first; empty when it acts on none."""
    return next((action for action in alarm.alarm_actions if is_topic(action)), "")


def plan(target: Target) -> Plan:
    """The fewest calls that make the deployed alarm go off by its own settings.

    The window slides, so M of N periods are reached by M bursts, a period apart, whichever way the
    periods lie. Raises CannotPlanError.
    """
    alarm, metric_filter = target.alarm, target.metric_filter
    try:
        value = float(metric_filter.metric_value)
    except ValueError:
        value = math.nan
    if not value > 0:
        raise CannotPlanError(
            f"metric filter {metric_filter.name} counts {metric_filter.metric_value} for each "
            "event, not a number above 0"
        )
    if alarm.statistic != "Sum":
        judged = alarm.statistic or alarm.extended_statistic or "a formula"
        raise CannotPlanError(f"alarm {alarm.name} judges {judged}, not the Sum")
    each = alarm.threshold / value
    match alarm.comparison_operator:
        case ComparisonOperator.GREATER_THAN_OR_EQUAL:
            per_burst = math.ceil(each)
        case ComparisonOperator.GREATER_THAN:
            per_burst = math.floor(each) + 1
        case _:
            raise CannotPlanError(
                f"alarm {alarm.name} goes off for {alarm.comparison_operator}, not for too many"
            )
    per_burst = max(1, per_burst)
    longest = min(alarm.period, _MINUTE) * CALLS_PER_SECOND
    if per_burst > longest:
        raise CannotPlanError(
            f"alarm {alarm.name} needs {per_burst} denied calls at once, and a drill makes "
            f"{longest} at most, within a minute: more would get in the way of others"
        )
    return Plan(per_burst=per_burst, bursts=alarm.datapoints_to_alarm, period=alarm.period)
