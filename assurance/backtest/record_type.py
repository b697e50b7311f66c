"""A decoder that reads only those fields of CloudTrail records that a backtest asks for."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from assurance.filter_pattern import And, Comparison, Node, Or, Selector, selectors

Path = tuple[str, ...]

TEXT: Final = str | None | UnsetType
Time: Final = Annotated[datetime, msgspec.Meta(tz=True)]

_Tree = dict[str, "_Tree"]


def paths(trees: Iterable[Node]) -> set[Path] | None:
    """The fields that patterns read; None when one reads elements of arrays, or of any name."""
    found: set[Path] = set()
    for tree in trees:
        for selector in selectors(tree):
            steps = tuple(step for step in selector.steps if isinstance(step, str))
            if len(steps) < len(selector.steps) or not all(map(str.isidentifier, steps)):
                return None
            found.add(steps)
    return found


class RecordType:
    """Records with some fields, of which each is a string, null or missing.

    A record in which one is anything else does not decode: it needs a reader of more patience.
    """

    def __init__(
        self,
        fields: Collection[Path],
        known: Sequence[tuple[str, Any] | tuple[str, Any, Any]],
    ) -> None:
        """`known` are fields of a record itself, with their types and defaults.

        Raises ValueError when one of the fields is part of another.
        """
        tree: _Tree = {}
        for path in fields:
            node = tree
            for step in path:
                node = node.setdefault(step, {})
        if any(_parts(tree, path) for path in fields):
            raise ValueError("a field is part of another")
        names = {name for name, *_ in known}
        own = [
            (name, msgspec.Raw | UnsetType if below else TEXT, UNSET)
            for name, below in sorted(tree.items())
            if name not in names
        ]
        self.type = msgspec.defstruct("Record", [*known, *own], gc=False)
        self._objects = [
            (name, attrgetter(name), msgspec.json.Decoder(_object(below, name)).decode)
            for name, below in sorted(tree.items())
            if below
        ]

    def open(self, record: Any) -> None:
        """Decode what is inside the objects of a record, which decoding has passed over.

        Few records come so far, and it takes half as long as all the rest.
        Raises msgspec.DecodeError.
        """
        for name, read, decode in self._objects:
            value = read(record)
            if value is not UNSET:
                setattr(record, name, decode(value))


def _parts(tree: _Tree, path: Path) -> _Tree:
    node = tree
    for step in path:
        node = node[step]
    return node


def _object(below: _Tree, name: str) -> Any:
    fields = [
        (key, _object(deeper, f"{name}_{key}") | UnsetType if deeper else TEXT, UNSET)
        for key, deeper in sorted(below.items())
    ]
    return msgspec.defstruct(name, fields, gc=False) | None


def reader(selector: Selector) -> Callable[[Any], Sequence[object]]:
    """Read a selector's nodes from an open record, as `json_reader` does from JSON."""
    *parents, name = (str(step) for step in selector.steps)
    if not parents:
        read = attrgetter(name)
        return lambda record: () if (value := read(record)) is UNSET else (value,)

    def nested(record: object) -> Sequence[object]:
        for step in parents:
            record = getattr(record, step)
            if record is UNSET or record is None:
                return ()
        value = getattr(record, name)
        return () if value is UNSET else (value,)

    return nested


def needed(tree: Node) -> frozenset[Selector]:
    """The fields without any one of which a record cannot match."""
    match tree:
        case And(nodes=nodes):
            return frozenset().union(*map(needed, nodes))
        case Or(nodes=nodes):
            return frozenset.intersection(*map(needed, nodes))
        case Comparison(selector=selector):
            return frozenset({selector})
    return frozenset()
