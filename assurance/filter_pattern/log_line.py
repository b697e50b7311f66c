"""One log line, read as JSON that keeps the source text of each number."""

import json
from typing import TypeAlias

from assurance.filter_pattern.number_text import NumberText

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | NumberText | bool | None"


class NotJsonError(ValueError):
    """A log line that is not JSON, so that no JSON pattern matches it."""


def read_json(message: str | bytes) -> JsonValue:
    """Return what a log line holds; every number is a NumberText.

    Of a key that occurs twice the last one counts. Raises NotJsonError for what is not JSON as RFC
    8259 has it (NaN, a byte order mark), not UTF-8, or nested more deeply than Python can follow
    (some 900 levels; CloudTrail nests a dozen).
    """
    try:
        text = message.decode() if isinstance(message, bytes) else message
        value: JsonValue = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise NotJsonError(f"not a JSON log line: {error}") from error
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(
    parse_int=NumberText,
    parse_float=NumberText,
    parse_constant=_refuse_constant,
)
