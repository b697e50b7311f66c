"""The mute rules of alarms: a muted alarm goes red, and its actions do not run.

CloudWatch API reference, PutAlarmMuteRule and ListAlarmMuteRules.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from botocore.exceptions import ClientError

from assurance.aws import Clients
from assurance.reading import attempt
from assurance.snapshot import MuteRule, MuteRules

# An endpoint that does not know the call, an older partition's or the emulator's, mutes nothing.
_NO_SUCH_CALL: Final = frozenset({"InvalidAction", "UnknownOperationException"})


def read_mute_rules(clients: Clients, alarm_names: Iterable[str]) -> tuple[MuteRules, ...]:
    """The rules that name each of these alarms, expired ones too."""
    return tuple(
        MuteRules(
            alarm=name,
            rules=attempt(
                "cloudwatch:ListAlarmMuteRules",
                name,
                lambda name=name: tuple(_rules(clients, name)),  # type: ignore[misc] # bound at once
            )
            or (),
        )
        for name in alarm_names
    )


def _rules(clients: Clients, alarm_name: str) -> Iterator[MuteRule]:
    paginator: Any = clients.cloudwatch.get_paginator("list_alarm_mute_rules")
    try:
        pages = list(paginator.paginate(AlarmName=alarm_name))
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _NO_SUCH_CALL:
            return
        raise
    for page in pages:
        for rule in page.get("AlarmMuteRuleSummaries") or ():
            yield MuteRule(
                arn=rule.get("AlarmMuteRuleArn") or "",
                status=rule.get("Status") or "",
                mute_type=rule.get("MuteType") or "",
                expires_at=rule.get("ExpireDate"),
            )
