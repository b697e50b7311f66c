"""A filter pattern's text read into its syntax tree, or refused with the place and the reason."""

from functools import cache
from typing import cast

from lark import Lark, Token, Transformer, UnexpectedInput

from assurance.filter_pattern import tokens
from assurance.filter_pattern.errors import FilterPatternError, Refusal
from assurance.filter_pattern.expectations import place_and_expectation
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

# The length is the FilterPattern type's in the CloudWatch Logs API; the other two are the quotas
# named in the user guide's pages on filter pattern syntax.
MAX_LENGTH = 1024
MAX_REGEXES = 2
MAX_WILDCARD_SELECTORS = 3


def parse_tree(text: str) -> Node:
    """Return the syntax tree of a JSON filter pattern.

    Raises FilterPatternError for what CloudWatch refuses, and for the other forms of pattern.
    """
    try:
        _check_form(text)
        # The transformer makes it a Node where lark's signature has its own tree.
        tree = cast(Node, _grammar().parse(text))
        _check_quotas(tree)
    except Refusal as refusal:
        raise FilterPatternError(text, refusal.position, refusal.expected) from None
    except UnexpectedInput as error:
        raise FilterPatternError(text, *place_and_expectation(error, text)) from None
    return tree


class _TreeBuilder(Transformer[Token, Node]):
    """Makes the nodes while lark reads, so that no depth of brackets costs a recursion."""

    def start(self, parts: list[Node]) -> Node:
        return parts[0]

    def any_of(self, parts: list[Node]) -> Node:
        return Or(tuple(parts))

    def all_of(self, parts: list[Node]) -> Node:
        return And(tuple(parts))

    def comparison(self, parts: list[Token]) -> Node:
        selector, operator, value = parts
        return Comparison(
            tokens.read_selector(selector, _start(selector)),
            Operator(operator),
            _value(value),
            position=_start(selector),
        )

    def order_comparison(self, parts: list[Token]) -> Node:
        selector, operator, number = parts
        return Comparison(
            tokens.read_selector(selector, _start(selector)),
            Operator(operator),
            tokens.read_order_number(number, _start(number)),
            position=_start(selector),
        )

    def is_null(self, parts: list[Token]) -> Node:
        return _unary(IsNull, parts[0])

    def is_true(self, parts: list[Token]) -> Node:
        return _unary(IsTrue, parts[0])

    def is_false(self, parts: list[Token]) -> Node:
        return _unary(IsFalse, parts[0])

    def not_exists(self, parts: list[Token]) -> Node:
        return _unary(NotExists, parts[0])


def _unary(kind: type[IsNull | IsTrue | IsFalse | NotExists], selector: Token) -> Node:
    position = _start(selector)
    return kind(tokens.read_selector(selector, position), position=position)


def _value(token: Token) -> Value:
    match token.type:
        case "QUOTED":
            return tokens.read_quoted(token)
        case "REGEX":
            return tokens.read_regex(token, _start(token))
        case _:
            return tokens.read_bare(token, _start(token))


def _start(token: Token) -> int:
    return token.start_pos or 0


@cache
def _grammar() -> Lark:
    return Lark.open_from_package(
        __package__,
        "grammar.lark",
        parser="lalr",
        transformer=_TreeBuilder(),
    )


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
