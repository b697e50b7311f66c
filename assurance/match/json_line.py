"""A record's source text on one line."""

import re

# Valid JSON has line ends between its tokens alone: in a string they are escaped.
_LINE_ENDS = re.compile(rb"[ \t]*[\r\n][ \t\r\n]*")


def json_line(record: bytes) -> bytes:
    """Put a record on one line, which ends; nothing else of its text changes."""
    if b"\n" in record or b"\r" in record:
        record = _LINE_ENDS.sub(b"", record)
    return record + b"\n"
