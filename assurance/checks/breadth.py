"""Whether a filter pattern counts denied calls by principals that nobody knows."""

import json
from functools import lru_cache
from itertools import product
from typing import Final

from assurance.filter_pattern import FilterPattern
from assurance.probe_records import (
    DENIED_CODES,
    IDENTITIES,
    VERBS,
    Records,
    Strangers,
    known_addresses,
)

# Those that an intruder asks first; strangers ask those too that the pattern names.
_SERVICES: Final = ("ec2", "iam", "kms", "lambda", "organizations", "s3", "secretsmanager", "sts")
# The same strangers at each audit, so that its findings are the same for the same account.
_SEED: Final = 1
_TIME: Final = 0
# A drill looks at the same account again and again.
_REMEMBERED: Final = 16


@lru_cache(_REMEMBERED)
def missed(pattern: FilterPattern, account: str, region: str) -> tuple[tuple[str, ...], int]:
    """Calls that a pattern does not count, in a few words each, and of how many.

    They are calls of every type of principal, of this account and of another. What an exclusion
    hides of them it hides of intruders.
    """
    records = Records(
        _SEED,
        services=_SERVICES,
        regions=(region,),
        accounts=(account,),
        known_addresses=known_addresses(pattern),
    )
    strangers = Strangers(records, pattern)
    calls = [
        records.denied(_TIME, kind, verb=verb, code=code, account=whose)
        for kind, whose, verb, code in product(IDENTITIES, records.accounts, VERBS, DENIED_CODES)
    ]
    calls += [call for kind in IDENTITIES for call in strangers.denied(_TIME, kind)]
    return tuple(_said(call) for call in calls if not pattern.matches(call)), len(calls)


def _said(call: str) -> str:
    record = json.loads(call)
    return (
        f"{record['eventSource']} {record['eventName']} by {record['userIdentity']['type']} in"
        f" {record['awsRegion']}, account {record['recipientAccountId']} ({record['errorCode']})"
    )
