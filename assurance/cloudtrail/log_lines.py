"""A log group's events as lines of text: the time, perhaps the log stream's name, and the message.

CloudWatch Logs' export to S3 (CreateExportTask) writes time and message, `aws logs tail` with
`--format short` too; without it the stream's name stands between them. With `--format json` the
message follows on lines of its own.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

# `aws logs tail --format short` leaves the zone out: it is UTC.
_TIME: Final = re.compile(
    rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)?)[ \t]"
)


def is_log_line(text: bytes, following: bytes = b"") -> bool:
    """Whether text begins as such a line does whose message is a JSON object, there or below it."""
    parted = part(text)
    return parted is not None and (parted[1].startswith(b"{") or following.strip() == b"{")


def whole(lines: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Put a message that stands on lines of its own behind its time; `lines` are without blanks."""
    time: tuple[int, bytes] | None = None
    message: list[bytes] = []
    depth = 0
    for number, line in lines:
        parted = part(line)
        if time is not None and parted is None and (message or line == b"{"):
            message.append(line)
            # A bracket that a line leaves open is its last character, one that it closes its first.
            depth += line.endswith((b"{", b"[")) - line.startswith((b"}", b"]"))
            if depth == 0:
                yield _joined(time, message)
                time, message = None, []
            continue
        if time is not None:
            yield _joined(time, message)
            time, message, depth = None, [], 0
        if parted is None or parted[1].startswith(b"{"):
            yield number, line
        else:
            time = number, line
    if time is not None:
        yield _joined(time, message)


def part(line: bytes) -> tuple[int, bytes] | None:
    """Give a line's time, in milliseconds since 1970, and its message; None for any other line.

    A message without JSON keeps the log stream's name, if that is there. JSON that stands anywhere
    else makes it another line, so that nobody takes it for none.
    """
    found = _TIME.match(line)
    if not found:
        return None
    try:
        time = datetime.fromisoformat(found[1].decode())
    except ValueError:
        return None
    message = line[found.end() :]
    _, _, behind_stream = message.partition(b" ")
    if not message.startswith(b"{") and behind_stream.startswith(b"{"):
        message = behind_stream
    if not message.startswith(b"{") and b'{"' in message:
        return None
    moment = time if time.tzinfo is not None else time.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1_000), message


def _joined(time: tuple[int, bytes], message: list[bytes]) -> tuple[int, bytes]:
    number, line = time
    return number, b" ".join([line, b"\n".join(message)]) if message else line
