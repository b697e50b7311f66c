"""The resources that each kind of recipient needs on this side of the topic."""

import json
from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from monitoring import control, policies
from monitoring.endpoints import CREDENTIALS, PROTOCOLS, Kind, SlackChannel
from monitoring.recipients import Recipient

# Left alone, SNS gives up on an HTTPS endpoint after three more tries within a minute; a policy may
# go on for 3,600 seconds at most (SNS guide, Message delivery retries). This one takes about 3,100:
# 3 tries at once, 3 every 20 seconds, 4 at growing distances, 8 every five minutes.
_RETRY_FOR_AN_HOUR: Final = json.dumps(
    {
        "healthyRetryPolicy": {
            "numRetries": 18,
            "numNoDelayRetries": 3,
            "numMinDelayRetries": 3,
            "minDelayTarget": 20,
            "maxDelayTarget": 300,
            "numMaxDelayRetries": 8,
            "backoffFunction": "linear",
        }
    },
    sort_keys=True,
)

# By what the body says (SNS guide, "Subscription filter policy scope"): an alarm's message has no
# attributes, so that a policy on these would drop it. A digest names no alarm.
ON_THE_BODY: Final = "MessageBody"
_ALARMS_ONLY: Final = json.dumps({"AlarmName": [{"exists": True}]})

_CHAT_SERVICE: Final = "chatbot.amazonaws.com"


def subscribe(
    recipients: Sequence[Recipient],
    topic_arn: pulumi.Input[str],
    *,
    name: str,
    home: policies.Home,
    digests: bool,
    child: pulumi.ResourceOptions,
) -> None:
    """Subscribe each recipient to the topic, with what its kind needs besides.

    `digests` says that the topic carries other messages than alarms too.
    """
    for recipient in recipients:
        if not isinstance(recipient.endpoint, SlackChannel):
            _subscription(
                recipient, recipient.endpoint, topic_arn, name=name, digests=digests, child=child
            )
    channels = [
        (recipient, recipient.endpoint)
        for recipient in recipients
        if isinstance(recipient.endpoint, SlackChannel)
    ]
    if channels:
        _slack_channels(channels, topic_arn, name=name, home=home, child=child)


def make_queue(
    logical_name: str, topic_arn: pulumi.Input[str], child: pulumi.ResourceOptions
) -> aws.sqs.Queue:
    """A queue that takes what the topic sends and keeps it for 14 days, SQS's maximum."""
    queue = aws.sqs.Queue(
        logical_name,
        message_retention_seconds=control.QUEUE_RETENTION_SECONDS,
        sqs_managed_sse_enabled=True,
        opts=child,
    )
    aws.sqs.QueuePolicy(
        logical_name,
        queue_url=queue.url,
        policy=policies.queue_policy(queue.arn, topic_arn),
        opts=child,
    )
    return queue


def _subscription(
    recipient: Recipient,
    endpoint: str | pulumi.Output[str],
    topic_arn: pulumi.Input[str],
    *,
    name: str,
    digests: bool,
    child: pulumi.ResourceOptions,
) -> None:
    kind = recipient.kind
    # To PagerDuty every message is an alarm: a digest would open an incident, or be refused.
    only_alarms = digests and kind is Kind.PAGERDUTY
    if recipient.secret or kind in CREDENTIALS:
        endpoint = pulumi.Output.secret(endpoint)
    over_https = PROTOCOLS[kind] == "https"
    dead_letters = (
        make_queue(f"{control.FILTER_NAME}-{name}-{recipient.identity}", topic_arn, child)
        if over_https
        else None
    )
    aws.sns.TopicSubscription(
        f"{control.TOPIC_NAME}-{name}-{recipient.identity}",
        topic=topic_arn,
        protocol=PROTOCOLS[kind],
        endpoint=endpoint,
        endpoint_auto_confirms=(kind is Kind.PAGERDUTY) if over_https else None,
        filter_policy=_ALARMS_ONLY if only_alarms else None,
        filter_policy_scope=ON_THE_BODY if only_alarms else None,
        delivery_policy=_RETRY_FOR_AN_HOUR if over_https else None,
        redrive_policy=(
            pulumi.Output.json_dumps({"deadLetterTargetArn": dead_letters.arn})
            if dead_letters
            else None
        ),
        opts=child,
    )
    if kind is Kind.LAMBDA:
        _let_topic_invoke(recipient, endpoint, topic_arn, name=name, child=child)


def _let_topic_invoke(
    recipient: Recipient,
    endpoint: str | pulumi.Output[str],
    topic_arn: pulumi.Input[str],
    *,
    name: str,
    child: pulumi.ResourceOptions,
) -> None:
    parts = pulumi.Output.from_input(endpoint).apply(lambda arn: arn.split(":"))
    aws.lambda_.Permission(
        f"{control.TOPIC_NAME}-{name}-{recipient.identity}",
        action="lambda:InvokeFunction",
        function=parts.apply(lambda p: ":".join(p[:7])),
        # A permission on the function does not cover its aliases and versions.
        qualifier=parts.apply(lambda p: p[7] if len(p) > 7 else None),
        principal="sns.amazonaws.com",
        source_arn=topic_arn,
        opts=child,
    )


def _slack_channels(
    channels: Sequence[tuple[Recipient, SlackChannel]],
    topic_arn: pulumi.Input[str],
    *,
    name: str,
    home: policies.Home,
    child: pulumi.ResourceOptions,
) -> None:
    read_only = pulumi.Output.concat(
        "arn:", home.partition, ":iam::aws:policy/CloudWatchReadOnlyAccess"
    )
    role = aws.iam.Role(
        f"{control.FILTER_NAME}-{name}-chat",
        assume_role_policy=policies.assumed_by(_CHAT_SERVICE),
        description="Lets Amazon Q Developer in chat applications show an alarm's graph.",
        opts=child,
    )
    aws.iam.RolePolicyAttachment(
        f"{control.FILTER_NAME}-{name}-chat", role=role.name, policy_arn=read_only, opts=child
    )
    for recipient, channel in channels:
        secret = pulumi.Output.secret if recipient.secret else pulumi.Output.from_input
        aws.chatbot.SlackChannelConfiguration(
            f"{control.TOPIC_NAME}-{name}-{recipient.identity}",
            configuration_name=slack_configuration_name(recipient.name),
            slack_team_id=secret(channel.team_id),
            slack_channel_id=secret(channel.channel_id),
            iam_role_arn=role.arn,
            # Without a guardrail the channel's guardrail is AdministratorAccess.
            guardrail_policy_arns=[read_only],
            sns_topic_arns=[topic_arn],
            logging_level="ERROR",
            # AWS changes neither in place, which the provider does not know; and a channel has one
            # configuration, so the new one cannot be made beside the old.
            opts=pulumi.ResourceOptions.merge(
                child,
                pulumi.ResourceOptions(
                    replace_on_changes=["configurationName", "slackTeamId"],
                    delete_before_replace=True,
                ),
            ),
        )


def slack_configuration_name(recipient: str) -> str:
    """The account-wide name of a Slack channel's configuration: letters, digits, `-` and `_`."""
    # 128 characters at most; the end tells two recipients apart.
    stack = f"{pulumi.get_project()}-{pulumi.get_stack()}"[: 128 - len(f"-{recipient}")]
    text = f"{stack}-{recipient}"
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in text)
