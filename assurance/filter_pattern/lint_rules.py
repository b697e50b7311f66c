"""What is likely to be wrong with a filter pattern over CloudTrail records that CloudWatch takes.

Three faults make an alarm blind or deafening without an error anywhere: `!=` on a field that a
record may lack, exclusions that bind to one alternative, and alternatives that every record meets.
"""

from collections.abc import Iterator, Mapping

from assurance.filter_pattern.findings import Code, Finding, Severity
from assurance.filter_pattern.pattern import FilterPattern
from assurance.filter_pattern.syntax_tree import (
    And,
    Comparison,
    Condition,
    IsNull,
    Node,
    NotExists,
    Operator,
    Or,
    Selector,
    Text,
    conditions,
    expression,
)

# The scalar fields that are "Optional: False" since eventVersion 1.02 or before: "CloudTrail record
# contents for management, data, and network activity events" in the CloudTrail user guide.
# (userIdentity, requestParameters and responseElements are no scalars, or null.)
ALWAYS_PRESENT = frozenset(
    {
        "awsRegion",
        "eventID",
        "eventName",
        "eventSource",
        "eventTime",
        "eventType",
        "eventVersion",
        "sourceIPAddress",
    }
)


def lint(pattern: FilterPattern) -> list[Finding]:
    """Return what is likely to be wrong with a pattern over CloudTrail records, in its order."""
    findings = [
        *_unguarded(pattern.root, {}, frozenset()),
        *_on_one_branch(pattern.root),
        *_nearly_every_event(pattern.root),
        *_contrary_exclusions(pattern.root),
        *_uncertain(pattern.root),
        *_space_after_brace(pattern.text),
    ]
    return sorted(findings, key=lambda finding: (finding.position, finding.code))


def _finding(
    code: Code, condition: Condition, message: str, mend: str, severity: Severity = Severity.WARNING
) -> Finding:
    return Finding(code, severity, condition.position, condition.selector, message, mend)


def _unguarded(
    node: Node, guards: Mapping[Selector, bool], required: frozenset[Selector]
) -> Iterator[Finding]:
    """Find each `!=` that a missing field makes false.

    `guards` are the selectors with a NOT EXISTS beside, and whether there is an IS NULL too;
    `required` those without which the pattern does not match anyway.
    """
    match node:
        case And(nodes=parts):
            for part in parts:
                others = (_required(other) for other in parts if other is not part)
                yield from _unguarded(part, guards, required.union(*others))
        case Or(nodes=parts):
            null = {part.selector for part in parts if isinstance(part, IsNull)}
            absent = {part.selector for part in parts if isinstance(part, NotExists)}
            inner = dict(guards)
            for selector in absent:
                inner[selector] = selector in null or guards.get(selector, False)
            for part in parts:
                yield from _unguarded(part, inner, required)
        case Comparison(selector, operator=Operator.NOT_EQUAL):
            if selector in required or _is_always_present(selector) or selector.wildcards:
                return
            guarded = f"({selector} NOT EXISTS) || ({selector} IS NULL) || ({expression(node)})"
            if selector not in guards:
                yield _finding(
                    Code.UNGUARDED_NOT_EQUAL,
                    node,
                    f"{expression(node)} is false for every record without {selector}:"
                    " those are not counted",
                    f"({guarded})",
                )
            elif not guards[selector]:
                yield _finding(
                    Code.GUARD_WITHOUT_IS_NULL,
                    node,
                    f"{expression(node)} is false for a record whose {selector} is null, and so"
                    " is NOT EXISTS: it is not counted",
                    f"({guarded})",
                    Severity.NOTE,
                )


def _is_always_present(selector: Selector) -> bool:
    return len(selector.steps) == 1 and selector.steps[0] in ALWAYS_PRESENT


def _required(node: Node) -> frozenset[Selector]:
    """Return the selectors that must select something for a node to hold, `!=` left aside."""
    match node:
        case And(nodes=parts):
            return frozenset[Selector]().union(*map(_required, parts))
        case Or(nodes=parts):
            first, *others = map(_required, parts)
            return first.intersection(*others)
        case NotExists() | Comparison(operator=Operator.NOT_EQUAL):
            return frozenset()
        case _:
            return frozenset({node.selector})


def _is_exclusion(node: Node) -> bool:
    """Say whether a node excludes: `!=`, with or without its guard, or several of them."""
    match node:
        case And(nodes=parts):
            return all(map(_is_exclusion, parts))
        case Or(nodes=parts):
            rest = [part for part in parts if not isinstance(part, NotExists | IsNull)]
            return bool(rest) and all(map(_is_exclusion, rest))
        case _:
            return isinstance(node, Comparison) and node.operator is Operator.NOT_EQUAL


