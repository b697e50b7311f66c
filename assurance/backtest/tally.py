"""Events counted once each, however many there are: what has been seen waits on disk."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from assurance.backtest.batch import Batch
from assurance.backtest.history import Activity, Contributor, History, Matches, Skipped
from assurance.cloudtrail import Kind

_Rows: TypeAlias = NDArray[Any]
# Whatever is counted, each once, and how often it was seen.
_Counts: TypeAlias = tuple[_Rows, _Rows]

# One for each event that a pattern matches; `patterns` are bits.
_MATCH: Final = np.dtype([("key", "<u8"), ("minute", "<i4"), ("who", "<u4"), ("patterns", "u1")])
_KEY: Final = np.dtype("<u8")
_MINUTE: Final = 60
# Events held before they go to disk: 8 bytes each, 25 when they match.
_HELD: Final = 2_000_000
_PARTS_BITS: Final = 6
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)  # odd, as in splitmix64


class Tally:
    """Gathers batches in any order; an event that came before, by its eventID, is a duplicate.

    Eventually 64 bits of an eventID are compared: among ten million events two different ones are
    taken for one with a chance of about one in a million.
    """

    def __init__(self, patterns: Sequence[str], *, held: int = _HELD) -> None:
        """`patterns` are the keys of the filter patterns, in the order of their bits."""
        self._patterns = tuple(patterns)
        self._limit = held
        self._keys = _Store("keys", _KEY)
        self._matched = _Store("matches", _MATCH)
        self._held = 0
        self._folder: Path | None = None
        self._exit = ExitStack()
        self._contributors: dict[Contributor, int] = {}
        self._without_id = 0
        self._total = Batch()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._exit.close()

    def add(self, batch: Batch) -> None:
        """Add what some files hold."""
        self._add_rows(batch)
        total = self._total
        if batch.first is not None and batch.last is not None:
            total.saw(batch.first, batch.last)
        total.files += batch.files
        total.not_selected += batch.not_selected
        total.skipped += batch.skipped
        total.add_others(batch.others)
        total.unreadable += batch.unreadable
        total.bad_records += batch.bad_records

    def history(self, caveats: Sequence[str] = ()) -> History:
        """The history of all that was added."""
        events = duplicates = 0
        for keys in self._keys.parts():
            events += len(keys)
            keys.sort()
            duplicates += int(np.count_nonzero(keys[1:] == keys[:-1]))
        counts: list[list[_Counts]] = [[] for _ in self._patterns]
        contributors = sorted(self._contributors)
        numbers = np.empty(len(contributors), dtype="<u4")
        numbers[[self._contributors[each] for each in contributors]] = np.arange(len(contributors))
        for matches in self._matched.parts():
            matches["who"] = numbers[matches["who"]]
            once = _once(matches)
            for bit, count in enumerate(counts):
                count.append(_count(once[once["patterns"] & (1 << bit) != 0]))
        total = self._total
        return History(
            matches={
                key: _matches(parts, contributors)
                for key, parts in zip(self._patterns, counts, strict=True)
            },
            events=events - duplicates,
            first_event=_seconds(total.first),
            last_event=_seconds(total.last),
            duplicates=duplicates,
            files=total.files,
            skipped=Skipped(
                unreadable=tuple(sorted(total.unreadable)),
                bad_records_of=tuple(sorted(total.bad_records.items())),
                digest_files=total.skipped[Kind.DIGEST],
                insights_events=total.skipped[Kind.INSIGHTS],
                empty_files=total.skipped[Kind.EMPTY],
                not_cloudtrail=total.skipped[Kind.OTHER],
                others=tuple(sorted(total.others)),
                not_selected=total.not_selected,
            ),
            caveats=tuple(caveats),
        )

    def _add_rows(self, batch: Batch) -> None:
        if not batch.ids:
            return
        ids = np.frombuffer(batch.ids, dtype=_KEY).reshape(-1, 2)
        keys = ids[:, 0] * _MIX ^ ids[:, 1]
        [nameless] = np.nonzero(keys == 0)
        keys[nameless] = np.arange(self._without_id, self._without_id + len(nameless))
        self._without_id += len(nameless)
        self._keys.add(keys)
        if batch.places:
            known = self._contributors
            numbers = [known.setdefault(each, len(known)) for each in batch.contributors]
            matches = np.empty(len(batch.places), dtype=_MATCH)
            matches["key"] = keys[np.frombuffer(batch.places, dtype=np.uintc)]
            matches["minute"] = np.frombuffer(batch.minutes, dtype="<i8") // _MINUTE
            matches["who"] = np.array(numbers, dtype="<u4")[
                np.frombuffer(batch.who, dtype=np.uintc)
            ]
            matches["patterns"] = np.frombuffer(batch.patterns, dtype="u1")
            self._matched.add(matches)
        self._held += len(keys) + 2 * len(batch.places)
        if self._held >= self._limit:
            if self._folder is None:
                name = self._exit.enter_context(tempfile.TemporaryDirectory(prefix="backtest-"))
                self._folder = Path(name)
            self._keys.put_away(self._folder)
            self._matched.put_away(self._folder)
            self._held = 0


class _Store:
    """Rows, in memory or on disk."""

    def __init__(self, name: str, row: np.dtype[Any]) -> None:
        self._name = name
        self._row = row
        self._held: list[_Rows] = []
        self._folder: Path | None = None

    def add(self, rows: _Rows) -> None:
        self._held.append(rows)

    def put_away(self, folder: Path) -> None:
        """Put what is held on disk, in parts of which no two can have an event in common."""
        self._folder = folder
        rows = np.concatenate(self._held or [np.empty(0, self._row)])
        self._held = []
        keys = rows["key"] if self._row.names else rows
        numbers = keys >> np.uint64(64 - _PARTS_BITS)
        order = np.argsort(numbers, kind="stable")
        ends = np.searchsorted(numbers[order], np.arange(1 << _PARTS_BITS), side="right")
        start = 0
        for number, end in enumerate(ends.tolist()):
            with self._part(folder, number).open("ab") as file:
                file.write(rows[order[start:end]].tobytes())
            start = end

    def parts(self) -> Iterator[_Rows]:
        """All rows; the same event's are in the same part."""
        if self._folder is None:
            if self._held:
                yield np.concatenate(self._held)
            return
        self.put_away(self._folder)
        for number in range(1 << _PARTS_BITS):
            yield np.fromfile(self._part(self._folder, number), dtype=self._row)

    def _part(self, folder: Path, number: int) -> Path:
        return folder / f"{self._name}-{number}"


