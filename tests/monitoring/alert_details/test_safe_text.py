"""No value can pretend to be more than a value."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.alert_details import safe_text

HOSTILE = {
    "line break": ("a\nb", r"a\nb"),
    "carriage return": ("a\rb", r"a\rb"),
    "tab": ("a\tb", r"a\tb"),
    "escape sequence": ("\x1b[31mred", r"\x1b[31mred"),
    "C1 control": ("a\x85b\x9b31m", r"a\x85b\x9b31m"),
    "line separator": ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
    "right to left override": ("\u202egnp.exe", r"\u202egnp.exe"),
    "right to left letters": ("\u05d0\u05d1", r"\u05d0\u05d1"),
    "zero width": ("ad\u200bmin\ufeff", r"ad\u200bmin\ufeff"),
    "homoglyph": ("\u0430dmin", r"\u0430dmin"),
    "combining": ("a\u0301", r"a\u0301"),
    "no-break space": ("a\xa0b", r"a\xa0b"),
    "beyond the first plane": ("\U0001f600", r"\U0001f600"),
    "lone surrogate": ("\ud800", r"\ud800"),
    "what looks like an escape": (r"a\nb", r"a\\nb"),
    "spaces around": ("  a ", r"\x20\x20a\x20"),
    "only spaces": ("  ", r"\x20\x20"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_plain_is_escaped(name: str) -> None:
    value, shown = HOSTILE[name]
    assert safe_text.plain(value) == shown


@pytest.mark.parametrize(
    "value",
    [
        "arn:aws:sts::123456789012:assumed-role/a+b=c,d.e@f-g/jane.doe@your-company.com",
        "AWS Internal",
    ],
)
def test_names_as_aws_allows_them_stay_as_they_are(value: str) -> None:
    assert safe_text.plain(value) == value
    assert safe_text.in_chat(value, 100) == f"`{value}`"
    assert safe_text.in_text_message(value) == value


def test_what_the_record_does_not_say_is_told_so() -> None:
    assert safe_text.plain(None) == "(not in the record)"


@given(text=st.text())
def test_every_value_is_one_line_of_printable_ascii(text: str) -> None:
    assert re.fullmatch(r"[ -~]*", safe_text.plain(text))


@given(one=st.text(max_size=4), other=st.text(max_size=4))
def test_two_values_never_look_alike(one: str, other: str) -> None:
    assert (safe_text.plain(one) == safe_text.plain(other)) == (one == other)


@given(text=st.text() | st.text(alphabet="`<>&|@*_~:!a /"), length=st.integers(30, 100))
def test_in_chat_a_value_is_code_that_nothing_in_it_ends(text: str, length: int) -> None:
    shown = safe_text.in_chat(text, length)
    assert len(shown) <= length + 2
    assert shown[0] == shown[-1] == "`"
    assert not set("`<>&|") & set(shown[1:-1])


@pytest.mark.parametrize("mention", ["@here", "<!channel>", "x @channel", "/@everyone", "<@U1>"])
def test_in_chat_nobody_is_called(mention: str) -> None:
    assert not re.search(r"(?<![A-Za-z0-9])@|<", safe_text.in_chat(mention, 100))


@given(text=st.text())
def test_a_text_message_has_only_characters_that_every_one_has(text: str) -> None:
    # GSM 03.38's basic alphabet, as far as it is ASCII.
    assert set(safe_text.in_text_message(text)) <= set(
        "@$_ !\"#%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    )


@given(
    text=st.text(alphabet="ab/", max_size=500), width=st.integers(30, 80), lines=st.integers(1, 4)
)
def test_wrapped_text_keeps_its_width_and_its_lines(text: str, width: int, lines: int) -> None:
    pieces = safe_text.wrapped(text, width, lines)
    assert 1 <= len(pieces) <= lines
    assert max(map(len, pieces)) <= width
    assert "".join(pieces) == text or len(text) > width * lines


def test_text_is_wrapped_after_a_slash_where_that_fits() -> None:
    arn = "arn:aws:sts::123456789012:assumed-role/the-role-of-the-scanner/session"
    assert safe_text.wrapped(arn, 50, 3) == [
        "arn:aws:sts::123456789012:assumed-role/",
        "the-role-of-the-scanner/session",
    ]


@pytest.mark.parametrize(
    ("principal", "name"),
    [
        ("arn:aws:iam::123456789012:user/path/jane", "path/jane"),
        ("arn:aws:sts::123456789012:assumed-role/scanner/i-1", "scanner/i-1"),
        ("arn:aws:iam::123456789012:root", "root"),
        ("config.amazonaws.com", "config.amazonaws.com"),
        ("arn:", ""),
        (None, None),
    ],
)
def test_a_principal_is_called_by_the_end_of_its_arn(principal: str, name: str | None) -> None:
    assert safe_text.name_of(principal) == name


def test_text_is_cut_with_dots() -> None:
    assert safe_text.cut("abcdef", 6) == "abcdef"
    assert safe_text.cut("abc defg", 7) == "abc..."
