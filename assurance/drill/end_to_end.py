"""`--end-to-end`: does a real denied call reach people, and how fast?"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from assurance import filter_pattern
from assurance.checks.finding import Status
from assurance.drill import denied_call
from assurance.drill.denied_calls import DeniedCalls
from assurance.drill.drill import Drill, Ready, Setting, not_ready
from assurance.drill.gate import RefusedError
from assurance.drill.observer import Observer
from assurance.drill.plan import CannotPlanError, Plan, Target, plan
from assurance.drill.stages import Sight, Stage, Watched, as_stage, blind, watch
from assurance.filter_pattern import FilterPatternError
from assurance.reading import attempt
from assurance.snapshot import Unknown
from monitoring.exclusions import Exclusion

KIND: Final = "end-to-end"
_POLL: Final = 15.0

_TRAIL: Final = (
    "see what `python -m assurance audit` says of the trail: whether it is logging, of this "
    "region, and delivers to this log group"
)
_COUNT: Final = "see what `python -m assurance audit` says of the metric filter"
_EVALUATE: Final = (
    "see what `python -m assurance audit` says of the alarm's settings; records that come later "
    "than its period and evaluationPeriods cover are not counted together"
)
_ACT: Final = "see what `python -m assurance audit` says of the alarm's actions and its topic"


@dataclass(frozen=True)
class Approved:
    """A drill that may be run: its plan, for a ready target."""

    ready: Ready
    plan: Plan | None = None


def approve(setting: Setting, ready: Ready, role_arn: str) -> Approved:
    """Look ahead, without a call: whether the alarm can go off, and would for these calls.

    Raises RefusedError.
    """
    session = denied_call.session_name(setting.drill_id)
    refuse_hidden(setting, role_arn, session)
    target = ready.target
    if target is None or not ready.go:
        return Approved(ready)
    if target.alarm.state == "ALARM":
        return Approved(
            not_ready(
                Status.FAIL,
                f"{target.alarm.name} is in ALARM already, and an alarm that is red tells nobody "
                "again",
                "wait until it is OK, or prove its way to people alone (--notify)",
                target,
            )
        )
    try:
        planned = plan(target)
    except CannotPlanError as error:
        return Approved(
            not_ready(Status.FAIL, str(error), "deploy the stack again (pulumi up)", target)
        )
    records = denied_call.expected_records(
        role_arn=role_arn, session=session, region=setting.clients.region
    )
    if not _counts(target, records):
        return Approved(
            not_ready(
                Status.FAIL,
                f"{target.metric_filter.name} would not match the drill's calls",
                "deploy the stack again (pulumi up --refresh)",
                target,
            )
        )
    return Approved(ready, planned)


def refuse_hidden(setting: Setting, role_arn: str, session: str, role_id: str = "") -> None:
    """Raises RefusedError when an exclusion describes the drill's records."""
    records = denied_call.expected_records(
        role_arn=role_arn, session=session, region=setting.clients.region, role_id=role_id
    )
    hiding = denied_call.hiding(exclusions_of(setting), records)
    if hiding:
        names = ", ".join(each.setting for each in hiding)
        raise RefusedError(
            f"the stack {setting.stack} excludes the drill's own calls ({names}): it would prove "
            "nothing; name another role (--role), which that exclusion does not describe"
        )


def exclusions_of(setting: Setting) -> Sequence[Exclusion]:
    """All of the stack's exclusions, presets included."""
    return (*setting.config.exclusions, *setting.config.exclusion_presets)


def end_to_end(setting: Setting, approved: Approved, role_arn: str) -> Drill:
    """Make the denied calls, and watch what comes of them.

    Raises RefusedError when an exclusion turns out to hide the drill once its role is assumed.
    """
    started_at = setting.clock.now()
    ready, planned = approved.ready, approved.plan
    session = denied_call.session_name(setting.drill_id)
    stages, made = [ready.stage], 0
    if planned is not None and ready.target is not None:
        calls = DeniedCalls(
            setting,
            role_arn=role_arn,
            session=session,
            assumed=lambda role_id: refuse_hidden(setting, role_arn, session, role_id),
        )
        stages += _stages(setting, ready.target, planned, calls)
        made = calls.denied
    return Drill(
        kind=KIND,
        setting=setting,
        target=ready.target,
        started_at=started_at,
        ended_at=setting.clock.now(),
        stages=stages,
        role_arn=role_arn,
        session=session,
        calls=made,
    )


def _stages(setting: Setting, target: Target, planned: Plan, calls: DeniedCalls) -> Iterator[Stage]:
    known = attempt(
        "cloudwatch:DescribeAlarmHistory",
        target.alarm.name,
        Observer(setting.clients, target, ()).history,
    )
    if isinstance(known, Unknown):
        # Without it nothing could be proven, so nobody is woken.
        yield as_stage("denied-calls", blind(known))
        return
    began = setting.clock.now()
    sight = calls.make(planned)
    yield as_stage("denied-calls", sight)
    if sight.status is not Status.PASS:
        return
    yield from _watch(
        setting,
        Observer(setting.clients, target, known or (), setting.config.recipients),
        target,
        calls,
        began=began,
    )


def _watch(
    setting: Setting, observer: Observer, target: Target, calls: DeniedCalls, *, began: float
) -> list[Stage]:
    clock = setting.clock
    arrived = False
    expected = calls.denied * float(target.metric_filter.metric_value)

    def log_group() -> Sight:
        nonlocal arrived
        sight = observer.log_group(calls.session, calls.denied, began)
        arrived = sight.status is not None
        return sight

    def metric() -> Sight:
        if not arrived:
            # What it counts until then are others' calls.
            return Sight(evidence="waits for the records")
        return observer.uncounted(exclusions_of(setting)) or observer.metric(
            expected, began, clock.now()
        )

    since = clock.now()
    return watch(
        [
            Watched("log-group", log_group, _TRAIL),
            Watched("metric", metric, _COUNT),
            Watched("alarm", observer.went_off, _EVALUATE),
            Watched("action", observer.action, _ACT),
            Watched("recipients", observer.recipients, _ACT),
        ],
        clock,
        since=since,
        until=since + setting.timeout,
        every=_POLL,
        progress=setting.progress,
    )


def _counts(target: Target, records: Sequence[dict[str, object]]) -> bool:
    try:
        matches = filter_pattern.parse(target.metric_filter.pattern).matches
        return all(matches(json.dumps(each)) for each in records)
    except FilterPatternError:
        # CloudWatch took it; what it makes of it is seen at the end.
        return True
