"""CloudWatch's alarm evaluation as a pure function of datapoints.

The rules are those of the CloudWatch User Guide, "Alarm evaluation" and "Configuring how
CloudWatch alarms treat missing data". Every time is in whole seconds since 1970, UTC. The window
slides: an evaluation at time t sees the periods that end at t, a period earlier, and so on.
"""

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from enum import StrEnum
from functools import lru_cache, partial
from itertools import compress, count, pairwise

from assurance.metric_history import MINUTE, MetricHistory, Statistic

HOUR = 3_600
DAY = 86_400

# CloudWatch fetches more datapoints than it evaluates; how many more, it does not say. The guide's
# one example is an evaluation range of 5 for 3 evaluation periods.
EXTRA_DATAPOINTS = 2


class AlarmState(StrEnum):
    """The three states of a metric alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class TreatMissingData(StrEnum):
    """What stands in for a missing datapoint."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


class ComparisonOperator(StrEnum):
    """How a breaching datapoint compares with the threshold."""

    GREATER_THAN_OR_EQUAL = "GreaterThanOrEqualToThreshold"
    GREATER_THAN = "GreaterThanThreshold"
    LESS_THAN_OR_EQUAL = "LessThanOrEqualToThreshold"
    LESS_THAN = "LessThanThreshold"


_COMPARISONS: dict[ComparisonOperator, Callable[[float, float], bool]] = {
    ComparisonOperator.GREATER_THAN_OR_EQUAL: operator.ge,
    ComparisonOperator.GREATER_THAN: operator.gt,
    ComparisonOperator.LESS_THAN_OR_EQUAL: operator.le,
    ComparisonOperator.LESS_THAN: operator.lt,
}


@dataclass(frozen=True, slots=True)
class AlarmSettings:
    """The settings of a metric alarm that decide its state.

    `evaluation_range` is the number of datapoints fetched; None: two more than are evaluated.
    Raises ValueError for what PutMetricAlarm refuses, and for periods below a minute.
    """

    _: KW_ONLY
    period: int
    evaluation_periods: int
    datapoints_to_alarm: int
    threshold: float
    comparison_operator: ComparisonOperator
    statistic: Statistic
    treat_missing_data: TreatMissingData
    evaluation_range: int | None = None

    def __post_init__(self) -> None:
        if self.period < MINUTE or self.period % MINUTE:
            raise ValueError(
                f"period {self.period} is not a multiple of 60: a metric filter's metric has"
                " one-minute resolution, and periods below a minute are not modelled"
            )
        if self.evaluation_periods < 1:
            raise ValueError(f"evaluation periods {self.evaluation_periods} is less than 1")
        if not 1 <= self.datapoints_to_alarm <= self.evaluation_periods:
            raise ValueError(
                f"datapoints to alarm {self.datapoints_to_alarm} is not between 1 and the"
                f" {self.evaluation_periods} evaluation periods"
            )
        longest = DAY if self.period < HOUR else 7 * DAY
        if self.window > longest:
            raise ValueError(
                f"{self.evaluation_periods} evaluation periods of {self.period} seconds make"
                f" {self.window} seconds; CloudWatch allows {longest}"
            )
        if not math.isfinite(self.threshold):
            raise ValueError(f"threshold {self.threshold} is not a finite number")
        if self.datapoints_fetched < self.evaluation_periods:
            raise ValueError(
                f"an evaluation range of {self.evaluation_range} is less than the"
                f" {self.evaluation_periods} evaluation periods"
            )

    @property
    def window(self) -> int:
        """The seconds that the evaluation periods span."""
        return self.period * self.evaluation_periods

    @property
    def datapoints_fetched(self) -> int:
        """The length of the evaluation range."""
        if self.evaluation_range is None:
            return self.evaluation_periods + EXTRA_DATAPOINTS
        return self.evaluation_range

    @property
    def cadence(self) -> int:
        """The seconds between evaluations: an hour for alarms that span more than a day."""
        return MINUTE if self.window <= DAY else HOUR

    def is_breaching(self, value: float) -> bool:
        """Tell whether a datapoint of this value violates the threshold."""
        return _COMPARISONS[self.comparison_operator](value, self.threshold)


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of state, by the evaluation at this time."""

    time: int
    state: AlarmState


@dataclass(frozen=True, slots=True)
class Replay:
    """An alarm's changes of state in the minutes between `start` and `end`, in time order."""

    start: int
    end: int
    initial: AlarmState
    transitions: tuple[Transition, ...]

    def seconds_in(self, state: AlarmState) -> int:
        """Count 60 for each minute whose evaluation, at its end, gives this state."""
        first, beyond = self.start + MINUTE, self.end + MINUTE
        held = [
            Transition(first, self.initial),
            *self.transitions,
            Transition(beyond, self.initial),
        ]
        return sum(
            until.time - since.time for since, until in pairwise(held) if since.state == state
        )

    def count(self, state: AlarmState) -> int:
        """Count the transitions to this state: an action runs once for each."""
        return sum(transition.state == state for transition in self.transitions)


