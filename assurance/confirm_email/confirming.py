"""Confirms a subscription, and asks whether it was done in the way that was meant."""

from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from assurance.aws import Clients
from assurance.checks.finding import Status
from assurance.confirm_email.confirmation import Confirmation
from assurance.reading import attempt
from assurance.snapshot import Unknown, shown_endpoint

_AGAIN = "have a new mail sent (pulumi up --refresh), and use its link within two days"


@dataclass(frozen=True)
class Confirmed:
    """What came of it, in a sentence with the mend where there is one."""

    status: Status
    said: str


def confirm(clients: Clients, confirmation: Confirmation) -> Confirmed:
    """Confirm so that only the topic's and the subscription's owners can unsubscribe.

    SNS holds to that only for a request that is signed (API reference, ConfirmSubscription).
    """
    topic = confirmation.topic_arn
    try:
        arn = clients.sns.confirm_subscription(
            TopicArn=topic, Token=confirmation.token, AuthenticateOnUnsubscribe="true"
        )["SubscriptionArn"]
    except ClientError as error:
        return _refused(error, confirmation)
    except BotoCoreError as error:
        return Confirmed(
            Status.UNKNOWN,
            f"AWS could not be asked: {type(error).__name__}: look at the network, and try again",
        )
    return _held(clients, arn, topic)


def _held(clients: Clients, arn: str, topic: str) -> Confirmed:
    told = attempt(
        "sns:GetSubscriptionAttributes",
        arn,
        lambda: clients.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"],
    )
    if isinstance(told, Unknown):
        return Confirmed(
            Status.UNKNOWN,
            f"{arn} is confirmed, but whether a click can still unsubscribe it is unknown: {told}",
        )
    if told is None:
        return Confirmed(Status.FAIL, f"{arn} is not there any more: {_AGAIN}")
    protocol = told.get("Protocol", "")
    who = f"{protocol} {shown_endpoint(protocol, told.get('Endpoint', ''))}".strip()
    if told.get("ConfirmationWasAuthenticated") != "true":
        return Confirmed(
            Status.FAIL,
            f"{who} on {topic} was confirmed already, by a click, and a click can still "
            f"unsubscribe it: remove that subscription (aws sns unsubscribe --subscription-arn "
            f"{arn}), {_AGAIN}",
        )
    return Confirmed(
        Status.PASS,
        f"{who} is subscribed to {topic}; no click can unsubscribe it, only the topic's and the "
        "subscription's owners can",
    )


def _refused(error: ClientError, confirmation: Confirmation) -> Confirmed:
    told = error.response.get("Error", {})
    code = told.get("Code") or "an error without a code"
    message = str(told.get("Message", "")).replace(confirmation.token, "…")
    topic = confirmation.topic_arn
    if code in ("AuthorizationError", "AuthorizationErrorException", "AccessDenied"):
        return Confirmed(
            Status.UNKNOWN,
            f"not confirmed: these credentials may not: allow sns:ConfirmSubscription on {topic}",
        )
    if code in ("NotFound", "NotFoundException", "ResourceNotFoundException"):
        return Confirmed(
            Status.FAIL, f"not confirmed: there is no topic {topic} any more, or no such mail's"
        )
    if code in ("InvalidParameter", "InvalidParameterException"):
        if "already" in message.lower():
            return Confirmed(
                Status.FAIL,
                f"not confirmed: the subscription is confirmed already ({message}); what "
                "`python -m assurance audit` says of it tells whether it can be relied on",
            )
        return Confirmed(
            Status.FAIL,
            f"not confirmed: AWS does not know the token ({message}): it has expired after two "
            f"days, was used, or is cut short; {_AGAIN}",
        )
    if "LimitExceeded" in code:
        return Confirmed(Status.FAIL, f"not confirmed: {message} ({code})")
    return Confirmed(
        Status.UNKNOWN, f"not confirmed: AWS answers {code}: {message}: log in again, or try later"
    )
