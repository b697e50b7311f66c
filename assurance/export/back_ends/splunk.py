"""Splunk's SPL, with the conditions in `where`: unlike `search`, that has regard to case.

In `where` a field whose name has a dot is in single quotes, and a comparison with a field that is
missing is NULL: neither it nor its negation is true. A JSON null may be extracted as the text null,
which counts, as it must, unless an exclusion names that very text.
"""

import re
from typing import Any, ClassVar

from sigma.backends.splunk.splunk import SplunkBackend
from sigma.correlations import SigmaCorrelationRule

from assurance.export.back_ends.cased import Cased, quoted
from assurance.export.target_error import TargetError


class Splunk(Cased, SplunkBackend):
    """Searches for the source type of the Splunk Add-on for AWS, by the time of indexing."""

    and_token: ClassVar[str] = "AND"  # noqa: S105 - a word of the language
    field_quote: ClassVar[str] = "'"
    field_quote_pattern: ClassVar[Any] = re.compile(r"^\w+$")
    field_null_expression: ClassVar[str] = "isnull({field})"
    event_count_aggregation_expression: ClassVar[Any] = {"stats": "| stats count as event_count"}
    event_count_condition_expression: ClassVar[Any] = {
        "stats": "| where event_count {op} {count}",
    }
    default_correlation_query: ClassVar[Any] = {"stats": "{search}\n{aggregate}\n{condition}"}

    def cased(self, field: str, text: str, *, begins: bool, ends: bool) -> str:
        """By `=`, or by a regular expression that is sought anywhere."""
        if not begins and not ends:
            return f"{field}={quoted(text)}"
        start, end = "" if begins else "^", "" if ends else "$"
        return f"match({field}, {quoted(start + _literal(text) + end)})"

    def finalize_query_default(self, rule: Any, query: str, *_: Any) -> str:
        """Put the scope before it, and the period of a count, which needs no schedule then."""
        scope = 'sourcetype="aws:cloudtrail"'
        if isinstance(rule, SigmaCorrelationRule):
            minutes = rule.timespan.seconds // 60
            scope += f" _index_earliest=-{minutes}m@m _index_latest=@m"
        return f"{scope}\n| where {query}"


def _literal(text: str) -> str:
    """A text as a regular expression without backslashes, which SPL's quotes would take away.

    In a class of its own every character is itself, but for the one that negates the class.
    """
    if "^" in text:
        raise TargetError(f"{text}: a ^ beside a wildcard cannot be said without a backslash")
    return "".join(
        character if character.isalnum() or character in " _/:=@,-" else f"[{character}]"
        for character in text
    )
