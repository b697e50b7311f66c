import json
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.filter_pattern import (
    And,
    Comparison,
    FilterPattern,
    IsNull,
    Node,
    NotExists,
    NumberText,
    Operator,
    Or,
    Selector,
    Value,
    compile_tree,
    parse,
    selectors,
)
from assurance.filter_pattern.evaluation import Read
from tests.assurance.filter_pattern import naive_evaluator
from tests.assurance.filter_pattern.strategies import (
    Json,
    json_values,
    patterns_and_records,
    place,
    records,
    simple_selectors,
    to_line,
    trees,
    unhurried,
    values,
)


def matches(pattern: str, event: object) -> bool:
    return parse(pattern).matches(json.dumps(event))


def evaluated(tree: Node, record: object) -> bool:
    return FilterPattern(str(tree), tree).matches_record(record)


@unhurried
@given(patterns_and_records())
def test_lines_match_as_the_plainly_told_rules_have_it(drawn: tuple[Node, Json]) -> None:
    tree, record = drawn
    assert FilterPattern(str(tree), tree).matches(to_line(record)) is naive_evaluator.matches(
        tree, record
    )


@unhurried
@given(trees, json_values)
def test_any_json_value_may_be_a_record(tree: Node, value: Json) -> None:
    assert FilterPattern(str(tree), tree).matches(to_line(value)) is naive_evaluator.matches(
        tree, value
    )


@unhurried
@given(simple_selectors, values, records, json_values)
def test_exactly_one_of_equal_not_equal_null_and_missing_holds_for_what_is_no_container(
    selector: Selector, value: Value, record: Json, found: Json
) -> None:
    outcomes: list[Node] = [
        Comparison(selector, Operator.EQUAL, value),
        Comparison(selector, Operator.NOT_EQUAL, value),
        IsNull(selector),
        NotExists(selector),
    ]
    for whole in (record, place(record, selector, found)):
        nodes = naive_evaluator.selected(whole, selector)
        is_container = bool(nodes) and isinstance(nodes[0], dict | list)
        held = [evaluated(outcome, whole) for outcome in outcomes]
        assert sum(held) == (0 if is_container else 1)


@unhurried
@given(simple_selectors, values, records, st.none() | st.sampled_from(["a", "12", True]))
def test_a_guarded_exclusion_is_the_complement_of_what_it_excludes(
    selector: Selector, value: Value, record: Json, found: Json
) -> None:
    whole = place(record, selector, found)
    exclusion = Or(
        (
            NotExists(selector),
            IsNull(selector),
            Comparison(selector, Operator.NOT_EQUAL, value),
        )
    )
    assert evaluated(exclusion, whole) is not evaluated(
        Comparison(selector, Operator.EQUAL, value), whole
    )


@unhurried
@given(trees, trees, trees, records)
def test_and_distributes_over_or(one: Node, other: Node, exclusion: Node, record: Json) -> None:
    joined = And((Or((one, other)), exclusion))
    spread = Or((And((one, exclusion)), And((other, exclusion))))
    assert evaluated(joined, record) is evaluated(spread, record)


@pytest.mark.parametrize(
    ("event", "equal", "not_equal", "null", "missing"),
    [
        ({}, False, False, False, True),
        ({"f": None}, False, False, True, False),
        ({"f": {}}, False, False, False, False),
        ({"f": ["v"]}, False, False, False, False),
        ({"f": ""}, False, True, False, False),
        ({"f": "v"}, True, False, False, False),
        ({"f": 7}, False, True, False, False),
        ({"f": True}, False, True, False, False),
    ],
)
def test_not_equal_is_false_where_there_is_nothing_to_compare(
    event: object, equal: bool, not_equal: bool, null: bool, missing: bool
) -> None:
    assert matches('{ $.f = "v" }', event) is equal
    assert matches('{ $.f != "v" }', event) is not_equal
    assert matches("{ $.f IS NULL }", event) is null
    assert matches("{ $.f NOT EXISTS }", event) is missing


@pytest.mark.parametrize("parent", [None, "text", 5, [], True])
def test_a_field_of_what_has_no_fields_is_missing(parent: object) -> None:
    assert matches("{ $.a.b NOT EXISTS }", {"a": parent})
    assert not matches('{ $.a.b != "v" }', {"a": parent})
    assert not matches("{ $.a.b IS NULL }", {"a": parent})


def test_an_index_is_for_arrays_and_a_name_for_objects() -> None:
    assert not matches('{ $.a[0] = "v" }', {"a": {"0": "v"}})
    assert not matches('{ $.a.0 = "v" }', {"a": ["v"]})
    assert matches('{ $.a.0 = "v" }', {"a": {"0": "v"}})
    assert matches("{ $.a[1] NOT EXISTS }", {"a": ["v"]})


