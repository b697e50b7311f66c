"""Topic subscriptions, their endpoints replaced by stand-ins on loopback."""

import time
from typing import Final

from botocore.exceptions import ClientError
from typing_extensions import override

from assurance.emulated_aws.errors import RefusedByAwsError
from assurance.emulated_aws.resource_type import Inputs, ResourceType, State, missing
from assurance.emulated_aws.stand_ins import Endpoint, original

# Pulumi's input and the subscription's attribute.
_ATTRIBUTES: Final = {
    "deliveryPolicy": "DeliveryPolicy",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "rawMessageDelivery": "RawMessageDelivery",
    "redrivePolicy": "RedrivePolicy",
    "subscriptionRoleArn": "SubscriptionRoleArn",
}
# What the provider alone knows.
_KEPT: Final = {"endpointAutoConfirms": False, "confirmationTimeoutInMinutes": 1}
_NOT_FOUND: Final = ("NotFound", "NotFoundException")
_CONFIRMS_BY_HAND: Final = ("email", "email-json")
_POLL_SECONDS: Final = 0.02


class TopicSubscription(ResourceType):
    """A subscription; its id is its ARN.

    `confirmation_seconds` is how long a subscription that confirms by itself may take. (The
    provider waits for minutes; a stand-in answers at once or never.)
    """

    token = "aws:sns/topicSubscription:TopicSubscription"  # noqa: S105 - a type token
    properties = frozenset({"topic", "protocol", "endpoint", *_ATTRIBUTES, *_KEPT})
    replaced_by = frozenset({"topic", "protocol", "endpoint"})
    named_by = None
    documents = frozenset({"deliveryPolicy", "filterPolicy", "redrivePolicy"})
    confirmation_seconds = 10.0

    @override
    def create(self, inputs: Inputs) -> str:
        theirs = Endpoint(inputs["protocol"], inputs["endpoint"])
        ours = self.home.stand_ins.stand_in(theirs)
        self.clients.sns.subscribe(
            TopicArn=inputs["topic"],
            Protocol=ours.protocol,
            Endpoint=ours.address,
            Attributes={
                name: _text(inputs[key])
                for key, name in _ATTRIBUTES.items()
                if inputs.get(key) not in (None, "", False)
            },
            ReturnSubscriptionArn=True,
        )
        # Asked to return it, AWS tells the ARN of a pending subscription too; the emulator does
        # not, but lists it.
        arn = self._find(inputs["topic"], ours)
        if self._confirms_by_itself(inputs):
            self._wait_until_confirmed(arn)
        return arn

    @override
    def read(self, physical_id: str, known: Inputs) -> State | None:
        attributes = self._attributes(physical_id)
        if attributes is None:
            return None
        endpoint = original(Endpoint(attributes["Protocol"], attributes["Endpoint"]))
        told: State = {key: attributes.get(name, "") for key, name in _ATTRIBUTES.items()}
        told["rawMessageDelivery"] = attributes.get("RawMessageDelivery") == "true"
        authenticated = attributes.get("ConfirmationWasAuthenticated") == "true"
        return {
            **told,
            **{key: known.get(key, default) for key, default in _KEPT.items()},
            "arn": physical_id,
            "topic": attributes["TopicArn"],
            "protocol": endpoint.protocol,
            "endpoint": endpoint.address,
            "ownerId": attributes["Owner"],
            "pendingConfirmation": attributes["PendingConfirmation"] == "true",
            "confirmationWasAuthenticated": authenticated,
            "region": self.home.region,
        }

    @override
    def update(self, physical_id: str, known: Inputs, inputs: Inputs) -> None:
        changed = [
            key
            for key in _ATTRIBUTES
            if not self.same(key, known.get(key), inputs.get(key))
            and not (key == "filterPolicyScope" and inputs.get(key) is None)
        ]
        # A policy on the body may be nested, one on attributes may not: the scope that allows more
        # comes first when it is set, and last when it is taken away (the provider's order).
        changed.sort(
            key=lambda key: (
                0 if key != "filterPolicyScope" else (-1 if inputs.get(key) == "MessageBody" else 1)
            )
        )
        for key in changed:
            value = inputs.get(key)
            empty = "{}" if key == "filterPolicy" else ""
            self.clients.sns.set_subscription_attributes(
                SubscriptionArn=physical_id,
                AttributeName=_ATTRIBUTES[key],
                AttributeValue=empty if value in (None, "") else _text(value),
            )

    @override
    def delete(self, physical_id: str, known: Inputs) -> None:
        attributes = self._attributes(physical_id)
        # AWS refuses to remove a subscription that waits for its confirmation, and the provider
        # forgets it: it goes with its topic, or by itself after two days.
        if attributes is not None and attributes["PendingConfirmation"] != "true":
            self.clients.sns.unsubscribe(SubscriptionArn=physical_id)

    def _find(self, topic_arn: str, endpoint: Endpoint) -> str:
        paginator = self.clients.sns.get_paginator("list_subscriptions_by_topic")
        for page in paginator.paginate(TopicArn=topic_arn):
            for found in page["Subscriptions"]:
                if (found["Protocol"], found["Endpoint"]) == endpoint:
                    return found["SubscriptionArn"]
        raise RefusedByAwsError(f"{topic_arn} does not list the subscription just made")

    def _confirms_by_itself(self, inputs: Inputs) -> bool:
        if inputs["protocol"] in {"http", "https"}:
            return bool(inputs.get("endpointAutoConfirms"))
        return inputs["protocol"] not in _CONFIRMS_BY_HAND

    def _wait_until_confirmed(self, arn: str) -> None:
        deadline = time.monotonic() + self.confirmation_seconds
        while True:
            attributes = self._attributes(arn)
            if attributes is not None and attributes["PendingConfirmation"] != "true":
                return
            if time.monotonic() > deadline:
                raise RefusedByAwsError(
                    "the endpoint did not confirm the subscription within "
                    f"{self.confirmation_seconds:g} s; the AWS provider gives up in the same way"
                )
            time.sleep(_POLL_SECONDS)

    def _attributes(self, arn: str) -> dict[str, str] | None:
        try:
            return self.clients.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        except ClientError as error:
            if missing(error, *_NOT_FOUND):
                return None
            raise


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
