"""A stack's config, and what `pulumi config set` and `pulumi config rm` do to it.

By the CLI's own sources: sdk/go/common/resource/config, map.go and object.go.
"""

import copy
import json
import re
import shlex
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

# What is typed at the prompt where a command asks for a secret.
_SECRETS = {
    "https": "https://hooks.your-company.com/sns",
    "pagerduty": "https://events.pagerduty.com/integration/0123456789abcdef0123456789abcdef/enqueue",
}


_Path = list[str | int]


class CommandFailedError(Exception):
    """The CLI refuses a command."""


class PulumiConfig:
    """The settings of a stack, by key: texts as they are, lists and objects as YAML has them."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = copy.deepcopy(dict(values))

    def handed_over(self) -> dict[str, str]:
        """What the program gets: one text for each key, JSON for lists and objects."""
        return {
            f"unauthorized-api-calls:{key}": value if isinstance(value, str) else json.dumps(value)
            for key, value in self.values.items()
        }

    def run(self, command: str) -> None:
        """Carry out a command that begins `pulumi config`."""
        words = shlex.split(command)
        assert words[:2] == ["pulumi", "config"], command
        verb, *words = words[2:]
        options = {word for word in words if word.startswith("--")}
        assert options <= {"--path", "--secret", "--plaintext", "--type"}, command
        if "--type" in options:
            at = words.index("--type")
            assert words[at + 1] == "string", command
            del words[at : at + 2]
        key, *rest = [word for word in words if not word.startswith("--")]
        path: _Path = _parse(key) if "--path" in options else [key]
        if verb == "rm":
            assert not rest, command
            _remove(self.values, path)
            return
        assert verb == "set", command
        if "--secret" in options:
            assert not rest, "a secret is not for the command line"
            value = _SECRETS[str(path[-1])]
        else:
            [value] = rest
        typed = len(path) > 1 and not options & {"--secret", "--type"}
        _set(self.values, path, _coerced(value) if typed else value)


def _parse(path: str) -> _Path:
    parts = re.findall(r'\.?([^.\[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\")*)"\]', path)
    return [int(index) if index else name or key for name, index, key in parts]


def _coerced(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"0|[+-]?[1-9]\d*", text):
        return int(text)
    return text


def _set(root: dict[str, Any], path: _Path, value: Any) -> None:
    container: Any = root
    for depth, (key, following) in enumerate(pairwise(path)):
        found = _member(container, key)
        # A text at the first level is overwritten, deeper down it is in the way.
        if found is None or (depth == 0 and not isinstance(found, dict | list)):
            found = [] if isinstance(following, int) else {}
            _put(container, key, found)
        if not isinstance(found, list if isinstance(following, int) else dict):
            raise CommandFailedError(f"{path}: {key} is of another type")
        container = found
    _put(container, path[-1], value)


def _member(container: Any, key: str | int) -> Any:
    if isinstance(container, dict):
        return container.get(key)
    assert isinstance(key, int)
    return container[key] if key < len(container) else None


def _put(container: Any, key: str | int, value: Any) -> None:
    if isinstance(container, list) and isinstance(key, int) and key >= len(container):
        if key > len(container):
            raise CommandFailedError(f"index {key} is out of range")
        container.append(value)
    else:
        container[key] = value


def _remove(root: Any, path: _Path) -> None:
    container = root
    for key in path[:-1]:
        container = _member(container, key) if isinstance(container, dict | list) else None
    last = path[-1]
    if isinstance(container, dict):
        container.pop(last, None)
    elif isinstance(container, list) and isinstance(last, int) and last < len(container):
        del container[last]
