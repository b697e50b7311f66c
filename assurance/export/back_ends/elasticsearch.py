"""Elasticsearch's ES|QL, whose comparisons of keyword fields have regard to case."""

from typing import Any, ClassVar

from sigma.backends.elasticsearch.elasticsearch_esql import ESQLBackend

from assurance.export.back_ends.cased import Cased, quoted


class Elasticsearch(Cased, ESQLBackend):
    """Counts over what the query is run over, and says who was denied what, from where."""

    event_count_aggregation_expression: ClassVar[Any] = {
        "stats": "| stats event_count=count(*){fields}"
    }

    def cased(self, field: str, text: str, *, begins: bool, ends: bool) -> str:
        """By `==` or a function, so that no character of the text is a wildcard."""
        value = quoted(text)
        match begins, ends:
            case False, False:
                return f"{field}=={value}"
            case False, True:
                return f"starts_with({field}, {value})"
            case True, False:
                return f"ends_with({field}, {value})"
            case _:
                return f"locate({field}, {value})>0"
