"""What the emulator has no counterpart for: NOT REHEARSED.

Such a resource is held against AWS's service model, and kept in memory as it was declared.
"""

import threading
import uuid
from abc import abstractmethod
from typing import Any, ClassVar, Final

from typing_extensions import override

from assurance.aws import service_model
from assurance.emulated_aws import service_model as constraints
from assurance.emulated_aws.errors import RefusedByAwsError
from assurance.emulated_aws.resource_type import Home, Inputs, ResourceType, State
from assurance.emulated_aws.tags import pairs


class DeclaredOnly(ResourceType):
    """A type of resource that is checked as declared."""

    rehearsed = False
    service: ClassVar[str]
    operation: ClassVar[str]
    """The call that would create it."""

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self._model = service_model(self.service).operation_model(self.operation)
        self._kept: dict[str, State] = {}
        self._lock = threading.Lock()

    @abstractmethod
    def request(self, inputs: Inputs) -> dict[str, Any]:
        """The parameters of the call."""

    @abstractmethod
    def outputs(self, physical_id: str, inputs: Inputs) -> State:
        """What AWS would add to the inputs."""

    @abstractmethod
    def new_id(self, inputs: Inputs) -> str:
        """A physical id such as AWS would give."""

    @override
    def create(self, inputs: Inputs) -> str:
        physical_id = self.new_id(inputs)
        with self._lock:
            if physical_id in self._kept:
                raise RefusedByAwsError(f"{physical_id} exists already")
            self._keep(physical_id, inputs)
        return physical_id

    @override
    def read(self, physical_id: str, known: Inputs) -> State | None:
        with self._lock:
            kept = self._kept.get(physical_id)
            return None if kept is None else dict(kept)

    @override
    def update(self, physical_id: str, known: Inputs, inputs: Inputs) -> None:
        with self._lock:
            self._keep(physical_id, inputs)

    @override
    def delete(self, physical_id: str, known: Inputs) -> None:
        with self._lock:
            self._kept.pop(physical_id, None)

    def declared(self) -> tuple[State, ...]:
        """Everything that is kept."""
        with self._lock:
            return tuple(dict(kept) for kept in self._kept.values())

    def _keep(self, physical_id: str, inputs: Inputs) -> None:
        asked = {key: value for key, value in self.request(inputs).items() if value is not None}
        constraints.check(self._model, asked)
        self._kept[physical_id] = {**inputs, **self.outputs(physical_id, inputs)}


class QueryDefinition(DeclaredOnly):
    """A saved Logs Insights query; its id is a UUID."""

    token = "aws:cloudwatch/queryDefinition:QueryDefinition"  # noqa: S105 - a type token
    properties = frozenset({"name", "queryString", "logGroupNames"})
    replaced_by = frozenset()
    service = "logs"
    operation = "PutQueryDefinition"

    @override
    def request(self, inputs: Inputs) -> dict[str, Any]:
        return {
            "name": inputs["name"],
            "queryString": inputs["queryString"],
            "logGroupNames": inputs.get("logGroupNames"),
        }

    @override
    def new_id(self, inputs: Inputs) -> str:
        return str(uuid.uuid4())

    @override
    def outputs(self, physical_id: str, inputs: Inputs) -> State:
        home = self.home
        arn = (
            f"arn:{home.partition}:logs:{home.region}:{home.account}:query-definition:{physical_id}"
        )
        return {"arn": arn, "queryDefinitionId": physical_id, "region": home.region}


class SlackChannelConfiguration(DeclaredOnly):
    """A chat configuration of Amazon Q Developer; its id is its ARN, which names no region."""

    token = "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration"  # noqa: S105 - a type
    properties = frozenset(
        {
            "configurationName",
            "iamRoleArn",
            "slackChannelId",
            "slackTeamId",
            "guardrailPolicyArns",
            "loggingLevel",
            "snsTopicArns",
            "tags",
            "userAuthorizationRequired",
        }
    )
    replaced_by = frozenset()
    named_by = None
    unordered = frozenset({"snsTopicArns"})
    service = "chatbot"
    operation = "CreateSlackChannelConfiguration"

    @override
    def request(self, inputs: Inputs) -> dict[str, Any]:
        return {
            "ConfigurationName": inputs["configurationName"],
            "IamRoleArn": inputs["iamRoleArn"],
            "SlackChannelId": inputs["slackChannelId"],
            "SlackTeamId": inputs["slackTeamId"],
            "GuardrailPolicyArns": inputs.get("guardrailPolicyArns"),
            "LoggingLevel": inputs.get("loggingLevel"),
            "SnsTopicArns": inputs.get("snsTopicArns"),
            "UserAuthorizationRequired": inputs.get("userAuthorizationRequired"),
            "Tags": pairs(self.home.tags(inputs), "TagKey", "TagValue"),
        }

    @override
    def new_id(self, inputs: Inputs) -> str:
        home, name = self.home, inputs["configurationName"]
        return (
            f"arn:{home.partition}:chatbot::{home.account}:chat-configuration/slack-channel/{name}"
        )

    @override
    def update(self, physical_id: str, known: Inputs, inputs: Inputs) -> None:
        # UpdateSlackChannelConfiguration takes neither; the provider asks for it all the same.
        for name in ("configurationName", "slackTeamId"):
            if inputs[name] != known.get(name, inputs[name]):
                raise RefusedByAwsError(f"{name} of a chat configuration cannot be changed")
        super().update(physical_id, known, inputs)

    @override
    def outputs(self, physical_id: str, inputs: Inputs) -> State:
        return {
            "chatConfigurationArn": physical_id,
            "slackChannelName": "",
            "slackTeamName": "",
            "loggingLevel": inputs.get("loggingLevel") or "NONE",
            "userAuthorizationRequired": bool(inputs.get("userAuthorizationRequired")),
            **self.home.tags_read(self.home.tags(inputs)),
        }


DECLARED_ONLY: Final[tuple[type[DeclaredOnly], ...]] = (QueryDefinition, SlackChannelConfiguration)
