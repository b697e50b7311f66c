"""Exclusions: denied calls that the tuned alarm does not count, as the stack config states them.

An exclusion must never hide what it does not describe. In a metric filter every comparison is false
on a field that is missing, null, an object or an array, `!=` included. A missing or null field can
be guarded; a record with an object or an array there is counted by no pattern. So exclusions name
only fields in which CloudTrail never writes one.
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final

from monitoring.exclusion_fields import (
    CHOSEN_BY_CALLER,
    FIELDS,
    doubt_of_value,
    is_like,
    meant_field,
    nearest,
    refusal_of_field,
    refusal_of_value,
)
from monitoring.problems import Problems


@dataclass(frozen=True, order=True)
class Condition:
    """A field, and the values any of which it must have.

    A value may begin or end with `*`: any characters there. CloudWatch has been seen to look for
    the X of `*X` only where X first occurs, so that a record in which X occurs earlier too may
    still count; none is excluded that does not end with X.
    """

    field: str
    values: tuple[str, ...]

    def holds(self, record: Mapping[str, object]) -> bool:
        """Say whether a record's field has one of the values; a missing or null one has none."""
        node: object = record
        for key in self.field.split("."):
            node = node.get(key) if isinstance(node, Mapping) else None
        return isinstance(node, str) and any(is_like(node, value) for value in self.values)


@dataclass(frozen=True)
class Exclusion:
    """Denied calls that the tuned alarm does not count: those that meet all of the conditions.

    `setting` is where it comes from, as a path in the stack config (`exclusions.my-scanner`,
    `exclusionPresets[0]`). `conditions` has one for each field, sorted, and is never empty.
    """

    setting: str
    name: str
    conditions: tuple[Condition, ...]

    @classmethod
    def of(cls, setting: str, name: str, fields: Mapping[str, Sequence[str]]) -> "Exclusion":
        """An exclusion by its values, which are taken to be ones that `parse` would accept."""
        conditions = [Condition(field, tuple(sorted({*fields[field]}))) for field in sorted(fields)]
        return cls(setting, name, tuple(conditions))

    def excludes(self, record: Mapping[str, object]) -> bool:
        """Say whether this describes a CloudTrail record.

        Worked out from the values alone, and not from the filter pattern that is made of them.
        """
        return all(condition.holds(record) for condition in self.conditions)

    @property
    def fields(self) -> dict[str, list[str]]:
        """The values by field, as the stack config has them."""
        return {condition.field: list(condition.values) for condition in self.conditions}


_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
# Pulumi's property paths put any other key into brackets.
_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def parse(values: object, problems: Problems) -> tuple[Exclusion, ...]:
    """Exclusions from `name -> {field: value or list of values}`, sorted by name.

    A field is one key (`userIdentity.arn`) or nested objects, which is what `pulumi config set
    --path` makes of dots. What is wrong goes to `problems`, and an exclusion with anything wrong is
    left out: without one of its conditions it would exclude more.
    """
    if not isinstance(values, Mapping):
        problems.add(
            "exclusions",
            "must be an object: name -> {field: value or list of values}",
            f"rm exclusions\n{_mend('exclusions.my-scanner.userIdentity.arn', 'userIdentity.arn')}",
        )
        return ()
    found = (
        _exclusion(str(name), fields, problems)
        for name, fields in sorted(values.items(), key=lambda item: str(item[0]))
    )
    return tuple(exclusion for exclusion in found if exclusion is not None)


def doubts(exclusions: Sequence[Exclusion]) -> Iterator[tuple[str, str]]:
    """What will exclude nothing, as it looks: the setting's path, and why."""
    for exclusion in exclusions:
        for condition in exclusion.conditions:
            for value in condition.values:
                why = doubt_of_value(condition.field, value)
                if why is not None:
                    yield f"{exclusion.setting}.{condition.field}", why


@dataclass(frozen=True)
class _Given:
    """What was given for a field, and its path in the form in which it was given."""

    field: str
    path: str
    value: object


