"""The constraints that AWS's own service models put on a request, held against it.

boto3 checks types and minimums only, and leaves lengths, patterns and enumerations to the service;
the emulator does not check them either.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from botocore.exceptions import ParamValidationError
from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape
from botocore.validate import validate_parameters

from assurance.emulated_aws.errors import RefusedByAwsError
from assurance.emulated_aws.refusals import refusals

_SIZED: Final = ("string", "list", "map", "blob")
# The models' patterns are Java's. These classes of characters are what Python writes otherwise.
_TO_PYTHON: Final = (
    (r"\p{L}\p{Z}\p{N}_", r"\w\s"),
    (r"[\w-_]", r"[\w_-]"),
)


def enforce(client: Any) -> None:
    """Let a client refuse, before it is sent, every request that AWS would refuse."""
    client.meta.events.register(
        f"before-parameter-build.{client.meta.service_model.service_id.hyphenize()}", _check
    )


def check(model: OperationModel, params: Mapping[str, Any]) -> None:
    """Raise RefusedByAwsError when AWS would not take these parameters."""
    shape = model.input_shape
    if shape is None:
        return
    try:
        validate_parameters(params, shape)
    except ParamValidationError as error:
        raise RefusedByAwsError(f"{model.name}: {error}") from error
    service = model.service_model.service_name
    problems = [*_violations(shape, params, ""), *refusals(service, model.name, params)]
    if problems:
        raise RefusedByAwsError(f"{model.name}: {'; '.join(problems)}")


def _check(params: Mapping[str, Any], model: OperationModel, **_: object) -> None:
    check(model, params)


def _violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    yield from _own_violations(shape, value, path)
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            if name in value:
                yield from _violations(member, value[name], f"{path}.{name}".lstrip("."))
    elif isinstance(shape, ListShape):
        for index, item in enumerate(value):
            yield from _violations(shape.member, item, f"{path}[{index}]")
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from _violations(shape.key, key, f"{path} (key)")
            yield from _violations(shape.value, item, f"{path}.{key}")


def _own_violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    size, unit = (len(value), "long") if shape.type_name in _SIZED else (value, "")
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield f"{path} is {size} {unit}".rstrip() + f", and must be at least {least}"
    if most is not None and size > most:
        yield f"{path} is {size} {unit}".rstrip() + f", and may be {most} at most"
    if not isinstance(shape, StringShape):
        return
    if shape.enum and value not in shape.enum:
        yield f"{path} must be one of {', '.join(shape.enum)}"
    pattern = shape.metadata.get("pattern")
    if pattern is not None and not _compiled(pattern).search(value):
        yield f"{path} does not match {pattern}"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # The services match the whole text, whether or not the model's pattern says so.
    for theirs, ours in _TO_PYTHON:
        pattern = pattern.replace(theirs, ours)
    return re.compile(rf"\A(?:{pattern})\Z")
