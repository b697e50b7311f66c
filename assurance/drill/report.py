"""What a drill would do and what it found: for people in a terminal, for audit files as JSON."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assurance.checks.finding import Status
from assurance.drill import denied_call
from assurance.drill.drill import Drill, Ready, Setting
from assurance.drill.plan import CannotPlanError, Plan, Target, plan
from assurance.drill.stages import Stage, span
from assurance.findings_report import STYLES

_VERDICTS = {
    Status.PASS: "proven",
    Status.FAIL: "not proven",
    Status.UNKNOWN: "not proven, since something could not be asked",
}


def show_setting(setting: Setting, target: Target | None, console: Console) -> None:
    """Where the drill is, and of which alarm."""
    caller = setting.caller
    console.print(
        Text(f"Stack {setting.stack}: account {caller.account}, {setting.clients.region}")
    )
    console.print(Text(f"by    {caller.arn}"))
    if target is not None:
        console.print(Text(f"alarm {target.alarm.name}"))
        console.print(Text(f"topic {target.topic_arn}"))


def show_options(setting: Setting, ready: Ready, console: Console) -> None:
    """What either drill would do."""
    if ready.go and ready.target is not None:
        _show_option("--notify", would_notify(ready.target), console)
        try:
            would = would_call(plan(ready.target), "ARN", setting.timeout)
        except CannotPlanError as error:
            would = f"cannot: {error}"
        _show_option("--end-to-end --role ARN", would, console)
    else:
        _show_stages([ready.stage], console)
    console.print(Text("\nNothing was done."))


def _show_option(option: str, would: str, console: Console) -> None:
    console.print(Text(f"\n{option}", style="bold"))
    console.print(Text(would))


def announce(would: str, console: Console) -> None:
    """What is about to be done, said before it is."""
    console.print(Text(f"\n{would}"))


def would_notify(target: Target) -> str:
    """What `--notify` does, before it does it."""
    first = "to OK, since it is in ALARM, and then " if target.alarm.state == "ALARM" else ""
    return (
        f"Sets the alarm {first}to ALARM, with a reason that says it is a drill, and reads in the "
        "alarm's history whether the topic took the message. Its recipients are told. The next "
        "evaluation returns the alarm to its true state, within a minute or so."
    )


def would_call(planned: Plan, role: str, timeout: float) -> str:
    """What `--end-to-end` does, before it does it."""
    bursts = (
        f"{planned.per_burst} at once, {planned.bursts} times, {span(planned.period)} apart"
        if planned.bursts > 1
        else f"{planned.per_burst} at once"
        if planned.per_burst > 1
        else "one alone"
    )
    minute = ", from the next full minute on" if planned.starts_on_a_minute else ""
    return (
        f"Makes {planned.calls} denied {'call' if planned.calls == 1 else 'calls'} of "
        f"{denied_call.ACTION} ({bursts}), as a session of {role} that may do nothing; they take "
        f"{span(planned.seconds)}{minute}. Then watches the log group, the metric, the alarm and "
        f"its action for {span(timeout)} at most; 6 to 12 min are usual. The recipients are told. "
        "The alarm returns to OK by itself, once the calls are older than it looks."
    )


def show(drill: Drill, console: Console) -> None:
    """Print the stages, and the verdict."""
    _show_stages(drill.stages, console)
    console.print()
    console.print(Text(outcome(drill), style=STYLES[drill.status]))


def _show_stages(stages: Sequence[Stage], console: Console) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(overflow="fold")
    for stage in stages:
        said = Text(stage.evidence)
        if stage.mend:
            said.append(f"\nMend: {stage.mend}", style="cyan")
        table.add_row(
            Text(stage.status, style=STYLES[stage.status]), stage.stage, _latency(stage), said
        )
    console.print()
    console.print(table)


def outcome(drill: Drill) -> str:
    """The verdict in one sentence, which names the first stage that did not happen."""
    amiss = next((s for s in drill.stages if s.status is drill.status is not Status.PASS), None)
    if amiss is not None:
        return f"{drill.status}: {_VERDICTS[drill.status]}: {amiss.stage}"
    took = [stage.seconds for stage in drill.stages if stage.seconds is not None]
    after = f", {span(max(took))} after the last act" if took else ""
    return f"{drill.status}: {_VERDICTS[drill.status]}{after}"


def as_json(drill: Drill) -> str:
    """The drill for an audit file; no credential is in it."""
    setting, target = drill.setting, drill.target
    session = {"role": drill.role_arn, "session": drill.session} if drill.role_arn else {}
    calls = {
        "made": drill.calls,
        "action": denied_call.ACTION,
        "event_source": denied_call.EVENT_SOURCE,
        "event_name": denied_call.EVENT_NAME,
    }
    return json.dumps(
        {
            "status": drill.status,
            "outcome": outcome(drill),
            "drill": drill.kind,
            "drill_id": setting.drill_id,
            "stack": setting.stack,
            "account": setting.caller.account,
            "region": setting.clients.region,
            "by": setting.caller.arn,
            **_target(target),
            "log_group": setting.config.log_group_name,
            "started_at": _time(drill.started_at),
            "ended_at": _time(drill.ended_at),
            **session,
            **({"calls": calls} if drill.role_arn else {}),
            "stages": [
                {
                    "stage": stage.stage,
                    "status": stage.status,
                    "at": _time(stage.at),
                    "seconds": None if stage.seconds is None else round(stage.seconds, 3),
                    "evidence": stage.evidence,
                    "mend": stage.mend,
                }
                for stage in drill.stages
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


def options_as_json(setting: Setting, ready: Ready) -> str:
    """What either drill would do, for a program."""
    target = ready.target
    planned: dict[str, Any] = {}
    if target is not None:
        try:
            found = plan(target)
            planned = {"calls": found.calls, "seconds": found.seconds, "per_burst": found.per_burst}
        except CannotPlanError as error:
            planned = {"refused": str(error)}
    return json.dumps(
        {
            "status": ready.stage.status,
            "outcome": ready.stage.evidence,
            "drill": None,
            "stack": setting.stack,
            "account": setting.caller.account,
            "region": setting.clients.region,
            "by": setting.caller.arn,
            **_target(target),
            "end_to_end": planned,
        },
        indent=2,
        ensure_ascii=False,
    )


def _target(target: Target | None) -> dict[str, Any]:
    return {
        "alarm": None if target is None else target.alarm.arn,
        "metric_filter": None if target is None else target.metric_filter.name,
        "topic": None if target is None else target.topic_arn,
    }


def _latency(stage: Stage) -> str:
    if stage.seconds is not None:
        return f"+{span(stage.seconds)}"
    return "" if stage.at is None else f"{datetime.fromtimestamp(stage.at, UTC):%H:%M:%SZ}"


def _time(time: float | None) -> str | None:
    return None if time is None else f"{datetime.fromtimestamp(time, UTC):%Y-%m-%dT%H:%M:%SZ}"
