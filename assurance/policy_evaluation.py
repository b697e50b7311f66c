"""Whether a resource's policy lets an AWS service act on it.

IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements reference": an explicit Deny
wins, else an Allow is needed. What cannot be judged (a condition on something that is not known of
the request, an operator or variable that is not understood) makes the answer unknown wherever it
could turn it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, Final

# Three-valued: None for what cannot be judged.
_Truth = bool | None


class Decision(StrEnum):
    """What a policy says to a request."""

    ALLOWED = "allowed"
    DENIED = "denied"
    NOT_ALLOWED = "not allowed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Verdict:
    """A decision and the statements, by Sid or position, that made it."""

    decision: Decision
    why: str


@dataclass(frozen=True)
class Request:
    """What an AWS service asks for.

    `context` holds the condition keys that are known of the request, in any case: a value, or None
    for a key that the request does not have. A key that is missing there is unknown.
    """

    service: str
    action: str
    resource: str
    context: Mapping[str, str | None] = field(default_factory=dict)

    def value(self, key: str) -> tuple[bool, str | None]:
        """Whether the condition key is known, and its value."""
        for name, value in self.context.items():
            if name.lower() == key.lower():
                return True, value
        return False, None


def evaluate(policy: str, request: Request) -> Verdict:
    """What a policy's text says to a request."""
    try:
        statements = _statements(policy)
    except ValueError as error:
        return Verdict(Decision.UNKNOWN, f"the policy cannot be read: {error}")
    found: dict[tuple[str, _Truth], list[str]] = {}
    for index, statement in enumerate(statements):
        name = f"statement {statement.get('Sid') or index + 1}"
        found.setdefault((statement["Effect"], _applies(statement, request)), []).append(name)
    if denying := found.get(("Deny", True)):
        return Verdict(Decision.DENIED, f"{denying[0]} denies it")
    allowing, allowing_perhaps = found.get(("Allow", True)), found.get(("Allow", None))
    denying_perhaps = found.get(("Deny", None))
    if not allowing and not allowing_perhaps:
        return Verdict(Decision.NOT_ALLOWED, "no statement allows it")
    if denying_perhaps or not allowing:
        doubtful = [*(denying_perhaps or ()), *(() if allowing else allowing_perhaps or ())]
        return Verdict(Decision.UNKNOWN, f"it depends on {', '.join(doubtful)}")
    return Verdict(Decision.ALLOWED, f"{allowing[0]} allows it")


def _statements(policy: str) -> list[dict[str, Any]]:
    document = json.loads(policy)
    if not isinstance(document, dict):
        document = {"Statement": [None]}
    statements = _listed(document.get("Statement"))
    for statement in statements:
        if not isinstance(statement, dict) or statement.get("Effect") not in {"Allow", "Deny"}:
            raise ValueError("it has no statements that allow or deny")
    return statements


def _applies(statement: Mapping[str, Any], request: Request) -> _Truth:
    return _all(
        [
            _principal(statement, request),
            _element(statement, "Action", request.action, re.IGNORECASE),
            _element(statement, "Resource", request.resource, re.NOFLAG),
            *_conditions(statement.get("Condition") or {}, request),
        ]
    )


def _principal(statement: Mapping[str, Any], request: Request) -> _Truth:
    if "NotPrincipal" in statement:
        return not _is_principal(statement["NotPrincipal"], request.service)
    # A policy of an identity has no principal; a resource's has.
    return "Principal" in statement and _is_principal(statement["Principal"], request.service)


def _is_principal(principal: Any, service: str) -> bool:
    if not isinstance(principal, dict):
        return bool(principal == "*")
    # {"AWS": "*"} is everyone, AWS's services too: a topic's default policy lets alarms in by it.
    return "*" in _listed(principal.get("AWS")) or any(
        named in {"*", service} for named in _listed(principal.get("Service"))
    )


def _element(statement: Mapping[str, Any], name: str, value: str, flags: re.RegexFlag) -> _Truth:
    """Whether `Action` or `Resource`, or its `Not…` form, covers a value."""
    if f"Not{name}" in statement:
        return _not(_any(_like(p, value, flags) for p in _listed(statement[f"Not{name}"])))
    if name not in statement:
        # Only a role's trust may leave out its resource: it is the role.
        return name == "Resource"
    return _any(_like(pattern, value, flags) for pattern in _listed(statement[name]))


def _conditions(conditions: Any, request: Request) -> Iterator[_Truth]:
    if not isinstance(conditions, dict):
        yield None
        return
    for operator, keys in conditions.items():
        if not isinstance(keys, dict):
            yield None
            continue
        for key, wanted in keys.items():
            known, value = request.value(key)
            yield _condition(operator, [str(w) for w in _wanted(wanted)], value) if known else None


def _wanted(wanted: Any) -> list[Any]:
    return [str(w).lower() if isinstance(w, bool) else w for w in _listed(wanted)]


_OPERATOR: Final = re.compile(r"(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?", re.IGNORECASE)


def _condition(operator: str, wanted: list[str], value: str | None) -> _Truth:
    parts = _OPERATOR.fullmatch(operator)
    if parts is None:
        return None
    quantifier, name, if_exists = parts.groups()
    test = name.lower()
    if test == "null":
        return str(value is None).lower() in [w.lower() for w in wanted]
    negated = "not" in test
    matches = _MATCHES.get(test.replace("not", ""))
    if matches is None:
        return None
    if value is None:
        every = (quantifier or "").lower() == "forallvalues"
        return bool(if_exists) or every or (negated and quantifier is None)
    found = _any(matches(w, value) for w in wanted)
    return _not(found) if negated else found


def _equals(wanted: str, value: str) -> _Truth:
    return None if "${" in wanted else wanted == value


def _equals_ignoring_case(wanted: str, value: str) -> _Truth:
    return None if "${" in wanted else wanted.lower() == value.lower()


def _like_text(wanted: str, value: str) -> _Truth:
    return _like(wanted, value, re.NOFLAG)


def _like_arn(wanted: str, value: str) -> _Truth:
    """An ARN's six parts are matched one by one: `*` does not reach over a colon before the last.

    IAM user guide, "Amazon Resource Name (ARN) condition operators".
    """
    if "${" in wanted:
        return None
    theirs, ours = wanted.split(":", 5), value.split(":", 5)
    if len(theirs) != len(ours):
        return wanted == "*"
    return all(
        _wildcards(one, re.NOFLAG).fullmatch(other) is not None
        for one, other in zip(theirs, ours, strict=True)
    )


_MATCHES: Final = {
    "stringequals": _equals,
    "stringequalsignorecase": _equals_ignoring_case,
    "stringlike": _like_text,
    "arnequals": _like_arn,
    "arnlike": _like_arn,
    "bool": _equals_ignoring_case,
}


def _like(pattern: Any, value: str, flags: re.RegexFlag) -> _Truth:
    if not isinstance(pattern, str) or "${" in pattern:
        return None
    return _wildcards(pattern, flags).fullmatch(value) is not None


@cache
def _wildcards(pattern: str, flags: re.RegexFlag) -> re.Pattern[str]:
    text = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(text, flags | re.DOTALL)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _any(truths: Iterator[_Truth]) -> _Truth:
    found = list(truths)
    if True in found:
        return True
    return None if None in found else False


def _all(truths: list[_Truth]) -> _Truth:
    if False in truths:
        return False
    return None if None in truths else True


def _not(truth: _Truth) -> _Truth:
    return None if truth is None else not truth
