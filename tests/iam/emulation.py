"""What the emulator asks of a policy otherwise than AWS does, and how a policy is put to it."""

import copy
from typing import Final

from tests.iam.policies import Policy, actions

ASKED_WITHOUT_RESOURCE: Final = frozenset(
    {
        "cloudwatch:DeleteAlarms",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:ListTagsForResource",
        "cloudwatch:TagResource",
        "cloudwatch:UntagResource",
        "kms:CreateAlias",
        "kms:DeleteAlias",
        "kms:UpdateAlias",
        "lambda:CreateFunction",
        "sns:ListTagsForResource",
        "sns:TagResource",
        "sns:UntagResource",
    }
)
"""Actions that the emulator checks against `*`, whatever the request names."""

UNKNOWN_KEYS: Final = frozenset({"iam:PolicyARN", "lambda:Principal", "sns:Protocol"})
"""Condition keys that AWS always has for the actions they stand with, and the emulator never."""

ASKED_UNDER_UNKNOWN_KEYS: Final = frozenset(
    {"iam:AttachRolePolicy", "iam:DetachRolePolicy", "lambda:AddPermission", "sns:Subscribe"}
)
"""The actions that such conditions stand with."""

ASKED_BY_EMULATED_AWS_ALONE: Final = "sns:ListSubscriptionsByTopic"
"""How emulated_aws finds a new subscription's ARN, which AWS returns to the provider."""


def as_the_emulator_asks(
    policy: Policy, without_resource: frozenset[str] = ASKED_WITHOUT_RESOURCE
) -> Policy:
    """The same actions, each on the resources and under the conditions that the emulator knows.

    `without_resource` are those that it checks against `*` in the calls at hand.
    """
    asked = copy.deepcopy(policy)
    for statement in asked["Statement"]:
        for operator, keys in list(statement.get("Condition", {}).items()):
            known = {key: value for key, value in keys.items() if key not in UNKNOWN_KEYS}
            statement["Condition"] = {**statement["Condition"], operator: known}
            if not known:
                del statement["Condition"][operator]
    widened = sorted(without_resource & actions(policy))
    if widened:
        asked["Statement"].append({"Effect": "Allow", "Action": widened, "Resource": "*"})
    return asked


def with_the_emulations_own(policy: Policy) -> Policy:
    """The policy and what emulated_aws calls besides the provider's calls."""
    own = {"Effect": "Allow", "Action": [ASKED_BY_EMULATED_AWS_ALONE], "Resource": "*"}
    return {**policy, "Statement": [*policy["Statement"], own]}
