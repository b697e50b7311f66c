"""What the selectors and values of a pattern's text mean, and which of them CloudWatch refuses."""

import re

from assurance.filter_pattern.errors import Refusal
from assurance.filter_pattern.regex import translate
from assurance.filter_pattern.syntax_tree import Number, Regex, Selector, Step, Text, Wildcard

# Only $.['k'] is documented; $['k'] and double quotes can mean but one thing, so they are taken.
_STEP = re.compile(
    r"""
    \. (?P<name> [A-Za-z0-9_-]+ )
    | (?P<any_field> \.\* )
    | \.? \[ (?:
        (?P<index> [0-9]+ )
        | (?P<any_element> \* )
        | '(?P<single> [^']+ )' | "(?P<double> [^"]+ )"
      ) \]
    """,
    re.VERBOSE,
)
_OPEN_NAME = re.compile(r"""\.?\[(?:'[^']*|"[^"]*)\Z""")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?")
_NEEDS_QUOTES = re.compile(r"[^A-Za-z0-9._*-]")
_ESCAPED = re.compile(r'\\(["\\])')
# An index is a Java int.
_MAX_INDEX = 2**31 - 1


def read_selector(text: str, position: int) -> Selector:
    """Read a selector that begins at a position of the pattern."""
    steps: list[Step] = []
    offset = 1
    while offset < len(text) or not steps:
        step = _STEP.match(text, offset)
        if step is None and _OPEN_NAME.match(text, offset):
            quote = text.index("[", offset) + 1
            raise Refusal(position + quote, "a closing quote for the name that begins here")
        if step is None:
            raise Refusal(position + offset, "a field (.name or .['name']), [index], [*] or .*")
        if not steps and (step["index"] or step["any_element"]):
            raise Refusal(position + offset, "a field: an array index must follow one")
        steps.append(_read_step(step, position + offset))
        offset = step.end()
    selector = Selector(tuple(steps))
    if selector.wildcards > 1:
        raise Refusal(position, "at most one wildcard ([*] or .*) in a selector")
    return selector


def _read_step(step: re.Match[str], position: int) -> Step:
    if step["any_field"]:
        return Wildcard.ANY_FIELD
    if step["any_element"]:
        return Wildcard.ANY_ELEMENT
    if step["index"] is None:
        return step["name"] or step["single"] or step["double"]
    index = int(step["index"])
    if index > _MAX_INDEX:
        raise Refusal(position, f"an array index up to {_MAX_INDEX}")
    return index


def read_quoted(text: str) -> Text:
    r"""Read a text in quotes. ``\"`` and ``\\`` are unescaped, as AWS CDK takes for granted."""
    return Text(_ESCAPED.sub(r"\1", text[1:-1]))


def read_bare(text: str, position: int) -> Text | Number:
    """Read a value without quotes: a number if it can be one, else a text."""
    if _NUMBER.fullmatch(text):
        return Number(text)
    if unquotable := _NEEDS_QUOTES.search(text):
        raise Refusal(
            position + unquotable.start(),
            "letters, digits, . _ - or *: a text with anything else goes in double quotes",
        )
    return Text(text)


def read_order_number(text: str, position: int) -> Number:
    """Read the value of an order operator, which CloudWatch takes for numbers only."""
    if not _NUMBER.fullmatch(text):
        raise Refusal(position, "a number without quotes: < > <= >= compare numbers only")
    return Number(text)


def read_regex(text: str, position: int) -> Regex:
    """Read a regular expression between percent signs."""
    body = text[1:-1]
    translate(body, position + 1)
    return Regex(body)
