"""A history of CloudTrail events, reduced to what the backtest needs: matches, minute by minute.

Every time is in whole seconds since 1970, UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Contributor(NamedTuple):
    """Who calls what, from where, and how it is denied; empty where a record does not say.

    `principal` is the value of `principal_field`, the field of the record that names who calls best
    (`userIdentity.sessionContext.sessionIssuer.arn`: the role rather than its session).
    """

    principal: str
    event_source: str
    event_name: str
    source_ip: str
    error_code: str
    principal_field: str


@dataclass(frozen=True, slots=True)
class Activity:
    """A contributor's events.

    `by_minute` has their number by each minute's start; None when only their total is known.
    """

    events: int
    by_minute: Mapping[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Matches:
    """The events that one filter pattern matches: by the start of their minute, and by whom."""

    by_minute: Mapping[int, int]
    by_contributor: Mapping[Contributor, Activity]

    @property
    def events(self) -> int:
        """How many they are."""
        return sum(self.by_minute.values())


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was read and is no event of the history, or could not be read.

    `not_selected` are events that the selection leaves out, each as often as it came.
    `unreadable` has a path and why for each file that could not be read, or no further;
    `bad_records_of` a path and how many for each file with records that are none. `others` names
    the first few files that are, or hold, no CloudTrail.
    """

    unreadable: tuple[tuple[str, str], ...] = ()
    bad_records_of: tuple[tuple[str, int], ...] = ()
    digest_files: int = 0
    insights_events: int = 0
    empty_files: int = 0
    not_cloudtrail: int = 0
    others: tuple[str, ...] = ()
    not_selected: int = 0

    @property
    def bad_records(self) -> int:
        """How many records could not be read."""
        return sum(number for _, number in self.bad_records_of)

    @property
    def in_part(self) -> tuple[tuple[str, str], ...]:
        """A path and why for each file of which a part at least is missing."""
        bad = ((path, f"invalid records: {number:,}") for path, number in self.bad_records_of)
        return (*self.unreadable, *bad)

    @property
    def is_complete(self) -> bool:
        """Whether everything could be read."""
        return not self.in_part


@dataclass(frozen=True, slots=True)
class History:
    """Events, counted once each, and the matches of every filter pattern by its key.

    `first_event` and `last_event` are None when there are no events. `files` is 0 where the history
    is not one of files. `caveats` say in a sentence each where the history departs from the plain
    reading: every event at its eventTime.
    """

    matches: Mapping[str, Matches]
    events: int
    first_event: int | None
    last_event: int | None
    duplicates: int = 0
    files: int = 0
    skipped: Skipped = field(default_factory=Skipped)
    caveats: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether everything could be read, and anything of CloudTrail was there to be read."""
        skipped = self.skipped
        without_events = skipped.digest_files + skipped.insights_events + skipped.empty_files
        is_something = self.events or (without_events and not skipped.not_selected)
        return bool(is_something) and skipped.is_complete
