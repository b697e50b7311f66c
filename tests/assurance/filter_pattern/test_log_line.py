import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.filter_pattern import NotJsonError, NumberText, parse, read_json
from tests.assurance.filter_pattern.strategies import Json, json_values, to_line, unhurried

PATTERNS = [
    parse(text)
    for text in (
        "{ $.a = 1 }",
        "{ $.a != 1e99999999999999999999 }",
        "{ $.a > 0 && $.a < 1e999999999999 }",
        '{ $.a = "*1*" }',
        "{ $.a = %^.*1$% }",
        "{ $.a IS NULL || $.a IS TRUE || $.a[0][0] NOT EXISTS }",
        "{ $.* != x || $.a[*] = x }",
    )
]

NOT_JSON = [
    "",
    " ",
    "not json",
    "2026-01-01 INFO {}",
    '{"a": 1,}',
    '{"a": 01}',
    '{"a": 1.}',
    '{"a": +1}',
    "{'a': 1}",
    '{"a": NaN}',
    '{"a": Infinity}',
    '{"a": -Infinity}',
    '{"a": "\x01"}',
    '{"a": "\\x41"}',
    '{"a": 1} {"a": 1}',
    '\ufeff{"a": 1}',
    b'\xef\xbb\xbf{"a": 1}',
    b'{"a": "\xff"}',
    '{"a": 1}'.encode("utf-16"),
    "[" * 100_000,
    "[" * 100_000 + "]" * 100_000,
    '{"a":' * 100_000 + "1" + "}" * 100_000,
]

ODD_JSON = [
    '{"a": ' + "9" * 100_000 + "}",
    '{"a": 0.' + "9" * 100_000 + "}",
    '{"a": 1e999999999999}',
    '{"a": -1e99999999999999999999999}',
    '{"a": 1e-99999999999999999999999}',
    '{"a": 0e99999999999999999999999}',
    '{"a": "\\ud800"}',
    '{"a": "\ud800"}',
    '{"a": 2, "a": 1}',
    '{"": {"\\u0000": 1}}',
    "null",
    "5",
    '"text"',
    "[[1]]",
    " \r\n\t{} ",
]


@pytest.mark.parametrize("line", NOT_JSON, ids=lambda line: repr(line[:20]))
def test_what_is_not_json_never_matches_not_even_a_missing_field(line: str | bytes) -> None:
    assert not parse("{ $.b NOT EXISTS }").matches(line)
    with pytest.raises(NotJsonError):
        read_json(line)


@pytest.mark.parametrize("line", ODD_JSON, ids=lambda line: repr(line[:20]))
def test_odd_json_is_json(line: str) -> None:
    assert parse("{ $.b NOT EXISTS }").matches(line)
    for pattern in PATTERNS:
        assert pattern.matches(line) in {True, False}


@unhurried
@given(st.text() | st.binary())
def test_nothing_that_a_line_holds_raises(line: str | bytes) -> None:
    for pattern in PATTERNS:
        assert pattern.matches(line) in {True, False}


@unhurried
@given(json_values)
def test_numbers_keep_their_source_text(value: Json) -> None:
    read = read_json(to_line(value))
    assert read == value
    assert to_line(read) == to_line(value)


def test_bytes_are_read_as_utf_8() -> None:
    assert read_json('{"é": 1.50}'.encode()) == {"é": NumberText("1.50")}


def test_numbers_beyond_all_bounds_compare_by_their_size() -> None:
    huge = '{"a": 1e99999999999999999999999}'
    assert parse("{ $.a > 1e999999 }").matches(huge)
    assert parse("{ $.a < 1e999999 }").matches(huge.replace("1e", "-1e"))
    assert parse("{ $.a < 1e-999999 }").matches(huge.replace("1e", "1e-"))
    assert parse("{ $.a = 0 }").matches(huge.replace("1e", "0e"))


def test_of_a_key_that_occurs_twice_the_last_counts() -> None:
    assert parse("{ $.a = 1 }").matches('{"a": 2, "a": 1}')
