"""The recipients: that each is subscribed and confirmed, and is let have the alarms."""

from collections.abc import Iterator
from typing import Any, Final

from assurance.checks.finding import Verdict, failed, judged, noted, passed, unknown
from assurance.checks.rule import Check, each_topic, the_alert_topic
from assurance.checks.subscription_filters import all_of, passes_alarm, passes_digest
from assurance.checks.view import View, known
from assurance.snapshot import (
    Subscription,
    SubscriptionAttributes,
    Topic,
    Unknown,
    endpoint_digest,
)
from monitoring.endpoints import PROTOCOLS, Kind
from monitoring.recipients import Recipient

_PAGERDUTY_HOSTS: Final = ("https://events.pagerduty.com/", "https://events.eu.pagerduty.com/")
# What Amazon Q Developer in chat applications subscribes for its channels.
_CHAT_HOST: Final = ".chatbot.amazonaws.com/"


def _recipient_subscribed(view: View, topic: Topic) -> Iterator[Verdict]:
    if not view.config.recipients:
        yield passed("the config names no recipients")
    for recipient, subscription in subscribed(view, topic):
        yield judged(
            good=subscription is not None,
            evidence=f"{_name(view, recipient)} is {'' if subscription else 'not '}on {topic.arn}",
            mend=f"subscribe {recipient.name} to {topic.arn}: pulumi up --refresh",
        )
    for recipient in view.config.recipients:
        if recipient.kind is not Kind.SLACK:
            continue
        yield _chat_channel(view, topic, recipient)


def _chat_channel(view: View, topic: Topic, recipient: Recipient) -> Verdict:
    """A chat channel has no subscription of the stack's: its configuration makes one on AWS."""
    declared = view.declared_chat_topics
    if declared is not None:
        channels = sum(r.kind is Kind.SLACK for r in view.config.recipients)
        return judged(
            good=list(declared).count(topic.arn) >= channels,
            evidence=f"{recipient.name} (slack): as declared, for {topic.arn}",
            mend=f"let each chat configuration name {topic.arn}",
        )
    found = any(_CHAT_HOST in s.endpoint and s.is_confirmed for s in view.subscriptions(topic))
    return judged(
        good=found,
        evidence=f"{recipient.name} (slack): chat applications are {'' if found else 'not '}on "
        f"{topic.arn}, confirmed",
        mend="authorise the workspace in the console of Amazon Q Developer in chat applications, "
        "and deploy again",
    )


def _recipient_confirmed(view: View, topic: Topic) -> Iterator[Verdict]:
    found = [(r, s) for r, s in subscribed(view, topic) if s is not None]
    if not found:
        yield passed("no subscription of a recipient's to confirm (recipient-subscribed)")
    for recipient, subscription in found:
        evidence = f"{_name(view, recipient)}: {subscription.status}"
        if subscription.is_confirmed and _by_click(subscription):
            yield noted(
                f"{evidence} by a click, and a click can unsubscribe it (confirm-email subscribes "
                "for good)"
            )
            continue
        yield judged(
            good=subscription.is_confirmed,
            evidence=evidence,
            mend=f"let {recipient.name} confirm by the link that AWS sent; after 48 hours it has "
            "lapsed: pulumi up --refresh sends another",
        )


def _by_click(subscription: Subscription) -> bool:
    """Whether the link in any mail unsubscribes it (SNS API reference, ConfirmSubscription)."""
    read = subscription.attributes
    return (
        subscription.protocol.startswith("email")
        and isinstance(read, SubscriptionAttributes)
        and not read.confirmation_was_authenticated
    )


def _topic_has_confirmed_subscription(view: View, topic: Topic) -> Iterator[Verdict]:
    confirmed = [s for s in view.subscriptions(topic) if s.is_confirmed]
    if not confirmed and topic.arn in (view.declared_chat_topics or ()):
        yield passed(f"{topic.arn}: a chat configuration, as declared")
        return
    if not confirmed:
        yield failed(f"{topic.arn}: 0 confirmed", "subscribe someone, and let them confirm")
        return
    hears = [_hears(view, topic, subscription) for subscription in confirmed]
    evidence = f"{topic.arn}: {len(confirmed)} confirmed"
    if True not in hears and None in hears:
        yield unknown(f"{evidence}, and whether a filter policy lets alarms pass is not known")
        return
    yield judged(
        good=True in hears,
        evidence=evidence if True in hears else f"{evidence}, and filter policies drop every alarm",
        mend="remove the filter policies: alarms carry no message attributes",
    )


def _hears(view: View, topic: Topic, subscription: Subscription) -> bool | None:
    """Whether alarms pass a subscription's filter policy; None when that is not known."""
    if isinstance(subscription.attributes, Unknown):
        return None
    attributes = subscription.attributes or SubscriptionAttributes()
    return all_of(passes_alarm(attributes, name) for name in view.alarms_of(topic))


