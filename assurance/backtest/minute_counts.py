"""How many matches each minute of a history has, and what one kind of alarm makes of it.

`alarm_evaluation` replays any alarm; this replays one kind, in a hundredth of the time: the sum of
a count, at or above a threshold, where what is missing is not breaching. So the zeros that a filter
writes make no difference.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assurance.alarm_evaluation import (
    AlarmSettings,
    ComparisonOperator,
    TreatMissingData,
)
from assurance.backtest.history import Activity
from assurance.metric_history import MINUTE, Statistic

_HOUR: Final = 60  # minutes
# Longer than any alarm looks back (seven days), so that no more can happen in a gap of that length.
_LONGEST_GAP: Final = 8 * 24 * _HOUR

_Minutes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MinuteCounts:
    """The matches of a history minute by minute, its long gaps cut by whole hours.

    `known` are the minutes that have matches, counted since 1970, and `places` their numbers when
    gaps are cut; `running` is how many matches there are before each place.

    The settings have the shape of the stack's own alarms; others raise ValueError.
    """

    known: _Minutes
    places: _Minutes
    running: _Minutes

    @classmethod
    def of(cls, by_minute: Mapping[int, int]) -> "MinuteCounts":
        """Matches by the start of their minute, in seconds since 1970."""
        known, events = _arrays(by_minute or {0: 0})
        order = np.argsort(known)
        known, events = known[order], events[order]
        too_long = np.maximum(np.diff(known) - _LONGEST_GAP, 0) // _HOUR * _HOUR
        places = known - known[0] - np.concatenate([[0], np.cumsum(too_long)])
        counts = np.zeros(int(places[-1]) + 1 + _LONGEST_GAP, np.int64)
        counts[places] = events
        return cls(known, places, np.concatenate([[0], np.cumsum(counts)]))

    def without(self, removed: Iterable[Activity]) -> "MinuteCounts":
        """What is left when some contributors' matches, all of them among these, are removed."""
        counts = np.zeros(len(self.running), np.int64)
        for activity in removed:
            minutes, events = _arrays(activity.by_minute or {})
            counts[self.places[np.searchsorted(self.known, minutes)] + 1] += events
        return replace(self, running=self.running - np.cumsum(counts))

    def notified(self, settings: AlarmSettings) -> list[int]:
        """When an alarm goes off, in seconds since 1970."""
        return self.turns(settings)[::2]

    def turns(self, settings: AlarmSettings) -> list[int]:
        """When an alarm goes off, recovers, goes off again, and so on."""
        alarm = self.in_alarm(settings)
        [turns] = np.nonzero(np.diff(alarm, prepend=False))
        places = turns * (settings.cadence // MINUTE) + self._first_evaluation(settings)
        # An alarm turns at most seven days and an hour after a match: never where a gap is cut.
        last = np.searchsorted(self.places, places, side="right") - 1
        ends = self.known[last] + places - self.places[last] + 1
        seconds: list[int] = (ends * MINUTE).tolist()
        return seconds

    def in_alarm(self, settings: AlarmSettings) -> NDArray[np.bool_]:
        """Whether each evaluation, from the first minute's on, finds the alarm in alarm."""
        _refuse_other_shapes(settings)
        length = settings.period // MINUTE
        padded = np.concatenate([np.zeros(length - 1, np.int64), self.running])
        breaching: NDArray[np.bool_] = padded[length:] - padded[:-length] >= settings.threshold
        alarm = breaching
        if settings.evaluation_periods > 1:
            found = np.zeros(len(breaching), np.int64)
            for age in range(min(settings.evaluation_periods, -(-len(breaching) // length))):
                shift = age * length
                found[shift:] += breaching[: len(breaching) - shift]
            alarm = found >= settings.datapoints_to_alarm
        return alarm[self._first_evaluation(settings) :: settings.cadence // MINUTE]

    def _first_evaluation(self, settings: AlarmSettings) -> int:
        """The place of the first minute that an evaluation ends with: each, or on the hour."""
        return -(int(self.known[0]) + 1) % (settings.cadence // MINUTE)


def _arrays(by_minute: Mapping[int, int]) -> tuple[_Minutes, _Minutes]:
    """The minutes since 1970, and how many there are in each."""
    length = len(by_minute)
    seconds = np.fromiter(by_minute, np.int64, length)
    return seconds // MINUTE, np.fromiter(by_minute.values(), np.int64, length)


def _refuse_other_shapes(settings: AlarmSettings) -> None:
    if (
        settings.comparison_operator is not ComparisonOperator.GREATER_THAN_OR_EQUAL
        or settings.statistic is not Statistic.SUM
        or settings.treat_missing_data is not TreatMissingData.NOT_BREACHING
        or settings.datapoints_fetched != settings.evaluation_periods
        or settings.threshold <= 0
    ):
        raise ValueError(f"not an alarm of this kind: {settings}")
