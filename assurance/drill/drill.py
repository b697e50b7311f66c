"""A drill: what it is about, and what became of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assurance.aws import Caller, Clients
from assurance.checks.finding import CannotTellError, Status
from assurance.checks.view import View
from assurance.drill.plan import Target, topic_of
from assurance.drill.stages import Clock, Stage
from assurance.snapshot import AccountSnapshot, Unknown
from monitoring.stack_config import StackConfig


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Where and by whom a drill is run, and how it tells what it does.

    `drill_id` marks what the drill leaves in logs and histories. `timeout` is how long it waits, in
    seconds.
    """

    stack: str
    config: StackConfig
    clients: Clients
    caller: Caller
    clock: Clock
    drill_id: str
    timeout: float
    progress: Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Drill:
    """What became of a drill. Times are in seconds since 1970; `kind` is its option's name."""

    kind: str
    setting: Setting
    target: Target | None
    started_at: float
    ended_at: float
    stages: Sequence[Stage]
    role_arn: str = ""
    session: str = ""
    calls: int = 0

    @property
    def status(self) -> Status:
        """The worst of the stages; a drill that did nothing has proven nothing."""
        found = {stage.status for stage in self.stages}
        for status in (Status.FAIL, Status.UNKNOWN):
            if status in found:
                return status
        return Status.PASS if self.stages else Status.UNKNOWN


@dataclass(frozen=True)
class Ready:
    """The first stage: whether there is an alarm that can be drilled."""

    stage: Stage
    target: Target | None = None

    @property
    def go(self) -> bool:
        """Whether the drill may go on."""
        return self.stage.status is Status.PASS


def find_target(snapshot: AccountSnapshot, config: StackConfig) -> Ready:
    """The stack's paging alarm as it is deployed, if its actions can run."""
    try:
        watched = View(snapshot, config).paging()
    except CannotTellError as error:
        if any(isinstance(part, Unknown) for part in _parts(snapshot)):
            return not_ready(
                Status.UNKNOWN,
                str(error),
                "whoever runs the drill must be able to read what the audit reads",
            )
        if snapshot.log_group is None:
            return not_ready(
                Status.FAIL,
                f"there is no log group {snapshot.log_group_name} in {snapshot.region}",
                "deploy the stack first (pulumi up), or use the credentials of its account",
            )
        return not_ready(Status.FAIL, str(error), "deploy the stack first (pulumi up)")
    alarm = watched.alarm
    target = Target(alarm, watched.counted.found, topic_of(alarm))
    if not target.topic_arn:
        return not_ready(
            Status.FAIL, f"{alarm.name} acts on no topic", "deploy the stack again (pulumi up)"
        )
    if not alarm.actions_enabled:
        return not_ready(
            Status.FAIL,
            f"the actions of {alarm.name} are disabled",
            f"aws cloudwatch enable-alarm-actions --alarm-names {alarm.name}",
        )
    stage = Stage(stage="ready", status=Status.PASS, evidence=f"{alarm.name} is {alarm.state}")
    return Ready(stage, target)


def not_ready(status: Status, evidence: str, mend: str, target: Target | None = None) -> Ready:
    """Nothing is done."""
    return Ready(Stage(stage="ready", status=status, evidence=evidence, mend=mend), target)


def _parts(snapshot: AccountSnapshot) -> Sequence[object]:
    return [
        snapshot.log_group,
        snapshot.metric_filters,
        *(of_metric.alarms for of_metric in snapshot.alarms),
    ]
