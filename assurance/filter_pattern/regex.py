"""CloudWatch's subset of regular expressions, translated to Python's `re`.

The subset has no parentheses and is ASCII ("Supported regular expressions (regex) syntax" in the
CloudWatch Logs user guide), so an expression is alternatives of repeated characters and anchors.
A condition asks only whether a text contains a match. That allows rewriting what would make `re`
slow on a long text without changing the answer: neighbouring repetitions of the same characters
are one, a repetition at an open end needs its minimum only, and what stands before a ``.*`` and has
one length may be sought first, the rest from where it ends, without ever going back.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from assurance.filter_pattern.regex_reader import FLAGS, Part, RegexReader, Repetition


def finder(body: str) -> Callable[[str], bool]:
    """Return the test whether a text contains a match. Raises Refusal as `translate` does."""
    alternatives = [
        [re.compile(expression, FLAGS) for expression in expressions]
        for expressions in translate(body)
    ]
    return lambda text: any(_contains(text, expressions) for expressions in alternatives)


def _contains(text: str, expressions: list[re.Pattern[str]]) -> bool:
    position = 0
    for expression in expressions:
        found = expression.search(text, position)
        if found is None:
            return False
        position = found.end()
    return True


def translate(body: str, position: int = 0) -> list[list[str]]:
    """Return the alternatives, each as Python expressions to find one after the other with FLAGS.

    `position` is where the body begins in the pattern. Raises Refusal for what is not supported.
    """
    return [
        ["".join(map(str, piece)) for piece in _pieces(_merged(parts)) if piece]
        for parts in RegexReader(body, position).read()
    ]


def _merged(parts: list[Part]) -> list[Part]:
    merged: list[Part] = []
    for part in parts:
        last = merged[-1] if merged else None
        if (
            isinstance(part, Repetition)
            and isinstance(last, Repetition)
            and part.characters == last.characters
            and not (part.least == part.most and last.least == last.most)
        ):
            open_ended = part.most is None or last.most is None
            most = None if open_ended else (part.most or 0) + (last.most or 0)
            merged[-1] = replace(last, least=last.least + part.least, most=most)
        else:
            merged.append(part)
    return merged


def _pieces(parts: list[Part]) -> list[list[Part]]:
    """Split an alternative where anything may stand, if what is before can be sought first."""
    pieces: list[list[Part]] = [[]]
    for part in parts:
        if isinstance(part, Repetition) and part.characters == "." and part.most is None:
            pieces[-1] = _trimmed(pieces[-1])
            if all(isinstance(one, str) or one.least == one.most for one in pieces[-1]):
                if part.least:
                    pieces[-1].append(replace(part, most=part.least))
                pieces.append([])
                continue
        pieces[-1].append(part)
    return [_trimmed(piece) for piece in pieces]


def _trimmed(parts: list[Part]) -> list[Part]:
    trimmed = list(parts)
    for end in (0, -1):
        while trimmed and isinstance(part := trimmed[end], Repetition):
            if part.least:
                trimmed[end] = replace(part, most=part.least)
                break
            del trimmed[end]
    return trimmed
