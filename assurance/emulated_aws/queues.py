"""Queues and their policies."""

from typing import Any, Final

from botocore.exceptions import ClientError
from typing_extensions import override

from assurance.emulated_aws.resource_type import Inputs, ResourceType, State, missing
from assurance.emulated_aws.tags import retag

# Pulumi's input and the queue's attribute.
_ATTRIBUTES: Final = {
    "delaySeconds": "DelaySeconds",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "policy": "Policy",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "redrivePolicy": "RedrivePolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}
_NUMBERS: Final = frozenset(key for key in _ATTRIBUTES if key.endswith(("Seconds", "Size")))
_NOT_FOUND: Final = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


class Queue(ResourceType):
    """A standard queue; its id is its URL."""

    token = "aws:sqs/queue:Queue"  # noqa: S105 - a type token
    properties = frozenset({"name", "tags", *_ATTRIBUTES})
    replaced_by = frozenset({"name"})
    documents = frozenset({"policy", "redriveAllowPolicy", "redrivePolicy"})

    @override
    def create(self, inputs: Inputs) -> str:
        attributes: Any = {
            name: _text(key, inputs[key])
            for key, name in _ATTRIBUTES.items()
            if inputs.get(key) not in (None, "")
        }
        return self.clients.sqs.create_queue(
            QueueName=inputs["name"],
            Attributes=attributes,
            tags=self.home.tags(inputs),
        )["QueueUrl"]

    @override
    def read(self, physical_id: str, known: Inputs) -> State | None:
        attributes = _attributes(self, physical_id)
        if attributes is None:
            return None
        told: State = {key: attributes.get(name, "") for key, name in _ATTRIBUTES.items()}
        for key in _NUMBERS:
            told[key] = int(told[key]) if told[key] else None
        told["sqsManagedSseEnabled"] = attributes.get("SqsManagedSseEnabled") == "true"
        tags = self.clients.sqs.list_queue_tags(QueueUrl=physical_id).get("Tags", {})
        return {
            **told,
            "arn": attributes["QueueArn"],
            "url": physical_id,
            "name": attributes["QueueArn"].rpartition(":")[2],
            "namePrefix": "",
            "fifoQueue": False,
            "region": self.home.region,
            **self.home.tags_read(tags),
        }

    @override
    def update(self, physical_id: str, known: Inputs, inputs: Inputs) -> None:
        changed: Any = {
            name: _text(key, inputs[key])
            for key, name in _ATTRIBUTES.items()
            if key in inputs and not self.same(key, inputs[key], known.get(key))
        }
        if changed:
            self.clients.sqs.set_queue_attributes(QueueUrl=physical_id, Attributes=changed)
        retag(
            known.get("tagsAll") or {},
            self.home.tags(inputs),
            add=lambda tags: self.clients.sqs.tag_queue(QueueUrl=physical_id, Tags=tags),
            remove=lambda keys: self.clients.sqs.untag_queue(QueueUrl=physical_id, TagKeys=keys),
        )

    @override
    def delete(self, physical_id: str, known: Inputs) -> None:
        try:
            self.clients.sqs.delete_queue(QueueUrl=physical_id)
        except ClientError as error:
            if not missing(error, *_NOT_FOUND):
                raise


class QueuePolicy(ResourceType):
    """A queue's policy; its id is the queue's URL."""

    token = "aws:sqs/queuePolicy:QueuePolicy"  # noqa: S105 - a type token
    properties = frozenset({"queueUrl", "policy"})
    replaced_by = frozenset({"queueUrl"})
    named_by = None
    documents = frozenset({"policy"})

    @override
    def create(self, inputs: Inputs) -> str:
        self._set(inputs["queueUrl"], inputs["policy"])
        url: str = inputs["queueUrl"]
        return url

    @override
    def read(self, physical_id: str, known: Inputs) -> State | None:
        attributes = _attributes(self, physical_id)
        if attributes is None or not attributes.get("Policy"):
            return None
        return {
            "queueUrl": physical_id,
            "policy": attributes["Policy"],
            "region": self.home.region,
        }

    @override
    def update(self, physical_id: str, known: Inputs, inputs: Inputs) -> None:
        self._set(physical_id, inputs["policy"])

    @override
    def delete(self, physical_id: str, known: Inputs) -> None:
        try:
            self._set(physical_id, "")
        except ClientError as error:
            if not missing(error, *_NOT_FOUND):
                raise

    def _set(self, url: str, policy: str) -> None:
        self.clients.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def _attributes(resource_type: ResourceType, url: str) -> dict[str, str] | None:
    try:
        found: dict[Any, str] = resource_type.clients.sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=["All"]
        ).get("Attributes", {})
    except ClientError as error:
        if missing(error, *_NOT_FOUND):
            return None
        raise
    return found


def _text(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if key in _NUMBERS else str(value or "")
