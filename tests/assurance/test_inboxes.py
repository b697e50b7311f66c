import http.client
import json
import threading
import time
from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

import pytest

from assurance.aws import Clients
from assurance.emulated_aws import EmulatedAws, RefusedByAwsError
from assurance.emulated_aws.stand_ins import Endpoint, address_for, of_path, original
from assurance.emulator import Emulator
from assurance.inboxes import HttpInbox, Inbox, Inboxes, QueueInbox
from monitoring.endpoints import PROTOCOLS, Kind, SlackChannel
from monitoring.recipients import Recipient

REGION = "eu-central-1"
PAGERDUTY = "https://events.pagerduty.com/integration/0123456789abcdef0123456789abcdef/enqueue"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"


def recipients(account: str) -> tuple[Recipient, ...]:
    return (
        Recipient("mail", Kind.EMAIL, "security@your-company.com"),
        Recipient("mail-json", Kind.EMAIL_JSON, "siem@your-company.com"),
        Recipient("phone", Kind.SMS, "+15551234567"),
        Recipient("hook", Kind.HTTPS, "https://hooks.your-company.com/sns?key=s3cret&x=/é"),
        Recipient("pager", Kind.PAGERDUTY, PAGERDUTY),
        Recipient("queue", Kind.SQS, f"arn:aws:sqs:{REGION}:{account}:alarms"),
        Recipient(
            "function", Kind.LAMBDA, f"arn:aws:lambda:{REGION}:{account}:function:on-alarm:live"
        ),
        Recipient("channel", Kind.SLACK, SlackChannel("T07EA123LEP", "C07EZ1ABC23")),
    )


@pytest.fixture
def inboxes(emulator: Emulator, account: str) -> Iterator[Inboxes]:
    with Inboxes(
        emulator.endpoint_url, region=REGION, account=account, recipients=recipients(account)
    ) as opened:
        yield opened


@pytest.fixture
def aws(clients: Clients, inboxes: Inboxes) -> EmulatedAws:
    return EmulatedAws(clients, stand_ins=inboxes)


@pytest.fixture
def topic(aws: EmulatedAws) -> str:
    return aws.create("aws:sns/topic:Topic", "alerts", {}).id


def subscribe(aws: EmulatedAws, topic: str, recipient: Recipient, **more: object) -> None:
    aws.create(
        SUBSCRIPTION,
        recipient.name,
        {
            "topic": topic,
            "protocol": PROTOCOLS[recipient.kind],
            "endpoint": recipient.endpoint,
            "endpointAutoConfirms": recipient.kind is Kind.PAGERDUTY,
            **more,
        },
    )


def subscribe_all(aws: EmulatedAws, topic: str) -> list[Recipient]:
    subscribed = [r for r in recipients(aws.account) if r.kind is not Kind.SLACK]
    for recipient in subscribed:
        subscribe(aws, topic, recipient)
    return subscribed


def inbox_of(inboxes: Inboxes, name: str) -> Inbox:
    inbox = inboxes.of(name)
    assert inbox is not None
    return inbox


def ring(clients: Clients, topic: str, state: Literal["ALARM", "OK"] = "ALARM") -> None:
    clients.cloudwatch.put_metric_alarm(
        AlarmName="denied",
        AlarmDescription="who & what",
        Namespace="CISBenchmark",
        MetricName="UnauthorizedAPICalls",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[topic],
        OKActions=[topic],
    )
    clients.cloudwatch.set_alarm_state(AlarmName="denied", StateValue=state, StateReason="drill")


def pending(clients: Clients, topic: str) -> int:
    return int(
        clients.sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsPending"]
    )


def test_every_recipient_gets_the_alarm(
    aws: EmulatedAws, clients: Clients, inboxes: Inboxes, topic: str
) -> None:
    subscribed = subscribe_all(aws, topic)
    assert pending(clients, topic) == 3, "email, emailJson and https wait for someone"
    for name in ("mail", "mail-json", "hook"):
        assert inbox_of(inboxes, name).confirm()
    assert pending(clients, topic) == 0

    started = time.monotonic()
    ring(clients, topic)
    for recipient in subscribed:
        inbox = inbox_of(inboxes, recipient.name)
        [notification] = inbox.wait_for(1)
        assert inbox.kind is recipient.kind
        assert inbox.received() == (notification,)
        alarm = notification.alarm
        assert alarm is not None
        assert (alarm["AlarmName"], alarm["NewStateValue"]) == ("denied", "ALARM")
        assert json.loads(notification.delivered)["TopicArn"] == topic
        assert notification.subject in notification.delivered.replace('\\"', '"')
    assert time.monotonic() - started < 3
    assert inboxes.of("channel") is None


