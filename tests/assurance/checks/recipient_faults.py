"""Faults of the recipients and of what the topics deliver to."""

from msgspec.structs import replace

from assurance.snapshot import SubscriptionAttributes
from tests.assurance.checks.changes import (
    attributes,
    encrypted_queue,
    every_subscription,
    filter_policy,
    function_policy,
    queue_policy,
    subscribed,
    with_subscription,
    with_topic,
)
from tests.assurance.checks.fault import Broken
from tests.assurance.checks.healthy import ALERTS, RECORD, allow, policy

BROKEN = [
    Broken(
        "a recipient is not subscribed",
        lambda s: with_subscription(s, "mail", lambda _: None),
        {"recipient-subscribed": "mail (email) is not on"},
    ),
    Broken(
        "another address",
        subscribed("mail", digest="other"),
        {"recipient-subscribed": "mail (email) is not on"},
    ),
    Broken(
        "chat applications are not subscribed",
        lambda s: with_subscription(s, "chat", lambda _: None),
        {"recipient-subscribed": "channel (slack): chat applications are not on"},
    ),
    Broken(
        "pending",
        subscribed("mail", status="pending", arn="PendingConfirmation"),
        {"recipient-confirmed": "mail (email): pending"},
    ),
    Broken(
        "lapsed",
        subscribed("hook", status="deleted", arn="Deleted"),
        {"recipient-confirmed": "hook (https): deleted"},
    ),
    Broken(
        "nobody confirmed",
        every_subscription(status="pending"),
        {"topic-has-confirmed-subscription": "0 confirmed", "recipient-confirmed": "pending"},
        also=frozenset({"recipient-subscribed"}),
    ),
    Broken(
        "the record keeps nothing",
        lambda s: with_topic(s, lambda t: replace(t, subscriptions=()), RECORD),
        {"topic-has-confirmed-subscription": f"{RECORD}: 0 confirmed"},
    ),
    Broken(
        "a filter policy on attributes",
        filter_policy('{"x": [{"exists": false}]}', "MessageAttributes"),
        {"subscription-filter-policy": "mail (email)"},
    ),
    Broken(
        "filter policies drop every alarm",
        every_subscription(attributes=SubscriptionAttributes(filter_policy='{"x": ["y"]}')),
        {"topic-has-confirmed-subscription": "filter policies drop every alarm"},
        also=frozenset({"subscription-filter-policy", "dead-letter-queue"}),
    ),
    Broken(
        "a filter policy of no scope",
        filter_policy('{"NewStateValue": ["ALARM"]}', ""),
        {"subscription-filter-policy": "mail (email)"},
    ),
    Broken(
        "only recoveries pass",
        filter_policy('{"NewStateValue": ["OK"]}'),
        {"subscription-filter-policy": '{"NewStateValue": ["OK"]}'},
    ),
    Broken(
        "no dead-letter queue",
        attributes("pager", redrive_policy=""),
        {"dead-letter-queue": "pager (pagerduty): no dead-letter queue"},
    ),
    Broken(
        "the queue lets nobody send",
        queue_policy(0, ""),
        {"queue-accepts-topic": ":alarms has no policy"},
    ),
    Broken(
        "the dead-letter queue takes from another topic",
        queue_policy(
            1,
            policy(
                allow("sns", "sqs:SendMessage", "*", ArnEquals={"aws:SourceArn": f"{ALERTS}-old"})
            ),
        ),
        {"queue-accepts-topic": ":dead-hook, for"},
    ),
    Broken(
        "the queue's key does not let SNS in",
        encrypted_queue(policy=policy(allow("s3", "kms:*", "*"))),
        {"queue-key-allows-sns": "kms:Decrypt for"},
    ),
    Broken(
        "the queue's key lets SNS read alone",
        encrypted_queue(policy=policy(allow("sns", "kms:Decrypt", "*"))),
        {"queue-key-allows-sns": "kms:GenerateDataKey for"},
    ),
    Broken(
        "AWS's own key on the queue",
        encrypted_queue(None, "alias/aws/sqs"),
        {"queue-key-allows-sns": "names no service"},
    ),
    Broken(
        "AWS's own key on the queue by its ARN",
        encrypted_queue(manager="AWS"),
        {"queue-key-allows-sns": "names no service"},
    ),
    Broken(
        "a disabled key on the queue",
        encrypted_queue(state="Disabled"),
        {"queue-key-allows-sns": "Disabled"},
    ),
    Broken(
        "the queue's key is gone",
        encrypted_queue(None),
        {"queue-key-allows-sns": "there is no key"},
    ),
    Broken(
        "the queue is gone",
        queue_policy(3, None),
        {"queue-accepts-topic": "there is no queue"},
    ),
    Broken(
        "the function may not be invoked",
        function_policy(None),
        {"function-accepts-topic": "function:f:live has no policy"},
    ),
    Broken(
        "the function may be invoked by another topic",
        function_policy(
            policy(
                allow(
                    "sns", "lambda:InvokeFunction", "*", ArnLike={"AWS:SourceArn": f"{ALERTS}-old"}
                )
            )
        ),
        {"function-accepts-topic": "no statement allows it"},
    ),
]
