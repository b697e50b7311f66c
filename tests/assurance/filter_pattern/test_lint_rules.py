import json

import pytest
from hypothesis import given

from assurance.filter_pattern import Code, Finding, Node, Severity, lint, parse
from tests.assurance.filter_pattern.strategies import trees, unhurried

UNAUTHORIZED = '($.errorCode = "*UnauthorizedOperation")'
DENIED = '($.errorCode = "AccessDenied*")'
EITHER = f"({UNAUTHORIZED} || {DENIED})"
NOT_DELIVERY = '($.sourceIPAddress != "delivery.logs.amazonaws.com")'
NOT_HEAD_BUCKET = '($.eventName != "HeadBucket")'
ARN = "$.userIdentity.arn"


def findings(condition: str) -> list[Finding]:
    return lint(parse(f"{{ {condition} }}"))


def codes(condition: str) -> list[Code]:
    return [finding.code for finding in findings(condition)]


@pytest.mark.parametrize(
    "condition",
    [
        f"{UNAUTHORIZED} || {DENIED}",
        f"{EITHER} && {NOT_DELIVERY} && {NOT_HEAD_BUCKET}",
        f"({UNAUTHORIZED} && {NOT_HEAD_BUCKET}) || ({DENIED} && {NOT_HEAD_BUCKET})",
        f'{EITHER} && (({ARN} NOT EXISTS) || ({ARN} IS NULL) || ({ARN} != "v"))',
        f'{EITHER} && ({ARN} NOT EXISTS || ({ARN} IS NULL || ({ARN} != "a" && {ARN} != "b")))',
        f'{EITHER} && ({ARN} NOT EXISTS || {ARN} IS NULL || {ARN} != "v" || $.eventName != "X")',
        '$.userIdentity.type = Root && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "A*"',
        "$.sourceIPAddress != 123.123.*",
        '$.eventName = "A" || $.eventName = "B*" || $.eventName = "*C"',
        "$.resources[*].type = %Bucket%",
    ],
)
def test_sound_patterns_give_no_finding(condition: str) -> None:
    assert findings(condition) == []


def test_the_published_text_with_mixed_operators_excludes_from_one_code_only() -> None:
    found = findings(f"{UNAUTHORIZED} || {DENIED} && {NOT_DELIVERY} && {NOT_HEAD_BUCKET}")
    assert [finding.code for finding in found] == [Code.EXCLUSION_ON_ONE_BRANCH] * 2
    assert [str(finding.selector) for finding in found] == ["$.sourceIPAddress", "$.eventName"]
    assert '$.errorCode = "*UnauthorizedOperation"' in found[0].message
    assert '$.errorCode = "AccessDenied*"' not in found[0].message


def test_a_guarded_exclusion_on_one_branch_is_one_finding() -> None:
    guarded = f'({ARN} NOT EXISTS || {ARN} IS NULL || {ARN} != "v")'
    assert codes(f"{UNAUTHORIZED} || {DENIED} && {guarded}") == [Code.EXCLUSION_ON_ONE_BRANCH]


def test_the_text_that_joins_all_with_or_matches_nearly_every_event() -> None:
    found = findings(f"{UNAUTHORIZED} || {DENIED} || {NOT_DELIVERY} || {NOT_HEAD_BUCKET}")
    assert [finding.code for finding in found] == [Code.MATCHES_NEARLY_EVERY_EVENT]
    assert str(found[0].selector) == "$.sourceIPAddress"


@pytest.mark.parametrize(
    "condition",
    [
        f"{DENIED} || {NOT_HEAD_BUCKET}",
        f"({DENIED} || {NOT_HEAD_BUCKET}) && {NOT_DELIVERY}",
        f'{DENIED} || {ARN} NOT EXISTS || {ARN} IS NULL || {ARN} != "v"',
        f'{DENIED} || ({NOT_HEAD_BUCKET} && {ARN} != "v")',
    ],
)
def test_an_exclusion_beside_alternatives_counts_ordinary_events(condition: str) -> None:
    ordinary = {"eventName": "A", "sourceIPAddress": "192.0.2.1", "userIdentity": {"arn": "a"}}
    assert Code.MATCHES_NEARLY_EVERY_EVENT in codes(condition)
    assert parse(f"{{ {condition} }}").matches(json.dumps(ordinary))


@pytest.mark.parametrize(
    "condition",
    [
        f"({DENIED} || {NOT_HEAD_BUCKET}) && {UNAUTHORIZED}",
        f"{NOT_HEAD_BUCKET} && {NOT_DELIVERY}",
        f"{NOT_HEAD_BUCKET} || {NOT_DELIVERY}",
        f"{DENIED} || {ARN} NOT EXISTS",
    ],
)
def test_what_asks_for_something_or_only_excludes_is_no_fault(condition: str) -> None:
    assert codes(condition) == []


