"""What a lint says of a filter pattern."""

from dataclasses import dataclass
from enum import StrEnum

from assurance.filter_pattern.syntax_tree import Selector


class Code(StrEnum):
    """The stable name of a kind of finding."""

    UNGUARDED_NOT_EQUAL = "unguarded-not-equal"
    GUARD_WITHOUT_IS_NULL = "guard-without-is-null"
    EXCLUSION_ON_ONE_BRANCH = "exclusion-on-one-branch"
    CONTRARY_EXCLUSIONS = "contrary-exclusions"
    MATCHES_NEARLY_EVERY_EVENT = "matches-nearly-every-event"
    UNCERTAIN_WILDCARD = "uncertain-wildcard"
    UNCERTAIN_ESCAPE = "uncertain-escape"
    UNCERTAIN_WILDCARD_SELECTOR = "uncertain-wildcard-selector"
    SPACE_AFTER_BRACE = "space-after-brace"


class Severity(StrEnum):
    """A warning counts what it should not or misses what it should; a note may do so."""

    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at, its `position` an offset into the pattern's text."""

    code: Code
    severity: Severity
    position: int
    selector: Selector | None
    message: str
    mend: str
