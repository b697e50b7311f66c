"""The CloudTrail records in one JSON value, whatever envelope they are in."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import msgspec
from msgspec import UNSET, Raw, UnsetType

from assurance.cloudtrail.items import Item, Kind, Problem, Record, Skipped
from assurance.cloudtrail.packed_data import PackedDataError, unpack

Field: TypeAlias = Raw | UnsetType


class InvalidJsonError(ValueError):
    """Text that is no JSON object or array; the message says why, in plain words."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a JSON value is from, for what is said of it.

    With `any_object` an object counts as a record although no field of it says so. `timestamp` is
    that of the log event which it is from, in milliseconds since 1970, if it is from one.
    """

    source: str
    where: str = ""
    any_object: bool = False
    timestamp: int | None = None

    def record(self, text: bytes, timestamp: int | None = None) -> Item:
        """Give the text as a record; a problem if it is not text."""
        try:
            text.decode()
        except UnicodeDecodeError as error:
            return self.problem(f"not UTF-8 text (byte {error.start})")
        return Record(text, self.source, self.timestamp if timestamp is None else timestamp)

    def skipped(self, kind: Kind) -> Skipped:
        """Say that what is here is no record."""
        return Skipped(self.source, kind)

    def problem(self, reason: str) -> Problem:
        """Say that what is here cannot be read."""
        return Problem(self.source, reason, self.where)

    def element(self, number: int) -> "Origin":
        """Give the origin of an element of the list that is here, counted from 1."""
        return replace(self, where=f"{self.where}, record {number}".removeprefix(", "))


def records_in(text: bytes, origin: Origin) -> Iterator[Item]:
    """Give the records in one JSON value, and what else it holds.

    Raises InvalidJsonError, before it gives anything.
    """
    value = _parse(text)
    if isinstance(value, _Object) and value.packed is not None:
        yield from _unpacked(value.packed, origin)
        return
    listed = value if isinstance(value, list) else value.listed
    if listed is None:
        yield _element(text, origin)
        return
    if not listed:
        yield origin.skipped(Kind.EMPTY)
    for number, element in enumerate(listed, 1):
        yield from _elements(bytes(element), origin.element(number))


def _elements(text: bytes, origin: Origin) -> Iterator[Item]:
    """Give an element of a list: an event, or a whole envelope, as `jq --slurp` lists those."""
    envelope = _envelope(text)
    if envelope is None:
        yield _element(text, origin)
    elif envelope.packed is not None:
        yield from _unpacked(envelope.packed, origin)
    else:
        yield from _each(text, envelope, origin)


def _envelope(text: bytes) -> "_Object | None":
    if not any(name in text for name in _ENVELOPES):
        return None
    try:
        value = _parse(text)
    except InvalidJsonError:
        return None
    return value if isinstance(value, _Object) and not value.is_call else None


def _each(text: bytes, value: "_Object", origin: Origin) -> Iterator[Item]:
    """Give the events that an object lists; itself, if it lists none."""
    listed = value.listed
    if listed is None:
        yield _element(text, origin)
    elif not listed:
        yield origin.skipped(Kind.EMPTY)
    else:
        for number, each in enumerate(listed, 1):
            yield _element(bytes(each), origin.element(number))


def _unpacked(packed: Raw, origin: Origin) -> Iterator[Item]:
    """Give the log events that a subscription of CloudWatch Logs has packed."""
    try:
        text = unpack(_decode_text(packed))
        if not text.startswith(b"{"):
            # Other things come by Kinesis too.
            yield origin.skipped(Kind.OTHER)
            return
        value = _parse(text)
    except (msgspec.DecodeError, PackedDataError, InvalidJsonError):
        yield origin.problem("the log events inside do not decode")
        return
    if isinstance(value, list):
        yield origin.skipped(Kind.OTHER)
    else:
        yield from _each(text, value, origin)


class _Object(msgspec.Struct, rename="camel"):
    """The fields that tell what a JSON object is. None is decoded: none can be of a wrong type."""

    # Every CloudTrail record has some of these four.
    event_name: Field = UNSET
    event_source: Field = UNSET
    user_identity: Field = UNSET
    error_code: Field = UNSET
    event_type: Field = UNSET
    # Lists: in CloudTrail's files, from LookupEvents, from FilterLogEvents and GetLogEvents, from
    # a CloudWatch Logs subscription.
    records: Field = msgspec.field(default=UNSET, name="Records")
    looked_up: Field = msgspec.field(default=UNSET, name="Events")
    events: Field = UNSET
    log_events: Field = UNSET
    # Log events in base64: as a subscription hands them to Lambda, itself or by way of Kinesis.
    awslogs: Field = UNSET
    kinesis: Field = UNSET
    # One event: from LookupEvents, from CloudWatch Logs, from EventBridge.
    cloud_trail_event: Field = msgspec.field(default=UNSET, name="CloudTrailEvent")
    message: Field = UNSET
    timestamp: Field = UNSET
    detail: Field = UNSET
    # A digest file.
    digest_s3_object: Field = msgspec.field(default=UNSET, name="digestS3Object")

    @property
    def is_event(self) -> bool:
        """Whether it has fields of a CloudTrail record."""
        told = (self.event_name, self.event_source, self.user_identity, self.error_code)
        return any(field is not UNSET for field in told)

    @property
    def is_call(self) -> bool:
        """Whether it is an event that is CloudTrail's own."""
        return self.is_event and not self.is_notification

    @property
    def is_insights_event(self) -> bool:
        """Whether it is CloudTrail's, but about the rate of calls: its eventType says so.

        CloudTrail user guide, "CloudTrail record contents for Insights events".
        """
        return _source_text(self.event_type) == b'"AwsCloudTrailInsight"'

    @property
    def is_notification(self) -> bool:
        """Whether it is an event of S3's notifications and the like, in their own `Records`.

        Their sources are `aws:s3` and so on, and they have no eventType; CloudTrail's are hosts.
        """
        return self.event_type is UNSET and _source_text(self.event_source).startswith(b'"aws:')

    @property
    def listed(self) -> list[Raw] | None:
        """What this is an envelope of, if it is one of many events."""
        for field in (self.records, self.looked_up, self.events, self.log_events):
            if isinstance(field, Raw) and bytes(field)[:1] == b"[":
                return _decode_list(field)
        return None

    @property
    def packed(self) -> Raw | None:
        """The string of base64 that this is an envelope of, if it is one."""
        if self.is_call:
            return None
        for field in (self.awslogs, self.kinesis):
            if isinstance(field, Raw) and bytes(field)[:1] == b"{":
                data = _decode_data(field).data
                if isinstance(data, Raw) and bytes(data)[:1] == b'"':
                    return data
        return None


