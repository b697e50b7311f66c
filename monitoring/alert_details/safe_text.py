"""Values as text that cannot pretend to be more than one value: one line, plain ASCII.

A caller chooses names in a record (of a session, a user). Shown as they are they could end the
line and write the next, hide or reorder what stands beside them, or look like another name.
"""

import re
from typing import Final

from monitoring.alert_details.denied_call import shortened

NOT_SAID: Final = "(not in the record)"

# A mention of a person or a channel stands at the beginning or after something else than a word.
_MENTION: Final = re.compile(r"(?<![A-Za-z0-9])@")
# Slack reads <…> and & everywhere, and ` ends the code that a value stands in.
_MARKUP: Final = str.maketrans({mark: f"\\x{ord(mark):02x}" for mark in "<>&`|"})
# Of GSM 03.38's basic alphabet: any other character makes a text message cost more than one.
_NOT_GSM: Final = re.compile(r"[^A-Za-z0-9 @$_!\"#%&'()*+,./:;<=>?-]")


def plain(text: str | None) -> str:
    """A value on one line of printable ASCII; all else is escaped as Python escapes it."""
    if text is None:
        return NOT_SAID
    escaped = text.encode("unicode_escape").decode("ascii")
    body = escaped.strip(" ")
    before = len(escaped) - len(escaped.lstrip(" "))
    after = len(escaped) - before - len(body)
    return "\\x20" * before + body + "\\x20" * after


def in_chat(text: str | None, length: int) -> str:
    """A value as code in a chat's mark-up, where nothing in it is mark-up or calls anybody."""
    safe = _MENTION.sub(r"\\x40", plain(text).translate(_MARKUP))
    return f"`{shortened(safe, length)}`"


def in_text_message(text: str | None) -> str:
    """A value in the characters that every text message has."""
    return _NOT_GSM.sub("?", plain(text))


def wrapped(text: str, width: int, lines: int) -> list[str]:
    """Plain text over so many lines at most, its middle shortened where that is too few."""
    fitting = shortened(text, width * lines)
    at_slashes = _pieces(fitting, width, "/")
    return at_slashes if len(at_slashes) <= lines else _pieces(fitting, width)


def _pieces(text: str, width: int, after: str | None = None) -> list[str]:
    pieces = []
    while len(text) > width:
        end = width if after is None else text.rfind(after, width // 2, width) + 1 or width
        pieces.append(text[:end])
        text = text[end:]
    return [*pieces, text]


def cut(text: str, length: int) -> str:
    """Plain text within a length, dots in the place of its end."""
    return text if len(text) <= length else f"{text[: length - 3].rstrip()}..."


def name_of(principal: str | None) -> str | None:
    """What people call a principal: the end of its ARN, of a session with its role."""
    if principal is None or not principal.startswith("arn:"):
        return principal
    resource = principal.split(":", 5)[-1]
    return resource.partition("/")[2] or resource
