"""Which events some filter patterns match, decided on no more of a record than they read."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Final

import msgspec
from msgspec import UNSET

from assurance.backtest import record_type
from assurance.backtest.batch import ID_LENGTH, Batch
from assurance.backtest.history import Contributor
from assurance.backtest.record_type import TEXT, Path, RecordType, Time
from assurance.backtest.selection import Selection
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
_PRINCIPALS: Final = tuple((name, tuple(name.split("."))) for name in PRINCIPAL_FIELDS)
_SELECTED_BY: Final = {("awsRegion",), ("recipientAccountId",)}
# What every record has; `eventType` and `eventCategory` tell those of Insights apart.
_KNOWN: Final = (
    ("eventName", str),
    ("eventSource", str),
    ("eventTime", Time),
    ("eventID", str, ""),
    ("sourceIPAddress", TEXT, UNSET),
    ("errorCode", TEXT, UNSET),
    ("eventType", TEXT, UNSET),
    ("eventCategory", TEXT, UNSET),
)
_HEX_LENGTH: Final = 2 * ID_LENGTH
_UUID_LENGTH: Final = _HEX_LENGTH + 4

# Mapped over records, these take a fraction of what an expression for each takes.
_ID: Final = attrgetter("eventID")
_TIME: Final = attrgetter("eventTime")
_KIND: Final = attrgetter("eventSource", "eventCategory", "eventType")

Test = Callable[[Any], bool]
_Read = Callable[[Any, Path], object]


class UndatedError(ValueError):
    """A record that has no usable eventTime; the message says so."""


class Judge:
    """Adds events to a batch, and says which of them match."""

    def __init__(self, patterns: Sequence[str], selection: Selection) -> None:
        """At most eight patterns, which are taken to be valid ones."""
        parsed = [parse(text) for text in patterns]
        self._selection = selection
        self._slow = _tests(parsed, json_reader)
        self._fast: list[tuple[int, Test]] = []
        self._usual: set[tuple[str, object, object]] = set()
        self._decode: Callable[[bytes], list[Any]] | None = None
        self._needed: Callable[[Any], object] = attrgetter("eventName")
        read = record_type.paths(pattern.root for pattern in parsed)
        if read is None:
            return
        fields = read | {path for _, path in _PRINCIPALS}
        if not selection.is_everything:
            fields |= _SELECTED_BY
        try:
            record = RecordType(fields, _KNOWN)
        except ValueError:
            return
        self._open = record.open
        self._fast = _tests(parsed, record_type.reader)
        log_file = msgspec.defstruct("LogFile", [("Records", list[record.type])], gc=False)  # type: ignore[name-defined]
        decode = msgspec.json.Decoder(log_file).decode
        self._decode = lambda text: decode(text).Records  # type: ignore[attr-defined]
        needed = frozenset.intersection(*(record_type.needed(p.root) for p in parsed))
        names = sorted(str(s.steps[0]) for s in needed if len(s.steps) == 1)
        if names:
            self._needed = attrgetter(names[0])

    def add_log_file(self, text: bytes, batch: Batch) -> bool:
        """Add the records of a file as CloudTrail writes it; False, and nothing is added, if not.

        False also where a record is so unusual that its reading takes more patience.
        """
        if self._decode is None or not _is_text(text):
            return False
        try:
            records = self._decode(text)
        except (msgspec.DecodeError, RecursionError):
            return False
        if not records or not self._are_usual(records):
            return False
        times = list(map(_TIME, records))
        if min(times) < _EARLIEST or max(times) >= _BEYOND:
            return False
        if not self._selection.is_everything:
            if not all(isinstance(each.recipientAccountId, str) for each in records):
                return False
            records = [each for each in records if self._is_selected(each)]
            times = list(map(_TIME, records))
        return not records or self._add(records, times, batch)

    def _add(self, records: Sequence[Any], times: Sequence[datetime], batch: Batch) -> bool:
        places = [
            place for place, value in enumerate(map(self._needed, records)) if value is not UNSET
        ]
        try:
            for place in places:
                self._open(records[place])
        except msgspec.DecodeError:
            return False
        start = len(batch)
        batch.saw(min(times), max(times))
        batch.ids += _packed(list(map(_ID, records)))
        for place in places:
            record = records[place]
            self._judge(record, start + place, record.eventTime, self._fast, _attribute, batch)
        return True

    def add_record(self, text: bytes, batch: Batch) -> None:
        """Add one record; raises UndatedError for one that cannot be placed in time."""
        record = _read(text)
        time = _time(record.get("eventTime"))
        if self._is_selected_json(record, time):
            batch.saw(time, time)
            place = len(batch)
            identity = record.get("eventID")
            batch.ids += _packed([identity if isinstance(identity, str) else ""])
            self._judge(record, place, time, self._slow, _item, batch)

    def _are_usual(self, records: Sequence[Any]) -> bool:
        """Whether all of them are calls for certain; else the reader of all forms decides."""
        kinds = set(map(_KIND, records)) - self._usual
        for source, category, event_type in kinds:
            if (
                source.startswith("aws:")
                or category == "Insight"
                or event_type == "AwsCloudTrailInsight"
            ):
                return False
        self._usual |= kinds
        return True

    def _judge(
        self,
        record: Any,
        place: int,
        time: datetime,
        tests: Sequence[tuple[int, Test]],
        read: _Read,
        batch: Batch,
    ) -> None:
        patterns = sum(bit for bit, test in tests if test(record))
        if patterns:
            minute = (_seconds(time) + self._selection.delay) // _MINUTE * _MINUTE
            batch.add_match(place, minute, _contributor(record, read), patterns)

    def _is_selected(self, record: Any) -> bool:
        return self._selection.holds(record.eventTime, record.awsRegion, record.recipientAccountId)

    def _is_selected_json(self, record: Mapping[str, Any], time: datetime) -> bool:
        account = _item(record, ("recipientAccountId",)) or _item(
            record, ("userIdentity", "accountId")
        )
        return self._selection.holds(time, _item(record, ("awsRegion",)), account)


def _tests(patterns: Sequence[FilterPattern], reader: Callable[..., Any]) -> list[tuple[int, Test]]:
    return [
        (1 << number, compile_tree(pattern.root, reader, pattern.wildcard_model))
        for number, pattern in enumerate(patterns)
    ]


def _is_text(text: bytes) -> bool:
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _packed(identities: Sequence[str]) -> bytes:
    """ID_LENGTH bytes for each eventID, the same for the same one. CloudTrail's are UUIDs."""
    joined = "".join(identities)
    if len(joined) == _UUID_LENGTH * len(identities):
        digits = joined.replace("-", "")
        if len(digits) == _HEX_LENGTH * len(identities):
            try:
                return bytes.fromhex(digits)
            except ValueError:
                pass
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


