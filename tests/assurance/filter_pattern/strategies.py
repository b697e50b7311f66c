"""Filter patterns and log events to draw from: the whole language, on few names and values.

Few, so that a pattern and an event drawn apart often have to do with each other.
"""

import json
from typing import TypeAlias

from hypothesis import settings
from hypothesis import strategies as st

from assurance.filter_pattern import (
    And,
    Comparison,
    IsFalse,
    IsNull,
    IsTrue,
    Node,
    NotExists,
    Number,
    NumberText,
    Operator,
    Or,
    Regex,
    Selector,
    Text,
    Value,
    Wildcard,
    conditions,
)

# The machine that runs the tests may be busy.
unhurried = settings(deadline=None)

Json: TypeAlias = "dict[str, Json] | list[Json] | str | NumberText | bool | None"

FIELDS = ["a", "b", "detail-type", "cluster.name", "it's", 'say "x"', "*", "0"]
NUMBERS = ["0", "-0", "1", "12", "12.0", "1.2e1", "12e-1", "-3", "1e999999999999"]
TEXTS = ["", "a", "ab", "aba", "abab", "b", "12", "12.0", "true", "a*b", "\\", '"', "é", "\n"]

_field = st.sampled_from(FIELDS)
_number = st.sampled_from(NUMBERS)
_plain_step = _field | st.integers(0, 2)
_wildcard = st.sampled_from(Wildcard)


@st.composite
def _selectors(draw: st.DrawFn) -> Selector:
    steps: list[str | int | Wildcard] = [
        draw(_field),
        *draw(st.lists(_plain_step, max_size=2)),
    ]
    if draw(st.integers(0, 5)) == 0:
        position = draw(st.integers(1, len(steps)))
        steps.insert(position, draw(_wildcard))
    elif draw(st.integers(0, 20)) == 0:
        steps[0] = Wildcard.ANY_FIELD
    return Selector(tuple(steps))


_texts = st.builds(
    Text,
    st.sampled_from(TEXTS)
    | st.lists(st.sampled_from([*TEXTS, "*"]), max_size=4).map("".join)
    | st.text(max_size=8),
)
_numbers = st.builds(
    Number,
    _number
    | st.from_regex(r"[+-]?(0|[1-9][0-9]{0,3})(\.[0-9]{1,3})?(e[+-]?[0-9]{1,4})?", fullmatch=True),
)
_regex_characters = st.sampled_from(
    ["a", "b", "1", ".", r"\d", r"\W", r"\s", r"\.", r"\x41", "[ab]", "[^a-c]", r"[\d.]", " ", "-"]
)
_regex_parts = st.builds(
    "".join,
    st.tuples(
        _regex_characters,
        st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,2}", "{1,}", "{,2}", "+?"]),
    ),
)
_regex_alternatives = st.builds(
    lambda start, parts, end: start + "".join(parts) + end,
    st.sampled_from(["", "", "^"]),
    st.lists(_regex_parts, min_size=1, max_size=4),
    st.sampled_from(["", "", "$"]),
)
regex_bodies = st.lists(_regex_alternatives, min_size=1, max_size=3).map("|".join)
_regexes = st.builds(Regex, regex_bodies)

_ORDER = [
    Operator.LESS,
    Operator.GREATER,
    Operator.LESS_OR_EQUAL,
    Operator.GREATER_OR_EQUAL,
]
values: st.SearchStrategy[Value] = _texts | _numbers | _regexes
simple_selectors = _selectors().filter(lambda selector: selector.wildcards == 0)
_conditions: st.SearchStrategy[Node] = st.one_of(
    st.builds(
        Comparison, _selectors(), st.sampled_from([Operator.EQUAL, Operator.NOT_EQUAL]), values
    ),
    st.builds(Comparison, _selectors(), st.sampled_from(_ORDER), _numbers),
    *(st.builds(kind, _selectors()) for kind in (IsNull, IsTrue, IsFalse, NotExists)),
)


def _groups(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    parts = st.lists(nodes, min_size=2, max_size=3).map(tuple)
    return st.builds(And, parts) | st.builds(Or, parts)


def _is_within_quotas(tree: Node) -> bool:
    regexes = [
        c for c in conditions(tree) if isinstance(c, Comparison) and isinstance(c.value, Regex)
    ]
    wildcards = sum(condition.selector.wildcards for condition in conditions(tree))
    return len(regexes) <= 2 and wildcards <= 3 and len(str(tree)) <= 1024


trees: st.SearchStrategy[Node] = st.recursive(_conditions, _groups, max_leaves=6).filter(
    _is_within_quotas
)

_scalars: st.SearchStrategy[Json] = (
    st.sampled_from(TEXTS) | _number.map(NumberText) | st.none() | st.booleans()
)
json_values: st.SearchStrategy[Json] = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_field, inner, max_size=3),
    max_leaves=8,
)
records: st.SearchStrategy[Json] = st.dictionaries(_field, json_values, max_size=4)


def place(record: Json, selector: Selector, value: Json) -> Json:
    """Return the record with the value where a selector without a wildcard looks for it."""
    root: dict[str, Json] = dict(record) if isinstance(record, dict) else {}
    node: dict[str, Json] | list[Json] = root
    for step, following in zip(selector.steps, [*selector.steps[1:], None], strict=True):
        child: Json = value if following is None else [] if isinstance(following, int) else {}
        if isinstance(node, list):
            assert isinstance(step, int)
            node.extend([None] * (step + 1))
            node[step] = child
        else:
            assert isinstance(step, str)
            node[step] = child
        if isinstance(child, dict | list):
            node = child
    return root


@st.composite
def patterns_and_records(draw: st.DrawFn) -> tuple[Node, Json]:
    """Draw a tree, and a record with some of the fields and the values that the tree asks for."""
    tree = draw(trees)
    record = draw(records)
    for condition in conditions(tree):
        if condition.selector.wildcards == 0 and draw(st.booleans()):
            found = _scalars
            match condition:
                case Comparison(value=Number(text)):
                    found |= st.sampled_from([NumberText(text.removeprefix("+")), text])
                case Comparison(value=Text(text)):
                    found |= st.sampled_from([text, text.replace("*", "ab"), text.strip("*")])
            record = place(record, condition.selector, draw(found))
    return tree, record


def to_line(value: Json) -> str:
    """Write a log line in which each number stands as its text has it."""
    match value:
        case NumberText():
            return str.__str__(value)
        case dict():
            return "{" + ",".join(f"{json.dumps(k)}:{to_line(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ",".join(map(to_line, value)) + "]"
        case _:
            return json.dumps(value)
