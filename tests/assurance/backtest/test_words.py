import pytest

from assurance.backtest.words import Pace, counted, duration, percent, rate, shown


def test_a_value_is_cut_in_its_middle_and_says_so() -> None:
    cut = shown("arn:" + "x" * 10_000 + ":bob")
    assert len(cut) < 150
    assert cut.startswith("arn:xxx")
    assert cut.endswith("xxx:bob (10,008 characters)")
    assert shown("arn:aws:iam::123456789012:user/bob") == "arn:aws:iam::123456789012:user/bob"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("\u202ea", "\\u202ea"), ("a\x00\n", "a\\x00\\n"), ("\ud800", "\\ud800"), ("é中 '", "é中 '")],
)
def test_what_does_not_print_is_spelled_out(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 min"), (59, "59 s"), (300, "5 min"), (90_000, "1 d 1 h"), (86_460, "1 d")],
)
def test_durations_are_told_in_their_two_largest_units(seconds: int, expected: str) -> None:
    assert duration(seconds) == expected


@pytest.mark.parametrize(
    ("number", "thing", "expected"),
    [
        (1, "file or value", "1 file or value"),
        (0, "event", "0 events"),
        (1_200, "file or value", "1,200 files or values"),
    ],
)
def test_more_than_one_is_plural(number: int, thing: str, expected: str) -> None:
    assert counted(number, thing) == expected


def test_little_is_never_shown_as_nothing_nor_nearly_all_as_all() -> None:
    assert [percent(1, 10_000), percent(9_999, 10_000), percent(0, 5), percent(5, 5)] == [
        "< 1 %",
        "> 99 %",
        "0 %",
        "100 %",
    ]
    assert [rate(0), rate(0.01), rate(0.5), rate(12.4), rate(1_234)] == [
        "0",
        "< 0.1",
        "0.5",
        "12",
        "1,234",
    ]
    assert Pace(3_600).of(1) == "1 notification"