def _subscription_filter_policy(view: View, topic: Topic) -> Iterator[Verdict]:
    looked_at = False
    for recipient, subscription in subscribed(view, topic):
        if subscription is None or not subscription.is_confirmed:
            continue
        looked_at = True
        attributes = _attributes(subscription) or SubscriptionAttributes()
        policy = attributes.filter_policy
        said = f"filter policy {policy}" if policy else "no filter policy"
        evidence = f"{_name(view, recipient)}: {said}"
        yield _judged_if_known(
            good=all_of(passes_alarm(attributes, name) for name in view.alarms_of(topic)),
            evidence=evidence,
            mend="remove the filter policy, or filter on the message body: alarms carry no message "
            "attributes, and a policy on these drops them all",
        )
        if view.config.alert_details and recipient.kind is Kind.PAGERDUTY:
            takes = passes_digest(attributes)
            yield _judged_if_known(
                good=None if takes is None else not takes,
                evidence=f"{evidence}, and a digest of the alert details is no alarm",
                mend='let PagerDuty have alarms only, by {"AlarmName": [{"exists": true}]} on the '
                "message body: it takes every message for an alarm",
            )
    if not looked_at:
        yield passed("no confirmed subscription of a recipient's (recipient-confirmed)")


def _dead_letter_queue(view: View, topic: Topic) -> Iterator[Verdict]:
    looked_at = False
    for recipient, subscription in subscribed(view, topic):
        if PROTOCOLS[recipient.kind] != "https" or subscription is None:
            continue
        if not subscription.is_confirmed:
            continue
        looked_at = True
        attributes = _attributes(subscription)
        queue = attributes.dead_letter_queue if attributes is not None else ""
        yield judged(
            good=bool(queue),
            evidence=f"{_name(view, recipient)}: {queue or 'no dead-letter queue'}",
            mend="give the subscription a redrive policy with a queue: SNS forgets what it could "
            "not deliver within an hour",
        )
    if not looked_at:
        yield passed("no recipient by https")


def _judged_if_known(*, good: bool | None, evidence: str, mend: str) -> Verdict:
    return unknown(evidence) if good is None else judged(good=good, evidence=evidence, mend=mend)


def subscribed(view: View, topic: Topic) -> list[tuple[Recipient, Subscription | None]]:
    """Each recipient but chat channels with its subscription to a topic.

    A recipient whose endpoint the config hides is given one of its kind that is nobody else's.
    """
    subscriptions = sorted(view.subscriptions(topic), key=lambda s: not s.is_confirmed)
    by_digest = {s.digest: s for s in reversed(subscriptions)}
    details = view.details_subscription(topic) if view.config.alert_details else None
    free = [s for s in subscriptions if s.digest not in view.recipients_digests and s != details]
    found: list[tuple[Recipient, Subscription | None]] = []
    for recipient in view.config.recipients:
        if recipient.kind is Kind.SLACK:
            continue
        if recipient.name in view.hidden:
            of_kind = next((s for s in free if _is_of_kind(s, recipient.kind)), None)
            if of_kind is not None:
                free.remove(of_kind)
            found.append((recipient, of_kind))
        else:
            digest = endpoint_digest(PROTOCOLS[recipient.kind], str(recipient.endpoint))
            found.append((recipient, by_digest.get(digest)))
    return found


def _is_of_kind(subscription: Subscription, kind: Kind) -> bool:
    if subscription.protocol != PROTOCOLS[kind] or _CHAT_HOST in subscription.endpoint:
        return False
    is_pagerduty = subscription.endpoint.startswith(_PAGERDUTY_HOSTS)
    return is_pagerduty == (kind is Kind.PAGERDUTY)


def _attributes(subscription: Subscription) -> SubscriptionAttributes | None:
    return None if subscription.attributes is None else known(subscription.attributes)


def _name(view: View, recipient: Recipient) -> str:
    by_kind = " by its kind, its endpoint being hidden" if recipient.name in view.hidden else ""
    return f"{recipient.name} ({recipient.kind}{by_kind})"


CHECKS: Final[tuple[Check[Any], ...]] = (
    Check("recipient-subscribed", the_alert_topic, _recipient_subscribed),
    Check("recipient-confirmed", the_alert_topic, _recipient_confirmed),
    Check("topic-has-confirmed-subscription", each_topic, _topic_has_confirmed_subscription),
    Check("subscription-filter-policy", the_alert_topic, _subscription_filter_policy),
    Check("dead-letter-queue", the_alert_topic, _dead_letter_queue),
)