def test_exclusions_of_one_field_joined_with_or_exclude_nothing() -> None:
    contrary = "($.eventName != A || $.eventSource != x || $.eventName != B)"
    (found,) = findings(f"{DENIED} && {contrary}")
    last = f"{{ {DENIED} && {contrary} }}".rindex("$.eventName")
    assert (found.code, found.position) == (Code.CONTRARY_EXCLUSIONS, last)
    for name in ("A", "B", "C"):
        event = json.dumps({"errorCode": "AccessDenied", "eventName": name, "eventSource": "x"})
        assert parse(f"{{ {DENIED} && {contrary} }}").matches(event)


@pytest.mark.parametrize(
    "field",
    [
        "awsRegion",
        "eventID",
        "eventName",
        "eventSource",
        "eventTime",
        "eventType",
        "eventVersion",
        "sourceIPAddress",
    ],
)
def test_fields_of_every_record_need_no_guard(field: str) -> None:
    assert codes(f'{DENIED} && $.{field} != "x"') == []


@pytest.mark.parametrize(
    "field",
    ["userAgent", "userIdentity.arn", "userIdentity.eventName", "errorMessage", "resources[0].ARN"],
)
def test_other_fields_do(field: str) -> None:
    (found,) = findings(f'{DENIED} && $.{field} != "x"')
    assert (found.code, found.severity) == (Code.UNGUARDED_NOT_EQUAL, Severity.WARNING)
    assert str(found.selector) == f"$.{field}"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (f'{DENIED} && ({ARN} NOT EXISTS || {ARN} != "v")', [Code.GUARD_WITHOUT_IS_NULL]),
        (f'{DENIED} && ({ARN} IS NULL || {ARN} != "v")', [Code.UNGUARDED_NOT_EQUAL]),
        (f'{DENIED} && ($.other NOT EXISTS || {ARN} != "v")', [Code.UNGUARDED_NOT_EQUAL]),
        (f'{DENIED} && $.userIdentity NOT EXISTS || {ARN} != "v"', [Code.UNGUARDED_NOT_EQUAL]),
        (f'{ARN} NOT EXISTS && {ARN} != "v"', [Code.UNGUARDED_NOT_EQUAL]),
        (f'{DENIED} && {ARN} != "a" && {ARN} != "b"', [Code.UNGUARDED_NOT_EQUAL] * 2),
        # The field is required anyway, so nothing more is lost.
        (f'{EITHER} && $.errorCode != "AccessDeniedX"', []),
        (f'{ARN} = "arn:aws:iam*" && {ARN} != "v"', []),
        (f'({ARN} = "a*" || {DENIED}) && {ARN} != "v"', [Code.UNGUARDED_NOT_EQUAL]),
        (f'{ARN} != "a" && ({DENIED} || {ARN} = "a")', [Code.UNGUARDED_NOT_EQUAL]),
    ],
)
def test_a_guard_lets_pass_what_the_exclusion_cannot_compare(
    condition: str, expected: list[Code]
) -> None:
    found = codes(condition)
    assert [code for code in found if code in set(expected)] == expected
    assert expected or not found


def test_the_mend_of_an_unguarded_exclusion_is_a_pattern_without_the_finding() -> None:
    (found,) = findings(f'{DENIED} && {ARN} != "v"')
    assert codes(f"{DENIED} && {found.mend}") == []


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ('$.eventName = "Get*Object"', Code.UNCERTAIN_WILDCARD),
        ('$.eventName != "*a*b"', Code.UNCERTAIN_WILDCARD),
        (r'$.userAgent = "C:\\Users*"', Code.UNCERTAIN_ESCAPE),
        (r'$.userAgent = "say \"x\""', Code.UNCERTAIN_ESCAPE),
        ('$.resources[*].type != "x"', Code.UNCERTAIN_WILDCARD_SELECTOR),
        ("$.resources[*].type NOT EXISTS", Code.UNCERTAIN_WILDCARD_SELECTOR),
        ("$.* IS NULL", Code.UNCERTAIN_WILDCARD_SELECTOR),
    ],
)
def test_what_aws_leaves_open_is_noted(condition: str, code: Code) -> None:
    (found,) = findings(condition)
    assert (found.code, found.severity) == (code, Severity.NOTE)


def test_space_after_the_closing_brace_is_noted() -> None:
    (found,) = lint(parse("{ $.eventName = A }\n"))
    assert (found.code, found.position, found.selector) == (Code.SPACE_AFTER_BRACE, 19, None)


@unhurried
@given(trees)
def test_any_pattern_can_be_linted_and_findings_stand_where_their_selector_does(tree: Node) -> None:
    pattern = parse(str(tree))
    found = lint(pattern)
    assert found == sorted(found, key=lambda finding: finding.position)
    for finding in found:
        assert pattern.text.startswith(str(finding.selector), finding.position)
