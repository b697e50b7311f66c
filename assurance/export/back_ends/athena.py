"""SQL of Amazon Athena, over the table that AWS documents for CloudTrail.

A field that a record lacks is NULL there, as is every comparison with it, and its negation.
"""
# ruff: noqa: S105 - the words of the language

import re
from typing import Any, ClassVar

from sigma.correlations import SigmaCorrelationRule

from assurance.export.back_ends.cased import Cased

# What is written here is printed, for somebody to run.
_WINDOW = """\
  SELECT eventtime, count(*) OVER (
    ORDER BY from_iso8601_timestamp(eventtime)
    RANGE BETWEEN INTERVAL '{timespan}' SECOND PRECEDING AND CURRENT ROW
  ) AS event_count
  FROM cloudtrail_logs
  WHERE from_iso8601_timestamp(eventtime)
    > current_timestamp - INTERVAL '1' DAY - INTERVAL '{timespan}' SECOND
  AND ({search})"""


class Athena(Cased):
    """Looks back a day, and counts over a sliding window that ends with each denied call."""

    name: ClassVar[str] = "Amazon Athena"
    formats: ClassVar[Any] = {"default": "SQL"}
    or_token: ClassVar[str] = "OR"
    and_token: ClassVar[str] = "AND"
    not_token: ClassVar[str] = "NOT"
    token_separator: str = " "
    group_expression: ClassVar[str] = "({expr})"
    field_null_expression: ClassVar[str] = "{field} IS NULL"
    timespan_seconds: ClassVar[bool] = True
    correlation_methods: ClassVar[Any] = {"window": "A count over a sliding window"}
    default_correlation_method: ClassVar[str] = "window"
    default_correlation_query: ClassVar[Any] = {
        "window": "SELECT eventtime, event_count FROM (\n{aggregate}\n)\n{condition}"
    }
    correlation_search_single_rule_expression: ClassVar[str] = "{query}"
    event_count_aggregation_expression: ClassVar[Any] = {"window": _WINDOW}
    event_count_condition_expression: ClassVar[Any] = {
        "window": "WHERE event_count {op} {count}\nORDER BY eventtime"
    }
    groupby_expression_nofield: ClassVar[Any] = {"window": ""}

    def cased(self, field: str, text: str, *, begins: bool, ends: bool) -> str:
        """By `=` or LIKE, whose own wildcards are escaped."""
        if not begins and not ends:
            return f"{field} = {_literal(text)}"
        escaped = re.sub(r"[\\%_]", lambda found: f"\\{found[0]}", text)
        escape = " ESCAPE '\\'" if escaped != text else ""
        return f"{field} LIKE {_literal('%' * begins + escaped + '%' * ends)}{escape}"

    def finalize_query_default(self, rule: Any, query: str, *_: Any) -> str:
        """A detection alone selects the records themselves."""
        if isinstance(rule, SigmaCorrelationRule):
            return query
        return f"SELECT * FROM cloudtrail_logs\nWHERE {query}"  # noqa: S608 - printed, never run


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
