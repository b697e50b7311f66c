"""What a backtest shows: for people in a terminal, for programs as JSON."""

import json
from collections.abc import Iterator
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from assurance.backtest import contributors
from assurance.backtest.history import History
from assurance.backtest.results import AlarmBacktest, Backtest, Outcome, Ranked, Together
from assurance.backtest.stretches import stretches
from assurance.backtest.verdict import Tone, came_while_red, verdict
from assurance.backtest.words import (
    Pace,
    counted,
    duration,
    iso,
    not_cloudtrail,
    percent,
    rate,
    shown,
    stamp,
)
from monitoring import control

_TOP: Final = 10
_TIMES: Final = 8
_FILES: Final = 20
_STYLES: Final = {Tone.GOOD: "bold green", Tone.POOR: "bold yellow", Tone.BAD: "bold red"}


def show(backtest: Backtest, console: Console) -> None:
    """Print the whole backtest."""
    for title, body in _sections(backtest):
        console.print(Text(title, style="bold"))
        console.print(Padding(body, (0, 0, 1, 2)))
    paging = backtest.paging
    if paging.matched:
        console.print(Text("Who makes the noise", style="bold"))
        _show_noise(backtest, console)
        console.print()
    console.print(Text("Suggested settings", style="bold"))
    console.print(Padding(Text(backtest.suggestion.reason), (0, 0, 1, 2)))
    judged = verdict(backtest, _pace(backtest))
    console.print(Text(f"{judged.word}. ", style=_STYLES[judged.tone]) + Text(judged.sentence))


def as_json(backtest: Backtest) -> str:
    """The backtest for a program.

    At the top are the numbers of the stack's first benchmark alarm, under `tuned` those of the
    tuned alarm when there is one.
    """
    history = backtest.history
    alarms = {alarm.key: alarm for alarm in backtest.alarms}
    benchmark = next(alarm for key, alarm in alarms.items() if key != control.TUNED)
    tuned = {"tuned": _alarm(alarms[control.TUNED])} if control.TUNED in alarms else {}
    skipped = history.skipped
    return json.dumps(
        {
            "stack": backtest.stack,
            "events": history.events,
            "first_event": None if history.first_event is None else iso(history.first_event),
            "last_event": None if history.last_event is None else iso(history.last_event),
            "duplicates": history.duplicates,
            "skipped": {
                "unreadable_files": [path for path, _ in skipped.unreadable],
                "bad_records": skipped.bad_records,
                "files_with_bad_records": [path for path, _ in skipped.bad_records_of],
                "not_cloudtrail": (
                    skipped.not_cloudtrail + skipped.digest_files + skipped.insights_events
                ),
                "digest_files": skipped.digest_files,
                "insights_events": skipped.insights_events,
                "empty_files": skipped.empty_files,
                "others": list(skipped.others),
                "not_selected": skipped.not_selected,
            },
            **_alarm(benchmark),
            **tuned,
            "pages": backtest.paging.key,
            "suggestion": {
                "reason": backtest.suggestion.reason,
                **(_outcome(backtest.suggestion.outcome) if backtest.suggestion.outcome else {}),
            },
            "caveats": list(history.caveats),
        },
        indent=2,
    )


def _alarm(alarm: AlarmBacktest) -> dict[str, Any]:
    settings = alarm.settings
    return {
        "matched": alarm.matched,
        "alarm": {
            "period": settings.period,
            "threshold": int(settings.threshold),
            "evaluation_periods": settings.evaluation_periods,
            "datapoints_to_alarm": settings.datapoints_to_alarm,
            "notifications": alarm.outcome.notifications,
            "seconds_in_alarm": alarm.outcome.seconds_in_alarm,
            "transitions": [
                {"time": iso(change.time), "state": change.state.value}
                for change in alarm.replay.transitions
            ],
        },
        "sweep": [_outcome(outcome) for outcome in alarm.sweep],
        "contributors": [_contributor(ranked) for ranked in alarm.contributors],
        **({"exclusions_together": _together(alarm.together)} if alarm.together else {}),
    }


