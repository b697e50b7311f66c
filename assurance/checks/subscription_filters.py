"""Subscriptions' filter policies: which of the messages on the topic pass."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from assurance.snapshot import SubscriptionAttributes

ON_THE_BODY: Final = "MessageBody"

# What CloudWatch's message of a change of state always has as a text. (Other fields are null, lists
# or objects, of which `exists` says nothing: it looks at leaves.)
_IN_EVERY_ALARM: Final = frozenset(
    {
        "AWSAccountId",
        "AlarmArn",
        "AlarmName",
        "NewStateReason",
        "NewStateValue",
        "OldStateValue",
        "Region",
        "StateChangeTime",
    }
)
_IN_SOME: Final = frozenset(
    {
        "AlarmActions",
        "AlarmConfigurationUpdatedTimestamp",
        "AlarmDescription",
        "InsufficientDataActions",
        "OKActions",
        "Trigger",
    }
)
# A digest of the alert details is a text, or a custom notification for chat: its fields.
_IN_EVERY_DIGEST: Final = frozenset({"content", "id", "metadata", "source", "version"})


def passes_alarm(attributes: SubscriptionAttributes, alarm_name: str) -> bool | None:
    """Whether an alarm that goes to ALARM passes; None when that cannot be judged."""
    told = dict.fromkeys(_IN_EVERY_ALARM | _IN_SOME)
    return _passes(attributes, {**told, "AlarmName": alarm_name, "NewStateValue": "ALARM"})


def passes_digest(attributes: SubscriptionAttributes) -> bool | None:
    """Whether a digest of the alert details passes; None when that cannot be judged."""
    return _passes(attributes, dict.fromkeys(_IN_EVERY_DIGEST))


def _passes(attributes: SubscriptionAttributes, told: Mapping[str, str | None]) -> bool | None:
    """Whether a message with these fields, None for a value that is not known, passes.

    SNS developer guide, Subscription filter policies: every key must match, by any of its values.
    """
    if not attributes.filter_policy:
        return True
    try:
        policy = json.loads(attributes.filter_policy)
    except ValueError:
        return None
    if policy == {}:
        return True
    if attributes.filter_policy_scope != ON_THE_BODY:
        # Neither alarms nor digests have message attributes.
        return False
    if not isinstance(policy, dict):
        return None
    return all_of(_matches(key, values, told) for key, values in policy.items())


def _matches(key: str, values: Any, told: Mapping[str, str | None]) -> bool | None:
    if not isinstance(values, list) or key.startswith("$"):
        return None
    matches = [_matches_one(key, value, told) for value in values]
    return True if True in matches else (None if None in matches else False)


def _matches_one(key: str, value: Any, told: Mapping[str, str | None]) -> bool | None:
    absent = {"exists": False}
    if key not in told:
        return bool(value == absent)
    if value in (absent, {"exists": True}):
        return bool(value != absent) if key in _IN_EVERY_ALARM else None
    known = told[key]
    return value == known if known is not None and isinstance(value, str) else None


def all_of(outcomes: Iterable[bool | None]) -> bool | None:
    """Whether all are so; None when that hangs on one that cannot be judged."""
    seen = set(outcomes)
    return False if False in seen else (None if None in seen else True)
