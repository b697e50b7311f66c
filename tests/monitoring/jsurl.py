"""A reader of JSURL, the form in which the console keeps a query in its address.

Written from the description of the form, not from the encoder that it tests.
"""

from typing import Any


def decode(text: str) -> Any:
    """The value that a JSURL text stands for; ValueError for a text that stands for none."""
    value, rest = _value(text)
    if rest:
        raise ValueError(f"left over: {rest!r}")
    return value


def _value(text: str) -> tuple[Any, str]:
    if not text.startswith("~"):
        raise ValueError(f"no value: {text!r}")
    body = text[1:]
    if body.startswith("("):
        return _composite(body[1:])
    if body.startswith("'"):
        return _characters(body[1:])
    end = next((i for i, c in enumerate(body) if c in "~)"), len(body))
    return _scalar(body[:end]), body[end:]


def _scalar(token: str) -> Any:
    words = {"true": True, "false": False, "null": None}
    return words[token] if token in words else float(token) if "." in token else int(token)


def _composite(text: str) -> tuple[Any, str]:
    if text.startswith("~)"):
        return [], text[2:]
    if text.startswith("~"):
        items: list[Any] = []
        while not text.startswith(")"):
            item, text = _value(text)
            items.append(item)
        return items, text[1:]
    members: dict[str, Any] = {}
    while not text.startswith(")"):
        key, text = _characters(text)
        members[key], text = _value(text)
        text = text.removeprefix("~")
    return members, text[1:]


def _characters(text: str) -> tuple[str, str]:
    units: list[int] = []
    i = 0
    while i < len(text) and text[i] not in "~)":
        if text.startswith("**", i):
            units.append(int(text[i + 2 : i + 6], 16))
            i += 6
        elif text[i] == "*":
            units.append(int(text[i + 1 : i + 3], 16))
            i += 3
        elif text[i] == "!":
            units.append(ord("$"))
            i += 1
        elif text[i].isascii() and (text[i].isalnum() or text[i] in "_-."):
            units.append(ord(text[i]))
            i += 1
        else:
            raise ValueError(f"{text[i]!r} is not escaped")
    utf16 = b"".join(unit.to_bytes(2, "big") for unit in units)
    return utf16.decode("utf-16-be"), text[i:]
