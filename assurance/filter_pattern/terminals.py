"""The smallest parts of a filter pattern: how each is written, and called in an error."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from assurance.filter_pattern.errors import Refusal

_BLANK: Final = re.compile(r"[ \t\r\n]*")


class Terminal(NamedTuple):
    """What may stand at a place of a pattern.

    `mends` are for what is often written in its stead: how that begins, and what CloudWatch has for
    it.
    """

    pattern: re.Pattern[str]
    words: str
    mends: Sequence[tuple[str, str]] = ()


def _terminal(pattern: str, words: str, *mends: tuple[str, str]) -> Terminal:
    return Terminal(re.compile(pattern), words, mends)


_OPERATOR: Final = "an operator (= != < > <= >=)"

LBRACE: Final = _terminal(r"\{", '"{"')
RBRACE: Final = _terminal(r"\}", '"}"', (r"\)", '"&&", "||" or "}": no bracket is open here'))
LPAR: Final = _terminal(r"\(", '"("')
RPAR: Final = _terminal(r"\)", '")"', (r"\}", '")" for the bracket that is still open'))
AND: Final = _terminal("&&", '"&&"', (r"(?i:and|or)\b", '"&&" or "||"'))
OR: Final = _terminal(r"\|\|", '"||"')
END: Final = _terminal(r"\Z", 'nothing after the closing "}"')

EQUALITY: Final = _terminal("!?=", _OPERATOR)
ORDER: Final = _terminal("[<>]=?", _OPERATOR)
IS: Final = _terminal(
    r"IS(?!\w)",
    "IS NULL, IS TRUE or IS FALSE",
    (r"EXISTS\b", "a condition: EXISTS is not supported, = * asks for any value"),
    (r"(?i:is|not)\b", "IS and NOT EXISTS in capitals"),
    (r"~|(?i:like|in)\b", "= or != with a *wildcard* or a %regex%"),
)
NULL: Final = _terminal(
    r"NULL(?!\w)",
    "NULL",
    (r"NOT\b", "NULL, TRUE or FALSE: IS NOT is not supported"),
    (r"(?i:null|true|false)\b", "NULL, TRUE or FALSE in capitals"),
)
TRUE: Final = _terminal(r"TRUE(?!\w)", "TRUE")
FALSE: Final = _terminal(r"FALSE(?!\w)", "FALSE")
NOT: Final = _terminal(r"NOT(?!\w)", "NOT EXISTS")
EXISTS: Final = _terminal(r"EXISTS(?!\w)", "EXISTS")

# The following take more than CloudWatch does, as far as the next part can begin: what they hold is
# judged in tokens.py, which can say in words what is wrong with it.
SELECTOR: Final = _terminal(
    r"""\$(?:'[^']*'?|"[^"]*"?|[^\s=!<>&|(){}"'%])*""", "a selector such as $.eventName"
)
_BARE: Final = r"""[^\s"%&|(){}=!<>][^\s"%&|(){}]*"""
BARE: Final = _terminal(
    _BARE,
    "a value: a text, a number or a %regular expression%",
    ("=", "a value: equality is written with one ="),
    ("[<>]", "a value: the operators of order are < > <= >="),
)
QUOTED: Final = _terminal(
    r'"(?:[^"\\]|\\(?s:.))*"',
    BARE.words,
    ('"', "a closing quote for the text that begins here"),
)
REGEX: Final = _terminal(
    r"%[^%]*%", BARE.words, ("%", "a closing % for the regular expression that begins here")
)
NUMBER: Final = _terminal(
    _BARE,
    "a number",
    ("=", "a number: an operator has no blank in it, and is one of <= >= < >"),
    ('["%]', "a number without quotes: < > <= >= compare numbers only"),
)


class Reader:
    """Reads the terminals of a pattern, one after the other."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = 0

    def take(self, *expected: Terminal) -> tuple[Terminal, re.Match[str]]:
        """Take the next terminal, which is one of these; raises Refusal, in the user's words."""
        blank = _BLANK.match(self._text, self._end)
        position = blank.end() if blank else self._end
        for terminal in expected:
            if found := terminal.pattern.match(self._text, position):
                self._end = found.end()
                return terminal, found
        raise Refusal(position, self._expectation(position, expected))

    def _expectation(self, position: int, expected: Sequence[Terminal]) -> str:
        for terminal in expected:
            for beginning, mend in terminal.mends:
                if re.compile(beginning).match(self._text, position):
                    return mend
        *most, last = dict.fromkeys(terminal.words for terminal in expected)
        return f"{', '.join(most)} or {last}" if most else last
