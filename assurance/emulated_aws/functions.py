"""Lambda functions, whose code is an archive of texts and files."""

import io
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pulumi
from botocore.exceptions import ClientError
from typing_extensions import override

from assurance.emulated_aws.errors import EmulationError
from assurance.emulated_aws.resource_type import Inputs, ResourceType, State, missing
from assurance.emulated_aws.tags import retag

_NOT_FOUND: Final = "ResourceNotFoundException"
# Pulumi's input and CreateFunction's parameter.
_PARAMETERS: Final = {
    "description": "Description",
    "handler": "Handler",
    "memorySize": "MemorySize",
    "role": "Role",
    "runtime": "Runtime",
    "timeout": "Timeout",
}
# AWS's own (CreateFunction).
_DEFAULTS: Final = {"memorySize": 128, "timeout": 3}
# Any will do, so long as it is always the same: the archive is known by its digest.
_WRITTEN: Final = (2020, 1, 1, 0, 0, 0)


class Function(ResourceType):
    """A function; its id is its name."""

    token = "aws:lambda/function:Function"  # noqa: S105 - a type token
    properties = frozenset({"name", "code", "environment", "loggingConfig", "tags", *_PARAMETERS})
    replaced_by = frozenset({"name"})

    @override
    def create(self, inputs: Inputs) -> str:
        made = self.clients.lambda_.create_function(
            FunctionName=inputs["name"],
            Code={"ZipFile": zipped(inputs.get("code"))},
            Tags=self.home.tags(inputs),
            **self._settings(inputs),
        )
        return made["FunctionName"]

    @override
    def read(self, physical_id: str, known: Inputs) -> State | None:
        try:
            found = self.clients.lambda_.get_function(FunctionName=physical_id)
        except ClientError as error:
            if missing(error, _NOT_FOUND):
                return None
            raise
        told: dict[str, Any] = dict(found["Configuration"])
        code = known.get("code")
        logging = told.get("LoggingConfig", {})
        return {
            **{ours: told.get(theirs) for ours, theirs in _PARAMETERS.items()},
            "name": told["FunctionName"],
            "arn": told["FunctionArn"],
            # AWS tells the code's digest alone.
            "code": code if _digest(zipped(code)) == told["CodeSha256"] else None,
            "codeSha256": told["CodeSha256"],
            "environment": told.get("Environment", {})
            and {"variables": told["Environment"].get("Variables", {})},
            "loggingConfig": {
                "logFormat": logging.get("LogFormat", "Text"),
                "logGroup": logging.get("LogGroup", f"/aws/lambda/{physical_id}"),
            },
            "region": self.home.region,
            **self.home.tags_read(found.get("Tags", {})),
        }

    @override
    def update(self, physical_id: str, known: Inputs, inputs: Inputs) -> None:
        client = self.clients.lambda_
        client.update_function_configuration(FunctionName=physical_id, **self._settings(inputs))
        if not self.same("code", known.get("code"), inputs.get("code")):
            client.update_function_code(
                FunctionName=physical_id, ZipFile=zipped(inputs.get("code"))
            )
        arn: str = known["arn"]
        retag(
            known.get("tagsAll") or {},
            self.home.tags(inputs),
            add=lambda tags: client.tag_resource(Resource=arn, Tags=tags),
            remove=lambda keys: client.untag_resource(Resource=arn, TagKeys=keys),
        )

    @override
    def delete(self, physical_id: str, known: Inputs) -> None:
        try:
            self.clients.lambda_.delete_function(FunctionName=physical_id)
        except ClientError as error:
            if not missing(error, _NOT_FOUND):
                raise

    @override
    def same(self, property_name: str, one: Any, other: Any) -> bool:
        if property_name == "code" and one is not None and other is not None:
            return zipped(one) == zipped(other)
        return super().same(property_name, one, other)

    def _settings(self, inputs: Inputs) -> Any:
        given = {**_DEFAULTS, **inputs}
        settings = {theirs: given[ours] for ours, theirs in _PARAMETERS.items() if ours in given}
        # Pulumi's numbers are all of one kind.
        settings |= {_PARAMETERS[key]: int(given[key]) for key in _DEFAULTS}
        settings["Environment"] = {
            "Variables": (inputs.get("environment") or {}).get("variables") or {}
        }
        if logging := inputs.get("loggingConfig"):
            settings["LoggingConfig"] = {
                theirs: logging[ours]
                for ours, theirs in (("logFormat", "LogFormat"), ("logGroup", "LogGroup"))
                if logging.get(ours)
            }
        return settings


def zipped(code: object) -> bytes:
    """An archive as the provider uploads it: the same bytes for the same files.

    Raises EmulationError for a form that is not emulated.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(_files(code)):
            archive.writestr(zipfile.ZipInfo(name, _WRITTEN), content)
    return target.getvalue()


def _files(code: object) -> Iterator[tuple[str, bytes]]:
    if not isinstance(code, pulumi.AssetArchive):
        raise EmulationError("a function's code must be an archive of texts and files")
    for name, asset in code.assets.items():
        match asset:
            case pulumi.StringAsset(text=text):
                yield name, text.encode()
            case pulumi.FileAsset(path=path):
                yield name, Path(path).read_bytes()
            case _:
                raise EmulationError(f"{name}: only texts and files in an archive are emulated")


def _digest(archive: bytes) -> str:
    return b64encode(sha256(archive).digest()).decode()
