"""The alert details: that their function is told of the paging alarm, and its failures are."""

from collections.abc import Iterator
from typing import Any, Final

from assurance.checks.finding import CannotTellError, Verdict, failed, judged, unknown
from assurance.checks.rule import Check, the_alert_topic
from assurance.checks.subscription_filters import passes_alarm, passes_digest
from assurance.checks.view import View, known
from assurance.checks.watches import rings_at_the_first
from assurance.snapshot import SubscriptionAttributes, Topic

_UP: Final = "pulumi up --refresh"


def _alert_details(view: View, topic: Topic) -> Iterator[Verdict]:
    subscription = view.details_subscription(topic)
    if subscription is None:
        yield failed(
            f"no function but the recipients' is on {topic.arn}",
            f"subscribe the function of the alert details: {_UP}",
        )
        return
    if not subscription.is_confirmed:
        yield failed(
            f"{subscription.endpoint}: {subscription.status}", f"subscribe the function: {_UP}"
        )
        return
    read = subscription.attributes
    attributes = SubscriptionAttributes() if read is None else known(read)
    paging = view.paging().alarm.name
    evidence = f"{subscription.endpoint}: {attributes.filter_policy or 'no filter policy'}"
    told, loops = passes_alarm(attributes, paging), passes_digest(attributes)
    if told is None or loops is None:
        yield unknown(evidence)
        return
    yield judged(
        good=told and not loops,
        evidence=f"{evidence}{'' if told else f', which drops {paging}'}"
        f"{', which lets its own digests through' if loops else ''}",
        mend=f"tell the function of the paging alarm going off and of nothing else: {_UP}",
    )


def _details_watch(view: View, topic: Topic) -> Iterator[Verdict]:
    subscription = view.details_subscription(topic)
    if subscription is None:
        raise CannotTellError("the alert details have no function (alert-details)")
    alarms = view.details_watches(subscription.function_name)
    if not alarms:
        yield failed(
            f"no alarm is on the failures of {subscription.endpoint}",
            "deploy the alarm on the function's errors: nobody would miss a digest",
        )
        return
    yield rings_at_the_first(
        alarms, topic, "failure of the function", "let the alarm ring when the function first fails"
    )


CHECKS: Final[tuple[Check[Any], ...]] = (
    Check("alert-details", the_alert_topic, _alert_details),
    Check("details-watch", the_alert_topic, _details_watch),
)
"""What a stack with alertDetails is held to besides."""
