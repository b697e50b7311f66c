"""The tuned filter pattern: the control's conditions, and that no exclusion describes the record.

The conditions of one exclusion are ANDed, so their negations are ORed. A field that a record may
lack is guarded, `($.f NOT EXISTS) || ($.f IS NULL) || ($.f != "v")`: a bare `!=` is false on it,
and would hide every record without the field. That a field under a null parent counts as missing
is how AWS describes NOT EXISTS, and has not been tried on AWS.
"""

import shlex
from collections.abc import Iterable, Sequence
from typing import Final

from monitoring import control
from monitoring.exclusions import Condition, Exclusion
from monitoring.problems import Problems

# Fields of every record that can match at all. eventName, eventSource, awsRegion, sourceIPAddress:
# "Optional: False" since version 1.0 in the CloudTrail user guide, "CloudTrail record contents".
# Besides, the control's own conditions ask for sourceIPAddress, eventName and errorCode: a record
# without one of them is not counted whatever follows, so that a guard would change nothing.
_ALWAYS_PRESENT: Final = frozenset(
    {"awsRegion", "errorCode", "eventName", "eventSource", "sourceIPAddress"}
)

_Conditions = tuple[Condition, ...]


def tuned_pattern(exclusions: Iterable[Exclusion]) -> str:
    """The filter pattern that counts what the control asks for and no exclusion describes.

    The same text whatever the order of the exclusions. It may be too long (`refuse_too_long`).
    """
    terms = [control.TUNED_CONDITIONS, *map(_negation, _merged(exclusions))]
    return f"{{ {' && '.join(terms)} }}"


def costs(exclusions: Sequence[Exclusion]) -> dict[str, int]:
    """By setting, the characters by which the pattern would be shorter without its exclusions.

    Exclusions that share a guard cost less together than each by itself.
    """
    length = len(tuned_pattern(exclusions))
    return {
        setting: length - len(tuned_pattern(e for e in exclusions if e.setting != setting))
        for setting in dict.fromkeys(exclusion.setting for exclusion in exclusions)
    }


def refuse_too_long(exclusions: Sequence[Exclusion], problems: Problems) -> None:
    """PutMetricFilter's limit, as one problem that says what each setting costs."""
    length = len(tuned_pattern(exclusions))
    excess = length - control.FILTER_PATTERN_LIMIT
    if excess <= 0:
        return
    dearest_first = sorted(costs(exclusions).items(), key=lambda item: (-item[1], item[0]))
    names = {exclusion.setting: exclusion.name for exclusion in exclusions}
    listed = ", ".join(f"{_label(setting, names)} {cost}" for setting, cost in dearest_first)
    enough = [setting for setting, cost in dearest_first if cost >= excess]
    remove = enough[-1] if enough else dearest_first[0][0]
    problems.add(
        remove.partition("[")[0].partition(".")[0],
        f"the filter pattern of all exclusions would be {length:,} characters long, "
        f"{excess:,} more than the {control.FILTER_PATTERN_LIMIT:,} that CloudWatch Logs takes; "
        f"removing one saves: {listed}",
        f"rm --path {shlex.quote(remove)}",
    )


def _label(setting: str, names: dict[str, str]) -> str:
    name = names[setting]
    return setting if setting.endswith(f".{name}") else f"{setting} ({name})"


def _merged(exclusions: Iterable[Exclusion]) -> list[_Conditions]:
    """As few exclusions as exclude the same, sorted."""
    done: list[_Conditions] = []
    pending = sorted({exclusion.conditions for exclusion in exclusions})
    while pending:
        one, *pending = pending
        for other in pending:
            joined = _joined(one, other)
            if joined is not None:
                rest = [conditions for conditions in pending if conditions != other]
                # It may now join one that nothing joined before.
                done, pending = [], sorted({joined, *rest, *done})
                break
        else:
            done.append(one)
    return done


def _joined(one: _Conditions, other: _Conditions) -> _Conditions | None:
    """The one exclusion that excludes what both do; None when there is none."""
    for broad, narrow in ((one, other), (other, one)):
        if _covers(broad, narrow):
            return broad
    if [c.field for c in one] != [c.field for c in other]:
        return None
    pairs = list(zip(one, other, strict=True))
    if sum(a.values != b.values for a, b in pairs) > 1:
        return None
    return tuple(Condition(a.field, tuple(sorted({*a.values, *b.values}))) for a, b in pairs)


def _covers(broad: _Conditions, narrow: _Conditions) -> bool:
    """Say whether `broad` excludes all that `narrow` does, by fields and values left out."""
    return all(
        any(c.field == d.field and set(d.values) <= set(c.values) for d in narrow) for c in broad
    )


def _negation(conditions: _Conditions) -> str:
    alternatives: list[str] = []
    for condition in conditions:
        selector = f"$.{condition.field}"
        if condition.field not in _ALWAYS_PRESENT:
            alternatives += [f"({selector} NOT EXISTS)", f"({selector} IS NULL)"]
        differs = [f'({selector} != "{value}")' for value in condition.values]
        together = " && ".join(differs)
        if len(conditions) == 1 and not alternatives:
            return together
        alternatives.append(together if len(differs) == 1 else f"({together})")
    return f"({' || '.join(alternatives)})"
