"""AlertTopic: a topic that alarms may publish to, and those who receive what they publish."""

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from monitoring import control, policies, subscriptions
from monitoring.recipients import Recipient

TOKEN: Final = "unauthorized-api-calls:index:AlertTopic"  # noqa: S105 - a type token


class AlertTopic(pulumi.ComponentResource):
    """A standard topic, its encryption, its policy and its recipients.

    `encryption` is `created` (a key of its own), `none`, or the ARN of a key that lets CloudWatch
    use it. With `existing_arn` the recipients are subscribed to that topic and nothing else is
    made. `digests` says that the topic carries other messages than alarms too. `queue_name` adds a
    queue of the topic's own, where what it publishes can be read for 14 days. `name` is the
    monitor's, as it stands in the logical names.
    """

    def __init__(
        self,
        logical_name: str,
        *,
        name: str,
        home: policies.Home,
        encryption: pulumi.Input[str] = control.ENCRYPTION_NONE,
        existing_arn: pulumi.Input[str] | None = None,
        recipients: Sequence[Recipient] = (),
        digests: bool = False,
        queue_name: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(TOKEN, logical_name, {}, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self._logical_name = logical_name
        self._key_arn: pulumi.Input[str] | None = None
        # An alarm that goes off before it may publish loses its transition: alarms wait for these.
        self._ready: list[pulumi.Resource] = []
        if existing_arn is None:
            self._key_arn = self._key(home, encryption)
            self._arn = self._topic(home)
        else:
            self._arn = pulumi.Output.from_input(existing_arn)
        subscriptions.subscribe(
            recipients, self._arn, name=name, home=home, digests=digests, child=self._child
        )
        if queue_name is not None:
            self._keep(queue_name)
        self.register_outputs({})

    @property
    def arn(self) -> pulumi.Output[str]:
        """The topic's ARN."""
        return self._arn

    @property
    def key_arn(self) -> pulumi.Input[str] | None:
        """The ARN of the key that encrypts the topic; None when nothing does."""
        return self._key_arn

    @property
    def ready(self) -> Sequence[pulumi.Resource]:
        """What must exist before an alarm may act on the topic."""
        return self._ready

    def _key(self, home: policies.Home, encryption: pulumi.Input[str]) -> pulumi.Input[str] | None:
        if encryption == control.ENCRYPTION_NONE:
            return None
        if encryption != control.ENCRYPTION_CREATED:
            return encryption
        key = aws.kms.Key(
            self._logical_name,
            description=f"Encrypts {self._logical_name}; CloudWatch's alarms may use it.",
            enable_key_rotation=True,
            policy=policies.key_policy(home),
            opts=self._child,
        )
        aws.kms.Alias(self._logical_name, target_key_id=key.key_id, opts=self._child)
        return key.arn

    def _topic(self, home: policies.Home) -> pulumi.Output[str]:
        topic = aws.sns.Topic(
            self._logical_name,
            kms_master_key_id=self._key_arn,
            # 2 signs with SHA-256, 1 with SHA-1.
            signature_version=2,
            opts=self._child,
        )
        policy = aws.sns.TopicPolicy(
            self._logical_name,
            arn=topic.arn,
            policy=policies.topic_policy(topic.arn, home),
            opts=self._child,
        )
        self._ready.append(policy)
        return topic.arn

    def _keep(self, queue_name: str) -> None:
        queue = subscriptions.make_queue(queue_name, self._arn, self._child)
        aws.sns.TopicSubscription(
            f"{self._logical_name}-sqs",
            topic=self._arn,
            protocol="sqs",
            endpoint=queue.arn,
            opts=self._child,
        )
