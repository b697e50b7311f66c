"""What each kind of recipient needs on this side, what stays secret, and what tells them apart."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest

from monitoring import stack_config
from tests import deployment as program
from tests.deployment import ACCOUNT, Deployment, FakeAws, is_secret, revealed, run
from tests.monitoring.configs import (
    EMAIL,
    ENDPOINTS,
    FUNCTION,
    GOOD,
    HTTPS,
    PAGERDUTY,
    QUEUE,
    SLACK,
    TOPIC,
)
from tests.monitoring.monitors import deploy, document, make
from tests.monitoring.pulumi_config import PulumiConfig

TOPIC_ARN = f"arn:aws:sns:us-east-1:{ACCOUNT}:CISUnauthorizedAPICallAlerts-test-1234567"
READ_ONLY = "arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"
# The kinds as the component's arguments spell them.
ARGUMENTS = {
    **{
        kind: {kind: value}
        for kind, value in ENDPOINTS.items()
        if kind not in ("emailJson", "slack")
    },
    "emailJson": {"email_json": EMAIL},
    "lambda": {"lambda_": FUNCTION},
    "slack": {"slack": {"team_id": SLACK["teamId"], "channel_id": SLACK["channelId"]}},
}


def told(**recipient: Any) -> Deployment:
    """A monitor with this one recipient."""
    return deploy(recipients={"bob": recipient})


@pytest.mark.parametrize("kind", ["email", "emailJson", "sms", "sqs", "lambda"])
def test_a_plain_recipient_is_subscribed_with_its_protocol_and_endpoint(kind: str) -> None:
    deployment = told(**ARGUMENTS[kind])

    protocols = {"emailJson": "email-json"}
    assert deployment.one(":TopicSubscription") == {
        "topic": TOPIC_ARN,
        "protocol": protocols.get(kind, kind),
        "endpoint": ENDPOINTS[kind],
    }
    assert deployment.of_type(":Queue") == {}


@pytest.mark.parametrize(
    ("kind", "endpoint", "auto_confirms"), [("https", HTTPS, False), ("pagerduty", PAGERDUTY, True)]
)
def test_a_url_is_a_secret_with_retries_and_a_dead_letter_queue(
    kind: str, endpoint: str, auto_confirms: bool
) -> None:
    deployment = told(**{kind: endpoint})

    subscription = deployment.one(":TopicSubscription")
    assert subscription["protocol"] == "https"
    assert is_secret(subscription["endpoint"])
    assert revealed(subscription["endpoint"]) == endpoint
    assert subscription["endpointAutoConfirms"] is auto_confirms
    assert subscription.get("rawMessageDelivery") is None
    [queue_name] = deployment.of_type(":Queue")
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{queue_name}-1234567"
    assert json.loads(subscription["redrivePolicy"]) == {"deadLetterTargetArn": queue}
    assert deployment.one(":Queue")["messageRetentionSeconds"] == 1_209_600
    statement = document(deployment.one(":QueuePolicy")["policy"])["AllowTopic"]
    assert statement["Resource"] == queue
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": TOPIC_ARN}}


def test_https_is_retried_for_the_better_part_of_an_hour_within_snss_limits() -> None:
    policy = json.loads(told(https=HTTPS).one(":TopicSubscription")["deliveryPolicy"])

    assert set(policy) == {"healthyRetryPolicy"}
    retry = policy["healthyRetryPolicy"]
    assert set(retry) == {
        *("minDelayTarget", "maxDelayTarget", "numRetries", "numNoDelayRetries"),
        *("numMinDelayRetries", "numMaxDelayRetries", "backoffFunction"),
    }
    # SNS guide, "Message delivery retries": HTTP/S delivery policy.
    assert 0 <= retry["numRetries"] <= 100
    assert 1 <= retry["minDelayTarget"] <= retry["maxDelayTarget"] <= 3_600
    phases = [retry[f"num{phase}Retries"] for phase in ("NoDelay", "MinDelay", "MaxDelay")]
    assert all(phase >= 0 for phase in phases)
    assert sum(phases) <= retry["numRetries"]
    assert retry["backoffFunction"] in {"arithmetic", "exponential", "geometric", "linear"}
    assert 2_700 < total_delay(retry) <= 3_600


def total_delay(retry: dict[str, Any]) -> float:
    """The seconds from the first try to the last, the backoff phase linear between its ends."""
    backoff = retry["numRetries"] - sum(
        retry[f"num{phase}Retries"] for phase in ("NoDelay", "MinDelay", "MaxDelay")
    )
    low, high = retry["minDelayTarget"], retry["maxDelayTarget"]
    # From the minimum to the maximum itself: more than any way to place the steps between them.
    steps = [low + (high - low) * step / backoff for step in range(1, backoff + 1)]
    return float(
        retry["numMinDelayRetries"] * low + sum(steps) + retry["numMaxDelayRetries"] * high
    )


@pytest.mark.parametrize(
    ("function", "qualifier"),
    [
        (FUNCTION, None),
        (f"{FUNCTION}:live", "live"),
        (f"{FUNCTION}:7", "7"),
        (f"{FUNCTION}:$LATEST", "$LATEST"),
    ],
)
def test_the_topic_may_invoke_the_function_and_just_the_version_that_is_subscribed(
    function: str, qualifier: str | None
) -> None:
    deployment = told(lambda_=function)

    permission = deployment.one(":Permission")
    assert permission.get("qualifier") == qualifier
    assert {key: value for key, value in permission.items() if key != "qualifier"} == {
        "action": "lambda:InvokeFunction",
        "function": FUNCTION,
        "principal": "sns.amazonaws.com",
        "sourceArn": TOPIC_ARN,
    }
    assert deployment.one(":TopicSubscription")["endpoint"] == function


@pytest.mark.parametrize("kind", [kind for kind in ENDPOINTS if kind != "lambda"])
def test_no_other_kind_may_invoke_anything(kind: str) -> None:
    assert told(**ARGUMENTS[kind]).of_type(":Permission") == {}


def test_a_slack_channel_is_configured_read_only_with_a_guardrail_and_not_subscribed() -> None:
    deployment = told(**ARGUMENTS["slack"])

    role = "arn:aws:iam:us-east-1:111122223333:UnauthorizedAPICalls-test-chat-1234567"
    assert deployment.one(":SlackChannelConfiguration") == {
        "configurationName": "unauthorized-api-calls-test-bob",
        "slackTeamId": SLACK["teamId"],
        "slackChannelId": SLACK["channelId"],
        "iamRoleArn": role,
        "guardrailPolicyArns": [READ_ONLY],
        "snsTopicArns": [TOPIC_ARN],
        "loggingLevel": "ERROR",
    }
    assert deployment.of_type(":TopicSubscription") == {}
    [trust] = document(deployment.one(":Role")["assumeRolePolicy"]).values()
    assert trust == {
        "Effect": "Allow",
        "Principal": {"Service": "chatbot.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    assert deployment.one(":RolePolicyAttachment") == {
        "role": "UnauthorizedAPICalls-test-chat-1234567",
        "policyArn": READ_ONLY,
    }


def test_a_slack_channel_is_replaced_where_aws_cannot_change_it_the_old_one_first() -> None:
    deployment = told(**ARGUMENTS["slack"])

    [request] = [r for key, r in deployment.requests.items() if ":SlackChannelConfiguration" in key]
    assert list(request.replaceOnChanges) == ["configurationName", "slackTeamId"]
    assert request.deleteBeforeReplace


def test_several_slack_channels_share_one_role() -> None:
    channels = {
        name: {"slack": {"team_id": "T1", "channel_id": channel}}
        for name, channel in {"a": "C1", "b": "C2"}.items()
    }

    deployment = deploy(recipients=channels)

    assert len(deployment.of_type(":SlackChannelConfiguration")) == 2
    assert len(deployment.of_type(":Role")) == len(deployment.of_type(":RolePolicyAttachment")) == 1


@pytest.mark.parametrize(
    ("stack", "name"),
    [
        ("prod", "unauthorized-api-calls-prod-bob"),
        ("prod.eu/west 1", "unauthorized-api-calls-prod-eu-west-1-bob"),
        ("s" * 100, f"unauthorized-api-calls-{'s' * 100}-bob"),
    ],
)
def test_a_slack_configuration_is_named_by_project_stack_and_recipient(
    stack: str, name: str
) -> None:
    deployment = deploy(stack=stack, recipients={"bob": ARGUMENTS["slack"]})

    assert deployment.one(":SlackChannelConfiguration")["configurationName"] == name


def test_long_names_keep_the_slack_configurations_of_two_recipients_apart() -> None:
    recipients = {
        f"{'r' * 39}{end}": {"slack": {"team_id": "T1", "channel_id": f"C{end}"}} for end in "ab"
    }

    found = deploy(stack="s" * 100, recipients=recipients).of_type(":SlackChannelConfiguration")

    names = [inputs["configurationName"] for inputs in found.values()]
    assert len(set(names)) == 2
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,128}", name) for name in names)


def identity(protocol: str, endpoint: str) -> str:
    return hashlib.sha256(f"{protocol}:{endpoint}".encode()).hexdigest()[:8]


@pytest.mark.parametrize(
    ("kind", "protocol"),
    [
        ("email", "email"),
        ("emailJson", "email-json"),
        ("sms", "sms"),
        ("https", "https"),
        ("pagerduty", "https"),
        ("sqs", "sqs"),
        ("lambda", "lambda"),
    ],
)
def test_a_subscription_is_known_by_kind_protocol_and_endpoint(kind: str, protocol: str) -> None:
    [name] = told(**ARGUMENTS[kind]).of_type(":TopicSubscription")

    assert name == f"CISUnauthorizedAPICallAlerts-test-{kind}-{identity(protocol, ENDPOINTS[kind])}"


@pytest.mark.parametrize("kind", [kind for kind in ENDPOINTS if kind != "slack"])
def test_renaming_a_recipient_touches_nothing(kind: str) -> None:
    before, after = (deploy(recipients={name: ARGUMENTS[kind]}) for name in ("bob", "robert"))

    assert before.urns == after.urns
    assert before.inputs == after.inputs


def test_renaming_a_slack_recipient_keeps_its_urn() -> None:
    before, after = (deploy(recipients={name: ARGUMENTS["slack"]}) for name in ("bob", "robert"))

    assert before.urns == after.urns


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        ("email", {"email": "other@your-company.com"}),
        ("sms", {"sms": "+15557654321"}),
        ("https", {"https": f"{HTTPS}2"}),
        ("sqs", {"sqs": f"{QUEUE}2"}),
        ("slack", {"slack": {"team_id": "T1", "channel_id": "C1"}}),
    ],
)
def test_another_endpoint_is_another_subscription(kind: str, other: dict[str, Any]) -> None:
    before, after = told(**ARGUMENTS[kind]), told(**other)

    gone, new = before.names - after.names, after.names - before.names
    assert len(gone) == len(new) > 0
    assert all(f"-{kind}-" in name for name in gone | new)


def test_adding_a_recipient_touches_no_other() -> None:
    before = told(email=EMAIL)
    after = deploy(recipients={"a": {"sqs": QUEUE}, "bob": {"email": EMAIL}, "c": {"https": HTTPS}})

    for key in before.names:
        assert after.inputs[key] == before.inputs[key]


@pytest.mark.parametrize("kind", ["email", "https", "sqs", "lambda"])
def test_an_endpoint_that_is_another_resources_output_is_known_by_the_recipients_name(
    kind: str,
) -> None:
    argument = next(iter(ARGUMENTS[kind]))

    def with_output() -> None:
        make(recipients={"bob": {argument: pulumi.Output.from_input(ENDPOINTS[kind])}})

    deployment = run(with_output)

    [(name, subscription)] = deployment.of_type(":TopicSubscription").items()
    assert name == f"CISUnauthorizedAPICallAlerts-test-{kind}-bob"
    assert revealed(subscription["endpoint"]) == ENDPOINTS[kind]
    assert is_secret(subscription["endpoint"]) == (kind == "https")


def test_a_function_that_is_made_beside_the_monitor_may_be_invoked() -> None:
    def with_output() -> None:
        make(recipients={"bob": {"lambda_": pulumi.Output.from_input(f"{FUNCTION}:live")}})

    permission = run(with_output).one(":Permission")

    assert (permission["function"], permission["qualifier"]) == (FUNCTION, "live")


def test_recipients_are_subscribed_to_a_topic_that_was_brought() -> None:
    deployment = deploy(topic_arn=TOPIC, recipients={k: ARGUMENTS[k] for k in ENDPOINTS})

    assert {s["topic"] for s in deployment.of_type(":TopicSubscription").values()} == {TOPIC}
    assert deployment.one(":Permission")["sourceArn"] == TOPIC
    assert deployment.one(":SlackChannelConfiguration")["snsTopicArns"] == [TOPIC]


def in_the_open(value: Any) -> Iterator[str]:
    """Every text in what was recorded that no secret wraps, keys included."""
    if is_secret(value):
        return
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from in_the_open(item)
    elif isinstance(value, list):
        for item in value:
            yield from in_the_open(item)
    else:
        yield str(value)


def everything_in_the_open(deployment: Deployment) -> str:
    recorded = [deployment.inputs, deployment.outputs, list(deployment.urns.values())]
    return "\n".join(in_the_open([*recorded, deployment.dependencies]))


def by_component(recipients: dict[str, Any], *, preview: bool) -> Deployment:
    spelt = {"emailJson": "email_json", "lambda": "lambda_"}
    arguments = {
        name: {spelt.get(kind, kind): value for kind, value in recipient.items()} | {"secret": True}
        for name, recipient in recipients.items()
    }
    aws = FakeAws(first_preview=preview)
    return deploy(recipients=arguments, preview=preview, aws=aws)


def by_stack_config(recipients: dict[str, Any], *, preview: bool) -> Deployment:
    config = PulumiConfig({**GOOD, "recipients": recipients}).handed_over()
    secret = (f"{stack_config.NAMESPACE}:recipients",)
    aws = FakeAws(first_preview=preview)
    return run(program.main, config, secret_keys=secret, preview=preview, aws=aws)


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("by", [by_component, by_stack_config])
def test_no_secret_endpoint_leaves_its_wrapper(
    by: Callable[..., Deployment], preview: bool
) -> None:
    secrets = {kind: value for kind, value in ENDPOINTS.items() if kind != "slack"}
    secrets["emailJson"] = "json@your-company.com"
    secrets["lambda"] = f"{FUNCTION}:live"

    deployment = by({f"r{n}": {k: v} for n, (k, v) in enumerate(secrets.items())}, preview=preview)

    subscriptions = deployment.of_type(":TopicSubscription").values()
    endpoints = [subscription["endpoint"] for subscription in subscriptions]
    assert all(is_secret(endpoint) for endpoint in endpoints)
    assert {revealed(endpoint) for endpoint in endpoints} == set(secrets.values())
    text = everything_in_the_open(deployment)
    for secret in (*secrets.values(), FUNCTION):
        assert secret not in text


def test_a_secret_slack_channel_leaves_its_wrapper_no_more_than_a_url() -> None:
    deployment = told(**ARGUMENTS["slack"], secret=True)

    channel = deployment.one(":SlackChannelConfiguration")
    assert revealed(channel["slackTeamId"]) == SLACK["teamId"]
    assert revealed(channel["slackChannelId"]) == SLACK["channelId"]
    text = everything_in_the_open(deployment)
    assert SLACK["teamId"] not in text
    assert SLACK["channelId"] not in text


def test_the_credentials_are_secret_whatever_the_config_says() -> None:
    config = {"hook": {"https": HTTPS}, "on-call": {"pagerduty": PAGERDUTY}, "m": {"email": EMAIL}}
    text = everything_in_the_open(deploy(recipients=config))

    assert EMAIL in text
    assert HTTPS not in text
    assert "dGhlIGtleQ" not in text
    assert PAGERDUTY not in text
    assert "fedcba9876543210" not in text


def test_nothing_that_is_logged_holds_a_credential(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(0):
        deploy(recipients={"hook": {"https": "https://hooks.example.com/?key=s3cr3t"}})

    assert "hooks.example.com" in caplog.text
    assert "s3cr3t" not in caplog.text
