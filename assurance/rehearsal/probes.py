"""What a stack's paging alarm must and must not do, as log events and what is expected of them.

A probe is stated in the stack's own settings: `threshold` denied calls in each of M periods raise
the alarm, fewer do not. How the deployed filter and alarm are made, it does not know.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from assurance.alarm_evaluation import EXTRA_DATAPOINTS
from assurance.filter_pattern import parse
from assurance.probe_records import DENIED_CODES, IDENTITIES, VERBS, Records, Strangers
from monitoring import control
from monitoring.exclusions import Exclusion
from monitoring.stack_config import StackConfig

MINUTE: Final = 60
# What the checks of exclusions begin with.
EXCLUSION: Final = "probe-exclusion-"
_HOUR: Final = 3_600
# A quiet account still makes calls, at most this many during a probe.
_BACKGROUND_CALLS: Final = 60


@dataclass(frozen=True)
class Event:
    """A log event: when it arrives (seconds since 1970) and its message."""

    time: int
    message: str


@dataclass(frozen=True, kw_only=True)
class Probe:
    """Events, and what the paging alarm must make of them between `start` and `end`.

    `counted` are those that the filter must count, and no other. `fires` is whether the alarm goes
    to ALARM; one that fires must be OK again at `end`. `fault` says what is wrong when it does not
    behave so.
    """

    check: str
    question: str
    events: tuple[Event, ...]
    start: int
    end: int
    counted: frozenset[str]
    fires: bool
    fault: str


def probes(config: StackConfig, records: Records, now: int) -> Iterator[Probe]:
    """Every probe of a stack, each in a time of its own before `now` (seconds since 1970)."""
    plan = _Plan(config, records, now - now % _HOUR)
    m, threshold = config.datapoints_to_alarm, config.threshold
    calls = "1 denied call" if threshold == 1 else f"{threshold} denied calls"
    periods = "a period" if m == 1 else f"each of {m} periods"
    yield plan.probe(
        "quiet-account",
        "an account in which every call succeeds",
        (),
        fires=False,
        fault="the alarm goes off, or counts, though nothing was denied",
    )
    yield plan.probe(
        "threshold-reached",
        f"{calls} in {periods}",
        plan.bursts(m, threshold),
        fires=True,
        fault="the alarm stays silent when it must go off",
    )
    if m > 1:
        yield plan.probe(
            "too-few-periods",
            f"{calls} in each of {m - 1} periods, one fewer",
            plan.bursts(m - 1, threshold),
            fires=False,
            fault="the alarm goes off though too few periods were over the threshold",
        )
    if threshold > 1:
        yield plan.probe(
            "below-threshold",
            f"{threshold - 1} denied calls in {periods}, one fewer",
            plan.bursts(m, threshold - 1),
            fires=False,
            fault="the alarm goes off below the threshold",
        )
    excludes = next(iter(config.patterns)) != control.SECURITY_HUB
    excluded = plan.excluded(max(threshold, 1))
    yield plan.probe(
        "benchmark-exclusions",
        "denied HeadBucket calls and log deliveries, which "
        + ("the benchmark excludes" if excludes else "Security Hub's pattern counts"),
        excluded,
        counted=() if excludes else excluded,
        fires=not excludes,
        fault="what the benchmark excludes is counted" if excludes else "they are not counted",
    )
    for kind in IDENTITIES:
        yield plan.probe(
            f"unknown-principal-{kind}",
            f"denied calls of every service by an unknown {kind}, from anywhere",
            plan.unknown(kind, threshold),
            fires=True,
            fault=f"denied calls by a principal of type {kind} are not counted"
            + (", an exclusion is too broad" if control.TUNED in config.patterns else ""),
        )
    for exclusion in (*config.exclusions, *config.exclusion_presets):
        yield plan.probe(
            EXCLUSION.removeprefix("probe-") + exclusion.name,
            f"denied calls that {exclusion.setting} describes",
            plan.described(exclusion, threshold),
            counted=(),
            fires=False,
            fault="what is excluded is counted all the same",
        )


class _Plan:
    """Lays out events in time for one stack's settings."""

    def __init__(self, config: StackConfig, records: Records, now: int) -> None:
        self._config = config
        self._records = records
        paging = next(iter(config.patterns.values()))
        self._strangers = Strangers(records, parse(paging))
        # Old datapoints are looked at for some periods more than N (see EXTRA_DATAPOINTS), and
        # windows of more than a day are evaluated on the hour.
        self._after = (config.evaluation_periods + EXTRA_DATAPOINTS + 1) * config.period + _HOUR
        lead = _HOUR
        self._start = now - lead - config.evaluation_periods * config.period - self._after
        self._start -= self._start % _HOUR
        self._first = self._start + lead
        self._end = now

    def probe(
        self,
        check: str,
        question: str,
        denied: Sequence[Event],
        *,
        fires: bool,
        fault: str,
        counted: Sequence[Event] | None = None,
    ) -> Probe:
        # After the last denied call nothing is logged: missing data must let the alarm go.
        quiet_until = denied[-1].time if denied else self._end - self._after
        return Probe(
            check=f"probe-{check}",
            question=question,
            events=(*self._background(quiet_until), *denied),
            start=self._start,
            end=self._end,
            counted=frozenset(event.message for event in (denied if counted is None else counted)),
            fires=fires,
            fault=fault,
        )

    def bursts(self, periods: int, calls: int) -> list[Event]:
        """So many denied calls at the same moment of each of so many periods.

        The periods are in a row; where M do it is as far apart as N periods let them be.
        """
        numbers = list(range(periods))
        if periods == self._config.datapoints_to_alarm > 1:
            numbers[-1] = self._config.evaluation_periods - 1
        return [
            Event(time, self._records.denied(time))
            for number in numbers
            for time in [self._first + number * self._config.period]
            for _ in range(calls)
        ]

    def excluded(self, calls: int) -> list[Event]:
        """What the benchmark excludes, as often as would raise the alarm if it counted."""
        return [
            Event(time, make(time))
            for period in range(self._config.datapoints_to_alarm)
            for time in [self._first + period * self._config.period]
            for make in (self._records.denied_head_bucket, self._records.denied_log_delivery)
            for _ in range(calls)
        ]

    def unknown(self, kind: str, calls: int) -> list[Event]:
        """Denied calls by one type of principal, often enough to fire.

        Each account, each verb, each code: a pattern that leaves out any of them together blinds.
        Strangers to the measure of the pattern come with the first.
        """
        variants = list(product(self._records.accounts, VERBS, DENIED_CODES))
        made_to_measure = [
            Event(self._first, call) for call in self._strangers.denied(self._first, kind)
        ]
        return made_to_measure + [
            Event(time, self._records.denied(time, kind, verb=verb, code=code, account=account))
            for period in range(self._config.datapoints_to_alarm)
            for time in [self._first + period * self._config.period]
            for index in range(max(calls, len(variants)))
            for account, verb, code in [variants[index % len(variants)]]
        ]

    def described(self, exclusion: Exclusion, calls: int) -> list[Event]:
        """Denied calls that an exclusion describes, often enough to fire if they counted."""
        fields = {field: values[0].replace("*", "x") for field, values in exclusion.fields.items()}
        return [
            Event(time, self._records.denied_as(time, fields))
            for period in range(self._config.datapoints_to_alarm)
            for time in [self._first + period * self._config.period]
            for _ in range(calls)
        ]

    def _background(self, until: int) -> list[Event]:
        step = max((until - self._start) // _BACKGROUND_CALLS // MINUTE * MINUTE, MINUTE)
        return [
            Event(time, self._records.allowed(time)) for time in range(self._start, until, step)
        ]