def test_each_recipient_sees_the_alarm_in_its_own_form(
    aws: EmulatedAws, clients: Clients, inboxes: Inboxes, topic: str
) -> None:
    subscribe_all(aws, topic)
    for name in ("mail", "mail-json", "hook"):
        inbox_of(inboxes, name).confirm()
    ring(clients, topic)
    seen = {}
    for inbox in inboxes:
        [notification] = inbox.wait_for(1)
        seen[inbox.recipient] = inbox.seen(notification)
        assert inbox.rendered == (inbox.recipient in {"mail", "mail-json", "phone", "function"})
    assert seen["phone"] == f'ALARM: "denied" in {REGION}'
    assert seen["mail"].startswith('Subject: ALARM: "denied"')
    assert "- Description: who & what" in seen["mail"]
    assert "INSUFFICIENT_DATA -> ALARM" in seen["mail"]
    assert json.loads(seen["mail-json"])["Type"] == "Notification"
    event = json.loads(seen["function"])["Records"][0]
    assert event["EventSource"] == "aws:sns"
    assert json.loads(event["Sns"]["Message"])["AlarmName"] == "denied"
    assert json.loads(seen["pager"])["Subject"] == seen["phone"]


def test_a_subscription_that_nobody_confirms_gets_nothing(
    aws: EmulatedAws, clients: Clients, inboxes: Inboxes, topic: str
) -> None:
    subscribe_all(aws, topic)
    ring(clients, topic)
    assert len(inbox_of(inboxes, "phone").wait_for(1)) == 1
    assert inbox_of(inboxes, "mail").wait_for(1, timeout=0.2) == ()
    assert inbox_of(inboxes, "mail").confirm()
    assert not inbox_of(inboxes, "phone").confirm(timeout=0.05)


def test_a_filter_policy_keeps_a_recovery_from_a_recipient(
    aws: EmulatedAws, clients: Clients, inboxes: Inboxes, topic: str
) -> None:
    phone, pager = (r for r in recipients(aws.account) if r.name in {"phone", "pager"})
    only_alarms = {
        "filterPolicy": '{"NewStateValue":["ALARM"]}',
        "filterPolicyScope": "MessageBody",
    }
    subscribe(aws, topic, phone, **only_alarms)
    subscribe(aws, topic, pager)
    ring(clients, topic, state="OK")
    ring(clients, topic)
    told = [n.subject.split(":")[0] for n in inbox_of(inboxes, "pager").wait_for(2)]
    assert sorted(told) == ["ALARM", "OK"]
    assert [n.subject.split(":")[0] for n in inbox_of(inboxes, "phone").wait_for(1)] == ["ALARM"]


@pytest.mark.parametrize("name", ["pager", "queue"])
def test_messages_are_kept_in_the_order_of_their_arrival(
    aws: EmulatedAws, clients: Clients, inboxes: Inboxes, topic: str, name: str
) -> None:
    [recipient] = [r for r in recipients(aws.account) if r.name == name]
    subscribe(aws, topic, recipient)
    for count, text in enumerate(("first", "second", "third"), start=1):
        clients.sns.publish(TopicArn=topic, Message=text)
        inbox_of(inboxes, name).wait_for(count)
    arrived = [notification.message for notification in inbox_of(inboxes, name).received()]
    assert arrived == ["first", "second", "third"]


def test_waiting_ends_with_the_message_and_not_with_the_time(
    aws: EmulatedAws, clients: Clients, inboxes: Inboxes, topic: str
) -> None:
    queue, pager = (r for r in recipients(aws.account) if r.name in {"queue", "pager"})
    for recipient in (queue, pager):
        subscribe(aws, topic, recipient)
        inbox = inbox_of(inboxes, recipient.name)
        before = len(inbox.received())
        timer = threading.Timer(
            0.3, clients.sns.publish, kwargs={"TopicArn": topic, "Message": "x"}
        )
        timer.start()
        started = time.monotonic()
        assert len(inbox.wait_for(before + 1, timeout=15)) == before + 1
        assert time.monotonic() - started < 5
        timer.join()


def test_a_queue_keeps_its_arn_and_a_raw_message_is_read_too(
    aws: EmulatedAws, clients: Clients, inboxes: Inboxes, topic: str
) -> None:
    [queue] = [r for r in recipients(aws.account) if r.name == "queue"]
    subscribe(aws, topic, queue, rawMessageDelivery=True)
    [listed] = clients.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert (listed["Protocol"], listed["Endpoint"]) == ("sqs", queue.endpoint)
    inbox = inbox_of(inboxes, "queue")
    assert isinstance(inbox, QueueInbox)
    ring(clients, topic)
    [notification] = inbox.wait_for(1)
    assert notification.alarm is not None
    assert notification.delivered == notification.message


