"""What the Pulumi CLI makes of Pulumi.yaml and Pulumi.STACK.yaml, without the CLI.

The rules are those of the CLI's own workspace package: defaults and types of the project's config
schema, one string for each value, JSON for lists and objects (Pulumi docs, Project file reference
and Stack settings file reference).
"""

import hashlib
import json
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import ReusedAnchorWarning, YAMLError

from monitoring.endpoints import Kind


class StackFileError(Exception):
    """A stack's files cannot be used; the message says which and why."""


@dataclass(frozen=True)
class StackFiles:
    """One stack's config, as the CLI would hand it to the program.

    `config` has namespaced keys (`aws:region`) and a string for each. `secret_keys` are the keys
    whose value is or contains a `secure:` one, for which a stand-in of the right shape is put;
    `stand_ins` names the recipients that have one.
    """

    project: str
    stack: str
    config: Mapping[str, str]
    secret_keys: tuple[str, ...]
    stand_ins: tuple[str, ...] = ()

    @property
    def region(self) -> str | None:
        """The region that the AWS provider would use, when the stack sets one."""
        return self.config.get("aws:region")


# What stands in for an encrypted endpoint, told apart by digits made of its place: nothing here can
# decrypt it, and two recipients must not look like one.
_STAND_INS: Final[Mapping[str, Callable[[str], str]]] = {
    Kind.EMAIL: lambda digits: f"encrypted-{digits[:8]}@stand-in.net",
    Kind.EMAIL_JSON: lambda digits: f"encrypted-{digits[:8]}@stand-in.net",
    Kind.SMS: lambda digits: f"+1202{digits[:7]}",
    Kind.HTTPS: lambda digits: f"https://encrypted-{digits[:8]}.stand-in.net/",
    Kind.PAGERDUTY: lambda digits: (
        f"https://events.pagerduty.com/integration/{digits[:32]}/enqueue"
    ),
}

_KEY: Final = re.compile(r"[^:]+:[^:]+")


def read(stack: str, folder: Path = Path()) -> StackFiles:
    """The config of `stack`, from the project in `folder`.

    Raises StackFileError for files that are missing, cannot be parsed, or that the CLI would refuse
    or could resolve only with credentials (an ESC environment).
    """
    project_file = folder / "Pulumi.yaml"
    project = _mapping(project_file, _missing_project(project_file))
    name = project.get("name")
    if not isinstance(name, str) or not name:
        raise StackFileError(f"{project_file}: has no project name")
    stack_file = folder / f"Pulumi.{stack}.yaml"
    settings = _mapping(stack_file, _missing_stack(stack, folder))
    if settings.get("environment"):
        raise StackFileError(
            f"{stack_file}: takes settings from a Pulumi ESC environment, which only the Pulumi "
            "service can open; put what is needed here under config: in a copy of the file, and "
            "name that stack"
        )
    values = _namespaced(settings.get("config") or {}, name, stack_file)
    secret_keys = tuple(sorted(key for key, value in values.items() if _holds_secret(value)))
    recipients = values.get(f"{name}:recipients")
    stand_ins = (
        tuple(sorted(str(key) for key, value in recipients.items() if _holds_secret(value)))
        if isinstance(recipients, dict)
        else ()
    )
    # An encrypted value of another namespace (a provider's password) is of no use here.
    values = {
        key: _without_secrets(key, value, stack_file)
        for key, value in values.items()
        if key.startswith(f"{name}:") or not _holds_secret(value)
    }
    schema = project.get("config") or {}
    if not isinstance(schema, dict):
        raise StackFileError(f"{project_file}: config: must hold `key: value` lines")
    values = _with_defaults(values, schema, name, stack, project_file)
    texts = {key: _text(value) for key, value in values.items()}
    return StackFiles(name, stack, texts, secret_keys, stand_ins)


def _missing_project(path: Path) -> str:
    return f"{path}: there is no Pulumi project here; run this in the project's folder"


def _missing_stack(stack: str, folder: Path) -> str:
    files = (path.name for path in folder.glob("Pulumi.*.yaml"))
    stacks = sorted(name.removeprefix("Pulumi.").removesuffix(".yaml") for name in files)
    there = f"the stacks here are {', '.join(stacks)}" if stacks else "there is no stack here"
    return f"there is no file Pulumi.{stack}.yaml; {there}"


