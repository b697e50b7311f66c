"""A filter pattern's syntax tree as the detection of a Sigma rule.

Three things differ. In a metric filter every comparison on a field that is missing or null is
false, != included; the systems that run Sigma rules disagree on such a field, and SQL makes
neither a comparison nor its negation true. So every negation stands beside a test for null, in a
form that holds in two- and three-valued logic alike. Sigma compares texts without regard to case,
so every text is `cased`. And Sigma knows a field that is null, but not one that is null and not
missing: most systems cannot tell them apart (Sigma specification, "Rules", "Special field values").
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from assurance.filter_pattern import (
    And,
    Comparison,
    FilterPattern,
    IsNull,
    Node,
    NotExists,
    Operator,
    Or,
    Selector,
    Text,
    expression,
)
from monitoring.exclusion_fields import FIELDS

Selection: TypeAlias = dict[str, str | None]
"""A field with its modifiers, and the value it must have; None is null."""

_WILDCARDS: Final = frozenset("*?")


class TranslationError(ValueError):
    """A filter pattern, or a part of it, that a Sigma rule cannot say."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A rule's `detection`: its selections by name, and the condition that joins them.

    `fields` are the fields that it reads; `caveats` say in a sentence each where it may differ.
    """

    selections: dict[str, Selection]
    condition: str
    fields: tuple[str, ...]
    caveats: tuple[str, ...] = ()


def translate(pattern: FilterPattern) -> Detection:
    """The detection that selects the records that a filter pattern matches.

    Raises TranslationError, which names the part that cannot be said.
    """
    writer = _Writer()
    condition = _bare(writer.node(pattern.root, frozenset()))
    return Detection(
        writer.selections,
        condition,
        tuple(dict.fromkeys(writer.fields)),
        tuple(dict.fromkeys(_caveats(pattern.root))),
    )


class _Writer:
    """Writes a condition, `null` being the fields whose nullness satisfies an alternative."""

    def __init__(self) -> None:
        self.selections: dict[str, Selection] = {}
        self.fields: list[str] = []

    def node(self, node: Node, null: frozenset[Selector]) -> str:
        match node:
            case And(nodes=parts):
                terms = [term for part in parts for term in self._terms(part, null)]
                return _joined("and", list(dict.fromkeys(terms)))
            case Or():
                return self._alternatives(node, null)
            case NotExists(selector):
                return self._null(selector, node)
            case Comparison(value=Text()):
                return _joined("and", self._terms(node, null))
            case IsNull():
                raise TranslationError(
                    f"{expression(node)} cannot be said in Sigma, to which a field that is null is "
                    f"one that is missing: it needs ({node.selector} NOT EXISTS) || beside"
                )
            case _:
                raise TranslationError(
                    f"{expression(node)} cannot be said in Sigma: how it compares anything but "
                    "texts differs from system to system"
                )

    def _alternatives(self, node: Or, null: frozenset[Selector]) -> str:
        missing = frozenset(part.selector for part in node.nodes if isinstance(part, NotExists))
        written = [
            self.node(part, null | missing)
            for part in node.nodes
            if not (isinstance(part, IsNull) and part.selector in missing)
        ]
        return _joined("or", list(dict.fromkeys(written)))

    def _terms(self, node: Node, null: frozenset[Selector]) -> list[str]:
        """The terms of a conjunction that say a node: two for a != that nothing guards."""
        match node:
            case Comparison(selector, operator=operator, value=Text(text)):
                key, value = _test(node, text)
            case _:
                return [self.node(node, null)]
        if operator is Operator.EQUAL:
            return [self._selection("selection", key, value)]
        differs = f"not {self._selection('filter', key, value)}"
        return [differs] if selector in null else [f"not {self._null(selector, node)}", differs]

    def _null(self, selector: Selector, node: Node) -> str:
        return self._selection("null", _field(selector, node), None)

    def _selection(self, kind: str, key: str, value: str | None) -> str:
        """The name of a selection, the same one for the same selection."""
        field = key.partition("|")[0]
        self.fields.append(field)
        stem = f"{kind}_{field.replace('.', '_').replace('-', '_')}"
        count = 1
        while self.selections.setdefault(f"{stem}_{count}", {key: value}) != {key: value}:
            count += 1
        return f"{stem}_{count}"


def _joined(word: str, parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({f' {word} '.join(parts)})"


def _bare(condition: str) -> str:
    """A whole condition without the brackets around it."""
    return condition[1:-1] if condition.startswith("(") else condition


def _test(node: Comparison, text: str) -> tuple[str, str]:
    """A comparison's field with the modifiers, and the text in Sigma's escapes."""
    field = _field(node.selector, node)
    open_start, open_end = text.startswith("*"), text.endswith("*")
    core = text.removeprefix("*").removesuffix("*")
    if not core or "*" in core:
        raise TranslationError(
            f"{expression(node)} cannot be said in Sigma: "
            + ("a text of its own is needed" if not core else "what a * inside means is disputed")
        )
    where = {
        (False, False): "",
        (False, True): "|startswith",
        (True, False): "|endswith",
        (True, True): "|contains",
    }[open_start, open_end]
    return f"{field}{where}|cased", _escaped(core)


def _escaped(text: str) -> str:
    r"""A text in which no character is a wildcard; a backslash is itself unless it escapes one."""
    doubled = text.replace("\\", "\\\\")
    return "".join(f"\\{c}" if c in _WILDCARDS else c for c in doubled)


def _field(selector: Selector, node: Node) -> str:
    """A selector as a field's name: what is nested, with dots."""
    steps = [step for step in selector.steps if isinstance(step, str)]
    name = ".".join(steps)
    plain = all(step.replace("_", "").replace("-", "").isalnum() for step in steps)
    if not steps or len(steps) != len(selector.steps) or not plain:
        raise TranslationError(
            f"{expression(node)} cannot be said in Sigma: {selector} is not the name of one field"
        )
    return name


def _caveats(node: Node, null: frozenset[Selector] = frozenset()) -> Iterator[str]:
    match node:
        case Or(nodes=parts):
            null |= {part.selector for part in parts if isinstance(part, IsNull)}
            for part in parts:
                yield from _caveats(part, null)
        case And(nodes=parts):
            for part in parts:
                yield from _caveats(part, frozenset())
        case NotExists(selector) if selector not in null:
            yield f"{selector} NOT EXISTS holds in Sigma also where the field is null."
        case NotExists(selector) if str(selector).removeprefix("$.") not in FIELDS:
            yield (
                f"{selector} NOT EXISTS holds in Sigma where the system that runs the rule sees no "
                "text in the field, be it an object or an array."
            )
        case Comparison(operator=Operator.NOT_EQUAL, value=Text(text)) if text.startswith("*"):
            yield (
                f"{expression(node)}: CloudWatch has been seen to look for the text only where it "
                "first occurs, so that the metric filter may still count a record in which it "
                "occurs earlier too; Sigma hides every record that ends so."
            )
