"""The JSON values in text that comes in pieces: one on each line, or one after the other.

No more of the text is held than the value that is being read.
"""

import re
from collections.abc import Iterator
from itertools import chain

# CloudTrail's own files stay below 50 MB; answers of FilterLogEvents can be much larger.
LONGEST_VALUE = 1 << 30

BLANK = b" \t\r\n"

# All up to the next bracket, strings passed whole. Possessive: nothing is kept to go back to.
_TO_BRACKET = re.compile(rb'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+', re.DOTALL)
_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_BLANKS = re.compile(rb"[ \t\r\n]*+")


class NotJsonError(ValueError):
    """Text that cannot be taken apart into JSON values; the message says why."""


def lines(head: bytes, pieces: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    """Give the lines that are not blank, as soon as they are there, with their numbers."""
    number, parts, length = 0, list[bytes](), 0
    for piece in chain((head,), pieces):
        *ends, rest = piece.split(b"\n")
        for end in ends:
            number += 1
            line = b"".join((*parts, end)).strip(BLANK)
            parts, length = [], 0
            if line:
                yield number, line
        parts.append(rest)
        length += len(rest)
        if length > LONGEST_VALUE:
            raise NotJsonError(f"line {number + 1} has no end within {LONGEST_VALUE} bytes")
    if last := b"".join(parts).strip(BLANK):
        yield number + 1, last


def documents(head: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Give the JSON objects and arrays, however they are separated, as far as brackets tell.

    A value is given when something follows it or the text ends: what fails right behind a value
    (a checksum) makes that value doubtful. Raises NotJsonError for a value that does not begin or
    does not end as one.
    """
    text, start, value = bytearray(head), 0, b""
    while True:
        start = _end_of_match(_BLANKS, text, start)
        if start == len(text):
            text, start = bytearray(next(pieces, b"")), 0
            if text:
                continue
        if value:
            yield value
        if not text:
            return
        if text[start] not in b"{[":
            raise NotJsonError(
                f"not JSON: it has {_excerpt(text, start)} where a value should begin"
            )
        search = _ValueEnd(start)
        while (end := search.find(text)) is None:
            piece = next(pieces, b"")
            if not piece:
                raise NotJsonError("cut: it ends before its JSON does")
            del text[:start]
            search.at -= start
            start = 0
            text += piece
            if len(text) > LONGEST_VALUE:
                raise NotJsonError(f"a JSON value has no end within {LONGEST_VALUE} bytes")
        value, start = bytes(text[start:end]), end


class _ValueEnd:
    """Finds the end of an object or array in text that grows, looking at nothing twice."""

    def __init__(self, start: int) -> None:
        self.at = start
        self._depth = 0
        self._in_string = False

    def find(self, text: bytearray) -> int | None:
        """Give the offset behind the value, None when the text ends before."""
        while True:
            self.at = _end_of_match(_IN_STRING if self._in_string else _TO_BRACKET, text, self.at)
            following = text[self.at : self.at + 1]
            if not following or following == b"\\":
                return None
            self.at += 1
            if following == b'"':
                self._in_string = not self._in_string
                continue
            self._depth += 1 if following in b"{[" else -1
            if self._depth == 0:
                return self.at


def _end_of_match(pattern: re.Pattern[bytes], text: bytearray, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start


def _excerpt(text: bytearray, start: int) -> str:
    words = text[start : start + 20].split()
    return ascii(words[0].decode(errors="replace"))
