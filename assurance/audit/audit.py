"""An account held against the control: its snapshot, the checks, and what others would say."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from assurance.account_reader import read_account
from assurance.audit import auditors
from assurance.audit.auditors import Opinion
from assurance.aws import Clients
from assurance.checks import check, mutes, phones, states, trails, worst
from assurance.checks.finding import Finding, Status
from assurance.checks.view import View
from assurance.mute_reader import read_mute_rules
from assurance.phone_reader import read_phones
from assurance.snapshot import AccountSnapshot, Topic, Unknown
from assurance.stack_files import StackFiles
from assurance.trail_reader import read_trails
from monitoring import control
from monitoring.stack_config import StackConfig

# What only a stack's config can ask for: the benchmark leaves names and settings free.
_OF_A_STACK: Final = frozenset(
    {
        "alarm-settings",
        "filter-metric",
        "recipient-confirmed",
        "recipient-subscribed",
        "recovery-notified",
        "topic-encryption",
    }
)
# Nobody asked for other settings there: they are told, whatever they are.
_THRESHOLD: Final = "alarm-threshold-reachable"


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What an audit found: the checks of the control first, then what others would say."""

    snapshot: AccountSnapshot
    findings: Sequence[Finding]
    opinions: Sequence[Opinion]

    @property
    def status(self) -> Status:
        """The worst of the findings."""
        return worst(self.findings)


def read(
    clients: Clients, log_group_name: str, in_region: Callable[[str], Clients]
) -> AccountSnapshot:
    """The snapshot of a real account, with its trails, the alarms' mute rules and the phones.

    `in_region` asks a trail where it lives.
    """
    snapshot = read_account(clients, log_group_name)
    alarms = dict.fromkeys(
        alarm.name
        for on_metric in snapshot.alarms
        if not isinstance(on_metric.alarms, Unknown)
        for alarm in on_metric.alarms
    )
    numbers = (
        subscription.endpoint
        for read in snapshot.topics
        if isinstance(read.topic, Topic) and not isinstance(read.topic.subscriptions, Unknown)
        for subscription in read.topic.subscriptions
        if subscription.is_by_sms
    )
    return msgspec.structs.replace(
        snapshot,
        trails=read_trails(clients, in_region),
        mute_rules=read_mute_rules(clients, alarms),
        phones=read_phones(clients, numbers),
    )


def of_stack(snapshot: AccountSnapshot, files: StackFiles, config: StackConfig) -> Audit:
    """Hold an account against a stack's config."""
    return _audit(snapshot, config, [_account_allowed(snapshot, files)], hidden=files.stand_ins)


def without_stack(snapshot: AccountSnapshot) -> Audit:
    """Hold an account that this project did not deploy against the control alone."""
    audit = _audit(snapshot, _found_config(snapshot), [], hidden=())
    settings = [
        f"{alarm} (the benchmark's example: 1 call in 300 s)"
        for finding in audit.findings
        if finding.check == "alarm-settings" and finding.status is not Status.UNKNOWN
        for alarm in finding.evidence
    ]
    findings = [
        replace(finding, notes=tuple(settings)) if finding.check == _THRESHOLD else finding
        for finding in audit.findings
        if finding.check not in _OF_A_STACK
    ]
    return replace(audit, findings=findings)


def _audit(
    snapshot: AccountSnapshot,
    config: StackConfig,
    first: Sequence[Finding],
    *,
    hidden: Sequence[str],
) -> Audit:
    view = View(snapshot, config, frozenset(hidden))
    return Audit(
        snapshot=snapshot,
        findings=[
            *first,
            *(each(view) for each in trails.CHECKS),
            *check(snapshot, config, hidden=hidden),
            *(each(view) for each in (*states.CHECKS, *mutes.CHECKS, *phones.CHECKS)),
        ],
        opinions=auditors.opinions(snapshot),
    )


def _account_allowed(snapshot: AccountSnapshot, files: StackFiles) -> Finding:
    name = "account-allowed"
    try:
        told = json.loads(files.config.get("aws:allowedAccountIds", "[]"))
    except ValueError:
        told = None
    if not isinstance(told, list):
        said = "aws:allowedAccountIds is not a list of account ids"
        return Finding(name, Status.UNKNOWN, (said,))
    allowed = [str(each) for each in told]
    if isinstance(snapshot.account, Unknown):
        return Finding(name, Status.UNKNOWN, (str(snapshot.account),))
    if not allowed:
        said = (
            f"{snapshot.account}: the stack sets no aws:allowedAccountIds to compare with; if it is"
            f" the stack's, set it: pulumi config set --stack {files.stack} --type string "
            f"--path 'aws:allowedAccountIds[0]' {snapshot.account}"
        )
        return Finding(name, Status.UNKNOWN, (said,))
    evidence = (f"{snapshot.account}; the stack is for {', '.join(allowed)}",)
    if snapshot.account in allowed:
        return Finding(name, Status.PASS, evidence)
    return Finding(name, Status.FAIL, evidence, "use the credentials of the stack's account")


def _found_config(snapshot: AccountSnapshot) -> StackConfig:
    """The settings of what is there, where the control leaves a choice; its own elsewhere."""
    filters = () if isinstance(snapshot.metric_filters, Unknown) else snapshot.metric_filters
    keys = {"".join(text.split()): key for key, text in control.PATTERNS.items()}
    for found in filters:
        key = keys.get("".join(found.pattern.split()))
        if key is None:
            continue
        of_metric = next((a for a in snapshot.alarms if a.metric == found.metric), None)
        alarms = of_metric.alarms if of_metric is not None else ()
        if isinstance(alarms, Unknown) or not alarms:
            return StackConfig(
                log_group_name=snapshot.log_group_name,
                benchmarks=(key,),
                metric_namespace=found.metric_namespace,
            )
        alarm = alarms[0]
        return StackConfig(
            log_group_name=snapshot.log_group_name,
            benchmarks=(key,),
            metric_namespace=found.metric_namespace,
            threshold=int(alarm.threshold),
            period=alarm.period,
            evaluation_periods=alarm.evaluation_periods,
            datapoints_to_alarm=alarm.datapoints_to_alarm,
        )
    return StackConfig(log_group_name=snapshot.log_group_name)
