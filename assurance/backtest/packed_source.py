"""A source as a string, which another process gets in a fraction of the time of a Source."""

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
