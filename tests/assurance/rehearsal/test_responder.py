"""The function of the alert details on the emulator: what it needs, answers and shows."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pulumi
import pytest

from assurance import notifications
from assurance.aws import Clients
from assurance.emulated_aws import EmulatedAws
from assurance.emulated_aws.stand_ins import Endpoint
from assurance.emulator import Emulator
from assurance.inboxes import Inbox, Inboxes
from assurance.notifications import Notification
from assurance.rehearsal.responder import Published, Responder
from monitoring.endpoints import PROTOCOLS, Kind
from monitoring.recipients import Recipient

REGION: Final = "eu-central-1"
LOG_GROUP: Final = "trail"
NAME: Final = "details"
ALARM: Final = "denied"
# 2026-01-02T03:04:00Z
TIME: Final = 1_767_323_040
TEXTS: Final = {
    "default": "the default",
    "email": "the e-mail",
    "sms": "the text message",
    "http": "the notification",
    "https": "the notification",
    "sqs": "the notification",
    "lambda": json.dumps({"metadata": {"additionalContext": {}}}),
}
RECIPIENTS: Final = (
    Recipient("mail", Kind.EMAIL, "security@real-company.net"),
    Recipient("phone", Kind.SMS, "+12065550100"),
    Recipient("hook", Kind.HTTPS, "https://hooks.real-company.net/sns"),
    Recipient("function", Kind.LAMBDA, f"arn:aws:lambda:{REGION}:123456789012:function:on-alarm"),
)


@pytest.fixture
def inboxes(emulator: Emulator, account: str) -> Iterator[Inboxes]:
    with Inboxes(
        emulator.endpoint_url, region=REGION, account=account, recipients=RECIPIENTS
    ) as opened:
        yield opened


def inbox_of(inboxes: Inboxes, name: str) -> Inbox:
    [recipient] = [each for each in RECIPIENTS if each.name == name]
    return inboxes.at(Endpoint(PROTOCOLS[recipient.kind], str(recipient.endpoint)))


@pytest.fixture
def topic(clients: Clients) -> str:
    return clients.sns.create_topic(Name="alerts")["TopicArn"]


@pytest.fixture
def key(account: str) -> str:
    return f"arn:aws:kms:{REGION}:{account}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def statements(account: str, topic: str, key: str) -> list[dict[str, Any]]:
    """What the role must allow, each need in a statement of its own."""
    logs = f"arn:aws:logs:{REGION}:{account}:log-group"
    needs = [
        ("logs:FilterLogEvents", f"{logs}:{LOG_GROUP}:*"),
        ("sns:Publish", topic),
        ("kms:Decrypt", key),
        ("kms:GenerateDataKey*", key),
        ("logs:PutLogEvents", f"{logs}:own:*"),
    ]
    return [{"Effect": "Allow", "Action": does, "Resource": on} for does, on in needs]


def allow(clients: Clients, allowed: list[dict[str, Any]], *, policy: str = NAME) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    clients.iam.put_role_policy(RoleName=NAME, PolicyName=policy, PolicyDocument=document)


@pytest.fixture
def responder(clients: Clients, inboxes: Inboxes, account: str, topic: str, key: str) -> Responder:
    """A function that has all it needs, subscribed to its topic."""
    aws = EmulatedAws(clients, stand_ins=inboxes)
    clients.logs.create_log_group(logGroupName=LOG_GROUP)
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    role = clients.iam.create_role(
        RoleName=NAME,
        AssumeRolePolicyDocument=json.dumps({"Statement": [{**trust, "Action": "sts:AssumeRole"}]}),
    )["Role"]["Arn"]
    allow(clients, statements(account, topic, key))
    aws.create(
        "aws:lambda/function:Function",
        NAME,
        {
            "name": NAME,
            "handler": "any.handler",
            "runtime": "python3.13",
            "role": role,
            "timeout": 120,
            "code": pulumi.AssetArchive({"any.py": pulumi.StringAsset("")}),
            "loggingConfig": {"logFormat": "Text", "logGroup": "own"},
            "environment": {
                "variables": {
                    "ALARM_NAME": ALARM,
                    "FILTER_PATTERN": '{ $.errorCode = "AccessDenied" }',
                    "LOG_GROUP_NAME": LOG_GROUP,
                    "TOPIC_ARN": topic,
                }
            },
        },
    )
    aws.create(
        "aws:sns/topicSubscription:TopicSubscription",
        NAME,
        {
            "topic": topic,
            "protocol": "lambda",
            "endpoint": f"arn:aws:lambda:{REGION}:{account}:function:{NAME}",
        },
    )
    found = Responder.found(inboxes, clients, LOG_GROUP)
    assert found is not None
    return found


def test_a_function_that_has_all_it_needs_has_no_fault(
    responder: Responder, topic: str, key: str
) -> None:
    assert list(responder.faults(topic, key)) == []


@pytest.mark.parametrize(
    ("needed", "action"),
    list(
        enumerate(
            [
                "logs:FilterLogEvents",
                "sns:Publish",
                "kms:Decrypt",
                "kms:GenerateDataKey",
                "logs:PutLogEvents",
            ]
        )
    ),
)
def test_each_right_that_the_role_lacks_or_is_denied_is_a_fault(
    needed: int, action: str, responder: Responder, clients: Clients, topic: str, key: str
) -> None:
    everything = statements(responder.arn.split(":")[4], topic, key)

    allow(clients, everything[:needed] + everything[needed + 1 :])
    [lacking] = responder.faults(topic, key)
    allow(clients, everything)
    allow(clients, [{**everything[needed], "Effect": "Deny"}], policy="another")
    [denied] = responder.faults(topic, key)

    assert lacking == denied
    assert f"does not allow {action} on" in lacking


def test_a_right_on_another_resource_is_none(
    responder: Responder, clients: Clients, topic: str, key: str
) -> None:
    everything = statements(responder.arn.split(":")[4], topic, key)
    allow(clients, [{**each, "Resource": f"{each['Resource']}-other"} for each in everything])

    assert len(list(responder.faults(topic, key))) == len(everything)


def test_a_topic_without_a_key_needs_no_right_to_one(
    responder: Responder, clients: Clients, topic: str, key: str
) -> None:
    everything = statements(responder.arn.split(":")[4], topic, key)
    allow(clients, [each for each in everything if not each["Action"].startswith("kms:")])

    assert list(responder.faults(topic, None)) == []
    assert len(list(responder.faults(topic, key))) == 2


def test_a_function_that_is_gone_is_the_only_fault(
    responder: Responder, clients: Clients, topic: str, key: str
) -> None:
    clients.lambda_.delete_function(FunctionName=NAME)

    assert list(responder.faults(topic, key)) == ["the function that is subscribed does not exist"]


def alarm_message(state: str = "ALARM") -> Notification:
    """An alarm as the emulator tells it: at the machine's time, not the replay's."""
    told = {
        "AlarmName": ALARM,
        "NewStateValue": state,
        "StateChangeTime": "2001-01-01T00:00:00.000+0000",
        "Trigger": {"Period": 300, "EvaluationPeriods": 1},
    }
    envelope = {"Type": "Notification", "MessageId": "1", "Message": json.dumps(told)}
    return notifications.parse(json.dumps(envelope))


def log(clients: Clients, seconds: int, **record: object) -> None:
    message = json.dumps({"eventID": str(seconds), "eventName": "ListUsers", **record})
    clients.logs.put_log_events(
        logGroupName=LOG_GROUP,
        logStreamName="s",
        logEvents=[{"timestamp": (TIME + seconds) * 1_000, "message": message}],
    )


def test_it_answers_for_the_time_of_the_replay_and_by_the_pattern(
    responder: Responder, clients: Clients
) -> None:
    clients.logs.create_log_stream(logGroupName=LOG_GROUP, logStreamName="s")
    log(clients, -60, errorCode="AccessDenied")
    log(clients, -30, errorCode="ValidationException")
    log(clients, 600, errorCode="AccessDenied")

    [published] = responder.answer(alarm_message(), TIME)

    told = json.loads(published.texts["lambda"])["metadata"]["additionalContext"]
    assert told["calls"] == "1"
    assert told["end"].startswith("2026-01-02T03:04:00")
    assert published.unavailable == ""
    assert responder.evaluated_here


def test_where_the_emulator_finds_only_what_matches_the_evaluator_answers_nothing(
    responder: Responder, clients: Clients
) -> None:
    clients.logs.create_log_stream(logGroupName=LOG_GROUP, logStreamName="s")
    log(clients, -60, errorCode="AccessDenied")

    responder.answer(alarm_message(), TIME)

    assert not responder.evaluated_here


def test_a_digest_without_details_says_why(responder: Responder) -> None:
    [published] = responder.answer(alarm_message(), TIME)

    assert published.unavailable


def test_it_answers_nothing_but_the_alarm_going_off(responder: Responder) -> None:
    assert responder.answer(alarm_message("OK"), TIME) == ()
    assert responder.answer(notifications.parse("a digest of its own"), TIME) == ()


def test_a_recipient_s_own_function_is_not_the_one(inboxes: Inboxes, clients: Clients) -> None:
    assert inbox_of(inboxes, "function").kind is Kind.LAMBDA

    assert Responder.found(inboxes, clients, LOG_GROUP) is None


def delivered(message: str) -> Notification:
    envelope = {"Type": "Notification", "Subject": "who, what", "Message": message}
    return notifications.parse(json.dumps(envelope))


@pytest.mark.parametrize(
    ("name", "sees"),
    [
        ("mail", "Subject: who, what\n\nthe e-mail"),
        ("phone", "the text message"),
    ],
)
def test_a_recipient_sees_the_text_of_its_protocol_not_the_stand_in_s(
    name: str, sees: str, inboxes: Inboxes
) -> None:
    published = Published("who, what", TEXTS)
    inbox = inbox_of(inboxes, name)
    arrived = delivered("the notification")

    assert published.is_delivered_in(inbox, arrived)
    assert published.seen_in(inbox, arrived) == sees


def test_a_hook_sees_the_envelope_as_it_was_delivered(inboxes: Inboxes) -> None:
    hook = inbox_of(inboxes, "hook")

    seen = json.loads(Published("who, what", TEXTS).seen_in(hook, delivered("the notification")))

    assert (seen["Subject"], seen["Message"]) == ("who, what", "the notification")


def test_raw_delivery_shows_the_text_without_an_envelope(inboxes: Inboxes) -> None:
    arrived = notifications.parse("the notification")
    hook, phone = inbox_of(inboxes, "hook"), inbox_of(inboxes, "phone")

    assert Published("who, what", TEXTS).seen_in(hook, arrived) == "the notification"
    assert Published("who, what", TEXTS).seen_in(phone, arrived) == "the text message"


def test_what_is_not_the_text_for_the_protocol_is_shown_as_it_arrived(inboxes: Inboxes) -> None:
    """So does a publication without a message structure: everybody gets the JSON of all texts."""
    published, phone = Published("who, what", TEXTS), inbox_of(inboxes, "phone")
    arrived = delivered(json.dumps(TEXTS))

    assert not published.is_delivered_in(phone, arrived)
    assert published.seen_in(phone, arrived) == json.dumps(TEXTS)


def test_a_protocol_without_a_text_of_its_own_has_the_default(inboxes: Inboxes) -> None:
    published = Published("who, what", {"default": "the default", "http": "the notification"})
    phone = inbox_of(inboxes, "phone")

    assert published.seen_in(phone, delivered("the notification")) == "the default"
