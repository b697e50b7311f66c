"""Whether a filter pattern counts denied calls by principals that nobody knows."""

import json
from itertools import product
from typing import Final

from assurance.filter_pattern import Comparison, FilterPattern, Selector, Text, conditions
from assurance.probe_records import DENIED_CODES, IDENTITIES, VERBS, Records

# Those that an intruder asks first.
_SERVICES: Final = ("ec2", "iam", "kms", "lambda", "organizations", "s3", "secretsmanager", "sts")
_EVENT_SOURCE: Final = ".amazonaws.com"
# The same strangers at each audit, so that its findings are the same for the same account.
_SEED: Final = 1


def missed(pattern: FilterPattern, account: str, region: str) -> tuple[list[str], int]:
    """Calls that a pattern does not count, in a few words each, and of how many.

    They are calls of every type of principal, of this account and of another, of the services and
    in the regions that the pattern names and some more. What an exclusion hides of them it hides of
    intruders.
    """
    sources = (each.removesuffix(_EVENT_SOURCE) for each in _named(pattern, "eventSource"))
    records = Records(
        _SEED,
        services=list(dict.fromkeys((*_SERVICES, *sources))),
        regions=list(dict.fromkeys((region, *_named(pattern, "awsRegion")))),
        accounts=(account,),
    )
    calls = [
        records.denied(0, kind, verb=verb, code=code, account=whose)
        for kind, whose, verb, code in product(IDENTITIES, records.accounts, VERBS, DENIED_CODES)
    ]
    return [_said(call) for call in calls if not pattern.matches(call)], len(calls)


def _named(pattern: FilterPattern, field: str) -> list[str]:
    """The values that a pattern compares a field with, or one of which a wildcard stands for."""
    return [
        condition.value.value.replace("*", "x")
        for condition in conditions(pattern.root)
        if isinstance(condition, Comparison)
        and condition.selector == Selector((field,))
        and isinstance(condition.value, Text)
    ]


def _said(call: str) -> str:
    record = json.loads(call)
    return (
        f"{record['eventSource']} {record['eventName']} by a {record['userIdentity']['type']} in"
        f" {record['awsRegion']}, account {record['recipientAccountId']} ({record['errorCode']})"
    )
