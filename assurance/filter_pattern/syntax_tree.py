"""The syntax tree of a JSON filter pattern: a small, closed set of frozen node classes.

A node prints as a whole pattern, which parses back to an equal tree (if it is no longer than
CloudWatch takes). Nodes compare by what they mean: how a pattern is spaced, bracketed or quoted,
and where its parts stand, makes no difference.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, StrEnum
from typing import TypeAlias

from assurance.filter_pattern.number_text import decimal_value

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]+")


class Wildcard(Enum):
    """A step of a selector that selects several nodes of a record."""

    ANY_FIELD = ".*"
    ANY_ELEMENT = "[*]"


Step: TypeAlias = str | int | Wildcard
"""A field's name, an array index, or any of them."""


@dataclass(frozen=True, slots=True)
class Selector:
    """The property selector of a condition, such as ``$.users[0].name``."""

    steps: tuple[Step, ...]

    @property
    def wildcards(self) -> int:
        """How many of the steps are wildcards; CloudWatch takes one at most."""
        return sum(isinstance(step, Wildcard) for step in self.steps)

    def __str__(self) -> str:
        return "$" + "".join(map(_step_text, self.steps))


class Operator(StrEnum):
    """How a comparison compares."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    GREATER = ">"
    LESS_OR_EQUAL = "<="
    GREATER_OR_EQUAL = ">="


@dataclass(frozen=True, slots=True)
class Text:
    """A text to compare with, quoted or not; each ``*`` in it is a wildcard."""

    value: str

    def __str__(self) -> str:
        return '"' + self.value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass(frozen=True, slots=True)
class Number:
    """A number to compare with, as the pattern writes it: ``12``, ``+1000``, ``1e-3``."""

    text: str

    @property
    def value(self) -> Decimal:
        """The number itself."""
        return decimal_value(self.text)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression to search for, in CloudWatch's subset, without its percent signs."""

    body: str

    def __str__(self) -> str:
        return f"%{self.body}%"


Value: TypeAlias = Text | Number | Regex


class _Printed:
    __slots__ = ()

    def __str__(self) -> str:
        return f"{{ {expression(self)} }}"  # type: ignore[arg-type] # every subclass is a Node


@dataclass(frozen=True, slots=True)
class _Condition(_Printed):
    selector: Selector
    position: int = field(default=0, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Comparison(_Condition):
    """``$.f = "v"``; with an order operator (< > <= >=) the value is always a Number."""

    operator: Operator
    value: Value


class IsNull(_Condition):
    """``$.f IS NULL``."""

    __slots__ = ()


class IsTrue(_Condition):
    """``$.f IS TRUE``."""

    __slots__ = ()


class IsFalse(_Condition):
    """``$.f IS FALSE``."""

    __slots__ = ()


class NotExists(_Condition):
    """``$.f NOT EXISTS``."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class _Group(_Printed):
    nodes: tuple["Node", ...]

    def __post_init__(self) -> None:
        flat: list[Node] = []
        for node in self.nodes:
            flat.extend(node.nodes if isinstance(node, type(self)) else (node,))
        if len(flat) < 2:
            raise ValueError(f"{type(self).__name__} joins two nodes or more")
        object.__setattr__(self, "nodes", tuple(flat))


class And(_Group):
    """Two nodes or more that must all hold. An And among them is taken apart."""

    __slots__ = ()


class Or(_Group):
    """Two nodes or more of which one must hold. An Or among them is taken apart."""

    __slots__ = ()


Condition: TypeAlias = Comparison | IsNull | IsTrue | IsFalse | NotExists
Node: TypeAlias = And | Or | Condition


def conditions(node: Node) -> Iterator[Condition]:
    """Iterate over the conditions of a tree, in the order of the text."""
    if isinstance(node, And | Or):
        for part in node.nodes:
            yield from conditions(part)
    else:
        yield node


def selectors(node: Node) -> tuple[Selector, ...]:
    """Return the selectors that a tree reads, each once: all that a record needs to be read for."""
    return tuple(dict.fromkeys(condition.selector for condition in conditions(node)))


def expression(node: Node) -> str:
    """Return a node's text without the braces of a whole pattern."""
    match node:
        case And(nodes=parts):
            return " && ".join(map(_operand, parts))
        case Or(nodes=parts):
            return " || ".join(map(_operand, parts))
        case Comparison(selector, operator=operator, value=value):
            return f"{selector} {operator} {value}"
        case IsNull(selector):
            return f"{selector} IS NULL"
        case IsTrue(selector):
            return f"{selector} IS TRUE"
        case IsFalse(selector):
            return f"{selector} IS FALSE"
        case NotExists(selector):
            return f"{selector} NOT EXISTS"


def _operand(node: Node) -> str:
    """Return an operand's text, in brackets where && would bind first, for a reader's sake too."""
    return f"({expression(node)})" if isinstance(node, And | Or) else expression(node)


def _step_text(step: Step) -> str:
    match step:
        case Wildcard():
            return step.value
        case int():
            return f"[{step}]"
        case _ if _PLAIN_NAME.fullmatch(step):
            return f".{step}"
        case _:
            quote = '"' if "'" in step else "'"
            return f".[{quote}{step}{quote}]"
