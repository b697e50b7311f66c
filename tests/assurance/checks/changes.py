"""Changes of a snapshot: the same account with one thing otherwise."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from assurance.snapshot import (
    AccountSnapshot,
    Alarm,
    AlarmsOnMetric,
    Key,
    Subscription,
    SubscriptionAttributes,
    Topic,
    TopicRead,
    Unknown,
)
from tests.assurance.checks.healthy import ALERTS, QUEUE_KEY, policy

Change = Callable[[AccountSnapshot], AccountSnapshot]


def unread(call: str) -> Unknown:
    return Unknown(call=call, about="it", code="AccessDenied", permission=call)


def with_filter(whole: AccountSnapshot, position: int = 0, **changes: Any) -> AccountSnapshot:
    """The same account with a change in one of its metric filters."""
    assert isinstance(whole.metric_filters, tuple)
    filters = list(whole.metric_filters)
    filters[position] = replace(filters[position], **changes)
    return replace(whole, metric_filters=tuple(filters))


def with_alarm(whole: AccountSnapshot, name: str = "denied", **changes: Any) -> AccountSnapshot:
    """The same account with a change in one of its alarms."""

    def changed(read: AlarmsOnMetric) -> AlarmsOnMetric:
        assert isinstance(read.alarms, tuple)
        found = tuple(replace(a, **changes) if a.name == name else a for a in read.alarms)
        return replace(read, alarms=found)

    return replace(whole, alarms=tuple(changed(read) for read in whole.alarms))


def with_alarms_on(
    whole: AccountSnapshot, name: str, alarms: tuple[Alarm, ...] | Unknown
) -> AccountSnapshot:
    """The same account with other alarms on a metric."""
    return replace(
        whole,
        alarms=tuple(
            replace(read, alarms=alarms) if read.metric.name == name else read
            for read in whole.alarms
        ),
    )


def with_topic(
    whole: AccountSnapshot, change: Callable[[Topic], Topic | Unknown | None], arn: str = ALERTS
) -> AccountSnapshot:
    """The same account with a change in one of its topics."""

    def changed(read: TopicRead) -> TopicRead:
        assert isinstance(read.topic, Topic)
        return replace(read, topic=change(read.topic)) if read.arn == arn else read

    return replace(whole, topics=tuple(changed(read) for read in whole.topics))


def with_key(whole: AccountSnapshot, **changes: Any) -> AccountSnapshot:
    """The same account with a change in the alert topic's key."""

    def change(found: Topic) -> Topic:
        assert isinstance(found.key, Key)
        return replace(found, key=replace(found.key, **changes))

    return with_topic(whole, change)


def with_subscription(
    whole: AccountSnapshot, name: str, change: Callable[[Subscription], Subscription | None]
) -> AccountSnapshot:
    """The same account with a change in one of the alert topic's subscriptions."""

    def changed(found: Topic) -> Topic:
        assert isinstance(found.subscriptions, tuple)
        subscriptions = (
            change(s) if s.arn.endswith(f":{name}") else s for s in found.subscriptions
        )
        return replace(found, subscriptions=tuple(s for s in subscriptions if s is not None))

    return with_topic(whole, changed)


def topic_policy(*statements: dict[str, Any]) -> Change:
    return lambda s: with_topic(s, lambda t: replace(t, policy=policy(*statements)))


def subscribed(name: str, **changes: Any) -> Change:
    return lambda s: with_subscription(s, name, lambda found: replace(found, **changes))


def attributes(name: str, **changes: Any) -> Change:
    def change(found: Subscription) -> Subscription:
        assert isinstance(found.attributes, SubscriptionAttributes)
        return replace(found, attributes=replace(found.attributes, **changes))

    return lambda s: with_subscription(s, name, change)


def filter_policy(text: str, scope: str = "MessageBody") -> Change:
    return attributes("mail", filter_policy=text, filter_policy_scope=scope)


def every_subscription(**changes: Any) -> Change:
    def change(found: Topic) -> Topic:
        assert isinstance(found.subscriptions, tuple)
        return replace(
            found, subscriptions=tuple(replace(s, **changes) for s in found.subscriptions)
        )

    return lambda s: with_topic(s, change)


def queue_policy(position: int, text: str | None) -> Change:
    def change(s: AccountSnapshot) -> AccountSnapshot:
        queues = list(s.queues)
        queues[position] = replace(queues[position], policy=text)
        return replace(s, queues=tuple(queues))

    return change


def encrypted_queue(
    key: Key | Unknown | None = QUEUE_KEY, key_id: str = QUEUE_KEY.arn, **changes: Any
) -> Change:
    """A recipient's queue with a key of its own, which lets SNS in but for the changes."""

    def change(s: AccountSnapshot) -> AccountSnapshot:
        changed = replace(key, **changes) if isinstance(key, Key) else key
        first, *others = s.queues
        return replace(s, queues=(replace(first, key_id=key_id, key=changed), *others))

    return change


def function_policy(text: Any) -> Change:
    return lambda s: replace(s, functions=(replace(s.functions[0], policy=text),))
