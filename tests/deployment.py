"""One run of a program against Pulumi's mocks, and everything that it registered."""

import asyncio
import runpy
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime import mocks, rpc, settings
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.stack import run_in_stack

from assurance import stack_files

ROOT = Path(__file__).resolve().parent.parent
PROJECT = "unauthorized-api-calls"
ACCOUNT = "111122223333"
REGION = "us-east-1"

_SECRET = "4dabf18193072939515e22adb298388d"
_STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass
class FakeAws(mocks.Mocks):
    """Answers as AWS would: a log group, and an id and ARN for each new resource.

    `log_group_missing` is what the provider says of a log group that it cannot give.
    `first_preview` answers as in the preview of a stack that was never deployed: what AWS would
    assign is unknown. `calls` keeps each function that was called, with its arguments.
    """

    partition: str = "aws"
    region: str = REGION
    log_group_class: str = "STANDARD"
    log_group_missing: str | None = None
    first_preview: bool = False
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if not args.custom:
            return None, {}
        if self.first_preview:
            return None, dict(args.inputs)
        physical = f"{args.name}-1234567"
        service = args.typ.split(":")[1].split("/")[0]
        arn = f"arn:{self.partition}:{service}:{self.region}:{ACCOUNT}:{physical}"
        outputs = {"name": physical, **args.inputs, "arn": args.inputs.get("arn", arn)}
        if args.typ == "aws:kms/key:Key":
            outputs["arn"] = f"arn:{self.partition}:kms:{self.region}:{ACCOUNT}:key/{args.name}"
            outputs["keyId"] = args.name
        if args.typ == "aws:sqs/queue:Queue":
            outputs["url"] = f"https://sqs.{self.region}.amazonaws.com/{ACCOUNT}/{physical}"
        return physical, outputs

    def call(self, args: mocks.MockCallArgs) -> Any:
        self.calls.append((args.token, args.args))
        match args.token:
            case "aws:cloudwatch/getLogGroup:getLogGroup":
                name = args.args["name"]
                if self.log_group_missing is not None:
                    return {}, [("name", self.log_group_missing)]
                arn = f"arn:{self.partition}:logs:{self.region}:{ACCOUNT}:log-group:{name}"
                return {"arn": arn, "name": name, "logGroupClass": self.log_group_class, "id": name}
            case "aws:index/getCallerIdentity:getCallerIdentity":
                return {"accountId": ACCOUNT, "arn": "arn:aws:iam::1:user/x", "id": "x"}
            case "aws:index/getRegion:getRegion":
                return {"region": self.region, "id": self.region}
            case "aws:index/getPartition:getPartition":
                return {"partition": self.partition, "id": self.partition}
        raise AssertionError(f"the program asked for {args.token}")