def _mapping(path: Path, missing: str) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        raise StackFileError(missing) from None
    except (OSError, UnicodeDecodeError) as error:
        raise StackFileError(f"{path}: cannot be read: {error}") from None
    try:
        with warnings.catch_warnings():
            # YAML allows an anchor twice, and the warning would print the lines.
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            content = YAML(typ="safe", pure=True).load(text)
        # Refuses what JSON cannot say: keys that are lists, and what contains itself.
        json.dumps(content, default=str)
    except (YAMLError, ValueError, TypeError, RecursionError) as error:
        raise StackFileError(f"{path}: is not valid YAML: {_where(error)}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise StackFileError(f"{path}: must hold `key: value` lines")
    return content


def _where(error: Exception) -> str:
    """The parser's problem and place, without what stands in the file: it may be a credential."""
    problem = getattr(error, "problem", None) or "it cannot be parsed"
    mark = getattr(error, "problem_mark", None)
    problem = re.sub(r"\b(alias|anchor|handle|tag) '.*", r"\1", str(problem).splitlines()[0])
    if "duplicate key" in problem:
        problem = "the same key stands there twice"
    return problem if mark is None else f"{problem} (line {mark.line + 1})"


def _namespaced(config: object, project: str, path: Path) -> dict[str, Any]:
    """The config by namespaced keys; one without a namespace is the project's own."""
    if not isinstance(config, dict):
        raise StackFileError(f"{path}: config: must hold `namespace:key: value` lines")
    values: dict[str, Any] = {}
    for key, value in config.items():
        full_key = f"{project}:{key}" if isinstance(key, str) and ":" not in key else key
        if not isinstance(key, str) or not _KEY.fullmatch(full_key):
            raise StackFileError(f"{path}: {key!r} is not a config key of the form namespace:key")
        if full_key in values:
            raise StackFileError(f"{path}: {full_key} stands there twice")
        values[full_key] = value
    return values


def _is_secure(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"secure"} and isinstance(value["secure"], str)


def _holds_secret(value: object) -> bool:
    if _is_secure(value):
        return True
    if isinstance(value, dict):
        return any(map(_holds_secret, value.values()))
    return isinstance(value, list) and any(map(_holds_secret, value))


def _without_secrets(key: str, value: object, path: Path) -> object:
    """The value with a stand-in of the right shape for each encrypted recipient's endpoint."""
    if _is_secure(value):
        kind = key.rpartition(".")[2]
        if kind in _STAND_INS and ":recipients." in key:
            digest = int.from_bytes(hashlib.sha256(key.encode()).digest()[:16])
            return _STAND_INS[kind](f"{digest:039d}")
        raise StackFileError(
            f"{path}: {key} is encrypted, and what it holds decides what is deployed; here only a "
            f"recipient's {', '.join(_STAND_INS)} may be "
            "(pulumi config set --secret --path recipients.NAME.KIND)"
        )
    if isinstance(value, dict):
        return {name: _without_secrets(f"{key}.{name}", item, path) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_secrets(f"{key}[{i}]", item, path) for i, item in enumerate(value)]
    return value


def _with_defaults(
    values: Mapping[str, Any], schema: Mapping[str, Any], project: str, stack: str, path: Path
) -> dict[str, Any]:
    complete = dict(values)
    wrong = []
    for name, declared in schema.items():
        key = name if ":" in name else f"{project}:{name}"
        if not isinstance(declared, dict):
            complete.setdefault(key, declared)
            continue
        default = declared.get("default", declared.get("value"))
        if key not in complete:
            if default is None and not key.startswith(f"{project}:"):
                continue
            if default is None:
                wrong.append(
                    f"Pulumi.{stack}.yaml: has no value for {key}, which {path.name} requires "
                    f"({declared.get('description', 'no default')})"
                )
                continue
            complete[key] = default
        type_name = str(declared.get("type"))
        if not _is_of_type(complete[key], type_name):
            article = "an" if type_name[0] in "aeio" else "a"
            mend = _mend(name, type_name, default, stack)
            wrong.append(f"Pulumi.{stack}.yaml: {key} must be {article} {type_name}: {mend}")
    if wrong:
        raise StackFileError("\n".join(wrong))
    return complete


def _mend(name: str, type_name: str, default: object, stack: str) -> str:
    """The command that mends a setting of another type; an object or array is set part by part."""
    if type_name in ("array", "object"):
        return f"pulumi config rm --stack {stack} {name}, and set what goes into it"
    told = {"integer": "1", "boolean": "true"}.get(type_name, "VALUE")
    value = _text(default) if default not in (None, "") else told
    return f"pulumi config set --stack {stack} {name} {value}"


_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def _is_of_type(value: object, type_name: str) -> bool:
    """`pulumi config set` writes every plain value as a string, so a string may be of any type."""
    if type_name not in _TYPES:
        return True
    if isinstance(value, str):
        fits = type_name not in ("array", "object") or _parses_as(value, _TYPES[type_name])
        fits = fits and (type_name != "integer" or bool(re.fullmatch(r"[+-]?\d+", value)))
        return fits and (type_name != "boolean" or value in ("true", "false"))
    return isinstance(value, _TYPES[type_name]) and (
        type_name == "boolean" or not isinstance(value, bool)
    )


def _parses_as(text: str, types: tuple[type, ...]) -> bool:
    try:
        return isinstance(json.loads(text), types)
    except ValueError:
        return False


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)