# Their names: what has none of them is no envelope of many.
_ENVELOPES = (
    *(b'"Records"', b'"Events"', b'"events"', b'"logEvents"'),
    *(b'"awslogs"', b'"kinesis"'),
)


class _Data(msgspec.Struct):
    data: Field = UNSET


_decode_data = msgspec.json.Decoder(_Data).decode

_decode: Callable[[bytes], list[Raw] | _Object] = msgspec.json.Decoder(list[Raw] | _Object).decode
_decode_list = msgspec.json.Decoder(list[Raw]).decode
_decode_text = msgspec.json.Decoder(str).decode
_decode_integer = msgspec.json.Decoder(int).decode


def _element(text: bytes, origin: Origin) -> Item:
    if text.startswith(b'"{'):
        # What `--query 'Events[].CloudTrailEvent'` leaves of what LookupEvents gives.
        return _enclosed(Raw(text), None, origin)
    try:
        value = _parse(text)
        if isinstance(value, list):
            return origin.skipped(Kind.OTHER)
        return _unwrap(text, value, origin)
    except InvalidJsonError as error:
        return origin.problem(str(error))


def _unwrap(text: bytes, value: _Object, origin: Origin) -> Item:
    """Take an event out of its own envelope, if it is in one."""
    if not value.is_event:
        if isinstance(value.cloud_trail_event, Raw):
            return _enclosed(value.cloud_trail_event, None, origin)
        if isinstance(value.message, Raw) and bytes(value.message).startswith(b'"{'):
            if isinstance(value.timestamp, Raw):
                return _enclosed(value.message, _integer(value.timestamp), origin)
            # What `--query 'events[].{message: message}'` leaves; but also how programs log.
            enclosed = _enclosed(value.message, None, replace(origin, any_object=False))
            if isinstance(enclosed, Record) or not origin.any_object:
                return enclosed
        if isinstance(value.detail, Raw):
            detail = bytes(value.detail)
            inner = _parse(detail) if detail.startswith(b"{") else []
            if isinstance(inner, _Object) and (inner.is_event or inner.is_insights_event):
                return _classify(detail, inner, origin)
    return _classify(text, value, origin)


def _enclosed(string: Raw, timestamp: int | None, origin: Origin) -> Item:
    """Read an event that its envelope holds as a string of JSON."""
    try:
        text = _decode_text(string).encode()
        value = _parse(text)
    except msgspec.DecodeError:
        return origin.problem("the event inside is not valid text")
    except InvalidJsonError as error:
        return origin.problem(f"the event inside is {error}")
    if isinstance(value, list):
        return origin.skipped(Kind.OTHER)
    return _classify(text, value, origin, timestamp)


def _classify(text: bytes, value: _Object, origin: Origin, timestamp: int | None = None) -> Item:
    if value.is_insights_event:
        return origin.skipped(Kind.INSIGHTS)
    if value.digest_s3_object is not UNSET:
        return origin.skipped(Kind.DIGEST)
    if (value.is_event or origin.any_object) and not value.is_notification:
        return origin.record(text, timestamp)
    return origin.skipped(Kind.OTHER)


def _parse(text: bytes) -> list[Raw] | _Object:
    try:
        return _decode(text)
    except msgspec.ValidationError as error:
        raise InvalidJsonError("neither a JSON object nor an array") from error
    except RecursionError as error:
        raise InvalidJsonError("nested too deeply") from error
    except msgspec.DecodeError as error:
        mended = _SURROGATES.sub(_replace_lone_surrogate, text)
        if mended != text:
            return _parse(mended)
        raise InvalidJsonError(_in_plain_words(error, text)) from error


# An escape of half a character is valid JSON, but msgspec refuses it as no text can hold it. It is
# read as the replacement character.
_SURROGATES = re.compile(
    rb"\\[^u]|\\u[dD][89abAB]..\\u[dD][c-fC-F]..|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)


def _replace_lone_surrogate(escape: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if escape["lone"] else escape[0]


def _in_plain_words(error: msgspec.DecodeError, text: bytes) -> str:
    """Say why text is not JSON: msgspec names the reason and a byte, people count lines."""
    malformed = re.fullmatch(r"JSON is malformed: (.*) \(byte (\d+)\)", str(error))
    if not malformed:
        return "cut: it ends before its JSON does"
    reason, byte = malformed[1], int(malformed[2])
    line = text.count(b"\n", 0, byte) + 1
    place = f"line {line}" if b"\n" in text.strip() else f"byte {byte}"
    return f"not valid JSON: {reason} at {place}"


def _source_text(field: Field) -> bytes:
    return b"" if isinstance(field, UnsetType) else bytes(field)


def _integer(field: Raw) -> int | None:
    try:
        return _decode_integer(field)
    except msgspec.DecodeError:
        return None
