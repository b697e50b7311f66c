import pytest

from assurance.filter_pattern import (
    And,
    Comparison,
    IsNull,
    NotExists,
    Operator,
    Or,
    Selector,
    Text,
    conditions,
    expression,
    parse,
    selectors,
)

A, B, C = (Comparison(Selector((name,)), Operator.EQUAL, Text("x")) for name in "abc")


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("{$.a=x}", '{ $.a = "x" }'),
        ('{ $["a"] != 12.0 }', "{ $.a != 12.0 }"),
        ("{ $.['cluster.name'] = %[ab]+% }", "{ $.['cluster.name'] = %[ab]+% }"),
        ('{ $.["it\'s"][0].* = 1 }', '{ $.["it\'s"][0].* = 1 }'),
        (r'{ $.a = "say \"no\" \\ *" }', r'{ $.a = "say \"no\" \\ *" }'),
        (
            "{ ($.a IS NULL) || $.b IS TRUE && ($.c IS FALSE && $.d NOT EXISTS) }",
            "{ $.a IS NULL || ($.b IS TRUE && $.c IS FALSE && $.d NOT EXISTS) }",
        ),
    ],
)
def test_a_tree_prints_as_a_whole_pattern(text: str, printed: str) -> None:
    assert str(parse(text).root) == printed


def test_every_node_prints_as_a_pattern_of_its_own() -> None:
    assert str(Or((A, And((B, C))))) == '{ $.a = "x" || ($.b = "x" && $.c = "x") }'
    assert str(And((B, C))) == '{ $.b = "x" && $.c = "x" }'
    assert expression(And((B, C))) == '$.b = "x" && $.c = "x"'


def test_groups_of_the_same_kind_are_taken_apart() -> None:
    assert And((And((A, B)), C)) == And((A, And((B, C)))) == And((A, B, C))
    assert Or((Or((A, B)), C)) == Or((A, B, C))
    assert And((Or((A, B)), C)).nodes == (Or((A, B)), C)


@pytest.mark.parametrize("kind", [And, Or])
def test_a_group_joins_at_least_two(kind: type[And | Or]) -> None:
    with pytest.raises(ValueError, match="joins two nodes or more"):
        kind((A,))


def test_nodes_of_other_kinds_differ() -> None:
    assert len({IsNull(A.selector), NotExists(A.selector), And((A, B)), Or((A, B))}) == 4


def test_where_a_condition_stands_makes_no_difference() -> None:
    assert IsNull(A.selector, position=7) == IsNull(A.selector, position=2)


def test_a_pattern_tells_what_it_reads() -> None:
    tree = parse("{ $.b = 1 && ($.a.c != 2 || $.b IS NULL) }").root
    assert [str(selector) for selector in selectors(tree)] == ["$.b", "$.a.c"]
    assert [condition.position for condition in conditions(tree)] == [2, 14, 28]
