"""CloudTrail records out of files, folders and standard input, in whatever form they are."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import msgspec

from assurance.cloudtrail.envelopes import InvalidJsonError, Origin, records_in
from assurance.cloudtrail.items import Item, Kind
from assurance.cloudtrail.json_values import BLANK, NotJsonError, documents, lines
from assurance.cloudtrail.log_lines import is_log_line, part, whole
from assurance.cloudtrail.sources import ReadError, Source, find

# How much is read to tell lines from documents, when the first line has no end before.
_LONGEST_LOOK = 1 << 20

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_BEGINS_AS_JSON = re.compile(rb'\s*(?:\{\s*["}]|\[\s*[\[{\]])')


def read(paths: Iterable[str], *, any_object: bool = False) -> Iterator[Item]:
    """Read CloudTrail records as they come; `-` is standard input.

    What is not JSON in a file that was named, or whose name promises JSON, is a Problem; other
    files in folders are Skipped. With `any_object` each JSON object of a named file counts as a
    record, whatever its fields: it is what a log line is.
    """
    for found in find(paths):
        if isinstance(found, Source):
            yield from read_source(found, any_object=any_object and found.is_named)
        else:
            yield found


def read_source(source: Source, *, any_object: bool = False) -> Iterator[Item]:
    """Read the records of one source; its last item is a Problem when it was not read to its end.

    Of a document (`Records` and the like) that is cut nothing is given, of JSON lines the whole
    lines before the cut.
    """
    origin = Origin(source.name, any_object=any_object)
    try:
        yield from _read_pieces(source, origin)
    except (ReadError, NotJsonError, InvalidJsonError) as error:
        yield origin.problem(str(error))


def _read_pieces(source: Source, origin: Origin) -> Iterator[Item]:
    pieces = source.pieces()
    text, in_lines, ended = b"", None, True
    for piece in pieces:
        text += piece
        in_lines = _are_lines(text)
        if in_lines is not None or len(text) > _LONGEST_LOOK:
            ended = False
            break
    text = text.removeprefix(_BYTE_ORDER_MARK)
    is_read = _BEGINS_AS_JSON.match(text) or _is_log(text)
    if not is_read and source.packed_as is not None:
        raise ReadError(f"packed as {source.packed_as}, which is not read: unpack it first")
    if not (is_read or source.should_be_json):
        yield origin.skipped(Kind.OTHER)
    elif ended and not text.strip():
        yield origin.skipped(Kind.EMPTY)
    elif text.startswith(_UTF_16_MARKS):
        raise NotJsonError("UTF-16 text: save it as UTF-8")
    elif in_lines:
        yield from _records_in_lines(text, pieces, origin)
    else:
        yield from _records_in_documents(text, pieces, origin, is_all=ended)


def _are_lines(text: bytes) -> bool | None:
    """Tell lines from documents by the first two lines; None: more is needed to tell.

    The second counts because the first of JSON lines may be cut or foreign.
    """
    first, end, rest = text.removeprefix(_BYTE_ORDER_MARK).lstrip().partition(b"\n")
    if is_log_line(first):
        return True
    if not end:
        return None
    if _is_value(first):
        return True
    # In a document, a value on a line of its own comes behind a bracket, a comma or a colon.
    if first[:1] in b"{[" and first.rstrip()[-1:] in b"[,:":
        return False
    second, end, _ = rest.lstrip().partition(b"\n")
    if _is_value(second) or is_log_line(second) or is_log_line(first, second):
        return True
    return False if end else None


def _is_log(text: bytes) -> bool:
    first, second, third, *_ = (*text.lstrip().split(b"\n", 3), b"", b"")
    return is_log_line(first, second) or is_log_line(second, third)


def _is_value(text: bytes) -> bool:
    if text[:1] not in (b"{", b"["):
        return False
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _records_in_lines(text: bytes, pieces: Iterator[bytes], origin: Origin) -> Iterator[Item]:
    for number, line in whole(lines(text, pieces)):
        place = replace(origin, where=f"line {number}")
        if (parted := part(line)) is not None:
            timestamp, line = parted  # noqa: PLW2901 - what is left of it
            if not line.startswith(b"{"):
                yield place.skipped(Kind.OTHER)
                continue
            place = replace(place, timestamp=timestamp)
        try:
            yield from records_in(line, place)
        except InvalidJsonError as error:
            yield place.problem(str(error))


def _records_in_documents(
    text: bytes, pieces: Iterator[bytes], origin: Origin, *, is_all: bool
) -> Iterator[Item]:
    if is_all:
        # Nearly every file of CloudTrail: one small document, which need not be searched for.
        try:
            yield from records_in(text.strip(BLANK), origin)
        except InvalidJsonError:
            pass
        else:
            return
    for document in documents(text, pieces):
        yield from records_in(document, origin)
