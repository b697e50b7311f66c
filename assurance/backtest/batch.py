"""What some files hold, small enough to be handed from process to process."""

from array import array
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field
from datetime import datetime
from heapq import nsmallest
from typing import Final

from assurance.backtest.history import Contributor
from assurance.cloudtrail import Files, Kind, Skipped, Source

ID_LENGTH = 16
OTHERS_NAMED: Final = 5


@dataclass(slots=True)
class Batch:
    """Events, and which of them match.

    `ids` has ID_LENGTH bytes for each event. The other arrays have an item for each event that a
    pattern matches: its place among all events, its minute (seconds since 1970), its contributor's
    place in `contributors`, and the patterns that match it as bits. `bad_records` are counted by
    their file. `others` are the first few files that are, or hold, no CloudTrail, by name.
    `not_selected` events were left out. `large` files were left to be read as they
    come; for `unread` ones the batch had no room.
    """

    ids: bytearray = field(default_factory=bytearray)
    places: "array[int]" = field(default_factory=lambda: array("I"))
    minutes: "array[int]" = field(default_factory=lambda: array("q"))
    who: "array[int]" = field(default_factory=lambda: array("I"))
    patterns: bytearray = field(default_factory=bytearray)
    contributors: dict[Contributor, int] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None
    files: int = 0
    not_selected: int = 0
    skipped: Counter[Kind] = field(default_factory=Counter)
    others: set[str] = field(default_factory=set)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    bad_records: Counter[str] = field(default_factory=Counter)
    large: list[Source] = field(default_factory=list)
    unread: list[Files] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids) // ID_LENGTH

    def skip(self, item: Skipped) -> None:
        """Note what is no event."""
        self.skipped[item.kind] += 1
        if item.kind is Kind.OTHER:
            self.add_others({item.source})

    def add_others(self, names: Set[str]) -> None:
        """Note files that are, or hold, no CloudTrail."""
        if not names <= self.others:
            self.others = set(nsmallest(OTHERS_NAMED, self.others | names))

    def add_match(self, place: int, minute: int, contributor: Contributor, patterns: int) -> None:
        """Note that the event at this place is matched, by these patterns."""
        self.places.append(place)
        self.minutes.append(minute)
        self.who.append(self.contributors.setdefault(contributor, len(self.contributors)))
        self.patterns.append(patterns)

    def saw(self, first: datetime, last: datetime) -> None:
        """Note the times of events."""
        self.first = first if self.first is None else min(first, self.first)
        self.last = last if self.last is None else max(last, self.last)
