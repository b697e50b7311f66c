"""What Logs Insights is asked for a filter pattern: matches by minute, and contributors."""

from dataclasses import dataclass
from typing import Final

from assurance.backtest.judge import PRINCIPAL_FIELDS
from assurance.filter_pattern import FilterPattern
from assurance.translate.logs_insights import translate

# StartQuery: the most rows that a query returns.
ROW_LIMIT: Final = 10_000
MINUTE_COLUMN: Final = "bin(1m)"
GROUPED_BY: Final = ("eventSource", "eventName", "sourceIPAddress", "errorCode")


@dataclass(frozen=True, slots=True)
class Queries:
    """A pattern's queries; `caveats` say where they may differ from the pattern."""

    by_minute: str
    by_contributor: str
    caveats: tuple[str, ...]


TOTALS: Final = "stats count(*) as events, min(@timestamp) as first, max(@timestamp) as last"


def queries(pattern: FilterPattern) -> Queries:
    """The queries of a pattern, to be pasted into the console as they are.

    Raises TranslationError for what the language cannot say.
    """
    said = translate(pattern)
    kinds = ", ".join(
        f"count({field}) as {column(number)}" for number, field in enumerate(PRINCIPAL_FIELDS)
    )
    return Queries(
        by_minute=f"filter {said.condition}\n"
        f"| stats count(*) as events by {MINUTE_COLUMN}\n"
        f"| limit {ROW_LIMIT}",
        by_contributor=f"filter {said.condition}\n"
        f"| fields coalesce({', '.join(PRINCIPAL_FIELDS)}) as principal\n"
        f"| stats count(*) as events, {kinds} by principal, {', '.join(GROUPED_BY)}\n"
        f"| sort events desc\n"
        f"| limit {ROW_LIMIT}",
        caveats=said.caveats,
    )


def column(number: int) -> str:
    """The column that counts the records which have the principal field of this place."""
    return f"by_{number}"


def within(query: str, start: int, end: int) -> str:
    """The query for events from `start` up to but not at `end`, in seconds since 1970.

    StartQuery takes both ends in, to the second; neighbouring ranges would count an event twice.
    """
    times = f"toMillis(@timestamp) >= {start * 1_000} and toMillis(@timestamp) < {end * 1_000}"
    return f"filter {times}\n| {query}"
