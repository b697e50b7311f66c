"""Denied calls by principals that nobody knows, made to the measure of a filter pattern.

What an exclusion describes is rare, and the more so the more fields it names: among calls at random
hardly one is of that service in that region by that tool. So for each part of a pattern the callers
and circumstances are chosen, out of many at random, that the part describes if any do. A pattern
that does not count such a call hides more than what its owner knows.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, compress, islice, product
from typing import Final

from assurance.filter_pattern import (
    And,
    Comparison,
    FilterPattern,
    Node,
    Operator,
    Selector,
    Text,
    WildcardModel,
    compile_tree,
    conditions,
    json_reader,
)
from assurance.probe_records.records import DENIED_CODES, USER_AGENTS, Fields, Records

# What the names of APIs begin with, by the service models of botocore the most frequent ones.
_VERBS: Final = (
    *("Accept", "Add", "Associate", "Assume", "Attach", "Batch", "Cancel", "Copy", "Create"),
    *("Delete", "Deregister", "Describe", "Detach", "Disable", "Disassociate", "Enable", "Execute"),
    *(
        "Export",
        "Generate",
        "Get",
        "Head",
        "Import",
        "Invoke",
        "List",
        "Lookup",
        "Modify",
        "Publish",
    ),
    *("Put", "Query", "Register", "Reject", "Remove", "Reset", "Restore", "Revoke", "Run"),
    *("Search", "Send", "Set", "Start", "Stop", "Tag", "Terminate", "Untag", "Update", "Upload"),
)
_EVENT_SOURCE: Final = ".amazonaws.com"
# So many of each type in each account have names of all forms and initials.
_CALLERS: Final = 400
_PLACES: Final = 1_000
# Of those that a part describes alike.
_CHOSEN: Final = 2


class Strangers:
    """Chooses strangers for the parts of a pattern, each of which may be an exclusion."""

    def __init__(self, records: Records, pattern: FilterPattern) -> None:
        root = pattern.root
        parts = root.nodes if isinstance(root, And) else (root,)
        self._records = records
        self._parts = [_Part(part, pattern.wildcard_model) for part in parts]
        sources = [f"{service}{_EVENT_SOURCE}" for service in records.services]
        self._calls: list[list[Fields]] = [
            [{"eventSource": each} for each in (*sources, *_named(root, "eventSource"))],
            [{"awsRegion": each} for each in (*records.regions, *_named(root, "awsRegion"))],
            [
                *(records.api(verb) for verb in _VERBS),
                *chain.from_iterable(map(records.apis_like, _values(root, "eventName"))),
            ],
            [{"errorCode": code} for code in DENIED_CODES],
        ]
        self._circumstances: list[list[Fields]] = [
            [
                *(records.place() for _ in range(_PLACES)),
                *chain.from_iterable(map(records.places_like, known_addresses(pattern))),
            ],
            [{"userAgent": each} for each in USER_AGENTS],
        ]

    def denied(self, time: int, kind: str) -> Iterator[str]:
        """Calls by principals of this `userIdentity.type`; a few for each part of the pattern."""
        callers = [
            self._records.caller(kind, account)
            for account in self._records.accounts
            for _ in range(_CALLERS)
        ]
        # A service calls from itself and with itself.
        groups = [callers, *self._calls, *([] if kind == "AWSService" else self._circumstances)]
        for part in self._parts:
            for chosen in product(*map(part.describes, groups)):
                fields = dict(chain.from_iterable(each.items() for each in chosen))
                yield self._records.denied(time, kind, fields=fields)


def known_addresses(pattern: FilterPattern) -> list[str]:
    """The addresses that a pattern names, wildcards and all."""
    return _values(pattern.root, "sourceIPAddress")


class _Part:
    """A part of a pattern, and whom and what its conditions describe."""

    def __init__(self, part: Node, model: WildcardModel) -> None:
        self._tests: dict[Selector, list[Callable[[object], bool]]] = {}
        for condition in conditions(part):
            if isinstance(condition, Comparison):
                has_value = replace(condition, operator=Operator.EQUAL)
                test = compile_tree(has_value, json_reader, model)
                self._tests.setdefault(condition.selector, []).append(test)

    def describes(self, candidates: Sequence[Fields]) -> list[Fields]:
        """A few of the candidates that have the most fields as described; if none, no field."""
        fields = frozenset().union(*candidates)
        about = [tests for selector, tests in self._tests.items() if selector.steps[0] in fields]
        described = [
            sum(any(test(candidate) for test in tests) for tests in about)
            for candidate in (candidates if about else ())
        ]
        most = max(described, default=0)
        if not most:
            return [{}]
        chosen = compress(candidates, (number == most for number in described))
        return list(islice(chosen, _CHOSEN))


def _values(tree: Node, field: str) -> list[str]:
    """The texts that a pattern compares a field with, wildcards and all."""
    return [
        condition.value.value
        for condition in conditions(tree)
        if isinstance(condition, Comparison)
        and condition.selector == Selector((field,))
        and isinstance(condition.value, Text)
    ]


def _named(tree: Node, field: str) -> list[str]:
    """The values that a pattern compares a field with, or one of which a wildcard stands for."""
    return [value.replace("*", "x") for value in _values(tree, field)]
