"""What the denied calls of a window amount to: counted, and the most telling first."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from monitoring.alert_details.denied_call import DeniedCall, What


@dataclass(frozen=True)
class Row:
    """Calls that are alike; "new" is what is known not to have been seen in the day before."""

    what: What
    calls: int
    first: datetime
    last: datetime
    is_new_principal: bool
    is_new_source: bool


@dataclass(frozen=True)
class Digest:
    """The window's calls: `rows` are all of them, the most telling first.

    `cut_off` says why the window was read only in part, and `day_cut_off` the same of the day
    before it; None where it was read whole. `unreadable` counts events that are no records.
    """

    rows: tuple[Row, ...]
    cut_off: str | None
    day_cut_off: str | None
    unreadable: int

    @property
    def calls(self) -> int:
        """How many calls there were, each event once."""
        return sum(row.calls for row in self.rows)

    @property
    def principals(self) -> int:
        """How many different principals made them."""
        return len({row.what.principal for row in self.rows})

    @property
    def new_principals(self) -> int:
        """How many of the principals were not seen in the day before."""
        return len({row.what.principal for row in self.rows if row.is_new_principal})

    @property
    def new_sources(self) -> int:
        """How many of the source addresses were not seen in the day before."""
        return len({row.what.source for row in self.rows if row.is_new_source})


@dataclass
class _Count:
    calls: int
    first: datetime
    last: datetime


@dataclass
class Tally:
    """Counts calls as they are read, each event once."""

    _counts: dict[What, _Count] = field(default_factory=dict)
    _identities: set[str] = field(default_factory=set)
    _unreadable: int = 0

    def add(self, call: DeniedCall | None) -> None:
        """Count a call; None is an event that is no record."""
        if call is None:
            self._unreadable += 1
            return
        if call.identity is not None:
            if call.identity in self._identities:
                return
            self._identities.add(call.identity)
        count = self._counts.get(call.what)
        if count is None:
            self._counts[call.what] = _Count(1, call.time, call.time)
            return
        count.calls += 1
        count.first = min(count.first, call.time)
        count.last = max(count.last, call.time)

    def unseen(self) -> "Unseen":
        """The principals and sources counted so far, none of them looked for yet."""
        return Unseen(
            {what.principal for what in self._counts if what.principal is not None},
            {what.source for what in self._counts if what.source is not None},
        )

    def digest(self, unseen: "Unseen", *, cut_off: str | None, day_cut_off: str | None) -> Digest:
        """What was counted; nothing is new that the day before, read in part, may have had."""
        known = day_cut_off is None
        rows = (
            Row(
                what,
                count.calls,
                count.first,
                count.last,
                is_new_principal=known and what.principal in unseen.principals,
                is_new_source=known and what.source in unseen.sources,
            )
            for what, count in self._counts.items()
        )
        return Digest(tuple(_most_telling_first(rows)), cut_off, day_cut_off, self._unreadable)


@dataclass
class Unseen:
    """The principals and sources of a window that the day before has not shown yet."""

    principals: set[str]
    sources: set[str]

    def __bool__(self) -> bool:
        return bool(self.principals or self.sources)

    def see(self, call: DeniedCall | None) -> None:
        """Take a call of the day before into account."""
        if call is not None:
            self.principals.discard(call.what.principal or "")
            self.sources.discard(call.what.source or "")


def _most_telling_first(rows: Iterable[Row]) -> list[Row]:
    # What is new, then what there is most of, then the latest; the rest only makes it stable.
    def key(row: Row) -> tuple[int, int, float, list[str]]:
        what = row.what
        fields = (what.principal, what.event_source, what.event_name, what.source, what.error)
        return (
            -(2 * row.is_new_principal + row.is_new_source),
            -row.calls,
            -row.last.timestamp(),
            [text or "" for text in (*fields, what.account)],
        )

    return sorted(rows, key=key)
