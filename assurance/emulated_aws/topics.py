"""Topics and their policies."""

import json
from typing import Any, Final

from botocore.exceptions import ClientError
from typing_extensions import override

from assurance.emulated_aws.resource_type import Inputs, ResourceType, State, missing
from assurance.emulated_aws.tags import from_pairs, pairs, retag

# Pulumi's input and the topic's attribute.
_ATTRIBUTES: Final = {
    "displayName": "DisplayName",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "policy": "Policy",
    "deliveryPolicy": "DeliveryPolicy",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
    **{
        f"{protocol}{result}Feedback{what}": f"{prefix}{result}Feedback{what}"
        for protocol, prefix in (
            ("application", "Application"),
            ("firehose", "Firehose"),
            ("http", "HTTP"),
            ("lambda", "Lambda"),
            ("sqs", "SQS"),
        )
        for result, what in (
            ("Failure", "RoleArn"),
            ("Success", "RoleArn"),
            ("Success", "SampleRate"),
        )
    },
}
_NUMBERS: Final = ("signatureVersion", *(key for key in _ATTRIBUTES if key.endswith("SampleRate")))
# The actions of the policy that a topic is made with (SNS API reference, AddPermission's page and
# the console's default): the provider puts it back, because a topic cannot be without a policy.
_DEFAULT_ACTIONS: Final = (
    "SNS:GetTopicAttributes",
    "SNS:SetTopicAttributes",
    "SNS:AddPermission",
    "SNS:RemovePermission",
    "SNS:DeleteTopic",
    "SNS:Subscribe",
    "SNS:ListSubscriptionsByTopic",
    "SNS:Publish",
    "SNS:Receive",
)
_NOT_FOUND: Final = ("NotFound", "NotFoundException")


class Topic(ResourceType):
    """A standard topic; its id is its ARN."""

    token = "aws:sns/topic:Topic"  # noqa: S105 - a type token
    properties = frozenset({"name", "tags", *_ATTRIBUTES})
    replaced_by = frozenset({"name"})
    documents = frozenset({"policy", "deliveryPolicy"})

    @override
    def create(self, inputs: Inputs) -> str:
        arn = self.clients.sns.create_topic(
            Name=inputs["name"], Tags=pairs(self.home.tags(inputs))
        )["TopicArn"]
        for key in _ATTRIBUTES:
            if inputs.get(key) is not None:
                self._set(arn, key, inputs[key])
        return arn

    @override
    def read(self, physical_id: str, known: Inputs) -> State | None:
        attributes = self._attributes(physical_id)
        if attributes is None:
            return None
        tags = self.clients.sns.list_tags_for_resource(ResourceArn=physical_id)["Tags"]
        told: State = {key: attributes.get(theirs, "") for key, theirs in _ATTRIBUTES.items()}
        for key in _NUMBERS:
            told[key] = int(told[key]) if told[key] else None
        return {
            **told,
            "arn": physical_id,
            "name": physical_id.rpartition(":")[2],
            "namePrefix": "",
            "owner": attributes["Owner"],
            "fifoTopic": False,
            "region": self.home.region,
            **self.home.tags_read(from_pairs(tags)),
        }

    @override
    def update(self, physical_id: str, known: Inputs, inputs: Inputs) -> None:
        for key in _ATTRIBUTES:
            wanted = inputs.get(key)
            # What the inputs leave out is another resource's (TopicPolicy) or AWS's default.
            if key in inputs and not self.same(key, wanted, known.get(key)):
                self._set(physical_id, key, wanted)
        retag(
            known.get("tagsAll") or {},
            self.home.tags(inputs),
            add=lambda tags: self.clients.sns.tag_resource(
                ResourceArn=physical_id, Tags=pairs(tags)
            ),
            remove=lambda keys: self.clients.sns.untag_resource(
                ResourceArn=physical_id, TagKeys=keys
            ),
        )

    @override
    def delete(self, physical_id: str, known: Inputs) -> None:
        self.clients.sns.delete_topic(TopicArn=physical_id)

    def _set(self, arn: str, key: str, value: Any) -> None:
        text = "" if value is None else str(int(value)) if key in _NUMBERS else str(value)
        self.clients.sns.set_topic_attributes(
            TopicArn=arn, AttributeName=_ATTRIBUTES[key], AttributeValue=text
        )

    def _attributes(self, arn: str) -> dict[str, str] | None:
        try:
            return self.clients.sns.get_topic_attributes(TopicArn=arn)["Attributes"]
        except ClientError as error:
            if missing(error, *_NOT_FOUND):
                return None
            raise


class TopicPolicy(ResourceType):
    """A topic's policy; its id is the topic's ARN."""

    token = "aws:sns/topicPolicy:TopicPolicy"  # noqa: S105 - a type token
    properties = frozenset({"arn", "policy"})
    replaced_by = frozenset({"arn"})
    named_by = None
    documents = frozenset({"policy"})

    @override
    def create(self, inputs: Inputs) -> str:
        self._set(inputs["arn"], inputs["policy"])
        arn: str = inputs["arn"]
        return arn

    @override
    def read(self, physical_id: str, known: Inputs) -> State | None:
        try:
            attributes = self.clients.sns.get_topic_attributes(TopicArn=physical_id)["Attributes"]
        except ClientError as error:
            if missing(error, *_NOT_FOUND):
                return None
            raise
        return {
            "arn": physical_id,
            "policy": attributes["Policy"],
            "owner": attributes["Owner"],
            "region": self.home.region,
        }

    @override
    def update(self, physical_id: str, known: Inputs, inputs: Inputs) -> None:
        self._set(physical_id, inputs["policy"])

    @override
    def delete(self, physical_id: str, known: Inputs) -> None:
        default = {
            "Version": "2008-10-17",
            "Id": "__default_policy_ID",
            "Statement": [
                {
                    "Sid": "__default_statement_ID",
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": list(_DEFAULT_ACTIONS),
                    "Resource": physical_id,
                    "Condition": {"StringEquals": {"AWS:SourceOwner": physical_id.split(":")[4]}},
                }
            ],
        }
        try:
            self._set(physical_id, json.dumps(default))
        except ClientError as error:
            if not missing(error, *_NOT_FOUND):
                raise

    def _set(self, arn: str, policy: str) -> None:
        self.clients.sns.set_topic_attributes(
            TopicArn=arn, AttributeName="Policy", AttributeValue=policy
        )
