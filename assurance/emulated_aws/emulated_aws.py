"""Pulumi's AWS resources, applied to an AWS endpoint through boto3."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from assurance.aws import Clients
from assurance.emulated_aws import service_model
from assurance.emulated_aws.alarms import MetricAlarm
from assurance.emulated_aws.declared import DECLARED_ONLY, DeclaredOnly
from assurance.emulated_aws.errors import EmulationError, RefusedByAwsError
from assurance.emulated_aws.functions import Function
from assurance.emulated_aws.invokes import INVOKES
from assurance.emulated_aws.keys import Alias, Key
from assurance.emulated_aws.logs import LogGroup, LogMetricFilter
from assurance.emulated_aws.permissions import Permission
from assurance.emulated_aws.queues import Queue, QueuePolicy
from assurance.emulated_aws.resource_type import Home, Inputs, ResourceType, State
from assurance.emulated_aws.roles import Role, RolePolicy, RolePolicyAttachment
from assurance.emulated_aws.stand_ins import NoStandIns, StandIns
from assurance.emulated_aws.subscriptions import TopicSubscription
from assurance.emulated_aws.topics import Topic, TopicPolicy

_RESOURCE_TYPES: Final[tuple[type[ResourceType], ...]] = (
    Alias,
    Function,
    Key,
    LogGroup,
    LogMetricFilter,
    MetricAlarm,
    Permission,
    Queue,
    QueuePolicy,
    Role,
    RolePolicy,
    RolePolicyAttachment,
    Topic,
    TopicPolicy,
    TopicSubscription,
    *DECLARED_ONLY,
)

NOT_REHEARSED: Final = frozenset(declared.token for declared in DECLARED_ONLY)
"""The types that the emulator lacks: held against AWS's models, and checked as declared."""

# How the emulator says that it does not know a call.
_UNKNOWN_CALLS: Final = frozenset(
    {"InvalidAction", "InvalidOperationException", "UnknownOperationException", "NotImplemented"}
)


@dataclass(frozen=True)
class Resource:
    """An applied resource: its physical id, and its properties as the provider outputs them."""

    id: str
    state: State


@dataclass(frozen=True)
class Changes:
    """What differs between a resource's state and its inputs."""

    properties: frozenset[str]
    replacing: frozenset[str]
    """Those that cannot be changed in place."""

    def __bool__(self) -> bool:
        return bool(self.properties)