def _together(together: Together) -> dict[str, Any]:
    return {
        "names": [proposal.name for proposal in together.proposals],
        "removes": together.removes,
        "saves": together.saves,
        "no_room": list(together.no_room),
        "unsafe": list(together.unsafe),
    }


def _outcome(outcome: Outcome) -> dict[str, int]:
    return {
        "period": outcome.period,
        "threshold": outcome.threshold,
        "notifications": outcome.notifications,
        "seconds_in_alarm": outcome.seconds_in_alarm,
    }


def _contributor(ranked: Ranked) -> dict[str, Any]:
    who, proposal = ranked.contributor, ranked.proposal
    told: dict[str, Any] = {
        "principal": who.principal,
        "event_source": who.event_source,
        "event_name": who.event_name,
        "source_ip": who.source_ip,
        "error_code": who.error_code,
        "events": ranked.events,
        "share": ranked.share,
    }
    if proposal is not None:
        told["exclusion"] = {
            "name": proposal.name,
            "fields": dict(proposal.fields),
            "removes": proposal.removes,
            "also_hides": sum(proposal.also_hides.values()),
            "saves": proposal.saves,
        }
    return told


def _pace(backtest: Backtest) -> Pace:
    return Pace(backtest.paging.seconds)


def _sections(backtest: Backtest) -> Iterator[tuple[str, RenderableType]]:
    pace = _pace(backtest)
    yield "History", _history(backtest.history)
    yield "What the stack's alarms would have done", _alarms(backtest, pace)
    paging = backtest.paging
    if paging.matched:
        title = f"Other settings of the alarm that pages ({paging.key}): {pace.unit}"
        yield title, _sweep(backtest, pace)


def _history(history: History) -> RenderableType:
    parts = [counted(history.events, "event")]
    if history.first_event is not None and history.last_event is not None:
        parts.append(f"from {stamp(history.first_event)} to {stamp(history.last_event)} UTC")
    if history.files:
        parts.append(f"in {counted(history.files, 'file')}")
    lines = [Text(" ".join(parts))]
    skipped = history.skipped
    apart = [
        (skipped.not_selected, "more event", "left out by the options"),
        (history.duplicates, "duplicate", "counted once"),
        (skipped.digest_files, "digest file", "passed over"),
        (skipped.insights_events, "Insights event", "passed over"),
        (skipped.empty_files, "empty file", ""),
    ]
    lines += [
        Text(f"{counted(number, thing)}{f', {what}' if what else ''}", style="dim")
        for number, thing, what in apart
        if number
    ]
    if skipped.not_cloudtrail:
        lines.append(Text(not_cloudtrail(skipped.not_cloudtrail, skipped.others), style="dim"))
    if skipped.bad_records:
        lines.append(Text(f"{counted(skipped.bad_records, 'record')} could not be read", "yellow"))
    for path, reason in skipped.in_part[:_FILES]:
        lines.append(Text(f"not read whole: {shown(path, 300)}: {reason}", style="yellow"))
    if (more := len(skipped.in_part) - _FILES) > 0:
        lines.append(Text(f"… and {counted(more, 'more file')} not read whole", "yellow"))
    lines += [Text(caveat, style="dim") for caveat in history.caveats]
    return Group(*lines)


def _alarms(backtest: Backtest, pace: Pace) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("alarm", no_wrap=True)
    for title in ("matched", "told", "in ALARM", "longest", "while red"):
        table.add_column(title, justify="right")
    for alarm in backtest.alarms:
        red = stretches(alarm.replay)
        longest = max(((s.until or alarm.replay.end) - s.since for s in red), default=0)
        table.add_row(
            f"{alarm.key} (pages)" if alarm.pages else alarm.key,
            f"{alarm.matched:,}",
            f"{pace.number(alarm.outcome.notifications)}{' a day' if pace.is_daily else ''}",
            f"{percent(alarm.outcome.seconds_in_alarm, pace.seconds)},"
            f" {duration(alarm.outcome.seconds_in_alarm)}",
            duration(longest),
            f"{came_while_red(alarm.by_minute, red):,}",
        )
    settings = backtest.paging.settings
    lines: list[RenderableType] = [
        Text(
            f"at {settings.threshold:g} or more in {duration(settings.period)}, "
            f"{settings.datapoints_to_alarm} of {settings.evaluation_periods}; while red, an alarm"
            " tells nothing new",
            style="dim",
        ),
        table,
    ]
    red = stretches(backtest.paging.replay)
    if red:
        times = ", ".join(stamp(stretch.since) for stretch in red[:_TIMES])
        more = f" and {len(red) - _TIMES:,} more" if len(red) > _TIMES else ""
        lines.append(Text(f"It would have gone off at {times}{more}."))
    return Group(*lines)


