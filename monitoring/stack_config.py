"""The stack config: what a user may set, what is wrong with it, and how to mend it.

The same rules serve the program and whoever has the stack's files (`read`), and every other user of
the component (`parse`). Nothing here takes Pulumi's SDK, which is slow to import.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from monitoring import control, exclusion_presets, exclusions, recipients
from monitoring.endpoints import Kind
from monitoring.exclusions import Exclusion
from monitoring.problems import Problem, Problems
from monitoring.recipients import Recipient
from monitoring.setting_rules import SettingRules
from monitoring.tuned_pattern import refuse_too_long, tuned_pattern

NAMESPACE: Final = "unauthorized-api-calls"


class ConfigError(ValueError):
    """Everything that is wrong with the stack config, in one message."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(["The stack config cannot be used:", *map(_tell, problems)]))


@dataclass(frozen=True, kw_only=True)
class StackConfig:
    """The settings of one stack, checked; the defaults are control.py's.

    `period` is in seconds; `datapoints_to_alarm` is resolved (never 0). `topic_arn` is empty when
    the stack makes its own topic. `encryption` is `created`, `none` or a key's ARN.
    """

    log_group_name: str
    threshold: int = control.DEFAULT_THRESHOLD
    period: int = control.DEFAULT_PERIOD
    evaluation_periods: int = control.DEFAULT_EVALUATION_PERIODS
    datapoints_to_alarm: int = control.DEFAULT_EVALUATION_PERIODS
    benchmarks: tuple[str, ...] = control.DEFAULT_BENCHMARKS
    exclusions: tuple[Exclusion, ...] = ()
    exclusion_presets: tuple[Exclusion, ...] = ()
    recipients: tuple[Recipient, ...] = ()
    notify_recovery: bool = control.DEFAULT_NOTIFY_RECOVERY
    metric_namespace: str = control.DEFAULT_METRIC_NAMESPACE
    topic_arn: str = ""
    encryption: str = control.DEFAULT_ENCRYPTION
    heartbeat_minutes: int = control.DEFAULT_HEARTBEAT_MINUTES
    runbook_url: str = ""
    alert_details: bool = control.DEFAULT_ALERT_DETAILS

    @property
    def patterns(self) -> dict[str, str]:
        """The filter pattern of each filter that is deployed, by its key; the first one pages.

        Exactly one does: the tuned one when there are exclusions, else the first benchmark's.
        """
        benchmarks = {name: control.PATTERNS[name] for name in self.benchmarks}
        if not (self.exclusions or self.exclusion_presets):
            return benchmarks
        tuned = tuned_pattern((*self.exclusions, *self.exclusion_presets))
        return {control.TUNED: tuned, **benchmarks}

    @property
    def recovery_notified(self) -> bool:
        """Whether a return to OK is told: PagerDuty's incidents resolve by nothing else."""
        return self.notify_recovery or any(r.kind is Kind.PAGERDUTY for r in self.recipients)


# Every key of the stack config and the field it sets.
KEYS: Final[Mapping[str, str]] = {
    "logGroupName": "log_group_name",
    "threshold": "threshold",
    "period": "period",
    "evaluationPeriods": "evaluation_periods",
    "datapointsToAlarm": "datapoints_to_alarm",
    "benchmarks": "benchmarks",
    "exclusions": "exclusions",
    "exclusionPresets": "exclusion_presets",
    "recipients": "recipients",
    "notifyRecovery": "notify_recovery",
    "metricNamespace": "metric_namespace",
    "topicArn": "topic_arn",
    "encryption": "encryption",
    "heartbeatMinutes": "heartbeat_minutes",
    "runbookUrl": "runbook_url",
    "alertDetails": "alert_details",
}
_OBJECTS: Final = frozenset({"benchmarks", "exclusions", "exclusionPresets", "recipients"})


def read(texts: Mapping[str, str], secret_keys: Collection[str] = ()) -> StackConfig:
    """The settings in a stack's config: namespaced keys, a text for each, some of them secret.

    Lists and objects are JSON, as the CLI hands them over. Raises ConfigError with everything that
    is wrong.
    """
    prefix = f"{NAMESPACE}:"
    own = {key.removeprefix(prefix): text for key, text in texts.items() if key.startswith(prefix)}
    secret = {key.removeprefix(prefix) for key in secret_keys if key.startswith(prefix)}
    values, problems = _values(own, secret)
    config = parse(values, problems)
    if problems:
        raise ConfigError(_without_secrets(problems, secret))
    return config


