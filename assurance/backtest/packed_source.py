"""Sources as another process gets them: in a fraction of the time and room of Source objects."""

import pickle
import zlib
from collections.abc import Sequence
from typing import Final

from assurance.cloudtrail import Source

# What a path begins with that was named, rather than found in a folder: no path has one.
NAMED: Final = "\0"


def packed(source: Source) -> str:
    """A source as a string."""
    return NAMED + source.path if source.is_named else source.path


def unpacked(text: str) -> Source:
    """What `packed` made a string of."""
    return Source(text.removeprefix(NAMED), is_named=text.startswith(NAMED))


def bundle(sources: Sequence[str]) -> bytes:
    """Packed sources in a tenth of their room: those of a long history would fill memory."""
    return zlib.compress(pickle.dumps(sources), 1)


def unbundle(sources: bytes) -> list[str]:
    """What `bundle` was given."""
    paths: list[str] = pickle.loads(zlib.decompress(sources))  # noqa: S301 - of our own making
    return paths
