"""The body of a regular expression in CloudWatch's subset, read into its parts."""

import re
from dataclasses import dataclass
from typing import TypeAlias

from assurance.filter_pattern.errors import Refusal

# "." is any single character and "$" the end of the text, as the user guide has them.
FLAGS = re.ASCII | re.DOTALL
_ANCHORS = {"^": r"\A", "$": r"\Z"}

_SYMBOLS = ":_#=@/;,- "
_OPERATORS = r"^$?[]{}|\*+."
_TAKEN = re.compile(rf"[A-Za-z0-9{re.escape(_SYMBOLS + _OPERATORS)}]")
_CLASSES = frozenset("dDsSwW")
_QUANTIFIER = re.compile(r"([*+?])|\{([0-9]*)(,?)([0-9]*)\}")
_HEX = re.compile(r"x([0-7][0-9A-Fa-f])")
# A log event holds 1 MB at most, so more repetitions make no difference.
_MAX_REPEAT = 1 << 20


@dataclass(frozen=True, slots=True)
class Repetition:
    """One character of a set, so and so many times; no `most` is any number."""

    characters: str
    least: int = 1
    most: int | None = 1

    def __str__(self) -> str:
        if self.least == self.most == 1:
            return self.characters
        most = "" if self.most is None else self.most
        return f"{self.characters}{{{self.least},{most}}}"


Part: TypeAlias = Repetition | str
"""A repetition, or an anchor."""


class RegexReader:
    """Reads the body of a regular expression that begins at a position of the pattern."""

    def __init__(self, body: str, position: int) -> None:
        self._body = body
        self._position = position
        self._offset = 0

    def read(self) -> list[list[Part]]:
        """Return the alternatives."""
        if not self._body:
            raise self._refusal("a regular expression between the percent signs")
        alternatives: list[list[Part]] = [[]]
        while character := self._peek():
            if character == "|":
                self._offset += 1
                alternatives.append([])
            elif character in _ANCHORS:
                self._offset += 1
                alternatives[-1].append(_ANCHORS[character])
            else:
                alternatives[-1].append(self._repetition())
        return alternatives

    def _peek(self) -> str:
        return self._body[self._offset : self._offset + 1]

    def _refusal(self, expected: str) -> Refusal:
        return Refusal(self._position + self._offset, expected)

    def _repetition(self) -> Repetition:
        characters = self._characters()
        quantifier = _QUANTIFIER.match(self._body, self._offset)
        if quantifier is None:
            return Repetition(characters)
        least, most = self._bounds(quantifier)
        self._offset = quantifier.end()
        # A lazy repetition matches the same texts.
        if self._peek() == "?":
            self._offset += 1
        return Repetition(characters, least, most)

    def _bounds(self, quantifier: re.Match[str]) -> tuple[int, int | None]:
        sign, least, comma, most = quantifier.groups()
        if sign:
            return (1 if sign == "+" else 0), (1 if sign == "?" else None)
        if not least and not most:
            raise self._refusal("{n}, {m,n}, {m,} or {,n}")
        lower = int(least or 0)
        upper = lower if not comma else int(most) if most else None
        if max(lower, upper or 0) > _MAX_REPEAT:
            raise self._refusal(f"at most {_MAX_REPEAT} repetitions: no log event is longer")
        if upper is not None and upper < lower:
            raise self._refusal("{m,n} with m up to n")
        return lower, upper

    def _characters(self) -> str:
        """Read what stands for one character, and return it in Python's syntax."""
        character = self._peek()
        if character in {"*", "+", "?", "{"}:
            raise self._refusal(f"a character for {character} to repeat, or \\{character}")
        if character == "[":
            return self._class()
        if character == ".":
            self._offset += 1
            return "."
        return self._single()

    def _single(self) -> str:
        """Read one character, escaped or not, outside or inside a class."""
        character = self._peek()
        if character == "\\":
            self._offset += 1
            return self._escape()
        if not _TAKEN.fullmatch(character):
            raise self._refusal(
                r"what CloudWatch takes in a regular expression: ASCII letters, digits, spaces,"
                r" : _ # = @ / ; , - and the operators ^ $ ? [ ] { } | \ * + ."
                r" (\xhh stands for any other ASCII character)"
            )
        self._offset += 1
        return re.escape(character)

    def _escape(self) -> str:
        character = self._peek()
        if character in _CLASSES:
            self._offset += 1
            return "\\" + character
        if code := _HEX.match(self._body, self._offset):
            self._offset = code.end()
            return re.escape(chr(int(code[1], 16)))
        if character and character in _SYMBOLS + _OPERATORS:
            self._offset += 1
            return re.escape(character)
        raise self._refusal(r"\d \D \s \S \w \W, \x00 to \x7F or an escaped operator")

    def _class(self) -> str:
        opening = self._offset
        self._offset += 1
        negation = ""
        if self._peek() == "^":
            self._offset += 1
            negation = "^"
        members: list[str] = []
        while (character := self._peek()) != "]":
            if not character:
                self._offset = opening
                raise self._refusal("a closing ] for the character class that begins here")
            members.append(self._member(is_first=not members))
        if not members:
            raise self._refusal(r"a character in the character class (\] for a bracket)")
        self._offset += 1
        return f"[{negation}{''.join(members)}]"

    def _member(self, *, is_first: bool) -> str:
        r"""Read a character, a class such as \d, or a range such as a-z, inside a class."""
        start = self._offset
        if self._peek() == "[":
            raise self._refusal(r"\[ for a bracket in a character class")
        if self._peek() == "-" and not is_first and not self._is_last():
            raise self._refusal(r"\- for a hyphen, or a range such as a-z")
        low = self._single()
        if self._peek() != "-" or self._is_last():
            return low
        self._offset += 1
        high = self._single()
        if {low[1:], high[1:]} & _CLASSES or _code(low) > _code(high):
            self._offset = start
            raise self._refusal("a range from a lower character to a higher one, such as a-z")
        return f"{low}-{high}"

    def _is_last(self) -> bool:
        """Say whether the next character of the class is the last one."""
        return self._body[self._offset + 1 : self._offset + 2] in {"]", ""}


def _code(escaped: str) -> int:
    """Return the code of a character that `re.escape` may have put a backslash before."""
    return ord(escaped[-1])
