"""The policies in iam/, filled in, and what can be asked of them without AWS."""

import copy
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.deployment import ACCOUNT, REGION, ROOT

Policy = dict[str, Any]

FOLDER: Final = ROOT / "iam"
TABLE: Final[Mapping[str, Any]] = tomllib.loads((FOLDER / "actions.toml").read_text("utf-8"))
NAMES: Final = tuple(sorted(path.name for path in FOLDER.glob("*.json")))

VALUES: Final[Mapping[str, str]] = {
    "PARTITION": "aws",
    "ACCOUNT_ID": ACCOUNT,
    "REGION": REGION,
    "LOG_GROUP": "aws-cloudtrail-logs",
    "STACK": "prod",
    "FUNCTION": "on-alarm",
    "DRILL_ROLE": "unauthorized-api-calls-drill",
}

LIFE: Final = ("create", "read", "update", "delete")


def filled(name: str, **values: str) -> Policy:
    """A policy with its placeholders filled in."""
    text = (FOLDER / name).read_text("utf-8")
    for placeholder, value in {**VALUES, **values}.items():
        text = text.replace(placeholder, value)
    policy: Policy = json.loads(text)
    return policy


def actions(policy: Policy) -> set[str]:
    """Every action that the policy allows."""
    return {action for statement in policy["Statement"] for action in _listed(statement["Action"])}


def without(policy: Policy, action: str) -> Policy:
    """The policy with one action taken away."""
    less = copy.deepcopy(policy)
    for statement in less["Statement"]:
        statement["Action"] = [one for one in _listed(statement["Action"]) if one != action]
    less["Statement"] = [statement for statement in less["Statement"] if statement["Action"]]
    return less


def only(policy: Policy, action: str) -> Policy:
    """What the policy says of one action."""
    statements = [
        {**statement, "Action": action}
        for statement in policy["Statement"]
        if action in _listed(statement["Action"])
    ]
    return {**policy, "Statement": statements}


def together(*policies: Policy) -> Policy:
    """One policy that allows what all of these allow."""
    statements = [statement for policy in policies for statement in policy["Statement"]]
    return {"Version": "2012-10-17", "Statement": statements}


def allowing(policy: Policy, action: str, arn: str) -> Iterator[Mapping[str, Any]]:
    """The statements that allow an action on a resource, if their conditions are met."""
    for statement in policy["Statement"]:
        if action in _listed(statement["Action"]) and any(
            _like(arn, pattern) for pattern in _listed(statement["Resource"])
        ):
            yield statement


def of_type(token: str) -> set[str]:
    """What the table says that a type of resource needs in its whole life."""
    row = TABLE["types"][token]
    return {action for step in LIFE for action in row[step]}


def _like(text: str, pattern: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text) is not None


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
