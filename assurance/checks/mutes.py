"""The alarms' mute rules: that nothing keeps a red alarm from telling anybody."""

from collections.abc import Iterator
from typing import Any, Final

from assurance.checks.finding import CannotTellError, Verdict, judged
from assurance.checks.rule import Check, each_alarm
from assurance.checks.view import View, known
from assurance.snapshot import Alarm, MuteRule

# CloudWatch API reference, GetAlarmMuteRule: such a rule mutes no more.
_EXPIRED: Final = "EXPIRED"


def _alarm_not_muted(view: View, alarm: Alarm) -> Iterator[Verdict]:
    read = next((each for each in view.snapshot.mute_rules if each.alarm == alarm.name), None)
    if read is None:
        raise CannotTellError(f"{alarm.name}: its mute rules were not read")
    rules = [rule for rule in known(read.rules) if rule.status != _EXPIRED]
    yield judged(
        good=not rules,
        evidence=f"{alarm.name}: {'; '.join(map(_said, rules)) or 'no mute rule'}",
        mend="; ".join(
            f"aws cloudwatch delete-alarm-mute-rule --alarm-mute-rule-name {rule.name}"
            for rule in rules
        )
        + " (exclusions quiet what is known; while an alarm is muted, nobody hears of anything)",
    )


def _said(rule: MuteRule) -> str:
    kind = f"{rule.mute_type.lower().replace('_', '-')} " if rule.mute_type else ""
    until = f", until {rule.expires_at:%Y-%m-%dT%H:%M:%SZ}" if rule.expires_at else ""
    return f"{kind}mute rule {rule.name} is {rule.status.lower() or 'there'}{until}"


CHECKS: Final[tuple[Check[Any], ...]] = (Check("alarm-not-muted", each_alarm, _alarm_not_muted),)
