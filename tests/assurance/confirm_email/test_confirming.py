"""What SNS answers to a confirmation, and what is made of it."""

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from assurance.aws import Clients
from assurance.checks.finding import Status
from assurance.confirm_email.confirmation import Confirmation
from assurance.confirm_email.confirming import Confirmed, confirm
from tests.assurance.confirm_email.test_confirmation import TOKEN, TOPIC

SUBSCRIPTION = f"{TOPIC}:11111111-2222-3333-4444-555555555555"


class Sns:
    def __init__(self) -> None:
        session = boto3.Session(
            aws_access_key_id="x",
            aws_secret_access_key="x",
            region_name="eu-west-1",
        )
        self.clients = Clients(session, Config(retries={"total_max_attempts": 1}))
        self.stub = Stubber(self.clients.sns)
        self.stub.activate()

    def confirms(self) -> None:
        self.stub.add_response(
            "confirm_subscription",
            {"SubscriptionArn": SUBSCRIPTION},
            {"TopicArn": TOPIC, "Token": TOKEN, "AuthenticateOnUnsubscribe": "true"},
        )

    def tells(self, **attributes: str) -> None:
        said = {"Protocol": "email", "Endpoint": "ann@your-company.com", **attributes}
        self.stub.add_response("get_subscription_attributes", {"Attributes": said})

    def confirm(self) -> Confirmed:
        return confirm(self.clients, Confirmation(TOPIC, TOKEN))


@pytest.fixture
def sns() -> Sns:
    return Sns()


def test_a_subscription_is_confirmed_so_that_only_its_owners_can_unsubscribe_it(sns: Sns) -> None:
    sns.confirms()
    sns.tells(ConfirmationWasAuthenticated="true")

    told = sns.confirm()

    assert told.status is Status.PASS
    assert "email ann@your-company.com" in told.said
    assert "no click can unsubscribe it" in told.said


def test_one_that_a_click_confirmed_before_is_no_pass(sns: Sns) -> None:
    sns.confirms()
    sns.tells(ConfirmationWasAuthenticated="false")

    told = sns.confirm()

    assert told.status is Status.FAIL
    assert f"aws sns unsubscribe --subscription-arn {SUBSCRIPTION}" in told.said


def test_an_endpoint_that_is_a_credential_is_not_told(sns: Sns) -> None:
    sns.confirms()
    url = "https://events.pagerduty.com/integration/0123456789abcdef0123456789abcdef/enqueue"
    sns.tells(ConfirmationWasAuthenticated="true", Protocol="https", Endpoint=url)

    said = sns.confirm().said

    assert "https://events.pagerduty.com/" in said
    assert "0123456789abcdef" not in said


def test_whether_it_held_may_be_unknown(sns: Sns) -> None:
    sns.confirms()
    sns.stub.add_client_error("get_subscription_attributes", "AuthorizationError", "no", 403)

    told = sns.confirm()

    assert told.status is Status.UNKNOWN
    assert "sns:GetSubscriptionAttributes" in told.said


@pytest.mark.parametrize(
    ("code", "message", "status", "says"),
    [
        ("AuthorizationError", "no", Status.UNKNOWN, "allow sns:ConfirmSubscription"),
        ("NotFound", "Topic does not exist", Status.FAIL, "no topic"),
        ("InvalidParameter", f"Invalid token {TOKEN}", Status.FAIL, "expired after two days"),
        ("InvalidParameter", "already confirmed", Status.FAIL, "confirmed already"),
        ("SubscriptionLimitExceeded", "too many", Status.FAIL, "too many"),
        ("Throttling", "Rate exceeded", Status.UNKNOWN, "Rate exceeded"),
        ("ExpiredToken", "expired", Status.UNKNOWN, "log in again"),
        ("InternalError", "", Status.UNKNOWN, "InternalError"),
    ],
)
def test_a_refusal_says_what_to_do_and_never_the_token(
    sns: Sns, code: str, message: str, status: Status, says: str
) -> None:
    sns.stub.add_client_error("confirm_subscription", code, message, 400)

    told = sns.confirm()

    assert told.status is status
    assert says in told.said
    assert TOKEN not in told.said


def test_no_network_is_unknown(sns: Sns, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://sns.eu-west-1.amazonaws.com")

    monkeypatch.setattr(sns.clients.sns, "confirm_subscription", unreachable)

    assert sns.confirm().status is Status.UNKNOWN
