"""What a check says: a finding, made of what each of its subjects showed."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """A check's outcome; what could not be read is never a pass."""

    PASS = "PASS"  # noqa: S105 - an outcome, no password
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class Finding:
    """The outcome of one check: what it rests on (names, ARNs), and in one line what mends it.

    `check` is its stable name; `mend` is empty unless it failed. `notes` are those of its evidence
    that people should know of although it passed.
    """

    check: str
    status: Status
    evidence: tuple[str, ...]
    mend: str = ""
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The finding as it stands in a report."""
        return {
            "check": self.check,
            "status": str(self.status),
            "evidence": list(self.evidence),
            "mend": self.mend,
        }


@dataclass(frozen=True)
class Verdict:
    """What one subject of a check showed."""

    status: Status
    evidence: str
    mend: str = ""
    is_note: bool = False


class CannotTellError(Exception):
    """A check cannot judge a subject; the message says what could not be read or is not there."""


def passed(evidence: str) -> Verdict:
    """The subject is as it should be."""
    return Verdict(Status.PASS, evidence)


def noted(evidence: str) -> Verdict:
    """The subject is as it should be, and people should know of this all the same."""
    return Verdict(Status.PASS, evidence, is_note=True)


def failed(evidence: str, mend: str) -> Verdict:
    """The subject is not as it should be."""
    return Verdict(Status.FAIL, evidence, mend)


def unknown(evidence: str) -> Verdict:
    """Nothing can be said of the subject."""
    return Verdict(Status.UNKNOWN, evidence)


def judged(*, good: bool, evidence: str, mend: str) -> Verdict:
    """A pass or a failure."""
    return passed(evidence) if good else failed(evidence, mend)


def summed_up(check: str, verdicts: Sequence[Verdict]) -> Finding:
    """The worst of the verdicts, with the evidence of those that weigh."""
    for status in (Status.FAIL, Status.UNKNOWN, Status.PASS):
        weighing = [verdict for verdict in verdicts if verdict.status is status]
        if weighing:
            mends = dict.fromkeys(verdict.mend for verdict in weighing if verdict.mend)
            evidence = dict.fromkeys(verdict.evidence for verdict in weighing)
            notes = dict.fromkeys(verdict.evidence for verdict in weighing if verdict.is_note)
            return Finding(check, status, tuple(evidence), "; ".join(mends), tuple(notes))
    return Finding(check, Status.UNKNOWN, ("there was nothing to look at",))