@dataclass
class Deployment(mocks.MockMonitor):
    """What a program registered: by `type name`, secrets still wrapped."""

    aws: FakeAws = field(default_factory=FakeAws)
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    urns: dict[str, str] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    dependencies: dict[str, list[str]] = field(default_factory=dict)
    requests: dict[str, resource_pb2.RegisterResourceRequest] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(self.aws)

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """The engine's URN, which has the types of all parents but the stack's."""
        types = [parent.split("::")[2]] if parent and _key_of(parent)[0] != _STACK_TYPE else []
        qualified = "$".join([*types, type_])
        return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{qualified}::{name}"

    def RegisterResource(  # noqa: N802 - gRPC's name
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        response: resource_pb2.RegisterResourceResponse
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call] # Pulumi's
        key = f"{request.type} {request.name}"
        if key in self.inputs:
            raise AssertionError(f"{key} is registered twice: the engine refuses duplicate URNs")
        self.inputs[key] = rpc.deserialize_properties(request.object, keep_unknowns=True)
        self.urns[key] = response.urn
        self.parents[key] = " ".join(_key_of(request.parent)) if request.parent else ""
        self.dependencies[key] = sorted(" ".join(_key_of(urn)) for urn in request.dependencies)
        self.requests[key] = request
        return response

    def RegisterResourceOutputs(  # noqa: N802 - gRPC's name
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> Empty:
        self.outputs[" ".join(_key_of(request.urn))] = rpc.deserialize_properties(
            request.outputs, keep_unknowns=True
        )
        super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call] # Pulumi's
        return Empty()

    @property
    def exports(self) -> dict[str, Any]:
        """The stack's outputs."""
        [exports] = [out for key, out in self.outputs.items() if key.startswith(_STACK_TYPE)]
        return exports

    @property
    def names(self) -> set[str]:
        """`type name` of everything but the stack itself."""
        return {key for key in self.inputs if not key.startswith(_STACK_TYPE)}

    def of_type(self, suffix: str) -> dict[str, dict[str, Any]]:
        """Inputs by logical name of every resource whose type ends so (`:MetricAlarm`)."""
        return {
            key.split(" ", 1)[1]: inputs
            for key, inputs in self.inputs.items()
            if key.split(" ", 1)[0].endswith(suffix)
        }

    def one(self, suffix: str, ending: str = "") -> dict[str, Any]:
        """The inputs of the one resource of this type whose name ends so."""
        [found] = [inputs for name, inputs in self.of_type(suffix).items() if name.endswith(ending)]
        return found


def _key_of(urn: str) -> tuple[str, str]:
    """Type and name of a URN."""
    _, _, types, name = urn.split("::", 3)
    return types.rpartition("$")[2], name


def run(
    program: Callable[[], object],
    config: Mapping[str, str] | None = None,
    *,
    stack: str = "test",
    secret_keys: tuple[str, ...] = (),
    preview: bool = False,
    aws: FakeAws | None = None,
    deployment: Deployment | None = None,
) -> Deployment:
    """Run the program and wait for all that it registers; what it raises is raised here.

    A `deployment` that is given holds what was registered even when the program fails.
    """
    deployment = deployment or Deployment(aws=aws or FakeAws())

    async def in_the_engines_place() -> None:
        settings.configure(
            mocks.MockSettings(
                monitor=deployment,
                monitor_features=set(),
                engine=mocks.MockEngine(None),
                project=PROJECT,
                stack=stack,
                dry_run=preview,
                organization=None,
                callbacks=None,
            )
        )
        pulumi.runtime.set_all_config(dict(config or {}), list(secret_keys))
        await run_in_stack(and_nothing_to_await)

    def and_nothing_to_await() -> None:
        program()

    # Settings, config and root resource are context variables: each runner has its own.
    with _closed_at_the_end() as loops, asyncio.Runner() as runner:
        runner.get_loop().set_default_executor(ThreadPoolExecutor(initializer=loops))
        runner.run(in_the_engines_place())
    return deployment


@contextmanager
def _closed_at_the_end() -> Iterator[Callable[[], None]]:
    """Makes event loops for threads, as Pulumi's mocks do, and closes them, which those do not."""
    loops: list[asyncio.AbstractEventLoop] = []

    def make_loop() -> None:
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    try:
        yield make_loop
    finally:
        for loop in loops:
            loop.close()


def run_stack(
    stack: str, *, preview: bool = False, aws: FakeAws | None = None, **overrides: str
) -> Deployment:
    """Run the real program with a shipped stack's real config, some keys of it changed."""
    files = stack_files.read(stack, ROOT)
    config = {
        **files.config,
        **{f"{files.project}:{key}": value for key, value in overrides.items()},
    }
    return run(main, config, stack=stack, secret_keys=files.secret_keys, preview=preview, aws=aws)


def main() -> None:
    """The program that `pulumi up` runs."""
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def is_secret(value: object) -> bool:
    """Whether a recorded property is wrapped as a secret."""
    return isinstance(value, dict) and _SECRET in value


def revealed(value: Any) -> Any:
    """A recorded property without its wrapper."""
    return value["value"] if is_secret(value) else value
