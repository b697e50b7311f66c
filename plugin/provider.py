"""The provider that hosts the component: its schema, and what the engine hands to it.

The SDK infers the schema and keeps the protocol. Two things it does are undone here: it drops
inputs that the component does not have, so that a misspelt `threshold` would go unnoticed; and it
tells wrong inputs with the traceback of the component.
"""

from collections.abc import Coroutine
from typing import Any, Final

import pulumi
from pulumi.output import Unknown
from pulumi.provider import ConstructResult
from pulumi.provider.experimental.analyzer import ComponentDefinition
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

from monitoring.unauthorized_api_calls import TOKEN, UnauthorizedApiCallsMonitor

_RECIPIENTS: Final = "recipients"


class MonitorProvider(ComponentProvider):
    """Hosts UnauthorizedApiCallsMonitor; the parts it is made of are no components of their own."""

    def __init__(self) -> None:
        super().__init__([UnauthorizedApiCallsMonitor], TOKEN.partition(":")[0])

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """The component, made of what a program gave.

        Raises pulumi.InputPropertiesError with everything that is wrong with it.
        """
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if not isinstance(error.inner, pulumi.InputPropertiesError):
                raise
            # No list of properties: the engine would print the value of each, credentials and all.
            raise pulumi.InputPropertiesError(error.inner.message, []) from None

    def map_inputs(
        self, inputs: pulumi.Inputs, component_def: ComponentDefinition
    ) -> pulumi.Inputs:
        """The inputs by the names of the component's arguments; all of them, for it to judge."""
        names = component_def.inputs_mapping
        args = {names.get(key, key): _unknowns_as_outputs(value) for key, value in inputs.items()}
        if _RECIPIENTS in args:
            args[_RECIPIENTS] = _with_secrets_opened(args[_RECIPIENTS])
        return args


def _unknowns_as_outputs(value: object) -> Any:
    """The value with the SDK's bare unknowns as what they are in a program: outputs."""
    match value:
        case Unknown():
            return pulumi.Output.from_input(value)
        case dict():
            return {key: _unknowns_as_outputs(item) for key, item in value.items()}
        case list():
            return [_unknowns_as_outputs(item) for item in value]
        case _:
            return value


def _with_secrets_opened(recipients: Any) -> Any:
    """Recipients with known secrets as plain values, each recipient that had one marked secret.

    A secret may be one endpoint or the whole map; in some languages one makes the other. Opened,
    the map can be read, the endpoint is checked like any other, and it is the same subscription
    however it came.
    """
    value, all_secret = recipients, False
    if isinstance(recipients, pulumi.Output):
        value, all_secret = _opened(recipients)
    if not isinstance(value, dict):
        return value
    return {name: _marked(recipient, secret=all_secret) for name, recipient in value.items()}


def _marked(recipient: Any, *, secret: bool) -> Any:
    value, had_secret = _opened(recipient)
    if isinstance(value, dict) and (secret or had_secret):
        return {**value, "secret": True}
    return value


def _opened(value: Any) -> tuple[Any, bool]:
    """A value with the known secrets in it opened, and whether it had any.

    A secret that depends on a resource stays closed: a preview may not know it, and the
    subscription must have the same name in both.
    """
    if isinstance(value, pulumi.Output):
        if not _at_once(value.is_secret()) or not _at_once(value.is_known()):
            return value, False
        if _at_once(value.resources()):
            return value, False
        return _opened(_at_once(value.future()))[0], True
    if isinstance(value, dict):
        items = {key: _opened(item) for key, item in value.items()}
        return {key: item for key, (item, _) in items.items()}, any(s for _, s in items.values())
    return value, False


def _at_once(answer: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns that has nothing to wait for: an input's value has arrived."""
    try:
        answer.send(None)
    except StopIteration as end:
        return end.value
    answer.close()
    raise RuntimeError("the engine handed over an input that has no value yet")
