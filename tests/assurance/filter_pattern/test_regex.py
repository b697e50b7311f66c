import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.filter_pattern import FilterPatternError, parse
from assurance.filter_pattern.regex import finder, translate
from tests.assurance.filter_pattern.strategies import regex_bodies, unhurried


@unhurried
@given(regex_bodies, st.text(alphabet="aabbc1A. -\n", max_size=8))
def test_rewriting_changes_no_answer(body: str, text: str) -> None:
    plain = body.replace("$", r"\Z")
    assert finder(body)(text) is (re.search(plain, text, re.ASCII | re.DOTALL) is not None)


@pytest.mark.parametrize(
    ("body", "found", "not_found"),
    [
        ("Trail", ["UpdateTrail"], ["trail"]),
        ("^[hc]at", ["hat trick"], ["a hat"]),
        ("[hc]at$", ["the cat"], ["cats", "cat\n"]),
        ("colou?r", ["color", "colour"], ["colr"]),
        ("^a{3,5}$", ["aaa", "aaaaa"], ["aa", "aaaaaa"]),
        ("^a{,2}$", ["", "aa"], ["aaa"]),
        ("^a{2}$", ["aa"], ["a", "aaa"]),
        ("gra|ey", ["gray", "grey"], ["gry"]),
        ("^starting|^shutting down", ["shutting down now"], ["was shutting down"]),
        ("abcc|ab[^c]$", ["abcc x", "aba"], ["aac", "abc"]),
        (r"\[.\]", ["[7]", "[ ]", "[]]"], ["[]"]),
        ("ab*c", ["ac", "abbbc"], ["adc"]),
        ("ab+c", ["abbc"], ["ac"]),
        (r"10\.10\.0\.1", ["from 10.10.0.1"], ["10010,051"]),
        (r"^\d\D$", ["1a"], ["11", "٣a"]),
        (r"^\w\W$", ["_é"], ["éé"]),
        (r"^\s\S$", [" x", "\nx"], ["xx"]),
        (r"\x3A\x28", ["a:("], ["a(:"]),
        ("^.$", ["x", "\n"], ["xy"]),
        (r"^[a\-c\]^]+$", ["a-c]^"], ["b"]),
        ("^[+.|-]+$", ["+.|-"], ["a"]),
        ("[^0-9]", ["1é"], ["12"]),
        ("a|", ["", "b"], []),
        ("^.*$", ["", "a\nb"], []),
        (r"a\-b", ["a-b"], ["ab"]),
        (r"\\", ["back\\slash"], ["slash"]),
        ("^a+?b*?$", ["aab"], ["ba"]),
        ("^a?a{1,2}$", ["a", "aaa"], ["", "aaaa"]),
        ("^a+a{2,}$", ["aaa", "aaaaa"], ["aa"]),
    ],
)
def test_the_documented_operators_find_what_they_say(
    body: str, found: list[str], not_found: list[str]
) -> None:
    pattern = parse(f"{{ $.a = %{body}% }}")
    assert [text for text in found if not pattern.matches(json.dumps({"a": text}))] == []
    assert [text for text in not_found if pattern.matches(json.dumps({"a": text}))] == []


@pytest.mark.parametrize(
    ("body", "offset"),
    [
        ("something!", 9),
        ("(ab)+", 0),
        (r"\(ab\)", 1),
        ("café", 3),
        ("a\tb", 1),
        ('say "x"', 4),
        (r"\p", 1),
        (r"\x8F", 1),
        (r"\xG0", 1),
        ("ab\\", 3),
        ("*a", 0),
        ("a|+", 2),
        ("^*", 1),
        ("a**", 2),
        ("a*+", 2),
        ("a+{2}", 2),
        ("a{3,", 1),
        ("a{}", 1),
        ("a{5,3}", 1),
        ("a{99999999999999999999}", 1),
        ("[", 0),
        ("[a-", 0),
        ("[]", 1),
        ("[^]", 2),
        ("[z-a]", 1),
        (r"[a-\d]", 1),
        (r"[\d-a]", 1),
        ("[a-c-e]", 4),
        ("[a[b]", 2),
        ("[!]", 1),
    ],
)
def test_what_is_not_supported_is_refused_where_it_stands(body: str, offset: int) -> None:
    with pytest.raises(FilterPatternError) as refusal:
        parse(f"{{ $.a = %{body}% }}")
    assert refusal.value.position == len("{ $.a = %") + offset


@given(st.text(alphabet=r"ab^$?[]{}|\*+.-,0123dDsSwWx:_#=@/; ()!é", max_size=12))
def test_any_text_compiles_or_is_refused(body: str) -> None:
    try:
        parsed = parse(f"{{ $.a = %{body}% }}")
    except FilterPatternError:
        return
    assert parsed.matches('{"a": "ab01 :"}') in {True, False}


@pytest.mark.parametrize(
    ("body", "rewritten"),
    [
        (".*denied.*", [["denied"]]),
        ("a+b{2,5}", [["ab{2,2}"]]),
        ("^a+b{2,5}$", [[r"\Aa{1,}b{2,5}\Z"]]),
        ("x[ab]*[ab]+[ab]{2}y|.*", [["x[ab]{3,}y"], []]),
        ("x+.*.*.{2,}y*z", [["x.{2,2}", "z"]]),
        ("xy*z.*[ab]*c", [["xy{0,}z.{0,}[ab]{0,}c"]]),
        ("^a.*b*$", [[r"\Aa", r"\Z"]]),
    ],
)
def test_what_would_take_long_is_rewritten(body: str, rewritten: list[list[str]]) -> None:
    assert translate(body) == rewritten


def test_repetitions_that_would_take_for_ever_take_no_time() -> None:
    line = '{"a": "' + "a" * 200_000 + '"}'
    stars = "a*" * 100
    for body in (".*" * 100 + "b", "b" + ".*" * 100, f"{stars}b", f"^{stars}b$", "a.*" * 50 + "b"):
        assert not parse(f"{{ $.a = %{body}% }}").matches(line)
