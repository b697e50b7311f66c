"""A search of Sumo Logic's core platform, over the JSON as CloudTrail writes it.

"String comparisons are case sensitive" (Field Expressions), and so is `matches`, in which an
asterisk is the wildcard; `nodrop` makes a key that is missing null (Parse JSON Formatted Logs).
"""
# ruff: noqa: S105 - the words of the language

import re
from typing import Any, ClassVar

from sigma.correlations import SigmaCorrelationRule

from assurance.export.back_ends.cased import Cased, quoted
from assurance.export.target_error import TargetError


class SumoLogic(Cased):
    """Counts over the time range of the search."""

    name: ClassVar[str] = "Sumo Logic searches"
    formats: ClassVar[Any] = {"default": "Search"}
    or_token: ClassVar[str] = "or"
    and_token: ClassVar[str] = "and"
    not_token: ClassVar[str] = "!"
    token_separator: str = " "
    group_expression: ClassVar[str] = "({expr})"
    field_null_expression: ClassVar[str] = "isNull({field})"
    correlation_methods: ClassVar[Any] = {"stats": "A count over the time range of the search"}
    default_correlation_method: ClassVar[str] = "stats"
    default_correlation_query: ClassVar[Any] = {"stats": "{search}\n{aggregate}\n{condition}"}
    correlation_search_single_rule_expression: ClassVar[str] = "{query}"
    event_count_aggregation_expression: ClassVar[Any] = {"stats": "| count as event_count"}
    event_count_condition_expression: ClassVar[Any] = {
        "stats": "| where event_count {op} {count}",
    }
    groupby_expression_nofield: ClassVar[Any] = {"stats": ""}

    def escape_and_quote_field(self, field_name: str) -> str:
        """The name that the query gives to what it parses out of the record: without dots."""
        return field_name.replace(".", "_").replace("-", "_")

    def cased(self, field: str, text: str, *, begins: bool, ends: bool) -> str:
        """By `=` or `matches`, in brackets: the documentation asks for them in a negation."""
        if not begins and not ends:
            return f"({field} = {quoted(text)})"
        if "?" in text:
            raise TargetError(
                f"{text}: whether a ? is a wildcard of Sumo Logic's matches is not documented"
            )
        return f"({field} matches {quoted('*' * begins + text + '*' * ends)})"

    def convert_condition_not(self, cond: Any, state: Any) -> str:
        """`!` before a bracket or a call, without a space."""
        inner = str(self.convert_condition(cond.args[0], state))
        return f"!{inner}" if re.match(r"\w*\(.*\)$", inner) else f"!({inner})"

    def finalize_query_default(self, rule: Any, query: str, *_: Any) -> str:
        """Parse each field by itself: one that is missing must not undo the others."""
        event: Any = rule
        if isinstance(rule, SigmaCorrelationRule):
            event = rule.referenced_rules[0].rule
        fields = dict.fromkeys(
            item.field
            for detection in event.detection.detections.values()
            for item in detection.detection_items
        )
        parsed = [
            f'| json "{field}" as {self.escape_and_quote_field(field)} nodrop' for field in fields
        ]
        return "\n".join(["_sourceCategory=*cloudtrail*", *parsed, f"| where {query}"])
