"""A filter pattern, ready to judge log lines."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from assurance.filter_pattern.evaluation import compile_tree, json_reader
from assurance.filter_pattern.log_line import NotJsonError, read_json
from assurance.filter_pattern.parser import parse_tree
from assurance.filter_pattern.syntax_tree import Node
from assurance.filter_pattern.wildcards import WildcardModel


@dataclass(frozen=True)
class FilterPattern:
    """A JSON filter pattern: its text as given, and its syntax tree."""

    text: str
    root: Node
    wildcard_model: WildcardModel = WildcardModel.FIRST_OCCURRENCE

    def matches(self, message: str | bytes) -> bool:
        """Say whether a log line matches. A line that is not JSON never does; nothing is raised."""
        try:
            record = read_json(message)
        except NotJsonError:
            return False
        return self.matches_record(record)

    def matches_record(self, record: object) -> bool:
        """Say whether a record that `read_json` has read matches."""
        return self._test(record)

    @cached_property
    def _test(self) -> Callable[[object], bool]:
        return compile_tree(self.root, json_reader, self.wildcard_model)

    def __str__(self) -> str:
        return self.text


def parse(
    text: str, *, wildcard_model: WildcardModel = WildcardModel.FIRST_OCCURRENCE
) -> FilterPattern:
    """Read a JSON filter pattern.

    Raises FilterPatternError for a text that CloudWatch refuses or that is another form of pattern.
    AWS's statements on `*` and its behaviour disagree: `wildcard_model` says which to follow.
    """
    return FilterPattern(text, parse_tree(text), wildcard_model)
