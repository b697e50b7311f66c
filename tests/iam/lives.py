"""The life of each type of resource, by the calls that the AWS provider makes of it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from botocore.exceptions import ClientError

from assurance.aws import Clients
from assurance.emulated_aws import EmulatedAws, Resource

Inputs = Mapping[str, Any]
Call = Callable[[Clients, str], object]

ROLE: Final = "aws:iam/role:Role"
FUNCTION: Final = "aws:lambda/function:Function"
QUERY: Final = "aws:cloudwatch/queryDefinition:QueryDefinition"

REFUSAL: Final = "is not authorized to perform: "

_SAVED: Final[Inputs] = {"name": "query", "queryString": "fields @message"}
# What the provider calls and emulated_aws leaves out: by type and step, with the physical id.
_BESIDES: Final[Mapping[tuple[str, str], Sequence[Call]]] = {
    (ROLE, "read"): (
        lambda clients, name: clients.iam.list_role_policies(RoleName=name),
        lambda clients, name: clients.iam.list_attached_role_policies(RoleName=name),
    ),
    (ROLE, "update"): (
        lambda clients, name: clients.iam.update_role_description(RoleName=name, Description="x"),
    ),
    (ROLE, "delete"): (
        lambda clients, name: clients.iam.list_instance_profiles_for_role(RoleName=name),
    ),
    (FUNCTION, "read"): (
        lambda clients, name: clients.lambda_.get_function_code_signing_config(FunctionName=name),
        lambda clients, name: clients.lambda_.list_versions_by_function(FunctionName=name),
    ),
    (QUERY, "create"): (lambda clients, _: clients.logs.put_query_definition(**_SAVED),),
    (QUERY, "read"): (lambda clients, _: clients.logs.describe_query_definitions(),),
    (QUERY, "update"): (lambda clients, _: clients.logs.put_query_definition(**_SAVED),),
    (QUERY, "delete"): (
        lambda clients, id_: clients.logs.delete_query_definition(queryDefinitionId=id_),
    ),
}
# What somebody else changed meanwhile, which the next update mends.
_DRIFTS: Final[Mapping[str, Sequence[Call]]] = {
    "aws:kms/key:Key": (
        lambda clients, key: clients.kms.disable_key_rotation(KeyId=key),
        lambda clients, key: clients.kms.disable_key(KeyId=key),
    ),
    "aws:kms/alias:Alias": (
        lambda clients, alias: clients.kms.update_alias(
            AliasName=alias, TargetKeyId=clients.kms.create_key()["KeyMetadata"]["KeyId"]
        ),
    ),
}


@dataclass(frozen=True)
class Declared:
    """A resource as the program registers it, and what was made of it."""

    token: str
    logical_name: str
    inputs: Inputs
    made: Resource


class RecordingAws(EmulatedAws):
    """Remembers what it was asked to make."""

    def __init__(self, clients: Clients, *, default_tags: Mapping[str, str] | None = None) -> None:
        super().__init__(clients, default_tags=default_tags)
        self.made: list[Declared] = []

    def create(self, token: str, logical_name: str, inputs: Inputs) -> Resource:
        """Make a resource, and remember it."""
        made = super().create(token, logical_name, inputs)
        self.made.append(Declared(token, logical_name, dict(inputs), made))
        return made


class Lives:
    """Makes, reads, changes and deletes resources as one user; they drift by the root user."""

    def __init__(self, aws: EmulatedAws, clients: Clients, root: Clients) -> None:
        self._aws = aws
        self._clients = clients
        self._root = root

    def live(self, declared: Declared) -> None:
        """A whole life of another resource such as this one."""
        token, inputs = declared.token, declared.inputs
        made = self._aws.create(token, declared.logical_name, inputs)
        self._besides(token, "create", made.id)
        another = Declared(token, declared.logical_name, inputs, made)
        self.read(another)
        self.change(another)
        self.delete(another)

    def read(self, declared: Declared) -> Inputs:
        """The resource as it is now."""
        token, made = declared.token, declared.made
        self._besides(token, "read", made.id)
        state = self._aws.read(token, made.id, made.state)
        assert state is not None
        return state

    def change(self, declared: Declared) -> None:
        """Each change in place that the provider can make of this type."""
        token, made = declared.token, declared.made
        inputs = {"name": made.state.get("name"), **declared.inputs}
        for drift in _DRIFTS.get(token, ()):
            drift(self._root, made.id)
        for change in _CHANGES[token.rpartition(":")[2]]:
            known = self.read(declared)
            self._aws.update(token, made.id, known, {**inputs, **change(declared.inputs)})
            self._besides(token, "update", made.id)

    def delete(self, declared: Declared) -> None:
        """Delete the resource."""
        self._besides(declared.token, "delete", declared.made.id)
        self._aws.delete(declared.token, declared.made.id, declared.made.state)

    def _besides(self, token: str, step: str, physical_id: str) -> None:
        for call in _BESIDES.get((token, step), ()):
            try:
                call(self._clients, physical_id)
            except ClientError as error:
                # The emulator asks for the permission before it finds that it lacks the call.
                if REFUSAL in str(error):
                    raise


def _relabelled(name: str) -> Callable[[Inputs], Inputs]:
    """Another policy document that says the same."""
    return lambda inputs: {name: json.dumps({**json.loads(inputs[name]), "Id": "changed"})}


def _tagged(*changes: Callable[[Inputs], Inputs]) -> Sequence[Callable[[Inputs], Inputs]]:
    """These changes, and a tag, which goes again afterwards."""
    tags = {"tags": {"changed": "yes"}}
    return (
        lambda inputs: {**tags, **{k: v for change in changes for k, v in change(inputs).items()}},
        lambda _: {},
    )


# By type: what the provider can change in place, one update after another.
_CHANGES: Final[Mapping[str, Sequence[Callable[[Inputs], Inputs]]]] = {
    "LogMetricFilter": (lambda _: {"pattern": "{ $.errorCode = AccessDenied* }"},),
    "MetricAlarm": _tagged(lambda inputs: {"threshold": inputs["threshold"] + 1}),
    "QueryDefinition": (lambda _: {"queryString": "fields @timestamp"},),
    "Topic": _tagged(lambda _: {"displayName": "changed"}),
    "TopicPolicy": (_relabelled("policy"),),
    "TopicSubscription": (lambda _: {"filterPolicy": '{"changed": ["yes"]}'},),
    "Queue": _tagged(lambda _: {"messageRetentionSeconds": 60}),
    "QueuePolicy": (_relabelled("policy"),),
    "Key": _tagged(_relabelled("policy"), lambda _: {"description": "changed", "isEnabled": True}),
    "Alias": (lambda _: {},),
    "Role": _tagged(_relabelled("assumeRolePolicy"), lambda _: {"description": "changed"}),
    "RolePolicyAttachment": (),
    "RolePolicy": (_relabelled("policy"),),
    "LogGroup": _tagged(lambda _: {"retentionInDays": 90}),
    "Function": _tagged(
        lambda inputs: {
            "description": "changed",
            "code": pulumi.AssetArchive({**inputs["code"].assets, "x.py": pulumi.StringAsset("")}),
        }
    ),
    "Permission": (),
    "SlackChannelConfiguration": (lambda _: {"loggingLevel": "NONE"},),
}
