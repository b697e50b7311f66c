"""A backtest as one HTML page that needs nothing else: no script, no font, no picture to fetch."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from assurance.alarm_evaluation import AlarmSettings, AlarmState
from assurance.backtest.contributors import all_of, rest, rows, where
from assurance.backtest.history import History
from assurance.backtest.page_sweep import heat_map
from assurance.backtest.page_timeline import Lane, Timeline, drawn, in_buckets
from assurance.backtest.results import AlarmBacktest, Backtest
from assurance.backtest.stretches import Stretch, stretches
from assurance.backtest.verdict import Tone, came_while_red, verdict
from assurance.backtest.words import (
    Pace,
    counted,
    duration,
    iso,
    not_cloudtrail,
    percent,
    shown,
    stamp,
)

_FILES_NAMED = 50
_NOTIFICATIONS_LISTED = 12
_TABLE_ROWS = 48
_WIDE, _NARROW = 1_080, 350
# Told apart by their form as well, not by the colour alone.
_MARKS = {Tone.GOOD: "✓", Tone.POOR: "?", Tone.BAD: "!"}
_SIGNS = {
    "GreaterThanOrEqualToThreshold": "≥",
    "GreaterThanThreshold": ">",
    "LessThanOrEqualToThreshold": "≤",
    "LessThanThreshold": "<",
}


@dataclass(frozen=True, slots=True)
class _Notified:
    """A notification: when, and for how long the alarm is in alarm from then on."""

    at: str
    iso: str
    red: str


def page(backtest: Backtest) -> str:
    """Render a backtest as HTML, the same bytes for the same backtest.

    Long histories are shown in equal parts of their time, and of the contributors the first; what
    is not shown is counted.
    """
    paging = backtest.paging
    pace = Pace(paging.seconds)
    red = {alarm.key: stretches(alarm.replay) for alarm in backtest.alarms}
    history = backtest.history
    judged = verdict(backtest, pace)
    return _template().render(
        stack=shown(backtest.stack),
        stack_argument=shown(shlex.quote(backtest.stack)),
        # A stack's file leaves its organisation out: Pulumi.prod.yaml is acme/prod's.
        stack_file=shown(f"Pulumi.{backtest.stack.rpartition('/')[2]}.yaml"),
        history=history,
        paging=paging,
        pace=pace,
        verdict=judged,
        mark=_MARKS[judged.tone],
        span=_span(backtest),
        ends=_ends(history),
        facts=_facts(backtest, pace, red[paging.key]),
        alarms=[_alarm(alarm, pace) for alarm in backtest.alarms],
        settings=_in_words(paging.settings),
        suggestion=backtest.suggestion,
        reason=shown(backtest.suggestion.reason, 600),
        suggested=_suggested(backtest, pace),
        heat_map=heat_map(paging, backtest.suggestion.outcome, pace),
        contributors=rows(backtest),
        more_contributors=rest(paging),
        all_exclusions=all_of(backtest),
        where=where(backtest),
        notifications=_notifications(red[paging.key], paging),
        more_notifications=max(0, paging.outcome.notifications - _NOTIFICATIONS_LISTED),
        unreadable=[
            (shown(path, 300), shown(why, 300))
            for path, why in history.skipped.in_part[:_FILES_NAMED]
        ],
        more_unreadable=max(0, len(history.skipped.in_part) - _FILES_NAMED),
        skipped=_skipped(history),
        caveats=[shown(caveat, 600) for caveat in history.caveats],
        counted=counted,
        duration=duration,
        **_timeline(backtest, red),
    )


def _span(backtest: Backtest) -> tuple[tuple[str, str], tuple[str, str]] | None:
    """The first and last moment replayed, for people and for machines; None without any event."""
    start = backtest.paging.replay.start
    end = start + backtest.paging.seconds
    if not backtest.history.events or start >= end:
        return None
    return (stamp(start), iso(start)), (stamp(end), iso(end))


def _ends(history: History) -> tuple[str, str] | None:
    if history.first_event is None or history.last_event is None:
        return None
    return stamp(history.first_event), stamp(history.last_event)


def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.jinja")


def _facts(backtest: Backtest, pace: Pace, red: Sequence[Stretch]) -> list[tuple[str, str, str]]:
    """The headline's numbers: what, how much, and what that means."""
    paging, history = backtest.paging, backtest.history
    told, seconds = paging.outcome.notifications, paging.outcome.seconds_in_alarm
    unseen = came_while_red(paging.by_minute, red)
    longest = max(
        ((paging.replay.end if s.until is None else s.until) - s.since for s in red), default=0
    )
    done = [
        (pace.unit.capitalize(), pace.number(told), f"{told:,} in {duration(pace.seconds)}"),
        ("Time in ALARM", percent(seconds, pace.seconds), duration(seconds)),
        (
            "Longest in ALARM",
            duration(longest) if longest else "never",
            "red without a further notice",
        ),
        ("Denied calls counted", f"{paging.matched:,}", f"of {counted(history.events, 'event')}"),
        (
            "Came while red",
            f"{unseen:,}",
            f"{percent(unseen, paging.matched)} of them told nobody anew",
        ),
    ]
    read = (
        "Read",
        counted(history.files, "file") if history.files else counted(history.events, "event"),
        f"{counted(history.duplicates, 'duplicate')} counted once",
    )
    return [*done, read] if history.events else [read]


