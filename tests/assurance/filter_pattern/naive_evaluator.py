"""The rules of evaluation once more, as plainly as they can be told and without regard to speed.

Nothing of the package's evaluation is used: only its tree, and the number texts that the tests'
records are made of.
"""

import re
from fractions import Fraction

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
    Or,
    Regex,
    Selector,
    Text,
    Value,
    Wildcard,
)
from tests.assurance.filter_pattern.strategies import Json


def matches(tree: Node, record: Json) -> bool:
    match tree:
        case And(nodes=parts):
            return not [part for part in parts if not matches(part, record)]
        case Or(nodes=parts):
            return bool([part for part in parts if matches(part, record)])
        case NotExists(selector):
            return selected(record, selector) == []
        case IsNull(selector):
            return any(node is None for node in selected(record, selector))
        case IsTrue(selector):
            return any(node is True for node in selected(record, selector))
        case IsFalse(selector):
            return any(node is False for node in selected(record, selector))
        case Comparison(selector, operator=operator, value=value):
            return any(compares(node, operator, value) for node in selected(record, selector))


def selected(record: Json, selector: Selector) -> list[Json]:
    found = [record]
    for step in selector.steps:
        following: list[Json] = []
        for node in found:
            if isinstance(node, dict):
                if step is Wildcard.ANY_FIELD:
                    following += node.values()
                elif isinstance(step, str) and step in node:
                    following.append(node[step])
            if isinstance(node, list):
                if step is Wildcard.ANY_ELEMENT:
                    following += node
                elif isinstance(step, int) and step < len(node):
                    following.append(node[step])
        found = following
    return found


def compares(node: Json, operator: str, value: Value) -> bool:
    if node is None or isinstance(node, dict | list):
        return False
    if operator in {"<", ">", "<=", ">="}:
        assert isinstance(value, Number)
        if not isinstance(node, NumberText):
            return False
        sign = order(node, value.text)
        return {"<": sign < 0, ">": sign > 0, "<=": sign <= 0, ">=": sign >= 0}[operator]
    return equals(node, value) is (operator == "=")


def equals(node: str | bool, value: Value) -> bool:
    text = {True: "true", False: "false"}[node] if isinstance(node, bool) else str.__str__(node)
    match value:
        case Number():
            if isinstance(node, NumberText):
                return order(node, value.text) == 0
            return text == value.text
        case Text():
            return wildcard_equals(text, value.value)
        case Regex():
            python = re.sub(r"(?<!\\)\$", r"\\Z", value.body)
            return bool(re.search(python, text, re.ASCII | re.DOTALL))


def wildcard_equals(text: str, pattern: str) -> bool:
    first, star, rest = pattern.partition("*")
    if not star:
        return text == pattern
    if text[: len(first)] != first:
        return False
    text = text[len(first) :]
    while star:
        part, star, rest = rest.partition("*")
        _before, found, after = text.partition(part) if part else ("", "", text)
        if part and not found:
            return False
        if not star:
            return not part or after == ""
        text = after
    raise AssertionError("the last part ends the loop")


def order(left: str, right: str) -> int:
    """Return -1, 0 or 1; exponents that fill the memory stand for themselves."""
    one, other = number(left), number(right)
    return (one > other) - (one < other)


def number(text: str) -> Fraction:
    mantissa, _, exponent = text.partition("e")
    power = max(-10_001, min(int(exponent or "0"), 10_001))
    return Fraction(mantissa) * Fraction(10) ** power
