"""What the drill makes of what AWS says: of the alarm's actions, and of who is subscribed."""

from datetime import UTC, datetime

import pytest
from botocore.stub import Stubber

from assurance.aws import emulator_clients
from assurance.checks import Status
from assurance.drill.history import Item, WentOff, acted
from assurance.drill.observer import Observer
from assurance.drill.plan import Target
from assurance.drill.stages import Sight
from assurance.snapshot import Alarm
from monitoring.endpoints import Kind
from monitoring.recipients import Recipient
from tests.assurance.checks import healthy
from tests.assurance.checks.healthy import ALERTS

MAIL = Recipient("mail", Kind.EMAIL, "ann@your-company.com")
SIEM = Recipient("siem", Kind.SQS, "arn:aws:sqs:us-east-1:123456789012:siem")
CONFIRMED, PENDING = f"{ALERTS}:1", "PendingConfirmation"


def subscribed(*found: tuple[str, str, str], to: tuple[Recipient, ...] = (MAIL, SIEM)) -> Sight:
    """What is seen where these are subscribed, each by its ARN, protocol and endpoint."""
    snapshot = healthy.snapshot()
    assert isinstance(snapshot.metric_filters, tuple)
    [alarm] = [a for on in snapshot.alarms[:1] for a in on.alarms if isinstance(a, Alarm)]  # type: ignore[union-attr] # all are read
    clients = emulator_clients("http://127.0.0.1:9", region="us-east-1", account="123456789012")
    target = Target(alarm, snapshot.metric_filters[0], ALERTS)
    listed = [
        {"SubscriptionArn": arn, "Protocol": protocol, "Endpoint": endpoint, "TopicArn": ALERTS}
        for arn, protocol, endpoint in found
    ]
    with Stubber(clients.sns) as stub:
        stub.add_response("list_subscriptions_by_topic", {"Subscriptions": listed})
        return Observer(clients, target, (), to).recipients()


def test_confirmed_recipients_are_to_be_asked() -> None:
    seen = subscribed(
        (CONFIRMED, "email", "ann@your-company.com"), (CONFIRMED, "sqs", str(SIEM.endpoint))
    )

    assert seen.status is Status.PASS
    assert "email ann@your-company.com" in seen.evidence


@pytest.mark.parametrize(
    "other",
    [
        (CONFIRMED, "lambda", "arn:aws:lambda:us-east-1:123456789012:function:details"),
        (CONFIRMED, "sqs", "arn:aws:sqs:us-east-1:123456789012:record"),
    ],
)
def test_what_is_no_recipient_is_nobody_told(other: tuple[str, str, str]) -> None:
    seen = subscribed(other)

    assert seen.status is Status.FAIL
    assert "none of the stack's recipients" in seen.evidence


def test_a_pending_recipient_is_named_and_no_pass() -> None:
    seen = subscribed(
        (CONFIRMED, "sqs", str(SIEM.endpoint)), (PENDING, "email", "ann@your-company.com")
    )

    assert seen.status is Status.FAIL
    assert "pending, and not told: email ann@your-company.com" in seen.evidence


def test_nobody_is_no_pass() -> None:
    assert subscribed((PENDING, "email", "ann@your-company.com")).status is Status.FAIL


def test_on_a_topic_brought_along_whoever_is_confirmed_is_asked() -> None:
    assert subscribed((CONFIRMED, "lambda", "arn:aws:lambda:f"), to=()).status is Status.PASS


def test_an_encrypted_or_chat_endpoint_may_be_a_recipients() -> None:
    hook = Recipient("hook", Kind.PAGERDUTY, "https://stand-in.net/")

    seen = subscribed((CONFIRMED, "https", "https://events.pagerduty.com/x"), to=(hook,))

    assert seen.status is Status.PASS


def action(summary: str, data: str = "{}") -> Item:
    return Item(datetime(2026, 3, 1, tzinfo=UTC).timestamp(), "Action", summary, data)


def test_an_action_on_another_topic_is_not_this_ones() -> None:
    change = WentOff(
        0,
        (
            action(f"Successfully executed action {ALERTS}-backup"),
            action(f'Failed to execute action {ALERTS}. Received error: "not authorized"'),
        ),
    )

    seen = acted(change, ALERTS)

    assert seen.status is Status.FAIL
    assert "refused: not authorized" in seen.evidence


def test_an_action_is_found_by_its_summary_or_its_data() -> None:
    by_data = f'{{"actionState": "Succeeded", "notificationResource": "{ALERTS}"}}'
    for each in (
        action(f"Successfully executed action {ALERTS}"),
        action("Successfully executed an action", by_data),
    ):
        assert acted(WentOff(0, (each,)), ALERTS).status is Status.PASS
    in_message = f'{{"publishedMessage": "{ALERTS}"}}'
    other = action("Successfully executed action arn:aws:lambda:x", in_message)
    assert acted(WentOff(0, (other,)), ALERTS).status is None
