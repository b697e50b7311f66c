"""How each part of a filter pattern is said in Sigma; what it selects is in export/test_meaning."""

import pytest

from assurance.filter_pattern import parse
from assurance.translate.sigma import TranslationError, translate
from monitoring import control
from monitoring.exclusions import Exclusion
from monitoring.tuned_pattern import tuned_pattern


@pytest.mark.parametrize(
    ("pattern", "selections", "condition"),
    [
        ('{ $.a = "v" }', {"selection_a_1": {"a|cased": "v"}}, "selection_a_1"),
        ('{ $.a = "v*" }', {"selection_a_1": {"a|startswith|cased": "v"}}, "selection_a_1"),
        ('{ $.a = "*v" }', {"selection_a_1": {"a|endswith|cased": "v"}}, "selection_a_1"),
        ('{ $.a = "*v*" }', {"selection_a_1": {"a|contains|cased": "v"}}, "selection_a_1"),
        ('{ $.a.b = "c?d" }', {"selection_a_b_1": {"a.b|cased": r"c\?d"}}, "selection_a_b_1"),
        ("{ $.a NOT EXISTS }", {"null_a_1": {"a": None}}, "null_a_1"),
        (
            '{ $.a != "v" }',
            {"filter_a_1": {"a|cased": "v"}, "null_a_1": {"a": None}},
            "not null_a_1 and not filter_a_1",
        ),
        (
            '{ ($.a NOT EXISTS) || ($.a IS NULL) || ($.a != "v") }',
            {"null_a_1": {"a": None}, "filter_a_1": {"a|cased": "v"}},
            "null_a_1 or not filter_a_1",
        ),
        (
            '{ $.a = "1" || $.b = "2" && $.a = "3" }',
            {
                "selection_a_1": {"a|cased": "1"},
                "selection_b_1": {"b|cased": "2"},
                "selection_a_2": {"a|cased": "3"},
            },
            "selection_a_1 or (selection_b_1 and selection_a_2)",
        ),
        (
            '{ ($.a NOT EXISTS || $.a != "1") && $.a != "2" }',
            {
                "null_a_1": {"a": None},
                "filter_a_1": {"a|cased": "1"},
                "filter_a_2": {"a|cased": "2"},
            },
            "(null_a_1 or not filter_a_1) and not null_a_1 and not filter_a_2",
        ),
    ],
)
def test_how_each_form_is_said(
    pattern: str, selections: dict[str, dict[str, str | None]], condition: str
) -> None:
    said = translate(parse(pattern))
    assert (said.selections, said.condition) == (selections, condition)


def test_the_same_condition_is_one_selection() -> None:
    said = translate(parse('{ ($.a = "1" && $.b = "1") || ($.a = "1" && $.b = "2") }'))
    assert list(said.selections) == ["selection_a_1", "selection_b_1", "selection_b_2"]
    assert said.fields == ("a", "b")


def test_fields_whose_names_look_alike_are_told_apart() -> None:
    said = translate(parse('{ $.a.b = "1" && $.a_b = "1" }'))
    assert said.selections == {
        "selection_a_b_1": {"a.b|cased": "1"},
        "selection_a_b_2": {"a_b|cased": "1"},
    }


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("{ $.a IS NULL }", "a IS NULL"),
        ("{ $.a IS TRUE }", "a IS TRUE"),
        ("{ $.a = 5 }", "a = 5"),
        ("{ $.a > 5 }", "a > 5"),
        ("{ $.a = %re% }", "%re%"),
        ('{ $.a = "x*y" }', "inside"),
        ('{ $.a != "*" }', r"\$\.a != "),
        ('{ $.a = "" }', "text of its own"),
        ('{ $.a[*] = "v" }', "not the name of one field"),
        ('{ $.a[0] = "v" }', "not the name of one field"),
        ("{ $.['a.b'] = \"v\" }", "not the name of one field"),
    ],
)
def test_what_cannot_be_said_is_an_error_that_names_it(pattern: str, names: str) -> None:
    with pytest.raises(TranslationError, match=names):
        translate(parse(pattern))


def test_the_shipped_patterns_are_said_without_a_caveat() -> None:
    tuned = tuned_pattern([Exclusion.of("e", "e", {"userIdentity.arn": ["a", "b*"]})])
    for pattern in (*control.PATTERNS.values(), tuned):
        assert not translate(parse(pattern)).caveats


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ('{ $.a NOT EXISTS || $.a != "v" }', "also where the field is null"),
        ('{ $.a NOT EXISTS || $.a IS NULL || $.a != "v" }', "an object or an array"),
        ('{ $.userAgent != "*v" }', "first occurs"),
    ],
)
def test_where_it_may_differ_is_said(pattern: str, says: str) -> None:
    [caveat] = translate(parse(pattern)).caveats
    assert says in caveat
