"""One run of a program against Pulumi's mocks, and everything that it registered."""

import runpy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime import mocks, rpc
from pulumi.runtime.proto import resource_pb2

from assurance import stack_files

ROOT = Path(__file__).resolve().parent.parent
ACCOUNT = "111122223333"
REGION = "us-east-1"

_SECRET = "4dabf18193072939515e22adb298388d"


@dataclass
class FakeAws(mocks.Mocks):
    """Answers as AWS would: a log group, and an id and ARN for each new resource."""

    partition: str = "aws"
    region: str = REGION
    log_group_class: str = "STANDARD"
    log_group_missing: str | None = None

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
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
    """What a program registered: inputs and parents by `type name`, secrets still wrapped."""

    aws: FakeAws = field(default_factory=FakeAws)
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    urns: dict[str, str] = field(default_factory=dict)
    dependencies: dict[str, list[str]] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(self.aws)

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
        self.dependencies[key] = sorted(urn.rpartition("::")[2] for urn in request.dependencies)
        self.options[key] = request
        return response

    def RegisterResourceOutputs(  # noqa: N802 - gRPC's name
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> Empty:
        self.outputs[request.urn.rpartition("::")[2]] = rpc.deserialize_properties(
            request.outputs, keep_unknowns=True
        )
        super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call] # Pulumi's
        return Empty()

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


def run(
    program: Callable[[], object],
    config: Mapping[str, str] | None = None,
    *,
    stack: str = "test",
    secret_keys: tuple[str, ...] = (),
    preview: bool = False,
    aws: FakeAws | None = None,
) -> Deployment:
    """Run the program and wait for all that it registers; what it raises is raised here."""
    deployment = Deployment(aws=aws or FakeAws())
    mocks.set_mocks(deployment.aws, "unauthorized-api-calls", stack, preview, monitor=deployment)
    pulumi.runtime.set_all_config(dict(config or {}), list(secret_keys))

    def and_nothing_to_await() -> None:
        program()

    pulumi.runtime.test(and_nothing_to_await)()
    return deployment


def run_stack(stack: str, *, preview: bool = False, **overrides: str) -> Deployment:
    """Run the real program with a shipped stack's real config, some keys of it changed."""
    files = stack_files.read(stack, ROOT)
    config = {
        **files.config,
        **{f"{files.project}:{key}": value for key, value in overrides.items()},
    }
    return run(main, config, stack=stack, secret_keys=files.secret_keys, preview=preview)


def main() -> None:
    """The program that `pulumi up` runs."""
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def is_secret(value: object) -> bool:
    """Whether a recorded property is wrapped as a secret."""
    return isinstance(value, dict) and _SECRET in value


def revealed(value: Any) -> Any:
    """A recorded property without its wrapper."""
    return value["value"] if is_secret(value) else value