def state_of(
    points: Sequence[float | None], settings: AlarmSettings, previous: AlarmState
) -> AlarmState:
    """Evaluate the datapoints of an evaluation range, the newest last, None where missing.

    `previous` is the state before: it stays when missing data is ignored and nothing else decides.
    """
    return _judge(bytes(_status(point, settings) for point in points), settings) or previous


def evaluation_range(
    history: MetricHistory, settings: AlarmSettings, time: int
) -> list[float | None]:
    """Fetch the datapoints that an evaluation at this time looks at, the newest last."""
    return [
        history.datapoint(time - age * settings.period, settings.period, settings.statistic)
        for age in reversed(range(settings.datapoints_fetched))
    ]


_MISSING, _WITHIN, _BREACHING = 0, 1, 2


def _status(point: float | None, settings: AlarmSettings) -> int:
    if point is None:
        return _MISSING
    return _BREACHING if settings.is_breaching(point) else _WITHIN


def _judge(statuses: bytes, settings: AlarmSettings) -> AlarmState | None:
    """Judge an evaluation range by its datapoints' statuses; None keeps the state."""
    treatment = settings.treat_missing_data
    real = statuses.translate(None, delete=bytes([_MISSING]))[-settings.evaluation_periods :]
    filled = settings.evaluation_periods - len(real)
    breaching = real.count(_BREACHING)
    if treatment == TreatMissingData.BREACHING:
        breaching += filled
    if breaching >= settings.datapoints_to_alarm:
        return AlarmState.ALARM
    fills = treatment in (TreatMissingData.BREACHING, TreatMissingData.NOT_BREACHING)
    if fills or not filled or _WITHIN in real:
        return AlarmState.OK
    if treatment == TreatMissingData.IGNORE:
        return None
    # All that there is is breaching, but too few. "Avoiding premature transitions to alarm state":
    # it alarms when it is old enough; before, the guide's table has INSUFFICIENT_DATA (`- - - - X`,
    # in the guide until 2019).
    if real and len(statuses) - statuses.index(_BREACHING) >= settings.datapoints_to_alarm:
        return AlarmState.ALARM
    return AlarmState.INSUFFICIENT_DATA


def replay(
    history: MetricHistory,
    settings: AlarmSettings,
    *,
    start: int,
    end: int,
    initial: AlarmState = AlarmState.INSUFFICIENT_DATA,
) -> Replay:
    """Evaluate an alarm at the end of each minute after `start`, up to and including `end`.

    The same as `state_of(evaluation_range(…))` minute by minute, but only where a datapoint of the
    evaluation range changes its status: in between the state stays.
    Raises ValueError when `start` or `end` is not on a minute.
    """
    if start % MINUTE or end % MINUTE:
        raise ValueError(f"the span from {start} to {end} does not start and end on a minute")
    # A minute is counted since 1970 by its start; its evaluation comes at its end.
    minutes = range(start // MINUTE, end // MINUTE)
    step, length = settings.period // MINUTE, settings.datapoints_fetched
    reach = (length - 1) * step
    oldest = minutes.start - reach
    statuses = _statuses(history, settings, range(oldest, minutes.stop))
    changes = list(compress(count(oldest + 1), map(operator.ne, statuses[1:], statuses)))
    if len(changes) * length < len(minutes):
        ages = range(0, length * step, step)
        turns: Iterable[int] = {minutes.start} | {
            change + age for change in changes for age in ages
        }
    else:
        turns = minutes
    every = settings.cadence // MINUTE
    evaluated = {-(-(minute + 1) // every) * every - 1 for minute in turns}
    judge = lru_cache(maxsize=4_096)(partial(_judge, settings=settings))
    state, transitions = initial, []
    for minute in sorted(minute for minute in evaluated if minute in minutes):
        newest = minute - oldest
        points = statuses[newest - reach : newest + 1 : step]
        following = judge(points) or state
        if following != state:
            state = following
            transitions.append(Transition((minute + 1) * MINUTE, state))
    return Replay(start, end, initial, tuple(transitions))


def _statuses(history: MetricHistory, settings: AlarmSettings, minutes: range) -> bytes:
    """Give the status of the datapoint that ends with each of these minutes."""
    statuses = bytearray([_MISSING]) * len(minutes)
    for first, points in history.datapoints(settings.period, settings.statistic):
        status = {point: _status(point, settings) for point in set(points)}
        known = bytes(map(status.__getitem__, points))
        start, stop = max(first, minutes.start), min(first + len(known), minutes.stop)
        if start < stop:
            here = slice(start - minutes.start, stop - minutes.start)
            statuses[here] = known[start - first : stop - first]
    return bytes(statuses)
