"""Faults of the topics and their keys."""

from msgspec.structs import replace

from assurance.snapshot import AccountSnapshot
from tests.assurance.checks.changes import topic_policy, unread, with_key, with_topic
from tests.assurance.checks.fault import Broken
from tests.assurance.checks.healthy import (
    ACCOUNT,
    ALERTS,
    FROM_ALARMS,
    RECORD,
    REGION,
    allow,
    policy,
)


def other_account(s: AccountSnapshot) -> AccountSnapshot:
    elsewhere = {"StringEquals": {"aws:SourceAccount": "999999999999"}}
    return topic_policy(allow("cloudwatch", "SNS:Publish", ALERTS, **elsewhere))(s)


BROKEN = [
    Broken(
        "no statement for CloudWatch",
        topic_policy(allow("events", "SNS:Publish", ALERTS)),
        {"topic-policy-allows-cloudwatch": "no statement allows it"},
    ),
    Broken(
        "an explicit deny",
        topic_policy(
            allow("cloudwatch", "SNS:Publish", ALERTS),
            {"Effect": "Deny", "Principal": "*", "Action": "SNS:Publish", "Resource": "*"},
        ),
        {"topic-policy-allows-cloudwatch": "statement 2 denies it"},
    ),
    Broken(
        "another account's alarms",
        other_account,
        {"topic-policy-allows-cloudwatch": "no statement"},
    ),
    Broken(
        "another action",
        topic_policy(allow("cloudwatch", "SNS:Subscribe", ALERTS, **FROM_ALARMS)),
        {"topic-policy-allows-cloudwatch": "no statement"},
    ),
    Broken(
        "the record's policy",
        lambda s: with_topic(s, lambda t: replace(t, policy=policy()), RECORD),
        {"topic-policy-allows-cloudwatch": f"{RECORD}, for quiet"},
    ),
    Broken(
        "AWS's own key by its alias",
        lambda s: with_topic(s, lambda t: replace(t, key_id="alias/aws/sns", key=None)),
        {
            "topic-key-not-aws-managed": "alias/aws/sns",
            "topic-key-allows-cloudwatch": "names no service",
        },
    ),
    Broken(
        "AWS's own key by its alias' ARN",
        lambda s: with_topic(
            s,
            lambda t: replace(
                t, key_id=f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/sns", key=unread("kms:X")
            ),
        ),
        {"topic-key-not-aws-managed": "alias/aws/sns"},
        also=frozenset({"topic-key-allows-cloudwatch"}),
    ),
    Broken(
        "AWS's own key by its id",
        lambda s: with_key(s, manager="AWS"),
        {"topic-key-not-aws-managed": "key/1a2b3c4d"},
        also=frozenset({"topic-key-allows-cloudwatch"}),
    ),
    Broken(
        "no such key",
        lambda s: with_topic(s, lambda t: replace(t, key=None)),
        {"topic-key-usable": "there is no key"},
    ),
    Broken(
        "a disabled key",
        lambda s: with_key(s, state="Disabled"),
        {"topic-key-usable": "Disabled"},
    ),
    Broken(
        "a key pending deletion",
        lambda s: with_key(s, state="PendingDeletion"),
        {"topic-key-usable": "PendingDeletion"},
    ),
    Broken(
        "an asymmetric key",
        lambda s: with_key(s, spec="RSA_2048"),
        {"topic-key-usable": "RSA_2048"},
    ),
    Broken(
        "a key that knows CloudWatch not",
        lambda s: with_key(s, policy=policy(allow("sns", "kms:*", "*"))),
        {"topic-key-allows-cloudwatch": "kms:Decrypt for denied: no statement"},
    ),
    Broken(
        "a key for decryption only",
        lambda s: with_key(s, policy=policy(allow("cloudwatch", "kms:Decrypt", "*"))),
        {"topic-key-allows-cloudwatch": "kms:GenerateDataKey for denied"},
    ),
    Broken(
        "a key for another account's alarms",
        lambda s: with_key(
            s,
            policy=policy(
                allow("cloudwatch", "kms:*", "*", StringEquals={"aws:SourceAccount": "9"})
            ),
        ),
        {"topic-key-allows-cloudwatch": "no statement"},
    ),
    Broken(
        "not encrypted",
        lambda s: with_topic(s, lambda t: replace(t, key_id="", key=None)),
        {"topic-encryption": "not encrypted"},
    ),
    Broken(
        "encrypted although the config says none",
        lambda s: s,
        {"topic-encryption": "key/1a2b3c4d"},
        settings={"encryption": "none"},
    ),
    Broken(
        "encrypted with another key",
        lambda s: s,
        {"topic-encryption": "key/1a2b3c4d"},
        settings={"encryption": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/other"},
    ),
]
