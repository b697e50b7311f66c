"""The events of a replay, from files: each CloudTrail record as a log event."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec

from assurance import cloudtrail
from assurance.checks.finding import Finding, Status
from assurance.cloudtrail import Problem, Record
from assurance.rehearsal.probes import Event

# A real account under attack by a red team's tool for an hour (provenance in the folder's README).
DEFAULT: Final = (
    Path(__file__).parents[2] / "tests" / "data" / "cloudtrail" / "real" / "invictus-stratus"
)


# From 1970 on, as PutLogEvents has it, and before 2100: a time beyond is a mistake, and the minutes
# up to it are too many to evaluate.
_TIMES: Final = range(4_102_444_800)
# Problems that a finding repeats; all are told as they come.
_TOLD: Final = 5


class _Timed(msgspec.Struct):
    eventTime: Annotated[datetime, msgspec.Meta(tz=True)]  # noqa: N815 - CloudTrail's name


@dataclass
class Loaded:
    """Events in no particular order, and what could not be read."""

    events: list[Event] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def findings(self) -> list[Finding]:
        """What the replay cannot tell, for want of what could not be read."""
        if not self.problems:
            return []
        more = len(self.problems) - _TOLD
        rest = (f"and {more:,} more",) if more > 0 else ()
        return [Finding("replayed-events", Status.UNKNOWN, (*self.problems[:_TOLD], *rest))]


def load(paths: Sequence[str]) -> Loaded:
    """Read the records of files and folders as log events.

    A log event is dated by the envelope that it was exported in, else by the record's eventTime.
    That there is none is a problem too: who names files wants to see them replayed.
    """
    loaded = Loaded()
    for item in cloudtrail.read(paths):
        if isinstance(item, Problem):
            loaded.problems.append(str(item))
        elif isinstance(item, Record):
            _add(loaded, item)
    if not loaded.events and not loaded.problems:
        loaded.problems.append(f"{', '.join(paths)}: no CloudTrail event is in it")
    return loaded


def _add(loaded: Loaded, record: Record) -> None:
    try:
        time = (
            record.timestamp // 1_000
            if record.timestamp is not None
            else int(msgspec.json.decode(record.text, type=_Timed).eventTime.timestamp())
        )
    except msgspec.DecodeError:
        loaded.problems.append(f"{record.source}: a record without a usable eventTime")
        return
    if time not in _TIMES:
        loaded.problems.append(f"{record.source}: a record whose time is not between 1970 and 2100")
        return
    loaded.events.append(Event(time, record.text.decode(errors="replace")))
