"""A fault of the control, and the checks that tell it."""

from dataclasses import dataclass, field
from typing import Any

from tests.assurance.checks.changes import Change


@dataclass(frozen=True)
class Broken:
    """A fault: what it changes, and which checks tell it in which words.

    `settings` are changes of the stack's config; `also` names checks that it concerns besides.
    """

    name: str
    change: Change
    told: dict[str, str]
    settings: dict[str, Any] = field(default_factory=dict)
    also: frozenset[str] = frozenset()