@pytest.mark.parametrize(
    ("pattern", "field", "expected"),
    [
        ("{ $.n = 12 }", "12.0", True),
        ("{ $.n = 12.0 }", "12", True),
        ('{ $.n = "12" }', "12.0", False),
        ('{ $.n != "12" }', "12.0", True),
        ("{ $.n = 1e3 }", "1000", True),
        ("{ $.n = 1000 }", "1E3", True),
        ("{ $.n = +1000 }", "1000", True),
        ("{ $.n < -1 }", "-1.0000000000000000000001", True),
        ("{ $.n = 0.1 }", "0.1000000000000000055511151231257827", False),
        ("{ $.n = 0 }", "-0", True),
        ('{ $.n = "-0" }', "-0", True),
        ("{ $.n >= 1e999999999999 }", "1e999999999999", True),
        ("{ $.n < 1e999999999999 }", "5", True),
        ("{ $.n = 12 }", '"12"', True),
        ("{ $.n = 12 }", '"12.0"', False),
        ("{ $.n != 12 }", '"twelve"', True),
        ("{ $.n > 1 }", '"12"', False),
        ("{ $.n < 2 }", "1", True),
        ("{ $.n < 2 }", "2", False),
        ("{ $.n <= 2 }", "2.0", True),
        ("{ $.n <= 2 }", "3", False),
        ("{ $.n > 2 }", "3", True),
        ("{ $.n > 2 }", "2", False),
        ("{ $.n >= 2 }", "2.0", True),
        ("{ $.n >= 2 }", "1", False),
        ("{ $.n = 1* }", "12", True),
        ("{ $.n = %^1[0-9]$% }", "12", True),
    ],
)
def test_numbers_compare_by_value_and_texts_with_a_numbers_source(
    pattern: str, field: str, expected: bool
) -> None:
    assert parse(pattern).matches(f'{{"n": {field}}}') is expected


def test_a_wildcard_selector_holds_if_one_node_does() -> None:
    event = {"tags": ["a", "b"], "people": [{"id": 1}, {"id": 2}], "map": {"x": "a", "y": "b"}}
    assert matches("{ $.tags[*] = b }", event)
    assert not matches("{ $.tags[*] = c }", event)
    assert matches("{ $.people[*].id = 2 }", event)
    assert matches("{ $.map.* = b }", event)
    assert not matches("{ $.map[*] = b }", event)
    assert not matches("{ $.tags.* = b }", event)
    assert matches("{ $.nothing[*] NOT EXISTS }", event)
    assert not matches("{ $.tags[*] NOT EXISTS }", event)


def test_and_binds_before_or() -> None:
    for a, b, c in [(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)]:
        event = {"a": a, "b": b, "c": c}
        assert matches("{ $.a = 1 || $.b = 1 && $.c = 1 }", event) is bool(a or (b and c))
        assert matches("{ $.a = 1 && $.b = 1 || $.c = 1 }", event) is bool((a and b) or c)
        assert matches("{ ($.a = 1 || $.b = 1) && $.c = 1 }", event) is bool((a or b) and c)


UNAUTHORIZED = '($.errorCode = "*UnauthorizedOperation")'
DENIED = '($.errorCode = "AccessDenied*")'
EXCLUSIONS = '($.sourceIPAddress != "delivery.logs.amazonaws.com") && ($.eventName != "HeadBucket")'
TEXTS = {
    "cis-v3.0": f"{{ {UNAUTHORIZED} || {DENIED} && {EXCLUSIONS} }}",
    "security-hub": f"{{ {UNAUTHORIZED} || {DENIED} }}",
    "grouped": f"{{ ({UNAUTHORIZED} || {DENIED}) && {EXCLUSIONS} }}",
    "cis-v1.4": f"{{ {UNAUTHORIZED} || {DENIED} || {EXCLUSIONS.replace('&&', '||')} }}",
}


@pytest.mark.parametrize(
    ("code", "name", "address", "counted_by"),
    [
        ("AccessDenied", "GetUser", "198.51.100.7", set(TEXTS)),
        ("Client.UnauthorizedOperation", "RunInstances", "198.51.100.7", set(TEXTS)),
        ("AccessDenied", "HeadBucket", "198.51.100.7", {"security-hub", "cis-v1.4"}),
        (
            "AccessDenied",
            "PutObject",
            "delivery.logs.amazonaws.com",
            {"security-hub", "cis-v1.4"},
        ),
        (
            "Client.UnauthorizedOperation",
            "DescribeInstances",
            "delivery.logs.amazonaws.com",
            {"cis-v3.0", "security-hub", "cis-v1.4"},
        ),
        (None, "GetUser", "198.51.100.7", {"cis-v1.4"}),
        (None, "HeadBucket", "delivery.logs.amazonaws.com", set()),
    ],
)
def test_the_texts_in_circulation_count_what_their_operators_say(
    code: str | None, name: str, address: str, counted_by: set[str]
) -> None:
    event = {"eventName": name, "sourceIPAddress": address} | ({"errorCode": code} if code else {})
    assert {text for text, pattern in TEXTS.items() if matches(pattern, event)} == counted_by


def test_a_caller_may_read_only_the_fields_that_the_pattern_names() -> None:
    tree = parse('{ $.a.b = "x" && ($.c != 1 || $.c NOT EXISTS) }').root
    assert [str(selector) for selector in selectors(tree)] == ["$.a.b", "$.c"]
    Row: TypeAlias = tuple[tuple[object, ...], ...]
    columns = {selector: index for index, selector in enumerate(selectors(tree))}

    def reader(selector: Selector) -> Read[Row]:
        return lambda row: row[columns[selector]]

    test = compile_tree(tree, reader)
    assert test((("x",), ()))
    assert test((("x",), (2,)))
    assert not test((("x",), (1,)))
    assert not test(((), ()))


def test_numbers_decoded_elsewhere_are_numbers_too() -> None:
    tree = parse("{ $.n > 1 && $.n = 2 }").root
    for two in (2, 2.0, NumberText("2.0")):
        assert evaluated(tree, {"n": two})
    assert not evaluated(tree, {"n": True})


def test_a_pattern_as_deep_as_its_length_allows_is_evaluated() -> None:
    levels = 56
    text = "{" + "$.a=1&&($.b=2||(" * levels + "$.c=1" + "))" * levels + "}"
    assert 1000 < len(text) <= 1024
    assert matches(text, {"a": 1, "c": 1})
    assert not matches(text, {"a": 1})