def _alarm(alarm: AlarmBacktest, pace: Pace) -> dict[str, str | bool]:
    return {
        "key": shown(alarm.key),
        "pages": alarm.pages,
        "settings": _in_words(alarm.settings),
        "matched": f"{alarm.matched:,}",
        "notifications": pace.number(alarm.outcome.notifications),
        "red": percent(alarm.outcome.seconds_in_alarm, pace.seconds),
    }


def _in_words(settings: AlarmSettings) -> str:
    sign = _SIGNS[settings.comparison_operator]
    told = f"{settings.statistic} {sign} {settings.threshold:g} in {duration(settings.period)}"
    if settings.evaluation_periods > 1:
        told += f", {settings.datapoints_to_alarm} of {settings.evaluation_periods} datapoints"
    return told


def _suggested(backtest: Backtest, pace: Pace) -> dict[str, Any] | None:
    better = backtest.suggestion.outcome
    if better is None:
        return None
    return {
        "setting": f"≥ {better.threshold:,} in {duration(better.period)}",
        "effect": f"{pace.of(better.notifications)}, in ALARM"
        f" {percent(better.seconds_in_alarm, pace.seconds)} of the time",
        "period": better.period,
        "threshold": better.threshold,
    }


def _notifications(red: Sequence[Stretch], alarm: AlarmBacktest) -> list[_Notified]:
    begun = {t.time for t in alarm.replay.transitions if t.state is AlarmState.ALARM}
    listed = [stretch for stretch in red if stretch.since in begun][:_NOTIFICATIONS_LISTED]
    return [
        _Notified(
            stamp(stretch.since),
            iso(stretch.since),
            "until the history ends" if s is None else duration(s - stretch.since),
        )
        for stretch in listed
        for s in [stretch.until]
    ]


def _skipped(history: History) -> list[str]:
    """What was read and does not count as an event, each kind with its number."""
    skipped = history.skipped
    kinds = (
        (skipped.bad_records, "invalid record"),
        (skipped.digest_files, "digest file"),
        (skipped.insights_events, "Insights event"),
        (skipped.empty_files, "empty file"),
    )
    named = [counted(number, kind) for number, kind in kinds if number]
    if skipped.not_selected:
        named.insert(0, f"{counted(skipped.not_selected, 'more event')}, left out by the options")
    if skipped.not_cloudtrail:
        named.append(not_cloudtrail(skipped.not_cloudtrail, skipped.others))
    return named


def _timeline(backtest: Backtest, red: dict[str, list[Stretch]]) -> dict[str, Any]:
    """The drawings, wide and narrow, and the same as a table."""
    paging = backtest.paging
    denied = max((alarm.by_minute for alarm in backtest.alarms), key=lambda of: sum(of.values()))
    lanes = [
        Lane(f"{shown(alarm.key)}{' (pages)' if alarm.pages else ''}", red[alarm.key])
        for alarm in backtest.alarms
    ]
    timeline = Timeline(paging.replay.start, paging.replay.end, denied, paging.by_minute, lanes)
    if _span(backtest) is None:
        return {"drawings": [], "table": [], "has_uncounted": False}
    size = timeline.bucket(_TABLE_ROWS)
    everything, counting = in_buckets(denied, size), in_buckets(paging.by_minute, size)
    return {
        "drawings": [
            (name, drawn(timeline, width=width, salt=name))
            for name, width in (("wide", _WIDE), ("narrow", _NARROW))
        ],
        "table": [
            (stamp(start), iso(start), f"{events:,}", f"{counting.get(start, 0):,}")
            for start, events in everything.items()
        ],
        "table_step": duration(size),
        "is_logarithmic": timeline.is_logarithmic(timeline.bucket(_WIDE // 4)),
        "has_uncounted": sum(denied.values()) > paging.matched,
        "wide_step": duration(timeline.bucket(_WIDE // 4)),
        "narrow_step": duration(timeline.bucket(_NARROW // 4)),
    }
