"""CloudTrail's log files, read no further than a backtest asks.

simdjson looks at all of a text, and makes an object of nothing but what is asked for. It takes NaN
and Infinity for numbers, which CloudTrail never writes, the first of two fields of one name, JSON
that is nested a little deeper than elsewhere, and in a long text a list without its commas.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, compress, groupby
from typing import Any, Final, NamedTuple, TypeAlias

from fastsimdjson import Object, parse, parse_many  # type: ignore[import-not-found] # it has no types
from msgspec import UNSET, UnsetType

from assurance.backtest.sieve import Path, Sieve
from assurance.filter_pattern import Selector

Fields: TypeAlias = tuple[str | UnsetType | None, ...]
"""What a record has in some fields."""

# What else may be in a list of `Records` (S3's notifications, Insights, what is yet to come) the
# reader of all forms tells apart. CloudTrail user guide, "CloudTrail record contents": eventType.
_USUAL_TYPE: Final = "AwsApiCall"
_TYPES: Final = frozenset(
    {_USUAL_TYPE, "AwsServiceEvent", "AwsConsoleAction", "AwsConsoleSignIn", "AwsVpceEvent"}
)
# Bytes of text that are parsed as a whole, which is faster, and takes two more bytes for each.
_LONGEST_AT_ONCE: Final = 4 << 20
_BEGIN: Final = re.compile(rb'[ \t\r\n]*\{[ \t\r\n]*"Records"[ \t\r\n]*:')
_END: Final = re.compile(rb"\}[ \t\r\n]*\Z")
_LONGEST_END: Final = 16

_TEXT: Final = frozenset({str, type(None), UnsetType})


class NotTextError(ValueError):
    """A field that is neither a string nor null; its reading takes more patience."""


class FieldReader:
    """Reads some fields of records."""

    def __init__(self, paths: Iterable[Path]) -> None:
        # Where a field is in what `read` gives.
        self.places: dict[Path, int] = {}
        self._branches = _branches(sorted(set(paths)), (), self.places)

    def read(self, record: Object) -> Fields:
        """Give the fields of a record; raises NotTextError."""
        fields: list[Any] = []
        _gather(record, self._branches, fields)
        if not _TEXT.issuperset(map(type, fields)):
            raise NotTextError
        return tuple(fields)

    def reader(self, selector: Selector) -> Callable[[Fields], Sequence[object]]:
        """Read a selector's nodes from what `read` gives, as `json_reader` does from JSON."""
        place = self.places[tuple(map(str, selector.steps))]
        return lambda fields: () if fields[place] is UNSET else (fields[place],)


class _Branch(NamedTuple):
    """A field of an object: whether it is asked for, and what is asked for in it."""

    name: str
    is_asked_for: bool
    below: Sequence["_Branch"]
    missing: Sequence[UnsetType]


def _branches(paths: Sequence[Path], above: Path, places: dict[Path, int]) -> Sequence[_Branch]:
    """Group sorted paths, of which each begins with `above`, by their next step; note places."""
    branches = []
    for name, group in groupby(paths, key=lambda path: path[len(above)]):
        here = (*above, name)
        deeper = list(group)
        is_asked_for = deeper[0] == here
        if is_asked_for:
            places[here] = len(places)
            deeper = deeper[1:]
        before = len(places)
        below = _branches(deeper, here, places)
        branches.append(_Branch(name, is_asked_for, below, [UNSET] * (len(places) - before)))
    return branches


def _gather(node: Object, branches: Sequence[_Branch], fields: list[Any]) -> None:
    get = node.get
    for name, is_asked_for, below, missing in branches:
        value = get(name, UNSET)
        if is_asked_for:
            fields.append(value)
        if below:
            if type(value) is Object:
                _gather(value, below, fields)
            else:
                fields += missing


@dataclass(slots=True)
class Events:
    """Events of log files, each at its place in the lists.

    `origins` are their regions and accounts, none unless they are asked for. `suspects` are those
    that might match: their places and their fields.
    """

    ids: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    origins: list[tuple[str, str]] = field(default_factory=list)
    suspects: list[tuple[int, Fields]] = field(default_factory=list)

    def only(self, selected: Sequence[bool]) -> "Events":
        """Those of the events that are selected, each at its new place."""
        places = list(accumulate(selected, initial=0))
        return Events(
            list(compress(self.ids, selected)),
            list(compress(self.times, selected)),
            list(compress(self.origins, selected)),
            [(places[place], fields) for place, fields in self.suspects if selected[place]],
        )


class LogFileReader:
    """Reads the texts of files as CloudTrail writes them."""

    def __init__(self, fields: FieldReader, sieve: Sieve | None, *, with_origin: bool) -> None:
        """Without a sieve every event is a suspect. `with_origin` asks for regions and accounts."""
        self._fields = fields
        self._needed = sieve.field if sieve else None
        # Not asked where no field is needed.
        self._passes = sieve.passes if sieve else bool
        self._with_origin = with_origin

    def read(self, text: bytes | bytearray, events: Events) -> bool:
        """Add the events of a file; False, and none is added, if that takes more patience."""
        needed, passes = self._needed, self._passes
        ids, times, types = [], [], []
        origins: list[tuple[str, str]] = []
        suspects: list[tuple[int, Fields]] = []
        try:
            # One look at each record takes less time than a look for each field at all of them.
            for place, record in enumerate(_records(text), len(events.ids)):
                ids.append(record["eventID"])
                times.append(record["eventTime"])
                types.append(record["eventType"])
                if self._with_origin:
                    origins.append((record["awsRegion"], record["recipientAccountId"]))
                if needed is None or (
                    needed in record and (type(value := record[needed]) is not str or passes(value))
                ):
                    suspects.append((place, self._fields.read(record)))
            is_usual = types.count(_USUAL_TYPE) == len(types) or _TYPES.issuperset(types)
        # What is no JSON is a ValueError too. Reading patiently takes less room.
        except (ValueError, KeyError, TypeError, RecursionError, MemoryError):
            return False
        # An account may be told elsewhere.
        if not (ids and is_usual and all(each and type(each) is str for each in chain(*origins))):
            return False
        events.ids += ids
        events.times += times
        events.origins += origins
        events.suspects += suspects
        return True


def _records(text: bytes | bytearray) -> Iterable[Object]:
    if len(text) > _LONGEST_AT_ONCE:
        return _streamed(text)
    document = parse(text)
    # What simdjson refuses comes as the standard library reads it.
    return document["Records"] if type(document) is Object else ()


def _streamed(text: bytes | bytearray) -> Iterator[Object]:
    """Parse a long text a piece at a time, which takes no room but for the text itself.

    What is between an object's first colon and its end is an array only where there is no more in
    the object. Raises ValueError.
    """
    begin, end = _BEGIN.match(text), _END.search(text, max(0, len(text) - _LONGEST_END))
    if begin is None or end is None:
        raise ValueError
    for record in parse_many(memoryview(text)[begin.end() : end.start()], format="array"):
        if type(record) is not Object:
            raise ValueError
        yield record
