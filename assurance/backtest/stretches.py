"""When an alarm is in alarm."""

from dataclasses import dataclass

from assurance.alarm_evaluation import AlarmState, Replay


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in alarm, from the evaluation that began it; `until` None: it lasts to the end."""

    since: int
    until: int | None


def stretches(replay: Replay) -> list[Stretch]:
    """When an alarm is in alarm, in time order."""
    found, since = [], replay.start if replay.initial is AlarmState.ALARM else None
    for transition in replay.transitions:
        if transition.state is AlarmState.ALARM:
            since = transition.time
        elif since is not None:
            found.append(Stretch(since, transition.time))
            since = None
    return found if since is None else [*found, Stretch(since, None)]
