"""Files as they wait for a process to read them."""

import pickle
import zlib
from collections.abc import Iterable, Iterator, Sequence

from assurance.cloudtrail import Files


def shared_out(files: Iterable[Files], number: int) -> Iterator[list[Files]]:
    """Share files out into lists of about so many; those of a folder stay together if they can."""
    share: list[Files] = []
    room = number
    for each in files:
        for start in range(0, len(each.names), number):
            some = each._replace(names=each.names[start : start + number])
            # Half a share more, or a folder's last few would be one of their own.
            if share and room + number // 2 < len(some.names):
                yield share
                share, room = [], number
            share.append(some)
            room -= len(some.names)
    if share:
        yield share


def bundle(files: Sequence[Files], *, small: bool = True) -> bytes:
    """Make one piece of many paths; `small` takes a quarter of the room and four times as long."""
    return zlib.compress(pickle.dumps(files), 1 if small else 0)


def unbundle(pieces: bytes) -> Sequence[Files]:
    """What `bundle` was given."""
    files: Sequence[Files] = pickle.loads(zlib.decompress(pieces))  # noqa: S301 - of our own making
    return files