def _exclusion(name: str, given: object, problems: Problems) -> Exclusion | None:
    path = _at("exclusions", name)
    if not _NAME.fullmatch(name):
        problems.add(
            path,
            "each name must be 1 to 40 letters, digits, hyphens or underscores",
            _remove(path),
        )
        return None
    if not isinstance(given, Mapping) or not given:
        example = _mend(f"{path}.userIdentity.arn", "userIdentity.arn")
        problems.add(
            path,
            "must be an object with at least one field: field -> value or list of values",
            example if isinstance(given, Mapping | None) else f"{_remove(path)}\n{example}",
        )
        return None
    found = Problems()
    fields: dict[str, list[str]] = {}
    leaves = list(_leaves(given, path))
    named = {each.field for each in leaves}
    for each in leaves:
        why = refusal_of_field(each.field)
        if why is not None:
            found.add(each.path, why, _field_mend(each, path, named))
        elif each.field in fields:
            found.add(
                each.path,
                f"{each.field} is there twice: put its values into one list",
                _remove(each.path),
            )
        else:
            fields[each.field] = _values(each, found)
    if not found and set(fields) == {CHOSEN_BY_CALLER}:
        found.add(
            f"{path}.{CHOSEN_BY_CALLER}",
            "is what the caller says of itself: with nothing else here, whoever says the same "
            "would go unnoticed, so name who calls too",
            _mend(f"{path}.userIdentity.arn", "userIdentity.arn"),
        )
    if any(each.mend == _remove(path) for each in found):
        # What else were set would be all that is left of it.
        found = Problems(replace(each, mend="") for each in found)
        found[0] = replace(found[0], mend=_remove(path))
    problems.extend(found)
    return None if found else Exclusion.of(path, name, fields)


def _leaves(fields: Mapping[object, object], path: str, parent: str = "") -> Iterator[_Given]:
    for key, value in fields.items():
        here, field = _at(path, str(key)), f"{parent}{key}"
        if isinstance(value, Mapping) and value and field not in FIELDS:
            yield from _leaves(value, here, f"{field}.")
        else:
            yield _Given(field, here, value)


def _values(given: _Given, problems: Problems) -> list[str]:
    value = given.value
    located = [(given.path, value)]
    if isinstance(value, Sequence) and not isinstance(value, str):
        located = [(f"{given.path}[{index}]", item) for index, item in enumerate(value)]
        if not value:
            problems.add(given.path, "is an empty list", _mend(f"{given.path}[0]", given.field))
    for path, item in located:
        why = refusal_of_value(item)
        if why is not None:
            problems.add(path, why, _mend(path, given.field, nearest(item)))
    return [str(item) for _, item in located]


def _mend(path: str, field: str, value: str | None = None) -> str:
    """The command that sets a field, to an example where there is no value."""
    value = value or FIELDS[field]
    here, said = shlex.quote(path), shlex.quote(value)
    if value.startswith("-"):
        return f"--path {here} --type string -- {said}"
    # With --path, what looks like a number or a boolean becomes one.
    typed = " --type string" if re.fullmatch(r"true|false|[+.\de]+", value) else ""
    return f"--path {here} {said}{typed}"


def _field_mend(given: _Given, exclusion: str, named: Set[str]) -> str:
    """The commands that name the field that was meant, or else remove the exclusion.

    Without one of its fields it would describe more. `named` are those that are there already.
    """
    field = meant_field(given.field)
    if field in named:
        return _remove(given.path)
    value = given.value
    items = [value] if isinstance(value, str) or not isinstance(value, Sequence) else list(value)
    values = [nearest(each) for each in items]
    if field is None or not values or None in values:
        return _remove(exclusion)
    path = _at(exclusion, field)
    mends = [
        _mend(path if items == [value] else f"{path}[{place}]", field, each)
        for place, each in enumerate(values)
    ]
    return "\n".join([_remove(given.path), *mends])


def _remove(path: str) -> str:
    return f"rm --path {shlex.quote(path)}"


def _at(path: str, key: str) -> str:
    """The path of a key in an object, as Pulumi writes property paths."""
    return f"{path}.{key}" if _PLAIN_KEY.fullmatch(key) else f"{path}[{json.dumps(key)}]"
