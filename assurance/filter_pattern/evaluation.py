"""A syntax tree as a function of a record.

A condition looks at the nodes that its selector selects: none if the field is missing, more than
one only with a wildcard. A comparison, != included, holds for a node only if that is a scalar other
than null: != is not the complement of =. With a wildcard one node that holds is enough.
"""

import operator
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeAlias, TypeVar

from assurance.filter_pattern import regex, wildcards
from assurance.filter_pattern.number_text import NumberText, decimal_value
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
    Step,
    Text,
    Wildcard,
)
from assurance.filter_pattern.wildcards import WildcardModel

Record = TypeVar("Record")
Read: TypeAlias = Callable[[Record], Sequence[object]]
"""Reads the nodes that a selector selects from a record."""

_ORDER: dict[Operator, Callable[[Decimal, Decimal], bool]] = {
    Operator.LESS: operator.lt,
    Operator.GREATER: operator.gt,
    Operator.LESS_OR_EQUAL: operator.le,
    Operator.GREATER_OR_EQUAL: operator.ge,
}


def compile_tree(
    tree: Node,
    reader: Callable[[Selector], Read[Record]],
    model: WildcardModel = WildcardModel.FIRST_OCCURRENCE,
) -> Callable[[Record], bool]:
    """Return the function that says whether a record matches.

    `reader` makes the function that reads a selector's nodes: decoded JSON (`json_reader`), or
    whatever a caller decodes only the fields of `selectors(tree)` into. A node is a str,
    NumberText, int, float, bool or None; anything else counts as an object or array.
    """
    match tree:
        case And(nodes=nodes):
            tests = [compile_tree(node, reader, model) for node in nodes]
            return lambda record: all(test(record) for test in tests)
        case Or(nodes=nodes):
            tests = [compile_tree(node, reader, model) for node in nodes]
            return lambda record: any(test(record) for test in tests)
        case NotExists(selector):
            read = reader(selector)
            return lambda record: not read(record)
        case _:
            read = reader(tree.selector)
            holds = _node_test(tree, model)
            return lambda record: any(holds(node) for node in read(record))


def _node_test(condition: Condition, model: WildcardModel) -> Callable[[object], bool]:
    match condition:
        case IsNull():
            return lambda node: node is None
        case IsTrue():
            return lambda node: node is True
        case IsFalse():
            return lambda node: node is False
        case Comparison(operator=Operator.EQUAL, value=value):
            equals = _equality(value, model)
            return lambda node: (scalar := _scalar(node)) is not None and equals(scalar)
        case Comparison(operator=Operator.NOT_EQUAL, value=value):
            equals = _equality(value, model)
            return lambda node: (scalar := _scalar(node)) is not None and not equals(scalar)
        case Comparison(operator=order, value=Number() as number):
            return _order(_ORDER[order], number)
    raise ValueError(f"not a condition of a filter pattern: {condition!r}")


def _scalar(node: object) -> str | None:
    """Return the text that a node is compared by, or None for what satisfies no comparison."""
    if isinstance(node, str):
        return node
    if isinstance(node, bool):
        # Undocumented: IS TRUE and IS FALSE are the conditions for these.
        return "true" if node else "false"
    if isinstance(node, int | float):
        return NumberText(repr(node))
    return None


def _equality(value: Text | Number | Regex, model: WildcardModel) -> Callable[[str], bool]:
    match value:
        case Text(text):
            return wildcards.matcher(text, model)
        case Regex(body):
            return regex.finder(body)
        case Number(text):
            number = value.value
            return lambda scalar: (
                decimal_value(scalar) == number
                if isinstance(scalar, NumberText)
                else scalar == text
            )


def _order(compare: Callable[[Decimal, Decimal], bool], number: Number) -> Callable[[object], bool]:
    right = number.value

    def holds(node: object) -> bool:
        scalar = _scalar(node)
        return isinstance(scalar, NumberText) and compare(decimal_value(scalar), right)

    return holds


def json_reader(selector: Selector) -> Read[object]:
    """Return the function that reads a selector's nodes from a decoded JSON value."""
    steps = selector.steps
    if len(steps) == 1 and isinstance(steps[0], str):
        return _field_reader(steps[0])

    def read(record: object) -> Sequence[object]:
        nodes: Sequence[object] = (record,)
        for step in steps:
            nodes = [child for node in nodes for child in _children(node, step)]
        return nodes

    return read


def _field_reader(name: str) -> Read[object]:
    return lambda record: (record[name],) if isinstance(record, dict) and name in record else ()


def _children(node: object, step: Step) -> Sequence[object]:
    match node, step:
        case dict(), str():
            return (node[step],) if step in node else ()
        case dict(), Wildcard.ANY_FIELD:
            return tuple(node.values())
        case list(), int():
            return (node[step],) if step < len(node) else ()
        case list(), Wildcard.ANY_ELEMENT:
            return node
    return ()
