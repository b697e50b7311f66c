"""Topics as the account tells them: policy, key, subscriptions, and what these deliver to."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from assurance.aws import Clients
from assurance.emulated_aws.stand_ins import Endpoint
from assurance.reading import attempt
from assurance.snapshot import (
    FunctionRead,
    Key,
    QueueRead,
    Subscription,
    SubscriptionAttributes,
    Topic,
    TopicRead,
    Unknown,
    endpoint_digest,
    shown_endpoint,
)


class TopicReader:
    """Reads topics and their surroundings; `whose` says whom an endpoint stands in for."""

    def __init__(self, clients: Clients, whose: Callable[[Endpoint], Endpoint]) -> None:
        self._clients = clients
        self._whose = whose

    def topic(self, arn: str) -> TopicRead:
        """A topic with its subscriptions and its key."""
        found = attempt("sns:GetTopicAttributes", arn, lambda: self._attributes(arn))
        if found is None or isinstance(found, Unknown):
            return TopicRead(arn=arn, topic=found)
        subscriptions = attempt(
            "sns:ListSubscriptionsByTopic", arn, lambda: tuple(self._subscriptions(arn))
        )
        key_id = found.get("KmsMasterKeyId", "")
        return TopicRead(
            arn=arn,
            topic=Topic(
                arn=arn,
                owner=found.get("Owner", ""),
                policy=found.get("Policy", ""),
                key_id=key_id,
                subscriptions=() if subscriptions is None else subscriptions,
                key=self._key(key_id) if key_id else None,
                delivery_policy=found.get("DeliveryPolicy", ""),
                signature_version=found.get("SignatureVersion") or "1",
            ),
        )

    def _attributes(self, topic_arn: str) -> Mapping[str, str]:
        return self._clients.sns.get_topic_attributes(TopicArn=topic_arn)["Attributes"]

    def _subscriptions(self, topic_arn: str) -> Iterator[Subscription]:
        paginator = self._clients.sns.get_paginator("list_subscriptions_by_topic")
        for page in paginator.paginate(TopicArn=topic_arn):
            for found in page["Subscriptions"]:
                yield self._subscription(found)

    def _subscription(self, found: Mapping[str, Any]) -> Subscription:
        arn = found["SubscriptionArn"]
        endpoint = self._whose(Endpoint(found["Protocol"], found.get("Endpoint", "")))
        status = {"PendingConfirmation": "pending", "Deleted": "deleted"}.get(arn, "confirmed")
        attributes: SubscriptionAttributes | Unknown | None = None
        if status == "confirmed":
            told = attempt(
                "sns:GetSubscriptionAttributes",
                arn,
                lambda: self._clients.sns.get_subscription_attributes(SubscriptionArn=arn)[
                    "Attributes"
                ],
            )
            if isinstance(told, Unknown):
                attributes = told
            elif told is None:
                status = "deleted"
            else:
                # The emulator lists the ARN of a pending subscription too.
                status = "pending" if told.get("PendingConfirmation") == "true" else status
                attributes = _subscription_attributes(told)
        return Subscription(
            arn=arn,
            protocol=endpoint.protocol,
            endpoint=shown_endpoint(*endpoint),
            digest=endpoint_digest(*endpoint),
            owner=found.get("Owner", ""),
            status=status,
            attributes=attributes,
        )

    def _key(self, key_id: str) -> Key | Unknown | None:
        return attempt("kms:DescribeKey", key_id, lambda: self._described_key(key_id))

    def _described_key(self, key_id: str) -> Key:
        described = self._clients.kms.describe_key(KeyId=key_id)["KeyMetadata"]
        arn = described["Arn"]
        policy = attempt(
            "kms:GetKeyPolicy",
            arn,
            lambda: self._clients.kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"],
        )
        rotated = attempt(
            "kms:GetKeyRotationStatus",
            arn,
            lambda: self._clients.kms.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"],
        )
        return Key(
            arn=arn,
            manager=described.get("KeyManager", ""),
            state=described.get("KeyState", ""),
            spec=described.get("KeySpec", ""),
            usage=described.get("KeyUsage", ""),
            policy="" if policy is None else policy,
            rotated=False if rotated is None else rotated,
        )

    def queue(self, arn: str, own_account: str) -> QueueRead:
        """A queue's policy and key."""
        region, account, name = arn.split(":")[3:6]
        if region != self._clients.region:
            elsewhere = Unknown(call="sqs:GetQueueAttributes", about=arn, code="OtherRegion")
            return QueueRead(arn=arn, policy=elsewhere)
        url = attempt(
            "sqs:GetQueueUrl",
            arn,
            lambda: self._clients.sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)[
                "QueueUrl"
            ],
        )
        if url is None and account != own_account:
            # SQS says the same of another account's queue that may not be read.
            url = Unknown(call="sqs:GetQueueUrl", about=arn, code="QueueDoesNotExist")
        if url is None or isinstance(url, Unknown):
            return QueueRead(arn=arn, policy=url)
        found = attempt(
            "sqs:GetQueueAttributes",
            arn,
            lambda: self._clients.sqs.get_queue_attributes(
                QueueUrl=url, AttributeNames=["Policy", "KmsMasterKeyId"]
            ).get("Attributes", {}),
        )
        if found is None or isinstance(found, Unknown):
            return QueueRead(arn=arn, policy=found)
        key_id = found.get("KmsMasterKeyId", "")
        return QueueRead(
            arn=arn,
            policy=found.get("Policy", ""),
            key_id=key_id,
            key=self._key(_key_of(arn, key_id)) if key_id else None,
        )

    def function(self, arn: str) -> FunctionRead:
        """A function's policy, or its version's or alias's."""
        parts = arn.split(":")
        if parts[3] != self._clients.region:
            elsewhere = Unknown(call="lambda:GetPolicy", about=arn, code="OtherRegion")
            return FunctionRead(arn=arn, policy=elsewhere)
        qualifier = {"Qualifier": parts[7]} if len(parts) > 7 else {}
        policy = attempt(
            "lambda:GetPolicy",
            arn,
            lambda: self._clients.lambda_.get_policy(FunctionName=":".join(parts[:7]), **qualifier)[
                "Policy"
            ],
        )
        return FunctionRead(arn=arn, policy=policy)


