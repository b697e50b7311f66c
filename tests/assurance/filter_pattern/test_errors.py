import pickle

import pytest

from assurance.filter_pattern import FilterPatternError, parse


def refusal(text: str) -> FilterPatternError:
    with pytest.raises(FilterPatternError) as caught:
        parse(text)
    return caught.value


def test_the_message_shows_the_text_with_a_caret_under_the_place() -> None:
    value = "a value: a text, a number or a %regular expression%"
    assert str(refusal("{ $.a = }")).splitlines() == [
        f"invalid filter pattern at position 8: expected {value}",
        "  { $.a = }",
        "          ^",
    ]


@pytest.mark.parametrize(
    "text", ["{ $.eventName = }", "{ $.eventName = 1", "{ $.eventName =\n\t1 x }"]
)
def test_the_caret_stands_under_the_character_that_the_position_names(text: str) -> None:
    error = refusal(text)
    line, caret = str(error).splitlines()[-2:]
    shown = line[caret.index("^")] if caret.index("^") < len(line) else ""
    assert shown == text[error.position : error.position + 1]


def test_a_long_text_is_cut_to_what_surrounds_the_place() -> None:
    text = "{ " + " || ".join(f'$.field{index} = "x"' for index in range(30)) + " | }" + " " * 50
    error = refusal(text)
    line, caret = str(error).splitlines()[-2:]
    assert len(line) < 90
    assert text[error.position - 10 : error.position + 1] in line
    assert line[caret.index("^")] == "|"


def test_what_cannot_be_printed_does_not_reach_the_message() -> None:
    message = str(refusal('{ $.a = "\x1b[31m\ud800" oops }'))
    assert "\x1b" not in message
    assert message.encode()


def test_it_is_a_value_error_that_can_be_sent_to_another_process() -> None:
    error = refusal("{ $.a }")
    assert isinstance(error, ValueError)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (copy.text, copy.position, copy.expected) == (error.text, error.position, error.expected)
