"""Which events some filter patterns match, decided on no more of a record than they read."""

from binascii import unhexlify
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import compress, count
from operator import attrgetter
from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

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
_DAY: Final = 24 * 60 * _MINUTE
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
# What every record has. What a record of another category or type is (Insights have their own), or
# of none (S3's notifications look much the same, but for it), the reader of all forms says.
# CloudTrail user guide, "CloudTrail record contents".
_KNOWN: Final = (
    ("eventName", str),
    ("eventSource", str),
    ("eventTime", Time),
    ("eventID", str, ""),
    ("sourceIPAddress", TEXT, UNSET),
    ("errorCode", TEXT, UNSET),
    ("eventCategory", Literal["Management", "Data", "NetworkActivity"] | UnsetType, UNSET),
    (
        "eventType",
        Literal[
            "AwsApiCall",
            "AwsServiceEvent",
            "AwsConsoleAction",
            "AwsConsoleSignIn",
            "AwsVpceEvent",
        ],
    ),
)
_HEX_LENGTH: Final = 2 * ID_LENGTH
_UUID_LENGTH: Final = _HEX_LENGTH + 4
_HYPHENS: Final = (8, 13, 18, 23)

_CALL: Final = attrgetter("eventSource", "eventName", "sourceIPAddress", "errorCode")

# Records whose judgement is remembered.
_REMEMBERED: Final = 20_000

Test = Callable[[Any], bool]
_Judgement: TypeAlias = tuple[int, Contributor | None]


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
        # Who is denied is denied again: most records differ in their time and eventID alone.
        self._judged: dict[object, _Judgement] = {}
        self._decode: Callable[[bytes | bytearray], Any] | None = None
        self._needed: Callable[[Any], object] = attrgetter("eventName")
        self._may_match: Callable[[Any], bool] = lambda _: True
        self._only_text_matches = False
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
        self._said = record.said
        self._fast = _tests(parsed, record_type.reader)
        log_file = msgspec.defstruct("LogFile", [("Records", list[record.type])], gc=False)  # type: ignore[name-defined]
        self._decode = msgspec.json.Decoder(log_file).decode
        trees = [pattern.root for pattern in parsed]
        needed = frozenset.intersection(*map(record_type.needed, trees))
        first = min((s for s in needed if len(s.steps) == 1), key=str, default=None)
        if first is not None:
            self._needed = attrgetter(str(first.steps[0]))
            self._may_match = record_type.sieve(parsed, first)
            self._only_text_matches = not (self._may_match(None) or self._may_match(""))

    def records(self, text: bytes | bytearray) -> list[Any] | None:
        """The records of a file as CloudTrail writes it; None if its reading takes more patience.

        They hold on to the text.
        """
        # Most is ASCII, which takes a moment to see; msgspec looks at what it decodes alone.
        if self._decode is None or not (text.isascii() or _is_text(text)):
            return None
        try:
            return self._decode(text).Records or None
        except (msgspec.DecodeError, RecursionError):
            return None

    def add(self, records: Sequence[Any], batch: Batch) -> bool:
        """Add such records; False, and nothing is added, where one takes more patience yet."""
        times = [each.eventTime for each in records]
        first, last = min(times), max(times)
        if first < _EARLIEST or last >= _BEYOND:
            return False
        not_selected = 0
        if not self._selection.is_everything:
            if not all(isinstance(each.recipientAccountId, str) for each in records):
                return False
            selected = [each for each in records if self._is_selected(each)]
            not_selected = len(records) - len(selected)
            if not selected:
                batch.not_selected += not_selected
                return True
            records = selected
            times = [each.eventTime for each in records]
            first, last = min(times), max(times)
        places = self._places(records)
        try:
            judged = [self._judgement(records[place]) for place in places]
        except msgspec.DecodeError:
            return False
        start = len(batch)
        batch.not_selected += not_selected
        batch.saw(first, last)
        batch.ids += _packed([each.eventID for each in records])
        for place, (patterns, contributor) in zip(places, judged, strict=True):
            if contributor is not None:
                minute = self._minute(times[place])
                batch.add_match(start + place, minute, contributor, patterns)
        return True

    def _places(self, records: Sequence[Any]) -> list[int]:
        """Which of the records might match, by the one field without which none does."""
        values = list(map(self._needed, records))
        may_match = self._may_match
        if self._only_text_matches:
            # Most records have no such field, and looking at no more than that takes half the time.
            return [place for place in compress(count(), values) if may_match(values[place])]
        return [
            place for place, value in enumerate(values) if value is not UNSET and may_match(value)
        ]

    def _judgement(self, record: Any) -> "_Judgement":
        """Which patterns match a record, and whose it is if any does; DecodeError if unusual."""
        said = self._said(record)
        judgement = self._judged.get(said)
        if judgement is None:
            self._open(record)
            patterns = _bits(self._fast, record)
            judgement = (patterns, _contributor(record) if patterns else None)
            if len(self._judged) >= _REMEMBERED:
                self._judged.clear()
            self._judged[said] = judgement
        return judgement

    def add_record(self, text: bytes, batch: Batch) -> None:
        """Add one record; raises UndatedError for one that cannot be placed in time."""
        record = _read(text)
        time = _time(record.get("eventTime"))
        if not self._is_selected_json(record, time):
            batch.not_selected += 1
            return
        batch.saw(time, time)
        place = len(batch)
        identity = record.get("eventID")
        batch.ids += _packed([identity if isinstance(identity, str) else ""])
        patterns = _bits(self._slow, record)
        if patterns:
            minute = self._minute(time)
            batch.add_match(place, minute, _contributor_of_json(record), patterns)

    def _minute(self, time: datetime) -> int:
        return (_seconds(time) + self._selection.delay) // _MINUTE * _MINUTE

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


