"""What the deployed filters and alarms make of log events, by their own text and settings.

CloudWatch's part, which the emulator does not play: metric filters turn log events into datapoints,
alarms turn datapoints into states.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from assurance import filter_pattern
from assurance.alarm_evaluation import (
    AlarmSettings,
    AlarmState,
    Replay,
    Transition,
    evaluation_range,
    replay,
)
from assurance.metric_history import MINUTE, MetricHistory, StatisticSet
from assurance.rehearsal.probes import Event

# SetAlarmState.
_REASON_LIMIT: Final = 1_023


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What a metric filter made of log events: those that it counted, and its metric."""

    matched: tuple[Event, ...]
    history: MetricHistory


def count(
    pattern: str, value: float, default_value: float | None, events: Iterable[Event]
) -> Counted:
    """Apply a metric filter.

    A minute reports the value of each match, the default value when there were log events and none
    matched, and nothing when there were none (CloudWatch Logs guide, Creating metric filters).
    Raises FilterPatternError.
    """
    matches = filter_pattern.parse(pattern).matches
    matched: list[Event] = []
    samples: dict[int, list[float]] = defaultdict(list)
    for event in events:
        minute = samples[event.time - event.time % MINUTE]
        if matches(event.message):
            matched.append(event)
            minute.append(value)
    if default_value is not None:
        for minute in samples.values():
            if not minute:
                minute.append(default_value)
    return Counted(
        matched=tuple(matched),
        history=MetricHistory(
            {time: StatisticSet.of(values) for time, values in samples.items() if values}
        ),
    )


def incoming_log_events(events: Iterable[Event]) -> MetricHistory:
    """AWS/Logs IncomingLogEvents: how many arrived in each minute, nothing when none did."""
    minutes: dict[int, int] = defaultdict(int)
    for event in events:
        minutes[event.time - event.time % MINUTE] += 1
    return MetricHistory({time: StatisticSet(n, n, 1, 1) for time, n in minutes.items()})


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What an alarm did over a span of time."""

    alarm: str
    settings: AlarmSettings
    replay: Replay
    history: MetricHistory

    @property
    def went_off(self) -> bool:
        """Whether it was ever in ALARM."""
        return bool(self.replay.count(AlarmState.ALARM)) or self.replay.initial is AlarmState.ALARM

    @property
    def final_state(self) -> AlarmState:
        """The state that it was left in."""
        changes = self.replay.transitions
        return changes[-1].state if changes else self.replay.initial


def behave(
    alarm: str, settings: AlarmSettings, history: MetricHistory, *, start: int, end: int
) -> Behaviour:
    """Evaluate an alarm every minute of a span, from OK, the state of one at rest."""
    return Behaviour(
        alarm=alarm,
        settings=settings,
        history=history,
        replay=replay(history, settings, start=start, end=end, initial=AlarmState.OK),
    )


def in_order(behaviours: Sequence[Behaviour]) -> list[tuple[Behaviour, Transition]]:
    """Every change of state of every alarm, in the order in which they happen."""
    changes = [(b, transition) for b in behaviours for transition in b.replay.transitions]
    return sorted(changes, key=lambda change: change[1].time)


def reason(behaviour: Behaviour, transition: Transition) -> str:
    """Why an alarm changed its state, in CloudWatch's words."""
    settings = behaviour.settings
    points = evaluation_range(behaviour.history, settings, transition.time)
    newest = points[-settings.evaluation_periods :]
    shown = ", ".join(
        "no data"
        if point is None
        else f"{point} ({_clock(transition.time - age * settings.period)})"
        for age, point in enumerate(reversed(newest), start=1)
    )
    breaching = sum(point is not None and settings.is_breaching(point) for point in newest)
    text = (
        f"Threshold Crossed: {breaching} out of the last {len(newest)} datapoints [{shown}] "
        f"breached {settings.comparison_operator} {settings.threshold}; "
        f"missing data is {settings.treat_missing_data}."
    )
    return text if len(text) <= _REASON_LIMIT else f"{text[: _REASON_LIMIT - 1]}…"


def _clock(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%d/%m/%y %H:%M:%S")