def targets(topics: Iterable[TopicRead]) -> tuple[list[str], list[str]]:
    """The queues, dead letters' included, and the functions that the topics deliver to."""
    queues, functions = set(), set()
    for read in topics:
        if not isinstance(read.topic, Topic) or isinstance(read.topic.subscriptions, Unknown):
            continue
        for subscription in read.topic.subscriptions:
            if subscription.protocol == "sqs":
                queues.add(subscription.endpoint)
            elif subscription.protocol == "lambda":
                functions.add(subscription.endpoint)
            if isinstance(subscription.attributes, SubscriptionAttributes):
                queues.add(subscription.attributes.dead_letter_queue)
    return sorted(queues - {""}), sorted(functions)


def _key_of(owner_arn: str, key_id: str) -> str:
    """A key as its owner, perhaps of another account, names it: by ARN, id or alias."""
    if key_id.startswith("arn:"):
        return key_id
    _, partition, _, region, account, *_ = owner_arn.split(":")
    name = key_id if key_id.startswith("alias/") else f"key/{key_id}"
    return f"arn:{partition}:kms:{region}:{account}:{name}"


def _subscription_attributes(told: Mapping[str, str]) -> SubscriptionAttributes:
    return SubscriptionAttributes(
        raw_message_delivery=told.get("RawMessageDelivery") == "true",
        filter_policy=told.get("FilterPolicy", ""),
        filter_policy_scope=told.get("FilterPolicyScope", ""),
        redrive_policy=told.get("RedrivePolicy", ""),
        delivery_policy=told.get("DeliveryPolicy", ""),
        confirmation_was_authenticated=told.get("ConfirmationWasAuthenticated") == "true",
    )
