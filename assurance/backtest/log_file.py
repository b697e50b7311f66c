"""CloudTrail's log files, read no further than a backtest asks.

simdjson looks at all of a text, and makes an object of nothing but what is asked for. It takes NaN
and Infinity for numbers, which CloudTrail never writes, and the first of two fields of one name.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, compress, groupby
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias

from fastsimdjson import Array, Object, parse  # type: ignore[import-not-found] # it has no types
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
_TEXT: Final = frozenset({str, type(None), UnsetType})


class NotTextError(ValueError):
    """A field that is neither a string nor null; its reading takes more patience."""


class FieldReader:
    """Reads some fields of records."""

    def __init__(self, paths: Iterable[Path]) -> None:
        ordered = sorted(set(paths), key=lambda path: (len(path) > 1, path))
        self._own = [path[0] for path in ordered if len(path) == 1]
        self._inside = [
            (name, [path[1:] for path in group])
            for name, group in groupby(ordered[len(self._own) :], key=itemgetter(0))
        ]
        # Where a field is in what `read` gives.
        self.places = {path: place for place, path in enumerate(ordered)}

    def read(self, record: Object) -> Fields:
        """Give the fields of a record; raises NotTextError."""
        fields = [record.get(name, UNSET) for name in self._own]
        for name, paths in self._inside:
            value = record.get(name)
            inside = value.as_dict() if type(value) is Object else {}
            for path in paths:
                node = inside
                for step in path:
                    node = node.get(step, UNSET) if type(node) is dict else UNSET
                fields.append(node)
        if not _TEXT.issuperset(map(type, fields)):
            raise NotTextError
        return tuple(fields)

    def reader(self, selector: Selector) -> Callable[[Fields], Sequence[object]]:
        """Read a selector's nodes from what `read` gives, as `json_reader` does from JSON."""
        place = self.places[tuple(map(str, selector.steps))]
        return lambda fields: () if fields[place] is UNSET else (fields[place],)


class Events(NamedTuple):
    """The events of a file, each at its place in the lists.

    `regions` and `accounts` are empty unless they are asked for. `suspects` are those that might
    match: their places and their fields.
    """

    ids: list[str]
    times: list[str]
    regions: list[str]
    accounts: list[str]
    suspects: list[tuple[int, Fields]]

    @classmethod
    def of(cls, files: Iterable["Events"]) -> "Events":
        """The events of several files, one after the other."""
        whole = cls([], [], [], [], [])
        for ids, times, regions, accounts, suspects in files:
            start = len(whole.ids)
            whole.ids.extend(ids)
            whole.times.extend(times)
            whole.regions.extend(regions)
            whole.accounts.extend(accounts)
            whole.suspects.extend((start + place, fields) for place, fields in suspects)
        return whole

    def only(self, selected: Sequence[bool]) -> "Events":
        """Those of the events that are selected, each at its new place."""
        places = list(accumulate(selected, initial=0))
        return Events(
            list(compress(self.ids, selected)),
            list(compress(self.times, selected)),
            list(compress(self.regions, selected)),
            list(compress(self.accounts, selected)),
            [(places[place], fields) for place, fields in self.suspects if selected[place]],
        )


class LogFileReader:
    """Reads the text of a file as CloudTrail writes it."""

    def __init__(self, fields: FieldReader, sieve: Sieve | None, *, with_origin: bool) -> None:
        """Without a sieve every event is a suspect. `with_origin` asks for region and account."""
        self._fields = fields
        self._sieve = sieve
        self._with_origin = with_origin

    def events(self, text: bytes | bytearray) -> Events | None:
        """The events of a file; None if its reading takes more patience."""
        try:
            records = _records(text)
            if not records:
                return None
            ids = [record["eventID"] for record in records]
            times = [record["eventTime"] for record in records]
            types = [record["eventType"] for record in records]
            if types.count(_USUAL_TYPE) < len(types) and not _TYPES.issuperset(types):
                return None
            regions, accounts = [], []
            if self._with_origin:
                regions = [record["awsRegion"] for record in records]
                accounts = [record["recipientAccountId"] for record in records]
                if not all(type(each) is str for each in (*regions, *accounts)):
                    return None
            suspects = [
                (place, self._fields.read(record)) for place, record in self._suspects(records)
            ]
        # What is no JSON is a ValueError too.
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        return Events(ids, times, regions, accounts, suspects)

    def _suspects(self, records: Sequence[Object]) -> Iterable[tuple[int, Object]]:
        if self._sieve is None:
            return enumerate(records)
        field, passes = self._sieve
        return [
            (place, record)
            for place, record in enumerate(records)
            # What is missing or null does not pass; what is no text takes more patience.
            if (value := record.get(field)) is not None
            and (type(value) is not str or passes(value))
        ]


def _records(text: bytes | bytearray) -> Sequence[Object]:
    document = parse(text)
    if type(document) is not Object:
        return ()
    records = document.get("Records")
    return list(records) if type(records) is Array else ()
