"""KMS keys of what alarms pass through: that a service can use them at all."""

from typing import Final

from assurance.snapshot import Key, Unknown

# SNS and SQS use no other (SNS and SQS developer guides, "Key management").
_USABLE: Final = ("Enabled", "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
# By which a service writes to what is encrypted, and reads what it has written (KMS developer
# guide, "Key policies").
ACTIONS: Final = ("kms:Decrypt", "kms:GenerateDataKey")


def is_aws_managed(key_id: str, key: Key | Unknown | None) -> bool:
    """Whether it is one of AWS's own, whose policies name no service and cannot be changed."""
    if key_id.rpartition(":")[2].startswith("alias/aws/"):
        return True
    return isinstance(key, Key) and key.manager == "AWS"


def is_usable(key: Key) -> bool:
    """Whether SNS and SQS can use it: symmetric, for encryption, and enabled."""
    return (key.state, key.spec, key.usage) == _USABLE


def told(key: Key) -> str:
    """What decides that."""
    return f"{key.arn}: {key.state}, {key.spec}, {key.usage}"
