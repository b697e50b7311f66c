"""What is wrong with a text that should be a filter pattern, and where."""

_WIDTH = 76


class FilterPatternError(ValueError):
    """A text that CloudWatch Logs refuses as a JSON filter pattern, or another form of pattern.

    `position` is an offset into `text` from 0; `expected` is what could stand there, in the
    user's words. The message shows the text with a caret under the position.
    """

    def __init__(self, text: str, position: int, expected: str) -> None:
        super().__init__(text, position, expected)
        self.text = text
        self.position = position
        self.expected = expected

    def __str__(self) -> str:
        line, column = _excerpt(self.text, self.position)
        return (
            f"invalid filter pattern at position {self.position}: expected {self.expected}\n"
            f"  {line}\n"
            f"  {' ' * column}^"
        )


class Refusal(Exception):  # noqa: N818 - never leaves the package: parse makes the error of it
    """A part of a pattern that CloudWatch Logs refuses, found where the whole text is not known."""

    def __init__(self, position: int, expected: str) -> None:
        super().__init__(position, expected)
        self.position = position
        self.expected = expected


def _excerpt(text: str, position: int) -> tuple[str, int]:
    """Return the line that holds the position, cut to a terminal's width, and the column in it."""
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    line = "".join(
        character if character.isprintable() else " "
        for character in text[start : len(text) if end < 0 else end]
    )
    column = position - start
    if column > _WIDTH - 10:
        cut = column - _WIDTH // 2
        line, column = "..." + line[cut:], column - cut + 3
    if len(line) > _WIDTH:
        line = line[: _WIDTH - 3] + "..."
    return line, column
