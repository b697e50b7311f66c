"""The stack's alarms over a history: their own settings, and many others at once.

`alarm_evaluation` replays any alarm; this replays one kind, in a hundredth of the time: the sum of
a count, at or above a threshold, where what is missing is not breaching. So the zeros that a filter
writes make no difference.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import replace as changed
from itertools import cycle
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assurance.alarm_evaluation import (
    DAY,
    AlarmSettings,
    AlarmState,
    ComparisonOperator,
    Replay,
    Transition,
    TreatMissingData,
)
from assurance.backtest.results import Outcome
from assurance.metric_history import MINUTE, Statistic

# What people choose from: from the resolution of a metric filter's metric to a day.
PERIODS: Final = (60, 300, 900, 3_600, 21_600, DAY)
THRESHOLDS: Final = (1, 2, 3, 5, 10, 20, 50, 100)

_HOUR: Final = 60  # minutes
# Longer than any alarm looks back (seven days), so that no more can happen in a gap of that length.
_LONGEST_GAP: Final = 8 * 24 * _HOUR

_Minutes = NDArray[np.int64]


def sweep(by_minute: Mapping[int, int], settings: AlarmSettings) -> tuple[Outcome, ...]:
    """Other periods and thresholds, and the alarm's own, as far as CloudWatch takes them."""
    periods = sorted({*PERIODS, settings.period})
    thresholds = sorted({*THRESHOLDS, int(settings.threshold)})
    return tuple(outcomes(by_minute, _variants(settings, periods, thresholds)))


def replay(
    by_minute: Mapping[int, int], settings: AlarmSettings, *, start: int, end: int
) -> Replay:
    """What an alarm would have done over matches by minute, all of it between `start` and `end`.

    The same as `alarm_evaluation.replay` of an alarm that is OK before; raises as `outcomes` does.
    """
    turns = _turns(by_minute, settings).tolist()
    states = cycle([AlarmState.ALARM, AlarmState.OK])
    return Replay(start, end, AlarmState.OK, tuple(map(Transition, turns, states)))


def notified(by_minute: Mapping[int, int], settings: AlarmSettings) -> list[int]:
    """When an alarm would have gone off, in seconds since 1970; raises as `outcomes` does."""
    times: list[int] = _turns(by_minute, settings)[::2].tolist()
    return times


def outcomes(by_minute: Mapping[int, int], variants: Iterable[AlarmSettings]) -> Iterator[Outcome]:
    """What each of some settings comes to over matches by minute, which are followed to their end.

    The settings have the shape of the stack's own alarms; others raise ValueError.
    """
    axis = _Axis.of(by_minute or {0: 0})
    for settings in variants:
        _refuse_other_shapes(settings)
        alarm = _in_alarm(axis.running, settings, axis.first)
        before = np.concatenate([[False], alarm[:-1]])
        yield Outcome(
            period=settings.period,
            threshold=int(settings.threshold),
            notifications=int(np.count_nonzero(alarm & ~before)),
            seconds_in_alarm=int(np.count_nonzero(alarm)) * settings.cadence,
        )


def _turns(by_minute: Mapping[int, int], settings: AlarmSettings) -> NDArray[np.int64]:
    """When an alarm goes off, recovers, goes off again, and so on."""
    _refuse_other_shapes(settings)
    if not by_minute:
        return np.empty(0, np.int64)
    axis = _Axis.of(by_minute)
    alarm = _in_alarm(axis.running, settings, axis.first)
    [turns] = np.nonzero(np.diff(alarm, prepend=False))
    step = settings.cadence // MINUTE
    return (axis.minutes(turns * step + (-(axis.first + 1) % step)) + 1) * MINUTE


def _variants(
    settings: AlarmSettings, periods: Iterable[int], thresholds: Iterable[int]
) -> Iterator[AlarmSettings]:
    for period in periods:
        for threshold in thresholds:
            try:
                yield changed(settings, period=period, threshold=threshold)
            except ValueError:
                continue


def _refuse_other_shapes(settings: AlarmSettings) -> None:
    if (
        settings.comparison_operator is not ComparisonOperator.GREATER_THAN_OR_EQUAL
        or settings.statistic is not Statistic.SUM
        or settings.treat_missing_data is not TreatMissingData.NOT_BREACHING
        or settings.datapoints_fetched != settings.evaluation_periods
        or settings.threshold <= 0
    ):
        raise ValueError(f"not an alarm of this kind: {settings}")


@dataclass(frozen=True, slots=True)
class _Axis:
    """The minutes of a history, counted since 1970, of which long gaps are cut by whole hours.

    `known` are those of the matches and `places` where they are on the axis; `running` is how many
    matches there are before each place.
    """

    known: _Minutes
    places: _Minutes
    running: _Minutes

    @classmethod
    def of(cls, by_minute: Mapping[int, int]) -> "_Axis":
        minutes = np.fromiter(by_minute, np.int64, len(by_minute)) // MINUTE
        order = np.argsort(minutes)
        minutes = minutes[order]
        events = np.fromiter(by_minute.values(), np.int64, len(by_minute))[order]
        too_long = np.maximum(np.diff(minutes) - _LONGEST_GAP, 0) // _HOUR * _HOUR
        places = minutes - minutes[0] - np.concatenate([[0], np.cumsum(too_long)])
        counts = np.zeros(int(places[-1]) + 1 + _LONGEST_GAP, np.int64)
        counts[places] = events
        return cls(minutes, places, np.concatenate([[0], np.cumsum(counts)]))

    @property
    def first(self) -> int:
        return int(self.known[0])

    def minutes(self, places: _Minutes) -> _Minutes:
        """The minutes at some places that no gap reaches to."""
        last = np.searchsorted(self.places, places, side="right") - 1
        return self.known[last] + places - self.places[last]


def _in_alarm(running: _Minutes, settings: AlarmSettings, first: int) -> NDArray[np.bool_]:
    """Whether each evaluation, from the first minute's on, finds the alarm in alarm."""
    length = settings.period // MINUTE
    padded = np.concatenate([np.zeros(length - 1, np.int64), running])
    breaching: NDArray[np.bool_] = padded[length:] - padded[:-length] >= settings.threshold
    alarm = breaching
    if settings.evaluation_periods > 1:
        found = np.zeros(len(breaching), np.int64)
        for age in range(min(settings.evaluation_periods, -(-len(breaching) // length))):
            shift = age * length
            found[shift:] += breaching[: len(breaching) - shift]
        alarm = found >= settings.datapoints_to_alarm
    if settings.cadence == MINUTE:
        return alarm
    # Evaluations on the hour alone: the minute that ends with it.
    step = settings.cadence // MINUTE
    return alarm[-(first + 1) % step :: step]
