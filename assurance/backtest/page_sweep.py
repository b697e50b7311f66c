"""Periods by thresholds as a heat map: the rows of a table, each cell with its level of noise."""

from collections.abc import Sequence
from dataclasses import dataclass

from assurance.alarm_evaluation import AlarmState
from assurance.backtest.results import AlarmBacktest, Outcome
from assurance.backtest.words import Pace, duration, percent

# Where a level ends, and what a reader is told of it. A level has its colour in the style sheet.
_DAILY_LEVELS = (
    (0, "never"),
    (1 / 7, "up to 1 a week"),
    (1, "up to 1 a day"),
    (3, "up to 3 a day"),
    (10, "up to 10 a day"),
    (30, "up to 30 a day"),
)
_DAILY_BEYOND = "more than 30 a day"
_TOTAL_LEVELS = ((0, "none"), (1, "1"), (3, "2 or 3"), (10, "4 to 10"), (30, "11 to 30"))
_TOTAL_BEYOND = "more than 30"

# From here on red is the alarm's usual state: it tells of little because it never recovers.
_MOSTLY = 0.5


@dataclass(frozen=True, slots=True)
class Cell:
    """A setting: how often it tells, how long it is red; empty texts where it was not tried."""

    level: int
    notifications: str = ""
    red: str = ""
    red_percent: float = 0
    is_mostly_red: bool = False
    is_chosen: bool = False
    is_suggested: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A sweep as a table; `levels` are those of the legend. `has_chosen`: the stack's is in it."""

    thresholds: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]
    levels: Sequence[tuple[int, str]]
    has_chosen: bool


def heat_map(alarm: AlarmBacktest, suggested: Outcome | None, pace: Pace) -> HeatMap:
    """Arrange an alarm's sweep by period and threshold."""
    by_setting = {(tried.period, tried.threshold): tried for tried in alarm.sweep}
    periods = sorted({period for period, _ in by_setting})
    thresholds = sorted({threshold for _, threshold in by_setting})
    chosen = (alarm.settings.period, alarm.settings.threshold)
    better = (suggested.period, suggested.threshold) if suggested else None
    span = alarm.seconds

    def cell(period: int, threshold: int) -> Cell:
        tried = by_setting.get((period, threshold))
        if tried is None:
            return Cell(0)
        notifications = pace.number(tried.notifications)
        red = percent(tried.seconds_in_alarm, span)
        return Cell(
            level=_level(pace, tried.notifications),
            notifications=notifications,
            red=red,
            red_percent=round(100 * tried.seconds_in_alarm / span, 1) if span else 0,
            is_mostly_red=tried.seconds_in_alarm > _MOSTLY * span,
            is_chosen=(period, threshold) == chosen,
            is_suggested=(period, threshold) == better,
            title=f"at least {threshold:,} in {duration(period)}: {pace.of(tried.notifications)},"
            f" in {AlarmState.ALARM} {red} of the time ({duration(tried.seconds_in_alarm)})",
        )

    return HeatMap(
        [f"{threshold:,}" for threshold in thresholds],
        [
            (duration(period), [cell(period, threshold) for threshold in thresholds])
            for period in periods
        ],
        _legend(pace),
        chosen in by_setting,
    )


def _level(pace: Pace, notifications: int) -> int:
    levels = _DAILY_LEVELS if pace.is_daily else _TOTAL_LEVELS
    # What is shown decides: "1.0 a day" looks like one a day, not like more.
    value = max(round(pace.value(notifications), 1), 0.1 if notifications else 0)
    return next((place for place, (top, _) in enumerate(levels) if value <= top), len(levels))


def _legend(pace: Pace) -> list[tuple[int, str]]:
    levels, beyond = (
        (_DAILY_LEVELS, _DAILY_BEYOND) if pace.is_daily else (_TOTAL_LEVELS, _TOTAL_BEYOND)
    )
    return list(enumerate([*(text for _, text in levels), beyond]))
