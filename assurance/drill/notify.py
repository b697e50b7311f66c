"""`--notify`: does what the paging alarm says reach its topic, through policy and key?"""

from collections.abc import Iterator
from typing import Final, Literal

from assurance.checks.finding import Status
from assurance.drill.drill import Drill, Ready, Setting
from assurance.drill.observer import Observer
from assurance.drill.plan import Target
from assurance.drill.stages import Sight, Stage, Watched, as_stage, blind, failed, happened, watch
from assurance.reading import attempt
from assurance.snapshot import Unknown

KIND: Final = "notify"
_POLL: Final = 5.0
_AUDIT: Final = "see what `python -m assurance audit` says of the alarm and its topic"


def notify(setting: Setting, ready: Ready) -> Drill:
    """Set the alarm to ALARM and see what its history says of the action.

    Nothing is put back: the next evaluation returns the alarm to its true state.
    """
    started_at = setting.clock.now()
    stages = [ready.stage]
    if ready.go and ready.target is not None:
        stages += _stages(setting, ready.target)
    return Drill(
        kind=KIND,
        setting=setting,
        target=ready.target,
        started_at=started_at,
        ended_at=setting.clock.now(),
        stages=stages,
    )


def _stages(setting: Setting, target: Target) -> Iterator[Stage]:
    known = attempt(
        "cloudwatch:DescribeAlarmHistory",
        target.alarm.name,
        Observer(setting.clients, target, ()).history,
    )
    if isinstance(known, Unknown):
        # Without it nothing could be proven, so nobody is woken.
        yield as_stage("set-alarm-state", blind(known))
        return
    observer = Observer(setting.clients, target, known or (), setting.config.recipients)
    # Red to red acts on nothing.
    states: list[Literal["ALARM", "OK"]] = ["ALARM"]
    if target.alarm.state == "ALARM":
        states.insert(0, "OK")
    for state in states:
        sight = _set_state(setting, target, state)
        if sight.status is not Status.PASS:
            yield as_stage("set-alarm-state", sight)
            return
    since = setting.clock.now()
    yield as_stage("set-alarm-state", happened(f"{target.alarm.name}: {' → '.join(states)}", since))
    mark = setting.drill_id
    yield from watch(
        [
            Watched("alarm", lambda: observer.change(mark), _AUDIT),
            Watched("action", lambda: observer.action(mark), _AUDIT),
            Watched("recipients", observer.recipients, _AUDIT),
        ],
        setting.clock,
        since=since,
        until=since + setting.timeout,
        every=_POLL,
        progress=setting.progress,
    )


def _set_state(setting: Setting, target: Target, state: Literal["ALARM", "OK"]) -> Sight:
    name = target.alarm.name

    def set_state() -> bool:
        setting.clients.cloudwatch.set_alarm_state(
            AlarmName=name, StateValue=state, StateReason=reason(setting)
        )
        return True

    told = attempt("cloudwatch:SetAlarmState", name, set_state)
    if isinstance(told, Unknown):
        return blind(told)
    if told is None:
        return failed(f"there is no alarm {name} any more", "deploy the stack again (pulumi up)")
    return happened(state)


def reason(setting: Setting) -> str:
    """The reason that stands in the message, within SetAlarmState's 1,023 characters."""
    text = (
        f"This is a drill ({setting.drill_id}), run by {setting.caller.arn}: nothing has happened "
        "and nobody need act. The next evaluation returns the alarm to its true state."
    )
    return text[:1_023]
