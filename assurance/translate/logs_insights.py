"""A filter pattern's syntax tree as a condition of CloudWatch Logs Insights' query language.

The two languages differ where a field is missing: in a metric filter every comparison is then
false, in Logs Insights `!=` is true. So each comparison that a missing field might satisfy is
guarded by ispresent(). JSON null, objects and arrays are no fields to Logs Insights: it flattens
what is in them ("Supported logs and discovered fields" in the CloudWatch Logs user guide).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from assurance.filter_pattern import (
    And,
    Comparison,
    FilterPattern,
    IsNull,
    Node,
    NotExists,
    Number,
    Operator,
    Or,
    Regex,
    Selector,
    Text,
    WildcardModel,
    expression,
)
from monitoring.exclusion_fields import FIELDS

# "If a field contains non-alphanumeric characters other than the @ symbol or the period (.), you
# must surround the field with backtick characters" ("Fields that contain special characters").
_PLAIN_FIELD: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)*")
_KEYWORDS: Final = frozenset({"and", "or", "not", "in", "like", "as", "by"})
_REGEX_OPERATORS: Final = frozenset(r"\.^$|?*+()[]{}/")
_ANYTHING: Final = r"[\s\S]*"
# Beyond this a number written out is no number that anybody compares with.
_MOST_DIGITS: Final = 30


class TranslationError(ValueError):
    """A filter pattern, or a part of it, that Logs Insights' query language cannot say."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A condition for `filter`; `caveats` say in a sentence each where it may differ."""

    condition: str
    caveats: tuple[str, ...] = ()


def translate(pattern: FilterPattern) -> Translation:
    """The condition that holds for the records that a filter pattern matches.

    Raises TranslationError, which names the part that cannot be said.
    """
    writer = _Writer(pattern.wildcard_model)
    condition = writer.node(pattern.root, frozenset())
    return Translation(condition, tuple(dict.fromkeys(_caveats(pattern.root))))


class _Writer:
    """Writes the parts of a condition, `present` being the fields that are known to be there."""

    def __init__(self, model: WildcardModel) -> None:
        self._model = model

    def node(self, node: Node, present: frozenset[Selector]) -> str:
        match node:
            case And(nodes=parts):
                return _joined("and", [self.node(part, present) for part in parts])
            case Or():
                return self._alternatives(node, present)
            case NotExists(selector):
                return f"not ispresent({_field(selector, node)})"
            case Comparison():
                return self._comparison(node, present)
            case IsNull():
                raise TranslationError(
                    f"{expression(node)} cannot be said in Logs Insights, to which a field that is "
                    f"null is one that is missing: it needs ({node.selector} NOT EXISTS) || beside"
                )
            case _:
                raise TranslationError(
                    f"{expression(node)} cannot be said in Logs Insights: how it compares a "
                    "boolean is not documented"
                )

    def _alternatives(self, node: Or, present: frozenset[Selector]) -> str:
        """Write alternatives; where one is that a field is missing, the others need no guard."""
        missing = frozenset(part.selector for part in node.nodes if isinstance(part, NotExists))
        written = [
            self.node(part, present | missing)
            for part in node.nodes
            if not (isinstance(part, IsNull) and part.selector in missing)
        ]
        return _joined("or", list(dict.fromkeys(written)))

    def _comparison(self, node: Comparison, present: frozenset[Selector]) -> str:
        field = _field(node.selector, node)
        match node.value:
            case Text(text) if set(text) == {"*"} and self._is_wildcard(text):
                # Any scalar's text is as good as another, so != holds for none.
                is_there = f"ispresent({field})"
                equal = node.operator is Operator.EQUAL
                return is_there if equal else f"({is_there} and not {is_there})"
            case Text(text):
                test, guarded = self._text(field, text, node.operator), not text
            case Number() as number:
                test, guarded = f"{field} {node.operator} {_number(number, node)}", False
            case Regex(body):
                test, guarded = _like(field, _regex_body(body), node.operator), True
        if node.operator is not Operator.EQUAL or guarded:
            return test if node.selector in present else f"(ispresent({field}) and {test})"
        return test

    def _is_wildcard(self, text: str) -> bool:
        return self._model is not WildcardModel.EDGES_ONLY or len(text) <= 2  # "*", "**"

    def _text(self, field: str, text: str, operator: Operator) -> str:
        if "*" not in text and text.isprintable() and not {'"', "\\"} & set(text):
            return f'{field} {operator} "{text}"'
        # A quote in a regular expression needs no escape, whereas how one is written in a quoted
        # text is not documented.
        return _like(field, self._wildcards(text), operator)

    def _wildcards(self, text: str) -> str:
        start = "" if text.startswith("*") else "^"
        end = "" if text.endswith("*") and len(text) > 1 else "$"
        core = text.removeprefix("*") if not start else text
        core = core.removesuffix("*") if not end else core
        if self._model is WildcardModel.EDGES_ONLY:
            return f"{start}{_escaped(core)}{end}"
        return start + _ANYTHING.join(map(_escaped, re.split(r"\*+", core))) + end


