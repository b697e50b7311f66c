"""How the ``*`` of a pattern's text matches: AWS's statements and its behaviour disagree.

For ``X*``, ``*X`` where X stands once in the value, and ``*X*`` all models agree.
"""

from collections.abc import Callable
from enum import Enum, auto

Matcher = Callable[[str], bool]


class WildcardModel(Enum):
    """Which texts a text with wildcards matches."""

    FIRST_OCCURRENCE = auto()
    """Each part is taken where it first occurs after the one before, and never sought again, so
    that ``*111`` misses ``111.111``: the one model that explains all that was seen on AWS itself.
    """

    ANYWHERE = auto()
    """Each ``*`` stands for any characters, as in a shell's file names."""

    EDGES_ONLY = auto()
    """Only a ``*`` at the beginning or the end is a wildcard, and any other is itself: the
    CloudWatch Logs user guide of 2018 to 2020.
    """


def matcher(pattern: str, model: WildcardModel) -> Matcher:
    """Return the test whether a text matches a text with wildcards."""
    if "*" not in pattern:
        return pattern.__eq__
    if model is WildcardModel.EDGES_ONLY:
        return _edges_only(pattern)
    first, *middle, last = pattern.split("*")
    end = _ends_at_first if model is WildcardModel.FIRST_OCCURRENCE else _ends_anywhere

    def matches(text: str) -> bool:
        if not text.startswith(first):
            return False
        position = len(first)
        for part in middle:
            found = text.find(part, position)
            if found < 0:
                return False
            position = found + len(part)
        return end(text, last, position)

    return matches


def _ends_at_first(text: str, last: str, position: int) -> bool:
    if not last:
        return True
    found = text.find(last, position)
    return found >= 0 and found + len(last) == len(text)


def _ends_anywhere(text: str, last: str, position: int) -> bool:
    return text.endswith(last) and len(text) - len(last) >= position


def _edges_only(pattern: str) -> Matcher:
    open_start = pattern.startswith("*")
    core = pattern[1:] if open_start else pattern
    open_end = core.endswith("*")
    core = core[:-1] if open_end else core
    if open_start and open_end:
        return lambda text: core in text
    if open_start:
        return lambda text: text.endswith(core)
    if open_end:
        return lambda text: text.startswith(core)
    return core.__eq__
