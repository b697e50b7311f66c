"""The rules over a snapshot, one for each way in which the alarm can be dead.

Their only home: the rehearsal, the audit and the drill all ask here. Pure: a snapshot and a config
in, findings out.
"""

from collections.abc import Collection
from typing import Any, Final

from assurance.checks import actions, alarms, details, filters, recipients, targets, topics, watches
from assurance.checks.finding import Finding, Status
from assurance.checks.rule import Check
from assurance.checks.view import View
from assurance.snapshot import AccountSnapshot
from monitoring.stack_config import StackConfig

__all__ = ["CHECKS", "Finding", "Status", "check", "worst"]

CHECKS: Final[tuple[Check[Any], ...]] = (
    *filters.CHECKS,
    *alarms.CHECKS,
    *actions.CHECKS,
    *topics.CHECKS,
    *recipients.CHECKS,
    *targets.CHECKS,
    *watches.CHECKS,
)
"""Every check, from the log group to the recipients; `details.CHECKS` come on top of them."""


def check(
    snapshot: AccountSnapshot,
    config: StackConfig,
    *,
    hidden: Collection[str] = (),
    declared_chat_topics: Collection[str] | None = None,
) -> list[Finding]:
    """Hold what an account says of itself against what a stack's config expects; one finding each.

    `hidden` names the recipients whose endpoints the config does not tell: they are matched by kind
    and number. On AWS a chat configuration subscribes itself to its topics; where it does not, on
    the emulator, `declared_chat_topics` names the topics that the configurations declare, one entry
    for each configuration and topic.
    """
    view = View(snapshot, config, frozenset(hidden), declared_chat_topics)
    wanted = (*CHECKS, *(details.CHECKS if config.alert_details else ()))
    return [each(view) for each in wanted]


def worst(findings: Collection[Finding]) -> Status:
    """What all findings together say."""
    found = {finding.status for finding in findings}
    return next((s for s in (Status.FAIL, Status.UNKNOWN) if s in found), Status.PASS)
