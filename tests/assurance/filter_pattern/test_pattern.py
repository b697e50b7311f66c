import pytest

from assurance.filter_pattern import (
    FilterPattern,
    FilterPatternError,
    WildcardModel,
    parse,
    read_json,
)


def test_a_pattern_keeps_its_text_to_the_byte() -> None:
    text = "{($.a=1)   ||  $.b = x}\n"
    assert parse(text).text == text
    assert str(parse(text)) == text


def test_lines_may_be_text_or_bytes() -> None:
    pattern = parse('{ $.a = "é" }')
    assert pattern.matches('{"a": "é"}')
    assert pattern.matches('{"a": "é"}'.encode())
    assert not pattern.matches('{"a": "é"}'.encode("latin-1"))


def test_a_record_that_is_read_already_matches_alike() -> None:
    pattern = parse('{ $.a = "1.0" }')
    for line in ('{"a": 1.0}', '{"a": 1}', "{}"):
        assert pattern.matches_record(read_json(line)) is pattern.matches(line)


def test_patterns_compare_by_text_tree_and_model() -> None:
    assert parse("{ $.a = x }") == parse("{ $.a = x }")
    assert parse("{ $.a = x }") != parse("{ $.a  = x }")
    anywhere = parse("{ $.a = x }", wildcard_model=WildcardModel.ANYWHERE)
    assert parse("{ $.a = x }") != anywhere
    assert isinstance(anywhere, FilterPattern)


def test_what_is_no_pattern_is_an_error_with_a_position() -> None:
    with pytest.raises(FilterPatternError) as refusal:
        parse("{ $.a = 1")
    assert refusal.value.position == 9
