"""The CloudWatch Logs filter-pattern language for JSON log lines, as metric filters apply it.

`parse(text).matches(line)` is all that most need. The syntax tree is for what translates a pattern
or reads only its fields (`selectors`, `compile_tree`); `lint` for what writes or deploys one.
"""

from assurance.filter_pattern.errors import FilterPatternError
from assurance.filter_pattern.evaluation import compile_tree, json_reader
from assurance.filter_pattern.findings import Code, Finding, Severity
from assurance.filter_pattern.lint_rules import lint
from assurance.filter_pattern.log_line import JsonValue, NotJsonError, read_json
from assurance.filter_pattern.number_text import NumberText
from assurance.filter_pattern.pattern import FilterPattern, parse
from assurance.filter_pattern.syntax_tree import (
    And,
    Comparison,
    Condition,
    IsFalse,
    IsNull,
    IsTrue,
    Node,
    NotExists,
    Number,
    Operator,
    Or,
    Regex,
    Selector,
    Text,
    Value,
    Wildcard,
    conditions,
    expression,
    selectors,
)
from assurance.filter_pattern.wildcards import WildcardModel

__all__ = [
    "And",
    "Code",
    "Comparison",
    "Condition",
    "FilterPattern",
    "FilterPatternError",
    "Finding",
    "IsFalse",
    "IsNull",
    "IsTrue",
    "JsonValue",
    "Node",
    "NotExists",
    "NotJsonError",
    "Number",
    "NumberText",
    "Operator",
    "Or",
    "Regex",
    "Selector",
    "Severity",
    "Text",
    "Value",
    "Wildcard",
    "WildcardModel",
    "compile_tree",
    "conditions",
    "expression",
    "json_reader",
    "lint",
    "parse",
    "read_json",
    "selectors",
]