class EmulatedAws:
    """Creates, reads, updates and deletes resources by Pulumi's type tokens and property names.

    It is the AWS provider's stand-in, modelled on it: names, ids, outputs, what replaces a
    resource. What AWS would refuse by its service models is refused here, the emulator being
    lenient. Safe for several threads. Inputs come without secrets' and outputs' wrappers.

    Each method raises EmulationError for what cannot be applied (an unknown type or property, a
    call that the emulator lacks) and RefusedByAwsError for what AWS would not take.
    """

    def __init__(
        self,
        clients: Clients,
        *,
        stand_ins: StandIns | None = None,
        default_tags: Mapping[str, str] | None = None,
    ) -> None:
        """`default_tags` are the provider's, as `aws:defaultTags` sets them."""
        self._home = Home(
            clients.prepared_by(service_model.enforce),
            stand_ins or NoStandIns(),
            default_tags or {},
        )
        self._types = {kind.token: kind(self._home) for kind in _RESOURCE_TYPES}

    def named(
        self, token: str, logical_name: str, inputs: Inputs, known: Inputs | None = None
    ) -> dict[str, Any]:
        """The inputs, with the name that Pulumi makes up when none is given, or keeps if known."""
        key = self._type(token).named_by
        given = {name: value for name, value in inputs.items() if value is not None}
        if key is None or given.get(key):
            return given
        kept = (known or {}).get(key)
        return {**given, key: kept or self._type(token).made_up_name(logical_name)}

    def create(self, token: str, logical_name: str, inputs: Inputs) -> Resource:
        """Make a resource and read it back."""
        kind = self._type(token)
        named = self.named(token, logical_name, self._applicable(kind, inputs))
        with _explained(token, logical_name):
            physical_id = kind.create(named)
            state = kind.read(physical_id, named)
        if state is None:
            raise EmulationError(f"{token} {logical_name}: it is not there after its creation")
        self._check_applied(kind, logical_name, named, state)
        return Resource(physical_id, state)

    def read(self, token: str, physical_id: str, known: Inputs) -> State | None:
        """A resource as it is now; None when it is gone. `known` is its last state, or inputs."""
        with _explained(token, physical_id):
            return self._type(token).read(physical_id, known)

    def update(self, token: str, physical_id: str, known: Inputs, inputs: Inputs) -> State:
        """Change a resource in place from its last known state to new inputs."""
        kind = self._type(token)
        wanted = self._applicable(kind, inputs)
        if kind.named_by is not None:
            wanted = {kind.named_by: known.get(kind.named_by), **wanted}
        replacing = sorted(self.changes(token, known, wanted).replacing)
        if replacing:
            raise EmulationError(f"{token}: {', '.join(replacing)} cannot be changed in place")
        with _explained(token, physical_id):
            kind.update(physical_id, known, wanted)
            state = kind.read(physical_id, {**known, **wanted})
        if state is None:
            raise RefusedByAwsError(f"{token} {physical_id}: there is no such resource any more")
        self._check_applied(kind, physical_id, wanted, state)
        return state

    def delete(self, token: str, physical_id: str, known: Inputs) -> None:
        """Remove a resource; one that is gone already is no error."""
        with _explained(token, physical_id):
            self._type(token).delete(physical_id, known)

    def changes(
        self, token: str, state: Inputs, inputs: Inputs, old_inputs: Inputs | None = None
    ) -> Changes:
        """What must change to bring a state to these inputs.

        A property that neither the inputs nor the old inputs name is the provider's own.
        """
        kind = self._type(token)
        named = {key for key, value in inputs.items() if value is not None}
        changed = {
            key
            for key in named & kind.properties
            if not kind.same(key, state.get(key), inputs[key])
        }
        dropped = {
            key
            for key, value in (old_inputs or {}).items()
            if key in kind.properties - named and not kind.same(key, value, None)
        }
        properties = frozenset(changed | dropped)
        return Changes(properties, properties & kind.replaced_by)

    def invoke(self, token: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Call a function of the provider; raises InvokeFailedError when it finds nothing."""
        function = INVOKES.get(token)
        if function is None:
            raise EmulationError(f"the function {token} is not emulated")
        self._check_region(token, args)
        with _explained(token, "invoke"):
            return function(self._home, args)

    def declared(self, token: str) -> tuple[State, ...]:
        """The resources of a type in NOT_REHEARSED, as they were declared."""
        kind = self._type(token)
        return kind.declared() if isinstance(kind, DeclaredOnly) else ()

    @property
    def account(self) -> str:
        """The account that everything is applied to, as the endpoint tells it."""
        return self._home.account

    @property
    def region(self) -> str:
        """The region that everything is applied to."""
        return self._home.region

    def _type(self, token: str) -> ResourceType:
        kind = self._types.get(token)
        if kind is None:
            raise EmulationError(f"the resource type {token} is not emulated")
        return kind

    def _applicable(self, kind: ResourceType, inputs: Inputs) -> dict[str, Any]:
        self._check_region(kind.token, inputs)
        given = {
            key: value for key, value in inputs.items() if value is not None and key != "region"
        }
        unknown = sorted(set(given) - kind.properties)
        if unknown:
            raise EmulationError(f"{kind.token}: {', '.join(unknown)} cannot be emulated")
        return given

    def _check_region(self, token: str, inputs: Inputs) -> None:
        region = inputs.get("region")
        if region not in {None, self.region}:
            raise EmulationError(f"{token}: only the region {self.region} is emulated")

    def _check_applied(self, kind: ResourceType, name: str, inputs: Inputs, state: Inputs) -> None:
        """Raise EmulationError when the endpoint dropped or altered an input."""
        altered = sorted(self.changes(kind.token, state, inputs).properties)
        if altered:
            raise EmulationError(
                f"{kind.token} {name}: the emulator does not keep {', '.join(altered)}"
            )


@contextmanager
def _explained(token: str, name: str) -> Iterator[None]:
    try:
        yield
    except RefusedByAwsError as error:
        raise RefusedByAwsError(f"{token} {name}: {error}") from error
    except ClientError as error:
        said = error.response.get("Error", {})
        code = said.get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        text = f"{token} {name}: {error.operation_name}: {said.get('Message') or code}"
        # An error without a code, a server's error, an unknown call: not AWS's own refusal.
        if code in _UNKNOWN_CALLS or code.isdigit() or status >= 500:
            raise EmulationError(text) from error
        raise RefusedByAwsError(f"{text} ({code})") from error
    except BotoCoreError as error:
        raise EmulationError(f"{token} {name}: {error}") from error