def _sweep(backtest: Backtest, pace: Pace) -> RenderableType:
    alarm = backtest.paging
    chosen = (alarm.settings.period, int(alarm.settings.threshold))
    suggested = backtest.suggestion.outcome
    thresholds = sorted({outcome.threshold for outcome in alarm.sweep})
    by_setting = {(o.period, o.threshold): o for o in alarm.sweep}
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("period", no_wrap=True)
    for threshold in thresholds:
        table.add_column(f"≥ {threshold}", justify="right", no_wrap=True)
    for period in sorted({outcome.period for outcome in alarm.sweep}):
        cells = [Text(duration(period), style="dim")]
        for threshold in thresholds:
            outcome = by_setting.get((period, threshold))
            cells.append(Text("") if outcome is None else _cell(outcome, pace, chosen, suggested))
        table.add_row(*cells)
    legend = "[ ] this stack's"
    if suggested is not None:
        legend += "; ( ) suggested"
    return Group(table, Text(f"{legend}; * red for more than half of the time", style="dim"))


def _cell(outcome: Outcome, pace: Pace, chosen: tuple[int, int], suggested: Outcome | None) -> Text:
    value = pace.value(outcome.notifications)
    text = rate(value)
    mostly_red = outcome.seconds_in_alarm > pace.seconds / 2
    style = "red" if value > 3 or mostly_red else "yellow" if value > 1 else "green"
    if mostly_red:
        text += "*"
    if (outcome.period, outcome.threshold) == chosen:
        return Text(f"[{text}]", style=f"bold {style}")
    if suggested is not None and outcome == suggested:
        return Text(f"({text})", style=f"bold {style}")
    return Text(text, style=style)


def _show_noise(backtest: Backtest, console: Console) -> None:
    alarm, where = backtest.paging, contributors.where(backtest)
    rows = contributors.rows(backtest)[:_TOP]
    if any(row.exclusion for row in rows):
        hint = f"  An exclusion is to be pasted into the stack file, {where}."
        console.print(Text(hint, style="dim"))
    for row in rows:
        line = Text(f"  {row.share:>6} {row.events:>9}  ", style="bold")
        line.append(f"{row.api} from {row.source}", style="not bold")
        console.print(line)
        console.print(_beneath(f"{row.principal}\n{row.error}", "dim"))
        if row.exclusion:
            _show_yaml(row.exclusion, console)
            console.print(_beneath(row.effect))
            for other in row.also_hides:
                console.print(_beneath(f"also hides {other}"))
        elif row.why_not:
            console.print(_beneath(f"no exclusion of its own: {row.why_not}"))
    if chosen := contributors.all_of(backtest):
        console.print(Text(f"  {chosen.title}, to paste {where}:"))
        _show_yaml(chosen.exclusions, console)
        for said in (chosen.effect, *(f"without {each}" for each in chosen.left_out)):
            console.print(_beneath(said))
    beyond = alarm.contributors[_TOP:]
    if beyond:
        events = sum(ranked.events for ranked in beyond)
        others = counted(len(beyond), "more contributor")
        made = f"{others} made {counted(events, 'denied call')} ({percent(events, alarm.matched)})."
        console.print(Padding(Text(made, style="dim"), (0, 0, 0, 2)))


def _show_yaml(text: str, console: Console) -> None:
    """Show what is to be pasted: as it stands in the stack file, never wrapped, never cut."""
    for line in text.splitlines():
        console.print(Text(line, style="cyan"), soft_wrap=True)


def _beneath(text: str, style: str = "") -> RenderableType:
    return Padding(Text(text, style=style), (0, 0, 0, 6))
