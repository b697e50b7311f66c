"""What the reader of a stream of records has to hear besides the records."""

from collections import Counter
from typing import TextIO

from assurance.cloudtrail import Item, Kind, Problem, Record, Skipped

# A file of another kind is one bad line after the other.
_MOST_TOLD_OF_A_SOURCE = 10

_NAMES = {
    Kind.DIGEST: ("digest file", "digest files"),
    Kind.INSIGHTS: ("Insights event", "Insights events"),
    Kind.EMPTY: ("file without records", "files without records"),
    Kind.OTHER: ("that is not CloudTrail's", "that are not CloudTrail's"),
}


class ReadingNotes:
    """Tells each problem when it comes, and at the end what was skipped."""

    def __init__(self, to: TextIO) -> None:
        self._to = to
        self._problems = Counter[str]()
        self._skipped = Counter[Kind]()
        self._records = 0

    @property
    def problems(self) -> int:
        """How much could not be read."""
        return self._problems.total()

    def take(self, item: Item) -> None:
        """Note an item."""
        match item:
            case Record():
                self._records += 1
            case Skipped():
                self._skipped[item.kind] += 1
            case Problem():
                self._problems[item.source] += 1
                if not item.where or self._problems[item.source] <= _MOST_TOLD_OF_A_SOURCE:
                    self._to.write(f"error: {item}\n")

    def end(self) -> None:
        """Tell what is known when everything was read."""
        for source, number in self._problems.items():
            if number > _MOST_TOLD_OF_A_SOURCE:
                untold = number - _MOST_TOLD_OF_A_SOURCE
                self._to.write(f"error: {source}: {untold} more like these\n")
        if self._skipped:
            parts = [
                f"{number} {_NAMES[kind][number > 1]}"
                for kind, number in sorted(self._skipped.items())
            ]
            self._to.write(f"note: skipped {', '.join(parts)}\n")
        if not self._records and not self._problems:
            self._to.write("note: no CloudTrail record was read\n")
