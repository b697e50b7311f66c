"""The mute rules of alarms: a muted alarm goes red, and its actions do not run.

CloudWatch API reference, PutAlarmMuteRule and ListAlarmMuteRules.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from assurance.aws import Clients
from assurance.reading import attempt
from assurance.snapshot import MuteRule, MuteRules


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
    for page in paginator.paginate(AlarmName=alarm_name):
        for rule in page.get("AlarmMuteRuleSummaries") or ():
            yield MuteRule(
                arn=rule.get("AlarmMuteRuleArn") or "",
                status=rule.get("Status") or "",
                mute_type=rule.get("MuteType") or "",
                expires_at=rule.get("ExpireDate"),
            )
