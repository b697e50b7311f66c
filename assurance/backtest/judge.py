"""Which events some filter patterns match, decided on no more of a record than they read."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from itertools import compress
from typing import Annotated, Any, Final, TypeAlias

import msgspec

from assurance.backtest.batch import ID_LENGTH, Batch
from assurance.backtest.history import Contributor
from assurance.backtest.log_file import Events, FieldReader, Fields, LogFileReader
from assurance.backtest.selection import Selection
from assurance.backtest.sieve import Path, paths, sieve_for
from assurance.filter_pattern import (
    FilterPattern,
    NotJsonError,
    compile_tree,
    json_reader,
    parse,
    read_json,
)

_MINUTE: Final = 60
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BEYOND: Final = datetime(2100, 1, 1, tzinfo=UTC)

# The first that a record has says who calls: a role rather than one of its sessions. An AWS service
# that calls for itself has the last one alone.
PRINCIPAL_FIELDS: Final = (
    "userIdentity.sessionContext.sessionIssuer.arn",
    "userIdentity.arn",
    "userIdentity.principalId",
    "userIdentity.accountId",
    "userIdentity.invokedBy",
)
_PRINCIPALS: Final[Mapping[str, Path]] = {n: tuple(n.split(".")) for n in PRINCIPAL_FIELDS}
_CALL: Final[Sequence[Path]] = [
    ("eventSource",),
    ("eventName",),
    ("sourceIPAddress",),
    ("errorCode",),
]

_UUID_LENGTH: Final = 2 * ID_LENGTH + 4
_HYPHENS: Final = (8, 13, 18, 23)

# Records whose judgement is remembered.
_REMEMBERED: Final = 20_000

Test = Callable[[Any], bool]
Time: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]


class UndatedError(ValueError):
    """A record that has no usable eventTime; the message says so."""


class Judge:
    """Adds events to a batch, and says which of them match."""

    def __init__(self, patterns: Sequence[str], selection: Selection) -> None:
        """One to eight patterns, which are taken to be valid ones."""
        parsed = [parse(text) for text in patterns]
        self._selection = selection
        self._slow = _tests(parsed, json_reader)
        self._fast: list[tuple[int, Test]] = []
        self._reader: LogFileReader | None = None
        self._places: Mapping[Path, int] = {}
        # Who is denied is denied again: many records differ in their time and eventID alone.
        self._judged: dict[Fields, tuple[int, Contributor]] = {}
        read = paths(pattern.root for pattern in parsed)
        if read is None:
            return
        fields = FieldReader([*_PRINCIPALS.values(), *_CALL, *read])
        self._places = fields.places
        self._fast = _tests(parsed, fields.reader)
        self._reader = LogFileReader(
            fields, sieve_for(parsed), with_origin=not selection.is_everything
        )

    def read(self, text: bytes | bytearray, events: Events) -> bool:
        """Read the events of a file as CloudTrail writes it; False if that takes more patience."""
        return self._reader is not None and self._reader.read(text, events)

    def add(self, events: Events, batch: Batch) -> bool:
        """Add events; False, and none is added, where some take more patience yet."""
        if not events.ids:
            return True
        try:
            times = msgspec.convert(events.times, list[Time])
        except msgspec.ValidationError:
            return False
        first, last = min(times), max(times)
        if first < _EARLIEST or last >= _BEYOND:
            return False
        not_selected = 0
        if not self._selection.is_everything:
            origins = zip(times, events.origins, strict=True)
            selected = [self._selection.holds(time, *origin) for time, origin in origins]
            not_selected = selected.count(False)
            events, times = events.only(selected), list(compress(times, selected))
            first, last = min(times, default=first), max(times, default=last)
        try:
            ids = _packed(events.ids)
        except TypeError:
            return False
        batch.not_selected += not_selected
        if not times:
            return True
        start = len(batch)
        batch.saw(first, last)
        batch.ids += ids
        for place, fields in events.suspects:
            patterns, contributor = self._judgement(fields)
            if patterns:
                batch.add_match(start + place, self._minute(times[place]), contributor, patterns)
        return True

    def _judgement(self, fields: Fields) -> tuple[int, Contributor]:
        """Which patterns match a record, as bits, and whose it is."""
        judgement = self._judged.get(fields)
        if judgement is None:
            contributor = _contributor(lambda path: _text(fields[self._places[path]]))
            judgement = _bits(self._fast, fields), contributor
            if len(self._judged) >= _REMEMBERED:
                self._judged.clear()
            self._judged[fields] = judgement
        return judgement

    def add_record(self, text: bytes, batch: Batch) -> None:
        """Add one record; raises UndatedError for one that cannot be placed in time."""
        record = _read(text)
        time = _time(record.get("eventTime"))
        if not self._is_selected(record, time):
            batch.not_selected += 1
            return
        batch.saw(time, time)
        place = len(batch)
        identity = record.get("eventID")
        batch.ids += _packed([identity if isinstance(identity, str) else ""])
        patterns = _bits(self._slow, record)
        if patterns:
            contributor = _contributor(partial(_item, record))
            batch.add_match(place, self._minute(time), contributor, patterns)

    def _minute(self, time: datetime) -> int:
        return (int(time.timestamp()) + self._selection.delay) // _MINUTE * _MINUTE

    def _is_selected(self, record: Mapping[str, Any], time: datetime) -> bool:
        account = _item(record, ("recipientAccountId",)) or _item(
            record, ("userIdentity", "accountId")
        )
        return self._selection.holds(time, _item(record, ("awsRegion",)), account)


def _tests(patterns: Sequence[FilterPattern], reader: Callable[..., Any]) -> list[tuple[int, Test]]:
    return [
        (1 << number, compile_tree(pattern.root, reader, pattern.wildcard_model))
        for number, pattern in enumerate(patterns)
    ]


def _bits(tests: Sequence[tuple[int, Test]], record: Any) -> int:
    return sum(bit for bit, test in tests if test(record))


def _packed(identities: Sequence[str]) -> bytes:
    """ID_LENGTH bytes for each eventID, the same for the same one. CloudTrail's are UUIDs."""
    joined = "".join(identities)
    hyphens = "-" * len(identities)
    if set(map(len, identities)) == {_UUID_LENGTH} and all(
        joined[place::_UUID_LENGTH] == hyphens for place in _HYPHENS
    ):
        with suppress(ValueError):
            # Blanks between bytes are passed over.
            packed = bytes.fromhex(joined.replace("-", " "))
            if len(packed) == ID_LENGTH * len(identities):
                return packed
    return b"".join(map(_packed_one, identities))