def _on_one_branch(node: Node) -> Iterator[Finding]:
    """Find each exclusion that one alternative has and another has not."""
    if not isinstance(node, And | Or):
        return
    for part in node.nodes:
        yield from _on_one_branch(part)
    if isinstance(node, And):
        return
    branches = [part for part in node.nodes if not _is_exclusion(part)]
    exclusions = {branch: _exclusions(branch) for branch in branches}
    for exclusion in dict.fromkeys(one for found in exclusions.values() for one in found):
        free = [branch for branch in branches if exclusion not in exclusions[branch]]
        if free:
            yield _finding(
                Code.EXCLUSION_ON_ONE_BRANCH,
                next(conditions(exclusion)),
                f"{expression(exclusion)} does not apply to"
                f" {' nor to '.join(map(expression, free))}: && binds before ||",
                "put the alternatives in parentheses: (… || …) && (…)",
            )


def _exclusions(branch: Node) -> tuple[Node, ...]:
    return tuple(filter(_is_exclusion, branch.nodes)) if isinstance(branch, And) else ()


def _nearly_every_event(tree: Node) -> Iterator[Finding]:
    """Find alternatives that are met by records with nothing in common with the pattern."""
    if not _is_exclusion(tree) and (cause := _met_by_unrelated(tree)):
        yield _finding(
            Code.MATCHES_NEARLY_EVERY_EVENT,
            cause,
            f"{expression(cause)} alone is enough, so that nearly every event counts",
            "join exclusions with &&: (… || …) && (…)",
        )


def _met_by_unrelated(node: Node) -> Condition | None:
    """Return a condition that makes the node hold for a record of which only every `!=` is true."""
    match node:
        case And(nodes=parts):
            causes = [_met_by_unrelated(part) for part in parts]
            return causes[0] if all(causes) else None
        case Or(nodes=parts):
            causes = [_met_by_unrelated(part) for part in parts]
            return next((cause for cause in causes if cause), None)
        case Comparison(operator=Operator.NOT_EQUAL):
            return node
        case _:
            return None


def _contrary_exclusions(node: Node) -> Iterator[Finding]:
    """Find `$.f != "a" || $.f != "b"`, one of which is always true."""
    if not isinstance(node, And | Or):
        return
    seen: set[Selector] = set()
    for part in node.nodes:
        yield from _contrary_exclusions(part)
        if isinstance(node, Or) and isinstance(part, Comparison) and _is_exclusion(part):
            if part.selector in seen:
                yield _finding(
                    Code.CONTRARY_EXCLUSIONS,
                    part,
                    f"no {part.selector} equals two values: of its exclusions joined with || one"
                    " is always true, and none excludes",
                    "join exclusions of one field with &&",
                )
            seen.add(part.selector)


def _uncertain(tree: Node) -> Iterator[Finding]:
    """Find what AWS does not document, or does otherwise than it documents."""
    for condition in conditions(tree):
        is_equality = isinstance(condition, Comparison) and not _is_exclusion(condition)
        if condition.selector.wildcards and not is_equality:
            yield _finding(
                Code.UNCERTAIN_WILDCARD_SELECTOR,
                condition,
                f"what {expression(condition)} means with several nodes is not documented",
                "use a selector without a wildcard, or = with one",
                Severity.NOTE,
            )
        if isinstance(condition, Comparison) and isinstance(condition.value, Text):
            yield from _uncertain_text(condition, condition.value.value)


def _uncertain_text(condition: Comparison, text: str) -> Iterator[Finding]:
    if "*" in text.strip("*"):
        yield _finding(
            Code.UNCERTAIN_WILDCARD,
            condition,
            f"AWS documents * inside {condition.value} as itself, and was seen to take it as a"
            " wildcard",
            "keep * to the beginning and the end, or use a %regular expression%",
            Severity.NOTE,
        )
    if "\\" in text or '"' in text:
        yield _finding(
            Code.UNCERTAIN_ESCAPE,
            condition,
            f"how CloudWatch reads a quote or a backslash in {condition.value} is not documented",
            "put * in the place of a text's beginning or end that holds it",
            Severity.NOTE,
        )


def _space_after_brace(text: str) -> Iterator[Finding]:
    if text != text.rstrip():
        yield Finding(
            Code.SPACE_AFTER_BRACE,
            Severity.NOTE,
            len(text.rstrip()),
            None,
            "CloudWatch was seen to refuse a pattern with spaces outside its braces",
            "remove the space after the closing brace",
        )
