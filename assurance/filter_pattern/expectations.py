"""What a text that is no filter pattern could have gone on with, in the user's words."""

import re

from lark import UnexpectedInput

# What each of the grammar's terminals is called in an error, in the order of telling.
_WORDS = {
    "SELECTOR": "a selector such as $.eventName",
    "LPAR": '"("',
    "EQUALITY": "an operator (= != < > <= >=)",
    "ORDER": "an operator (= != < > <= >=)",
    "_IS": "IS NULL, IS TRUE or IS FALSE",
    "_NOT": "NOT EXISTS",
    "_NULL": "NULL",
    "_TRUE": "TRUE",
    "_FALSE": "FALSE",
    "_EXISTS": "EXISTS",
    "BARE": "a value: a text, a number or a %regular expression%",
    "_AND": '"&&"',
    "_OR": '"||"',
    "RPAR": '")"',
    "RBRACE": '"}"',
    "$END": 'nothing after the closing "}"',
}

# What is often written, and what CloudWatch has for it: where a terminal is expected and the text
# goes on like this, its writer is told so.
_MENDS = tuple(
    (terminal, re.compile(text), mend)
    for terminal, text, mend in (
        ("_IS", r"(?<=\[)['\"]", "a closing quote for the name that begins here"),
        ("_IS", r"EXISTS\b", "a condition: EXISTS is not supported, = * asks for any value"),
        ("_IS", r"(?i:is|not)\b", "IS and NOT EXISTS in capitals"),
        ("_IS", r"~|(?i:like|in)\b", "= or != with a *wildcard* or a %regex%"),
        ("_NULL", r"NOT\b", "NULL, TRUE or FALSE: IS NOT is not supported"),
        ("_NULL", r"(?i:null|true|false)\b", "NULL, TRUE or FALSE in capitals"),
        ("BARE", r"=", "a value: equality is written with one ="),
        ("QUOTED", r'"', "a closing quote for the text that begins here"),
        ("REGEX", r"%", "a closing % for the regular expression that begins here"),
        ("BARE", r'["%]', "a number without quotes: < > <= >= compare numbers only"),
        ("_AND", r"(?i:and|or)\b", '"&&" or "||"'),
    )
)


def place_and_expectation(error: UnexpectedInput, text: str) -> tuple[int, str]:
    """Return where lark stopped, and in the user's words what it could have gone on with."""
    token = getattr(error, "token", None)
    ended = token is not None and token.type == "$END"
    position = len(text) if ended else error.pos_in_stream or 0
    accepted = error.interactive_parser.accepts()  # type: ignore[no-untyped-call] # lark's
    for terminal, beginning, mend in _MENDS:
        if terminal in accepted and beginning.match(text, position):
            return position, mend
    words = dict.fromkeys(word for terminal, word in _WORDS.items() if terminal in accepted)
    *most, last = words
    return position, f"{', '.join(most)} or {last}" if most else last