def _joined(word: str, parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({f' {word} '.join(parts)})"


def _like(field: str, body: str, operator: Operator) -> str:
    word = "like" if operator is Operator.EQUAL else "not like"
    return f"{field} {word} /{body}/"


def _escaped(text: str) -> str:
    return "".join(map(_escaped_character, text))


def _escaped_character(character: str) -> str:
    if character in _REGEX_OPERATORS:
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    if code > 0xFF:  # what two hexadecimal digits say
        raise TranslationError(
            f"the character U+{code:04X} cannot be said in a query of Logs Insights"
        )
    return f"\\x{code:02x}"


def _regex_body(body: str) -> str:
    r"""A regular expression of CloudWatch's subset: a slash escaped, {,n} in the usual form."""
    slashed = re.sub(r"(\\.)|/", lambda found: found[1] or r"\/", body)
    return re.sub(r"(\\.)|\{,(?=[0-9])", lambda found: found[1] or "{0,", slashed)


def _number(number: Number, node: Comparison) -> str:
    value = number.value
    digits = value.as_tuple().digits
    if not value.is_finite() or max(abs(value.adjusted()), len(digits)) > _MOST_DIGITS:
        raise TranslationError(f"{expression(node)}: the number is too long for Logs Insights")
    return format(value, "f")


def _field(selector: Selector, node: Node) -> str:
    """A selector as the name that Logs Insights gives to the field that it discovers."""
    if selector.wildcards:
        raise TranslationError(
            f"{expression(node)} cannot be said in Logs Insights, which has no wildcards in fields"
        )
    if not selector.steps or not isinstance(selector.steps[0], str):
        raise TranslationError(
            f"{expression(node)} cannot be said in Logs Insights: a record is an object to it"
        )
    for step in selector.steps:
        if isinstance(step, str) and not _is_sayable(step):
            raise TranslationError(
                f"{expression(node)} cannot be said in Logs Insights: the name {step!r} is "
                "not the name of one field there"
            )
    name = ".".join(map(str, selector.steps))
    return name if _PLAIN_FIELD.fullmatch(name) and name not in _KEYWORDS else f"`{name}`"


def _is_sayable(name: str) -> bool:
    """Say whether a name means one field: a dot is taken for nesting, a number for an index."""
    return (
        bool(name)
        and name.isprintable()
        and not name.isdigit()
        and not name.startswith("@")
        and not {".", "`"} & set(name)
    )


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
            yield (
                f"{selector} NOT EXISTS holds in Logs Insights also where the field is null, an "
                "object or an array."
            )
        case NotExists(selector) if str(selector).removeprefix("$.") not in FIELDS:
            yield (
                f"{selector} NOT EXISTS holds in Logs Insights also where the field is an object "
                "or an array."
            )
        case Comparison(value=Number()):
            yield (
                f"{expression(node)}: how Logs Insights compares a number with a text is not "
                "documented."
            )
        case Comparison(value=Text(text)) if "*" in text.strip("*"):
            yield (
                f"{expression(node)}: what a * between other characters means to a metric filter "
                "is disputed; here it stands for any characters."
            )
