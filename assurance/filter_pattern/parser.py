"""A filter pattern's text read into its syntax tree, or refused with the place and the reason.

    pattern   = "{" any_of "}"
    any_of    = all_of ("||" all_of)*
    all_of    = operand ("&&" operand)*
    operand   = "(" any_of ")" | condition
    condition = SELECTOR EQUALITY (BARE | QUOTED | REGEX)
              | SELECTOR ORDER NUMBER
              | SELECTOR "IS" ("NULL" | "TRUE" | "FALSE")
              | SELECTOR "NOT" "EXISTS"

Order of operations: () > && > ||, after "Using filter patterns to match terms in JSON log events"
in the CloudWatch Logs user guide.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from assurance.filter_pattern import tokens
from assurance.filter_pattern.errors import FilterPatternError, Refusal
from assurance.filter_pattern.syntax_tree import (
    And,
    Comparison,
    IsFalse,
    IsNull,
    IsTrue,
    Node,
    NotExists,
    Operator,
    Or,
    Regex,
    Value,
    conditions,
)
from assurance.filter_pattern.terminals import (
    AND,
    BARE,
    END,
    EQUALITY,
    EXISTS,
    FALSE,
    IS,
    LBRACE,
    LPAR,
    NOT,
    NULL,
    NUMBER,
    OR,
    ORDER,
    QUOTED,
    RBRACE,
    REGEX,
    RPAR,
    SELECTOR,
    TRUE,
    Reader,
    Terminal,
)

# The length is the FilterPattern type's in the CloudWatch Logs API; the other two are the quotas
# named in the user guide's pages on filter pattern syntax.
MAX_LENGTH = 1024
MAX_REGEXES = 2
MAX_WILDCARD_SELECTORS = 3

_AFTER_IS: Final[Mapping[Terminal, type[IsNull | IsTrue | IsFalse]]] = {
    NULL: IsNull,
    TRUE: IsTrue,
    FALSE: IsFalse,
}
_AFTER_NOT: Final[Mapping[Terminal, type[NotExists]]] = {EXISTS: NotExists}


def parse_tree(text: str) -> Node:
    """Return the syntax tree of a JSON filter pattern.

    Raises FilterPatternError for what CloudWatch refuses, and for the other forms of pattern.
    """
    try:
        _check_form(text)
        tree = _pattern(Reader(text))
        _check_quotas(tree)
    except Refusal as refusal:
        raise FilterPatternError(text, refusal.position, refusal.expected) from None
    return tree


def _pattern(reader: Reader) -> Node:
    # Brackets are kept in a list, so that no depth of them costs a recursion.
    reader.take(LBRACE)
    outside: list[_AnyOf] = []
    inside = _AnyOf()
    while True:
        terminal, found = reader.take(SELECTOR, LPAR)
        if terminal is LPAR:
            outside.append(inside)
            inside = _AnyOf()
            continue
        inside.add(_condition(reader, found))
        while (terminal := reader.take(AND, OR, RPAR if outside else RBRACE)[0]) is RPAR:
            bracketed, inside = inside.node(), outside.pop()
            inside.add(bracketed)
        if terminal is OR:
            inside.begin_next()
        elif terminal is RBRACE:
            reader.take(END)
            return inside.node()


@dataclass(slots=True)
class _AnyOf:
    """What stands between two brackets, as far as it is read."""

    before: list[Node] = field(default_factory=list)
    all_of: list[Node] = field(default_factory=list)

    def add(self, operand: Node) -> None:
        self.all_of.append(operand)

    def begin_next(self) -> None:
        self.before.append(_joined(And, self.all_of))
        self.all_of = []

    def node(self) -> Node:
        return _joined(Or, [*self.before, _joined(And, self.all_of)])


def _joined(kind: type[And | Or], nodes: list[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else kind(tuple(nodes))


def _condition(reader: Reader, found: re.Match[str]) -> Node:
    """Read a condition whose selector has been found."""
    position = found.start()
    selector = tokens.read_selector(found[0], position)
    terminal, operator = reader.take(EQUALITY, ORDER, IS, NOT)
    if terminal is EQUALITY:
        value = _value(*reader.take(BARE, QUOTED, REGEX))
    elif terminal is ORDER:
        _, number = reader.take(NUMBER)
        value = tokens.read_order_number(number[0], number.start())
    else:
        kinds = _AFTER_IS if terminal is IS else _AFTER_NOT
        terminal, _ = reader.take(*kinds)
        return kinds[terminal](selector, position=position)
    return Comparison(selector, Operator(operator[0]), value, position=position)


def _value(terminal: Terminal, found: re.Match[str]) -> Value:
    if terminal is QUOTED:
        return tokens.read_quoted(found[0])
    if terminal is REGEX:
        return tokens.read_regex(found[0], found.start())
    return tokens.read_bare(found[0], found.start())


def _check_form(text: str) -> None:
    """Refuse what is too long, or is not the JSON form at all."""
    if len(text) > MAX_LENGTH:
        raise Refusal(MAX_LENGTH, f"the end: a filter pattern has at most {MAX_LENGTH} characters")
    if text.startswith("{"):
        return
    form = '"{": only the JSON form, { $.field = value }, reads the fields of CloudTrail records'
    match text[:1], text.lstrip()[:1]:
        case _, "":
            raise Refusal(0, f"{form}; an empty pattern counts every event")
        case "[", _:
            raise Refusal(0, f"{form}; this is the space-delimited form")
        case "%", _:
            raise Refusal(0, f"{form}; this is a regular expression over the whole line")
        case _, "{":
            raise Refusal(0, '"{" as the first character: CloudWatch takes no space before it')
        case _:
            raise Refusal(0, f"{form}; this is a list of terms to find in the line")


def _check_quotas(tree: Node) -> None:
    regexes = wildcards = 0
    for condition in conditions(tree):
        wildcards += condition.selector.wildcards
        if wildcards > MAX_WILDCARD_SELECTORS:
            raise Refusal(
                condition.position,
                f"at most {MAX_WILDCARD_SELECTORS} selectors with a wildcard in a pattern",
            )
        regexes += isinstance(condition, Comparison) and isinstance(condition.value, Regex)
        if regexes > MAX_REGEXES:
            raise Refusal(
                condition.position, f"at most {MAX_REGEXES} regular expressions in a pattern"
            )