_convert_time: Final = msgspec.json.Decoder(Time).decode


def _time(value: object) -> datetime:
    if not isinstance(value, str):
        raise UndatedError("it has no eventTime")
    try:
        time: datetime = _convert_time(msgspec.json.encode(value))
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise UndatedError("its eventTime is no time in UTC") from None
    if not _EARLIEST <= time < _BEYOND:
        raise UndatedError("its eventTime is not between 1970 and 2100")
    return time


def _seconds(time: datetime) -> int:
    return int(time.timestamp())


def _contributor(record: Any, read: _Read) -> Contributor:
    principal, field = "", ""
    for name, path in _PRINCIPALS:
        if found := read(record, path):
            principal, field = str(found), name
            break
    return Contributor(
        principal,
        str(read(record, ("eventSource",)) or ""),
        str(read(record, ("eventName",)) or ""),
        str(read(record, ("sourceIPAddress",)) or ""),
        str(read(record, ("errorCode",)) or ""),
        field,
    )


def _attribute(record: Any, path: Path) -> object:
    for step in path:
        record = getattr(record, step, None)
    return record if isinstance(record, str) else None


def _item(record: Any, path: Path) -> object:
    for step in path:
        record = record.get(step) if isinstance(record, dict) else None
    return record if isinstance(record, str) else None
