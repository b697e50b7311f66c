"""Monitors to deploy, and what became of them."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi

from monitoring.arguments import UnauthorizedApiCallsMonitorArgs
from monitoring.unauthorized_api_calls import UnauthorizedApiCallsMonitor
from tests.deployment import Deployment, FakeAws, run
from tests.monitoring.configs import EMAIL

MAIL: Mapping[str, Any] = {"mail": {"email": EMAIL}}


def make(
    name: str = "test", *, opts: pulumi.ResourceOptions | None = None, **arguments: Any
) -> UnauthorizedApiCallsMonitor:
    """A monitor, inside a program; one mailbox and the log group `trail` unless told otherwise."""
    given: Any = {"log_group_name": "trail", "recipients": MAIL, **arguments}
    args: UnauthorizedApiCallsMonitorArgs = given
    return UnauthorizedApiCallsMonitor(name, args, opts)


def deploy(
    name: str = "test",
    *,
    stack: str = "test",
    preview: bool = False,
    aws: FakeAws | None = None,
    **arguments: Any,
) -> Deployment:
    """A program with one monitor, run."""
    return run(lambda: make(name, **arguments), stack=stack, preview=preview, aws=aws)


def outputs(deployment: Deployment, name: str = "test") -> dict[str, Any]:
    """What the monitor of this name gives out."""
    return deployment.outputs[f"unauthorized-api-calls:index:UnauthorizedApiCallsMonitor {name}"]


def document(policy: str) -> dict[str, dict[str, Any]]:
    """A policy's statements by their Sid."""
    content = json.loads(policy)
    assert content["Version"] == "2012-10-17"
    return {statement.get("Sid", ""): statement for statement in content["Statement"]}