def parse(
    values: Mapping[str, object], problems: Problems, *, later: Collection[str] = ()
) -> StackConfig:
    """The settings in `values` (camelCase keys); what is wrong goes to `problems`.

    The result is of use only when no problem was found. Settings named in `later` are outputs of
    other resources, not known yet: they are given, and cannot be checked.
    """
    check = SettingRules(values, problems, later)
    settings = StackConfig(
        log_group_name=check.log_group_name(),
        threshold=check.integer("threshold", control.DEFAULT_THRESHOLD, least=1),
        period=check.period(),
        evaluation_periods=check.integer(
            "evaluationPeriods", control.DEFAULT_EVALUATION_PERIODS, least=1
        ),
        datapoints_to_alarm=check.integer(
            "datapointsToAlarm", control.DEFAULT_DATAPOINTS_TO_ALARM, least=0
        ),
        benchmarks=check.benchmarks(),
        exclusions=exclusions.parse(check.given("exclusions", {}), problems),
        exclusion_presets=exclusion_presets.parse(check.given("exclusionPresets", []), problems),
        recipients=recipients.parse(check.given("recipients", {}), problems),
        notify_recovery=check.boolean("notifyRecovery", default=control.DEFAULT_NOTIFY_RECOVERY),
        metric_namespace=check.metric_namespace(),
        topic_arn=check.topic_arn(),
        encryption=check.encryption(),
        heartbeat_minutes=check.heartbeat_minutes(),
        runbook_url=check.runbook_url(),
        alert_details=check.boolean("alertDetails", default=control.DEFAULT_ALERT_DETAILS),
    )
    check.window(settings.period, settings.evaluation_periods, settings.datapoints_to_alarm)
    refuse_too_long((*settings.exclusions, *settings.exclusion_presets), problems)
    check.somebody_is_told(settings.recipients, settings.topic_arn)
    return replace(
        settings,
        datapoints_to_alarm=settings.datapoints_to_alarm or settings.evaluation_periods,
    )


def monitor_name(stack: str) -> str:
    """The stack's name as a monitor may be called: it appears in alarms' names and subjects."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", stack)[: control.MONITOR_NAME_LIMIT]


def _values(
    texts: Mapping[str, str], secret: Collection[str]
) -> tuple[dict[str, object], Problems]:
    problems = Problems()
    values: dict[str, object] = {}
    for key in (key for key in KEYS if key in texts):
        try:
            values[key] = json.loads(texts[key]) if key in _OBJECTS else texts[key]
        except (ValueError, RecursionError):
            # The parser's own message would print the value, credentials and all.
            problems.add(key, "is not well-formed", f"--path {_EXAMPLE_PATHS[key]}")
    found = values.get("recipients")
    if "recipients" in secret and isinstance(found, dict):
        # Which part of it is secret, Pulumi does not tell.
        values["recipients"] = {
            name: {**value, "secret": True} if isinstance(value, dict) else value
            for name, value in found.items()
        }
    for key in sorted(set(texts) - set(KEYS)):
        meant = "".join(f" (did you mean {each}?)" for each in get_close_matches(key, KEYS, n=1))
        why = f"is not a setting{meant}; the settings are {', '.join(KEYS)}"
        problems.add(key, why, f"rm {key}")
    return values, problems


_EXAMPLE_PATHS: Final[Mapping[str, str]] = {
    "benchmarks": f"'benchmarks[0]' {control.CIS_V3}",
    "exclusions": "exclusions.my-scanner.userIdentity.arn arn:aws:iam::123456789012:role/scanner",
    "exclusionPresets": "'exclusionPresets[0]' config-recorder",
    "recipients": "recipients.security-team.email security@your-company.com",
}


def _without_secrets(problems: Problems, secret: Collection[str]) -> list[Problem]:
    """Nothing of a setting that is marked secret; recipients keep their own secrets."""
    hidden = {
        key: Problem(
            key,
            "cannot be used, and is marked secret, so that its fault is not told here: nothing but "
            "the recipients' endpoints need be secret",
            f"--plaintext {key} VALUE",
        )
        for key in set(secret) & set(KEYS) - {"recipients"}
    }
    told = (hidden.get(re.split(r"[.[]", problem.path)[0], problem) for problem in problems)
    return list(dict.fromkeys(told))


def _tell(problem: Problem) -> str:
    commands = (
        f"    pulumi config {'' if mend.startswith('rm ') else 'set '}{mend}"
        for mend in problem.mend.splitlines()
    )
    return "\n".join([f"  {NAMESPACE}:{problem.path}: {problem.why}", *commands])
