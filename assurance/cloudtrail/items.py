"""What reading CloudTrail gives: records, what is no record, and what could not be read."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Record:
    """One CloudTrail record as it was written, byte for byte, envelopes taken off.

    `timestamp` is that of the log event which held it, in milliseconds since 1970, if one did.
    """

    text: bytes
    source: str
    timestamp: int | None = None


class Kind(StrEnum):
    """What valid input is when it is not a CloudTrail record."""

    DIGEST = "digest file"
    INSIGHTS = "Insights event"
    EMPTY = "empty file"
    OTHER = "not CloudTrail"


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was read and holds no CloudTrail record."""

    source: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read, and why.

    `where` is the line or record; empty: the source as a whole, or what is left of it.
    """

    source: str
    reason: str
    where: str = ""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.source, self.where, self.reason) if part)


Item: TypeAlias = Record | Skipped | Problem
