"""A deployment's whole resource graph as text that a person can review."""

import io
import json
from collections.abc import MutableSequence
from typing import Any

import pulumi
from pulumi.output import Unknown
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from tests.deployment import Deployment, is_secret, revealed

# What a registration may ask of the engine besides its inputs, by the name in the protocol.
_OPTIONS = (
    "protect",
    "deleteBeforeReplace",
    "ignoreChanges",
    "replaceOnChanges",
    "additionalSecretOutputs",
    "retainOnDelete",
    "deletedWith",
    "importId",
    "aliases",
    "provider",
)


def graph(deployment: Deployment) -> str:
    """Everything registered, in the order of the URNs, and the stack's outputs.

    JSON inside a property is shown as what it says. Nothing depends on the order of registration.
    """
    resources = [
        _without_empty(
            {
                "urn": deployment.urns[key],
                "parent": deployment.parents[key],
                "depends on": deployment.dependencies[key],
                "inputs": _shown(deployment.inputs[key]),
                "options": _options(deployment.requests[key]),
            }
        )
        for key in sorted(deployment.names, key=lambda key: deployment.urns[key])
    ]
    document = {"resources": resources, "outputs": _shown(deployment.exports)}
    yaml = YAML()
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump(document, text)
    return text.getvalue()


def _options(request: Any) -> dict[str, Any]:
    options = {name: getattr(request, name) for name in _OPTIONS}
    return {
        name: [str(item) for item in value] if isinstance(value, MutableSequence) else value
        for name, value in options.items()
        if value
    }


def _without_empty(properties: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if value}


def _shown(value: Any) -> Any:
    if is_secret(value):
        return {"secret": _shown(revealed(value))}
    if isinstance(value, Unknown):
        return "(known after deployment)"
    if isinstance(value, pulumi.AssetArchive):
        return {"archive of": sorted(value.assets)}
    if isinstance(value, dict):
        return {key: _shown(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_shown(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.startswith("{") and _is_json(value):
        return {"as JSON": _shown(json.loads(value))}
    return LiteralScalarString(value) if isinstance(value, str) and "\n" in value else value


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
