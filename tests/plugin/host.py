"""The component's host in a process of its own, and an engine that it finds on loopback."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import grpc  # type: ignore[import-untyped] # it ships no types
from google.protobuf import json_format, struct_pb2
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime import rpc
from pulumi.runtime.proto import (
    engine_pb2,
    engine_pb2_grpc,
    errors_pb2,
    provider_pb2,
    provider_pb2_grpc,
    resource_pb2,
    resource_pb2_grpc,
    status_pb2,
)

from monitoring.unauthorized_api_calls import TOKEN
from tests.deployment import PROJECT, ROOT, Deployment, FakeAws

STACK: Final = "test"
STACK_URN: Final = f"urn:pulumi:{STACK}::{PROJECT}::pulumi:pulumi:Stack::{PROJECT}-{STACK}"

# How the protocol marks what is not a plain value (pulumi/pulumi, sdk/python/lib/pulumi/runtime).
UNKNOWN: Final = rpc.UNKNOWN
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

Wire = dict[str, Any]


def secret(value: object) -> Wire:
    """A secret as a program in a language without output values hands it over."""
    return {_SIGNATURE: _SECRET, "value": value}


def output(value: object = None, *, of: str = "", is_secret: bool = False) -> Wire:
    """An output; unknown when no value is given. `of` is the URN of the resource it comes from."""
    wire: Wire = {_SIGNATURE: _OUTPUT, "secret": is_secret, "dependencies": [of] if of else []}
    return wire if value is None else {**wire, "value": value}


@dataclass
class Constructed:
    """What came of a program's component: what was registered, and what was said of it."""

    deployment: Deployment
    logged: list[str]
    state: dict[str, Any]
    error: str
    properties_in_error: list[str]


class _Recorder(Deployment):
    """A deployment that knows its stack: the one that is asked runs in another process."""

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        qualified = f"{parent.split('::')[2]}${type_}" if parent != STACK_URN else type_
        return f"urn:pulumi:{STACK}::{PROJECT}::{qualified}::{name}"


class _Engine(resource_pb2_grpc.ResourceMonitorServicer, engine_pb2_grpc.EngineServicer):
    """The two services of the engine that a host calls."""

    def __init__(self) -> None:
        self.deployment = _Recorder()
        self.logged: list[str] = []

    def GetDeploymentInfo(self, request: Empty, context: object) -> resource_pb2.DeploymentInfo:  # noqa: N802 - gRPC's name
        return self.deployment.GetDeploymentInfo(request)  # type: ignore[no-any-return, no-untyped-call] # Pulumi's

    def SupportsFeature(  # noqa: N802 - gRPC's name
        self, request: resource_pb2.SupportsFeatureRequest, context: object
    ) -> resource_pb2.SupportsFeatureResponse:
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id != "outputValues")

    def Invoke(  # noqa: N802 - gRPC's name
        self, request: resource_pb2.ResourceInvokeRequest, context: object
    ) -> provider_pb2.InvokeResponse:
        return self.deployment.Invoke(request)  # type: ignore[no-any-return, no-untyped-call] # Pulumi's

    def RegisterResource(  # noqa: N802 - gRPC's name
        self, request: resource_pb2.RegisterResourceRequest, context: object
    ) -> resource_pb2.RegisterResourceResponse:
        return self.deployment.RegisterResource(request)

    def RegisterResourceOutputs(  # noqa: N802 - gRPC's name
        self, request: resource_pb2.RegisterResourceOutputsRequest, context: object
    ) -> Empty:
        return self.deployment.RegisterResourceOutputs(request)

    def RegisterPackage(  # noqa: N802 - gRPC's name
        self, request: resource_pb2.RegisterPackageRequest, context: object
    ) -> resource_pb2.RegisterPackageResponse:
        return self.deployment.RegisterPackage(request)  # type: ignore[no-any-return, no-untyped-call] # Pulumi's

    def Log(self, request: engine_pb2.LogRequest, context: object) -> Empty:  # noqa: N802 - gRPC's name
        if request.severity != engine_pb2.DEBUG:
            self.logged.append(request.message)
        return Empty()


class Host:
    """A running host, asked as the engine asks it."""

    def __init__(self, channel: grpc.Channel, engine: _Engine, engine_address: str) -> None:
        self._provider = provider_pb2_grpc.ResourceProviderStub(channel)
        self._engine = engine
        self._engine_address = engine_address

    def schema(self) -> str:
        """The schema that SDKs are generated from, as JSON."""
        response = self._provider.GetSchema(provider_pb2.GetSchemaRequest(version=0), timeout=60)
        return str(response.schema)

    def construct(
        self, inputs: Mapping[str, object], *, preview: bool = False, **of: list[str]
    ) -> Constructed:
        """Make the component of these inputs; `of` are the URNs that an input depends on."""
        self._engine.deployment = _Recorder(aws=FakeAws(first_preview=preview))
        self._engine.logged = []
        request = provider_pb2.ConstructRequest(
            project=PROJECT,
            stack=STACK,
            dryRun=preview,
            monitorEndpoint=self._engine_address,
            type=TOKEN,
            name="main",
            parent=STACK_URN,
            inputs=json_format.ParseDict(inputs, struct_pb2.Struct()),
            inputDependencies={
                key: provider_pb2.ConstructRequest.PropertyDependencies(urns=urns)
                for key, urns in of.items()
            },
        )
        try:
            response = self._provider.Construct(request, timeout=60)
        except grpc.RpcError as error:
            return self._constructed({}, str(error.details()), _properties(error))
        return self._constructed(json_format.MessageToDict(response.state), "", [])

    def _constructed(self, state: dict[str, Any], error: str, properties: list[str]) -> Constructed:
        engine = self._engine
        return Constructed(engine.deployment, engine.logged, state, error, properties)


def _properties(error: grpc.RpcError) -> list[str]:
    """The properties that the error names to the engine, which prints the value of each."""
    found: list[str] = []
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for detail in status_pb2.Status.FromString(value).details:
                told = errors_pb2.InputPropertiesError()
                detail.Unpack(told)
                found += [error.property_path for error in told.errors]
    return found


@contextmanager
def running() -> Iterator[Host]:
    """The host as the engine starts it: `python plugin`, with the engine's address."""
    engine = _Engine()
    loops: list[asyncio.AbstractEventLoop] = []

    def make_loop() -> None:
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    server = grpc.server(ThreadPoolExecutor(max_workers=2, initializer=make_loop))
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(engine, server)
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "plugin"), address],
        cwd="/",
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Host(channel, engine, address)
    finally:
        process.kill()
        process.communicate()
        server.stop(grace=None).wait()
        for loop in loops:
            loop.close()