def _bits(tests: Sequence[tuple[int, Test]], record: Any) -> int:
    return sum(bit for bit, test in tests if test(record))


def _is_text(text: bytes | bytearray) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _packed(identities: Sequence[str]) -> bytes:
    """ID_LENGTH bytes for each eventID, the same for the same one. CloudTrail's are UUIDs."""
    joined = "".join(identities)
    hyphens = "-" * len(identities)
    if (
        len(joined) == _UUID_LENGTH * len(identities)
        and joined.isascii()
        and all(joined[place::_UUID_LENGTH] == hyphens for place in _HYPHENS)
    ):
        digits = joined.encode().translate(None, b"-")
        if len(digits) == _HEX_LENGTH * len(identities):
            with suppress(ValueError):
                return unhexlify(digits)
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
    # A number is read as its text, of a class of its own.
    if type(value) is not str:
        raise UndatedError("it has no eventTime")
    try:
        time: datetime = _convert_time(msgspec.json.encode(value))
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise UndatedError("its eventTime is no time in UTC") from None
    if not _EARLIEST <= time < _BEYOND:
        raise UndatedError("its eventTime is not between 1970 and 2100")
    return time


def _seconds(time: datetime) -> int:
    since = time - _EARLIEST
    return since.days * _DAY + since.seconds


def _contributor(record: Any) -> Contributor:
    event_source, event_name, source_ip, error_code = _CALL(record)
    principal, field = "", ""
    for name, path in _PRINCIPALS:
        node = record
        for step in path:
            node = getattr(node, step, None)
        if node and isinstance(node, str):
            principal, field = node, name
            break
    return Contributor(
        principal, event_source, event_name, source_ip or "", error_code or "", field
    )


def _contributor_of_json(record: Any) -> Contributor:
    principal, field = "", ""
    for name, path in _PRINCIPALS:
        if found := _item(record, path):
            principal, field = found, name
            break
    call = ("eventSource", "eventName", "sourceIPAddress", "errorCode")
    event_source, event_name, source_ip, error_code = (_item(record, (name,)) for name in call)
    return Contributor(principal, event_source, event_name, source_ip, error_code, field)


def _item(record: Any, path: Path) -> str:
    for step in path:
        record = record.get(step) if isinstance(record, dict) else None
    return str(record) if isinstance(record, str) else ""
