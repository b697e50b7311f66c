"""What is wrong with a setting, told once for the stack config and the component."""

from dataclasses import dataclass
from typing import Final

# Of another resource's output, whose value a preview may not know.
MUST_BE_PLAIN: Final = "must be a plain value: it decides which resources there are"


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one setting.

    `path` is the setting's path in camelCase (`recipients.on-call.email`), the same in the stack
    config and in the component's arguments. `why` never holds a credential. `mend` has a line for
    each command, or is empty where none mends it: what follows `pulumi config set`, or `rm …` for
    `pulumi config rm`. Pulumi sets nothing inside a value of another type, which goes first.
    """

    path: str
    why: str
    mend: str = ""


class Problems(list[Problem]):
    """The problems found so far, so that a user hears of all of them at once."""

    def add(self, path: str, why: str, mend: str = "") -> None:
        """Note one more, as Problem's fields have it."""
        self.append(Problem(path, why, mend))


def shown(value: object) -> str:
    """A value as an error repeats it: no URL, which may be a credential in the wrong place."""
    text = repr(value)
    if "://" in text:
        return "the value"
    return text if len(text) <= 80 else f"{text[:79]}…"


def shown_arn(value: str) -> str:
    """What should be an ARN, as an error repeats it: nothing that does not even look like one."""
    return shown(value) if value.startswith(("arn:", "alias/")) else "the value"
