"""What a metric reported, minute by minute, and the datapoints that CloudWatch makes of it.

Every time is in whole seconds since 1970, UTC.
"""

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cache, lru_cache
from itertools import accumulate, chain, compress, count, pairwise, repeat

MINUTE = 60
# CloudWatch API reference, PutMetricAlarm: all evaluation periods together are a week at most.
_LONGEST_PERIOD = 7 * 24 * 60 * MINUTE


class Statistic(StrEnum):
    """What makes one datapoint of the samples in a period."""

    SAMPLE_COUNT = "SampleCount"
    SUM = "Sum"
    AVERAGE = "Average"
    MINIMUM = "Minimum"
    MAXIMUM = "Maximum"


@dataclass(frozen=True, slots=True)
class StatisticSet:
    """The samples that a metric got within one minute, aggregated as CloudWatch keeps them."""

    sample_count: int
    sum: float
    minimum: float
    maximum: float

    def __post_init__(self) -> None:
        if self.sample_count < 1:
            raise ValueError("a statistic set has at least one sample")
        if not all(map(math.isfinite, (self.sum, self.minimum, self.maximum))):
            raise ValueError("a sample is a finite number")

    @classmethod
    def of(cls, values: Sequence[float]) -> "StatisticSet":
        """Aggregate the samples of one minute."""
        if not values:
            raise ValueError("a statistic set has at least one sample")
        return cls(len(values), math.fsum(values), min(values), max(values))


class MetricHistory:
    """What a metric reported in each minute, by the minute's start.

    A minute that is not there reported nothing, which is not zero. What was last computed is kept
    for a few periods: whoever replays many alarm settings takes them period by period.
    """

    def __init__(self, samples: Mapping[int, StatisticSet]) -> None:
        for minute in samples:
            if minute % MINUTE:
                raise ValueError(f"{minute} is not the start of a minute")
        self._samples = dict(samples)
        self._stretches = list(_stretches(self._samples))

    def datapoint(self, end: int, period: int, statistic: Statistic) -> float | None:
        """Aggregate the samples of the period that ends at `end`; None when there are none."""
        minutes = range(end - period, end, MINUTE)
        found = [self._samples[minute] for minute in minutes if minute in self._samples]
        if not found:
            return None
        samples = sum(sample.sample_count for sample in found)
        match statistic:
            case Statistic.SAMPLE_COUNT:
                return samples
            case Statistic.SUM:
                return math.fsum(sample.sum for sample in found)
            case Statistic.AVERAGE:
                return math.fsum(sample.sum for sample in found) / samples
            case Statistic.MINIMUM:
                return min(sample.minimum for sample in found)
            case Statistic.MAXIMUM:
                return max(sample.maximum for sample in found)

    def datapoints(
        self, period: int, statistic: Statistic
    ) -> Iterator[tuple[int, Sequence[float | None]]]:
        """Give the datapoint of each period that ends with a minute and may have samples.

        Stretches of minutes: the first, counted since 1970, and its datapoint, the next minute's,
        and so on. No period between two stretches has a sample.
        The values of `datapoint`, for all minutes at once: the time it takes grows with the
        number of minutes, hardly with the period. A period is of 7 days at most.
        """
        for stretch in self._stretches:
            yield stretch.first, stretch.datapoints(period, statistic)


class _Stretch:
    """Samples among which no silence is longer than any period."""

    def __init__(self, samples: Sequence[tuple[int, StatisticSet]]) -> None:
        self._samples = samples
        self.first = samples[0][0] // MINUTE
        self._last = samples[-1][0] // MINUTE
        self.datapoints = lru_cache(maxsize=4)(self._datapoints)
        self._running_sums = cache(self._cumulate)

    def _datapoints(self, period: int, statistic: Statistic) -> Sequence[float | None]:
        length = period // MINUTE
        numbers = self._sums("sample_count", length)
        windows: Iterable[float] = numbers
        match statistic:
            case Statistic.SUM:
                windows = self._sums("sum", length)
            case Statistic.AVERAGE:
                totals = zip(self._sums("sum", length), numbers, strict=True)
                windows = (total / (number or 1) for total, number in totals)
            case Statistic.MINIMUM:
                windows = _extremes(self._column("minimum", math.inf), length, min, math.inf)
            case Statistic.MAXIMUM:
                windows = _extremes(self._column("maximum", -math.inf), length, max, -math.inf)
        return [point if number else None for point, number in zip(windows, numbers, strict=True)]

    def _sums(self, attribute: str, length: int) -> list[float]:
        """Sum each window of `length` minutes that overlaps the history, by its last minute."""
        running = self._running_sums(attribute)
        ends = chain(running[1:], repeat(running[-1], length - 1))
        starts = chain(repeat(0, length), running[1:-1])
        sums = map(operator.sub, ends, starts)
        return list(map(float, sums) if isinstance(running[-1], Fraction) else sums)

    def _cumulate(self, attribute: str) -> list[float] | list[Fraction]:
        column = self._column(attribute, 0)
        if all(map(float.is_integer, map(float, column))):
            return list(accumulate(column, initial=0))
        # Differences of running sums are exact for integers alone; fractions keep the rest exact.
        return list(accumulate(map(Fraction, column), initial=Fraction(0)))

    def _column(self, attribute: str, absent: float) -> list[float]:
        column = [absent] * (self._last - self.first + 1)
        value = operator.attrgetter(attribute)
        for minute, sample in self._samples:
            column[minute // MINUTE - self.first] = value(sample)
        return column


def _stretches(samples: Mapping[int, StatisticSet]) -> Iterator[_Stretch]:
    """Part samples where they are silent for long: what is between takes neither time nor room."""
    ordered = sorted(samples.items())
    minutes = [minute for minute, _ in ordered]
    silences = (later - earlier > _LONGEST_PERIOD for earlier, later in pairwise(minutes))
    ends = [*compress(count(1), silences), len(ordered)]
    for start, end in pairwise([0, *ends]):
        if start < end:
            yield _Stretch(ordered[start:end])


def _extremes(
    column: list[float], length: int, pick: Callable[[float, float], float], absent: float
) -> list[float]:
    """Pick the extreme of each window of `length` minutes, by its last minute."""
    margin = [absent] * (length - 1)
    windows, width = [*margin, *column, *margin], 1
    while width < length:
        step = min(width, length - width)
        windows = list(map(pick, windows, windows[step:]))
        width += step
    return windows