def _packed_one(identity: str) -> bytes:
    try:
        packed = bytes.fromhex(identity.replace("-", ""))
    except ValueError:
        packed = b""
    if len(packed) == ID_LENGTH and len(identity) == _UUID_LENGTH:
        return packed
    # All zeros: it has none, and nothing can be said to be the same event.
    if not identity:
        return bytes(ID_LENGTH)
    return blake2b(identity.encode(errors="surrogatepass"), digest_size=ID_LENGTH).digest()


def _read(text: bytes) -> Mapping[str, Any]:
    try:
        record = read_json(text)
    except NotJsonError as error:
        raise UndatedError(str(error)) from None
    if not isinstance(record, dict):
        raise UndatedError("no JSON object")
    return record


def _time(value: object) -> datetime:
    # A number is read as its text, of a class of its own.
    if type(value) is not str:
        raise UndatedError("it has no eventTime")
    try:
        time: datetime = msgspec.convert(value, Time)
    except (msgspec.ValidationError, UnicodeEncodeError):
        raise UndatedError("its eventTime is no time in UTC") from None
    if not _EARLIEST <= time < _BEYOND:
        raise UndatedError("its eventTime is not between 1970 and 2100")
    return time


def _contributor(text_of: Callable[[Path], str]) -> Contributor:
    named = ((text_of(path), name) for name, path in _PRINCIPALS.items())
    principal, field = next((each for each in named if each[0]), ("", ""))
    event_source, event_name, source_ip, error_code = map(text_of, _CALL)
    return Contributor(principal, event_source, event_name, source_ip, error_code, field)


def _item(record: object, path: Path) -> str:
    for step in path:
        record = record.get(step) if isinstance(record, dict) else None
    return _text(record)


def _text(value: object) -> str:
    # Of a number's text, which is of a class of its own, the plain text.
    return str(value) if isinstance(value, str) else ""
