"""Tags: the same few steps for every service that has its own calls for them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any


def retag(
    known: Mapping[str, str],
    wanted: Mapping[str, str],
    *,
    add: Callable[[dict[str, str]], Any],
    remove: Callable[[Sequence[str]], Any],
) -> None:
    """Make the tags those wanted, calling only what changes something."""
    gone = sorted(set(known) - set(wanted))
    if gone:
        remove(gone)
    changed = {key: value for key, value in wanted.items() if known.get(key) != value}
    if changed:
        add(changed)


def pairs(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[Any]:
    """Tags as a list of pairs, as most services take them."""
    return [{key: name, value: text} for name, text in sorted(tags.items())]


def from_pairs(
    listed: Sequence[Mapping[str, Any]], key: str = "Key", value: str = "Value"
) -> dict[str, str]:
    """Tags from a list of pairs."""
    return {pair[key]: pair[value] for pair in listed}
