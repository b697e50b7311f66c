"""The stack's alarms over a history: their own settings, and many others at once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace as changed
from itertools import cycle
from typing import Final

import numpy as np

from assurance.alarm_evaluation import DAY, AlarmSettings, AlarmState, Replay, Transition
from assurance.backtest.minute_counts import MinuteCounts
from assurance.backtest.results import Outcome

# What people choose from: from the resolution of a metric filter's metric to a day.
PERIODS: Final = (60, 300, 900, 3_600, 21_600, DAY)
THRESHOLDS: Final = (1, 2, 3, 5, 10, 20, 50, 100)


def sweep(by_minute: Mapping[int, int], settings: AlarmSettings) -> tuple[Outcome, ...]:
    """Other periods and thresholds, and the alarm's own, as far as CloudWatch takes them."""
    periods = sorted({*PERIODS, settings.period})
    thresholds = sorted({*THRESHOLDS, int(settings.threshold)})
    return tuple(outcomes(by_minute, _variants(settings, periods, thresholds)))


def replay(
    by_minute: Mapping[int, int], settings: AlarmSettings, *, start: int, end: int
) -> Replay:
    """What an alarm would have done over matches by minute, all of it between `start` and `end`.

    The same as `alarm_evaluation.replay` of an alarm that is OK before; raises as
    `MinuteCounts.turns` does.
    """
    turns = MinuteCounts.of(by_minute).turns(settings)
    states = cycle([AlarmState.ALARM, AlarmState.OK])
    return Replay(start, end, AlarmState.OK, tuple(map(Transition, turns, states)))


def outcomes(by_minute: Mapping[int, int], variants: Iterable[AlarmSettings]) -> Iterator[Outcome]:
    """What each of some settings comes to over matches by minute, which are followed to their end.

    Raises as `MinuteCounts.in_alarm` does.
    """
    counts = MinuteCounts.of(by_minute)
    for settings in variants:
        alarm = counts.in_alarm(settings)
        before = np.concatenate([[False], alarm[:-1]])
        yield Outcome(
            period=settings.period,
            threshold=int(settings.threshold),
            notifications=int(np.count_nonzero(alarm & ~before)),
            seconds_in_alarm=int(np.count_nonzero(alarm)) * settings.cadence,
        )


def _variants(
    settings: AlarmSettings, periods: Iterable[int], thresholds: Iterable[int]
) -> Iterator[AlarmSettings]:
    for period in periods:
        for threshold in thresholds:
            try:
                yield changed(settings, period=period, threshold=threshold)
            except ValueError:
                continue