def test_a_queue_of_the_stacks_own_is_subscribed_as_it_is(
    aws: EmulatedAws, inboxes: Inboxes, topic: str
) -> None:
    queue = aws.create("aws:sqs/queue:Queue", "record", {})
    endpoint = Endpoint("sqs", queue.state["arn"])
    assert inboxes.stand_in(endpoint) == endpoint
    assert inboxes.at(endpoint).recipient is None


def test_an_endpoint_that_the_config_does_not_name_has_an_inbox_too(
    aws: EmulatedAws, clients: Clients, inboxes: Inboxes, topic: str
) -> None:
    stray = Recipient("stray", Kind.SMS, "+15557654321")
    subscribe(aws, topic, stray)
    assert inboxes.of("stray") is None
    clients.sns.publish(TopicArn=topic, Message="hello")
    inbox = inboxes.at(Endpoint("sms", "+15557654321"))
    [notification] = inbox.wait_for(1)
    assert (inbox.recipient, inbox.seen(notification)) == (None, "hello")


def test_a_queue_of_another_partition_is_stood_in_for_by_http(
    emulator: Emulator, account: str
) -> None:
    arn = f"arn:aws-us-gov:sqs:us-gov-west-1:{account}:alarms"
    with Inboxes(
        emulator.endpoint_url,
        region=REGION,
        account=account,
        recipients=[Recipient("queue", Kind.SQS, arn)],
    ) as inboxes:
        address = inboxes.stand_in(Endpoint("sqs", arn))
        assert isinstance(inboxes.at(Endpoint("sqs", arn)), HttpInbox)
        assert original(address) == Endpoint("sqs", arn)


@pytest.mark.parametrize("qualifier", ["", ":live", ":3", ":$LATEST"])
def test_a_function_of_the_users_can_be_given_a_permission(
    emulator: Emulator, clients: Clients, account: str, qualifier: str
) -> None:
    function = f"arn:aws:lambda:{REGION}:{account}:function:on-alarm"
    both = [
        Recipient("one", Kind.LAMBDA, function + qualifier),
        Recipient("two", Kind.LAMBDA, f"{function}:other"),
    ]
    with Inboxes(emulator.endpoint_url, region=REGION, account=account, recipients=both) as inboxes:
        aws = EmulatedAws(clients, stand_ins=inboxes)
        aws.create(
            "aws:lambda/permission:Permission",
            "invoke",
            {
                "action": "lambda:InvokeFunction",
                "function": function,
                "qualifier": qualifier.removeprefix(":") or None,
                "principal": "sns.amazonaws.com",
                "sourceArn": f"arn:aws:sns:{REGION}:{account}:alerts",
            },
        )
        with pytest.raises(RefusedByAwsError, match="ResourceNotFoundException"):
            aws.create(
                "aws:lambda/permission:Permission",
                "invoke",
                {
                    "action": "lambda:InvokeFunction",
                    "function": f"{function}-of-nobody",
                    "principal": "sns.amazonaws.com",
                },
            )


def test_whoever_posts_to_no_inbox_is_told_so(inboxes: Inboxes, account: str) -> None:
    address = inboxes.stand_in(Endpoint("email", "security@your-company.com")).address
    port = urlsplit(address).port
    queue = address_for("http://x", Endpoint("sqs", f"arn:aws:sqs:{REGION}:{account}:alarms"))
    for path in ("/", "/email", "/email/%%%", "/email/a/b", urlsplit(queue.address).path):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("POST", path, body=b"{}")
        assert connection.getresponse().status == 404
        connection.close()


def test_the_port_is_closed_with_the_inboxes(emulator: Emulator, account: str) -> None:
    with Inboxes(emulator.endpoint_url, region=REGION, account=account) as inboxes:
        address = inboxes.stand_in(Endpoint("sms", "+15551234567")).address
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(address).port, timeout=5)
    with pytest.raises(ConnectionRefusedError):
        connection.request("POST", "/")
    connection.close()


@pytest.mark.parametrize(
    "endpoint",
    [
        Endpoint("email", "a+b@your-company.com"),
        Endpoint("https", PAGERDUTY),
        Endpoint("sms", "+15551234567"),
        Endpoint("lambda", "arn:aws:lambda:eu-west-1:123456789012:function:f:live"),
        Endpoint("https", "https://hooks.your-company.com/é?x=1#%2F"),
    ],
)
def test_a_stand_ins_address_tells_whom_it_stands_in_for(endpoint: Endpoint) -> None:
    address = address_for("http://127.0.0.1:8080", endpoint)
    assert address.protocol == "http"
    assert original(address) == endpoint
    assert original(endpoint) == endpoint
    assert of_path(urlsplit(address.address).path) == endpoint


def test_an_endpoint_outside_loopback_is_nobodys_stand_in() -> None:
    impostor = Endpoint("http", "http://10.0.0.1/email/YUBiLmM=")
    assert original(impostor) == impostor
