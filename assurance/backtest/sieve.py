"""What filter patterns read, and which records need no second look."""

from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from assurance.filter_pattern import (
    And,
    Comparison,
    FilterPattern,
    Node,
    Or,
    Selector,
    compile_tree,
    selectors,
)

Path: TypeAlias = tuple[str, ...]

# Values of one field whose test is remembered.
_REMEMBERED: Final = 4_096


def paths(trees: Iterable[Node]) -> set[Path] | None:
    """The fields that patterns read; None when one reads elements of arrays, or of any name."""
    found: set[Path] = set()
    for tree in trees:
        for selector in selectors(tree):
            steps = tuple(step for step in selector.steps if isinstance(step, str))
            if len(steps) < len(selector.steps):
                return None
            found.add(steps)
    return found


class Sieve(NamedTuple):
    """Lets a record pass by the text of one field of its own, and holds back one without it."""

    field: str
    passes: Callable[[str], bool]


def sieve_for(patterns: Collection[FilterPattern]) -> Sieve | None:
    """What lets pass all that one of some patterns might match; None if nothing holds back any."""
    common = frozenset.intersection(*(_needed(pattern.root) for pattern in patterns))
    own = [
        step
        for selector in common
        for step in selector.steps
        if len(selector.steps) == 1 and isinstance(step, str)
    ]
    return Sieve(min(own), passing(patterns, min(own))) if own else None


def _needed(tree: Node) -> frozenset[Selector]:
    """The fields that no record matches without: a comparison is false of null, too."""
    match tree:
        case And(nodes=nodes):
            return frozenset().union(*map(_needed, nodes))
        case Or(nodes=nodes):
            return frozenset.intersection(*map(_needed, nodes))
        case Comparison(selector=selector):
            return frozenset({selector})
    return frozenset()


def passing(patterns: Collection[FilterPattern], field: str) -> Callable[[str], bool]:
    """Whether a record with this value of a field of its own might match one of the patterns.

    The same few values come again and again, and most of them say that the record does not.
    """
    selector = Selector((field,))
    tests = [
        compile_tree(tree, lambda _: lambda value: (value,), pattern.wildcard_model)
        for pattern in patterns
        if (tree := _weakened(pattern.root, selector)) is not None
    ]
    if len(tests) < len(patterns):
        return lambda _: True
    return lru_cache(_REMEMBERED)(lambda value: any(test(value) for test in tests))


def _weakened(tree: Node, selector: Selector) -> Node | None:
    """A tree with every condition on other fields taken to hold; None when nothing is left of it.

    Nothing in the language negates a condition, so whatever the tree matches this one matches too.
    """
    match tree:
        case And(nodes=nodes) | Or(nodes=nodes):
            kept = [weak for node in nodes if (weak := _weakened(node, selector)) is not None]
            if not kept or (isinstance(tree, Or) and len(kept) < len(nodes)):
                return None
            return type(tree)(tuple(kept)) if len(kept) > 1 else kept[0]
    return tree if tree.selector == selector else None