def _seconds(time: datetime | None) -> int | None:
    return None if time is None else int(time.timestamp())


def _once(matches: _Rows) -> _Rows:
    """Each event once; of two that differ the same one, in whatever order they came."""
    keys = np.sort(matches["key"])
    if not np.any(keys[1:] == keys[:-1]):
        return matches
    columns = [matches[name] for name in ("who", "patterns", "minute", "key")]
    ordered = matches[np.lexsort(columns)]
    once: _Rows = ordered[np.diff(ordered["key"], prepend=~ordered["key"][:1]) != 0]
    return once


def _count(rows: _Rows) -> _Counts:
    pairs = rows["who"].astype("<u8") << np.uint64(32) | rows["minute"].astype("<u8")
    found, numbers = np.unique(pairs, return_counts=True)
    return found, numbers


def _matches(parts: Sequence[_Counts], contributors: Sequence[Contributor]) -> Matches:
    if not parts:
        return Matches(by_minute={}, by_contributor={})
    pairs, numbers = _added(*map(np.concatenate, zip(*parts, strict=True)))
    minutes = (pairs & np.uint64(0xFFFFFFFF)).astype("<i8") * _MINUTE
    who, starts = np.unique(pairs >> np.uint64(32), return_index=True)
    ends = np.append(starts, len(pairs))[1:]
    return Matches(
        by_minute=_as_dict(*_added(minutes, numbers)),
        by_contributor={
            contributors[number]: Activity(
                int(numbers[start:end].sum()), _as_dict(minutes[start:end], numbers[start:end])
            )
            for number, start, end in zip(who.tolist(), starts.tolist(), ends.tolist(), strict=True)
        },
    )


def _added(keys: _Rows, numbers: _Rows) -> _Counts:
    """Each key once, in ascending order, with the sum of its numbers."""
    found, places = np.unique(keys, return_inverse=True)
    return found, np.bincount(places, numbers, len(found)).astype("<i8")


def _as_dict(keys: _Rows, numbers: _Rows) -> dict[int, int]:
    return dict(zip(keys.tolist(), numbers.tolist(), strict=True))
