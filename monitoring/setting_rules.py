"""The rules of the settings: AWS's limits, and what would leave the alarm silent."""

import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from monitoring import control
from monitoring.endpoints import split_url
from monitoring.problems import Problems, shown, shown_arn

_LOG_GROUP_NAME: Final = re.compile(r"[0-9A-Za-z_./#-]{1,512}")
_TOPIC_ARN: Final = re.compile(
    r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}", re.ASCII
)
_KEY_ARN: Final = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+", re.ASCII)


class SettingRules:
    """The rules of the settings, one method for each that has rules of its own.

    `values` has camelCase keys; what is wrong goes to `problems`. Settings named in `later` are
    given, and not known yet.
    """

    def __init__(
        self, values: Mapping[str, object], problems: Problems, later: Collection[str]
    ) -> None:
        self._values = values
        self._problems = problems
        self._later = later

    def given(self, key: str, default: object) -> object:
        """The value of a setting, or the default of one that is not set."""
        value = self._values.get(key)
        return default if value is None else value

    def integer(self, key: str, default: int, *, least: int) -> int:
        """A whole number, as YAML, the command line or the engine hands it over."""
        value = self.given(key, default)
        number = _whole_number(value)
        if number is None:
            self._problems.add(key, f"{shown(value)} is not a whole number", f"{key} {default}")
            return default
        if number < least:
            self._problems.add(
                key, f"{number} is less than {least}", f"{key} {max(default, least)}"
            )
            return default
        return number

    def boolean(self, key: str, *, default: bool) -> bool:
        """True or false, as YAML or the command line hands it over."""
        value = self.given(key, default)
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return value == "true"
        self._problems.add(
            key, f"{shown(value)} is neither true nor false", f"{key} {str(default).lower()}"
        )
        return default

    def text(self, key: str, default: str = "") -> str:
        """A string."""
        value = self.given(key, default)
        if isinstance(value, str):
            return value
        self._problems.add(key, f"{shown(value)} is not a string")
        return default

    def log_group_name(self) -> str:
        """DescribeLogGroups' rules for a name."""
        key = "logGroupName"
        if key in self._later:
            return ""
        name = self.text(key)
        mend = f"{key} NAME (aws cloudtrail describe-trails shows it in CloudWatchLogsLogGroupArn)"
        if not name:
            self._problems.add(key, "is missing: the log group that the trail delivers to", mend)
        elif name.startswith("arn:"):
            named = re.fullmatch(r"arn:[^:]*:logs:[^:]*:[^:]*:log-group:([^:]+)(:.*)?", name)
            self._problems.add(
                key,
                "must be the log group's name, not its ARN",
                f"{key} {shlex.quote(named[1])}" if named else mend,
            )
        elif not _LOG_GROUP_NAME.fullmatch(name):
            self._problems.add(
                key,
                f"{shown(name)} cannot be a log group's name: 1 to 512 letters, digits, _ . / # -",
                mend,
            )
        return name

    def period(self) -> int:
        """Seconds: whole minutes, which is the resolution of a metric made from log events."""
        period = self.integer("period", control.DEFAULT_PERIOD, least=1)
        if period % control.PERIOD_MULTIPLE:
            nearest = max(1, round(period / control.PERIOD_MULTIPLE)) * control.PERIOD_MULTIPLE
            self._problems.add(
                "period",
                f"{period} is not a multiple of 60 seconds: log events are counted by the minute",
                f"period {nearest}",
            )
        return period

    def window(self, period: int, n: int, m: int) -> None:
        """M of N periods: what CloudWatch can look back on (PutMetricAlarm)."""
        if m > n:
            self._problems.add(
                "datapointsToAlarm",
                f"{m} is more than evaluationPeriods, {n}: the alarm could never go off",
                f"datapointsToAlarm {n}",
            )
        long = period >= control.LONG_PERIOD
        limit = control.ALARM_WINDOW_LIMIT_OF_LONG_PERIODS if long else control.ALARM_WINDOW_LIMIT
        if n * period <= limit:
            return
        most = max(1, limit // period)
        mends = [
            *([f"period {limit}"] if period > limit else []),
            *([f"evaluationPeriods {most}"] if n > most else []),
            *([f"datapointsToAlarm {most}"] if m > most else []),
        ]
        longer = f" (periods of an hour or more: {control.ALARM_WINDOW_LIMIT_OF_LONG_PERIODS:,})"
        self._problems.add(
            "period" if period > limit else "evaluationPeriods",
            f"{n} {'period' if n == 1 else 'periods'} of {period} seconds: {n * period:,} seconds, "
            f"and CloudWatch looks back {limit:,} at most{'' if long else longer}",
            "\n".join(mends),
        )

    def benchmarks(self) -> tuple[str, ...]:
        """Which published patterns are deployed, each once."""
        key = "benchmarks"
        value = self.given(key, control.DEFAULT_BENCHMARKS)
        known = ", ".join(control.PATTERNS)
        if isinstance(value, str) or not isinstance(value, Sequence):
            self._problems.add(key, f"must be a list of {known}", f"rm {key}")
            return control.DEFAULT_BENCHMARKS
        if not value:
            self._problems.add(key, f"must name at least one of {known}", f"rm {key}")
        unused = iter([name for name in control.PATTERNS if name not in value])
        for index, name in enumerate(value):
            path = f"{key}[{index}]"
            if not isinstance(name, str) or name not in control.PATTERNS:
                other = next(unused, None)
                self._problems.add(
                    path,
                    f"{shown(name)} is not a benchmark; they are {known}",
                    f"--path '{path}' {other}" if other else f"rm --path '{path}'",
                )
            elif name in value[:index]:
                self._problems.add(path, f"{name} is there twice", f"rm --path '{path}'")
        return tuple(str(name) for name in value)

    def metric_namespace(self) -> str:
        """PutMetricFilter's and PutMetricData's rules for a namespace."""
        key = "metricNamespace"
        name = self.text(key, control.DEFAULT_METRIC_NAMESPACE)
        mend = f"{key} {control.DEFAULT_METRIC_NAMESPACE}"
        # PutMetricFilter refuses `:`, `*` and `$`; PutMetricData keeps AWS/ to AWS.
        if not 1 <= len(name) <= 255 or re.search(r"[:*$]|[^ -~]", name) or name.strip() != name:
            self._problems.add(
                key, f"{shown(name)} must be 1 to 255 ASCII characters without : * $", mend
            )
        elif name.startswith("AWS/"):
            self._problems.add(key, f"{name!r}: AWS keeps namespaces that start AWS/", mend)
        return name

    def topic_arn(self) -> str:
        """A topic that exists already: standard, and with an encryption of its own."""
        key = "topicArn"
        if key in self._later:
            self._refuse_encryption_of_foreign_topic()
            return ""
        arn = self.text(key)
        if not arn:
            return ""
        if arn.endswith(".fifo"):
            self._problems.add(
                key,
                f"{shown_arn(arn)} is a FIFO topic, which delivers to no email, SMS or URL",
                f"{key} ARN",
            )
        elif not _TOPIC_ARN.fullmatch(arn):
            self._problems.add(
                key,
                f"{shown_arn(arn)} is not a topic's ARN: arn:aws:sns:REGION:ACCOUNT:NAME",
                f"{key} ARN",
            )
        self._refuse_encryption_of_foreign_topic()
        return arn

    def _refuse_encryption_of_foreign_topic(self) -> None:
        # Pulumi.yaml's default reaches the program like a value that the user set.
        if self.given("encryption", control.DEFAULT_ENCRYPTION) != control.DEFAULT_ENCRYPTION:
            self._problems.add(
                "encryption",
                "cannot be set with topicArn: that topic keeps the key it has",
                "rm encryption",
            )

    def encryption(self) -> str:
        """`created`, `none` or a key's ARN (AWS re:Post: alarms to an encrypted topic)."""
        key = "encryption"
        if key in self._later:
            return ""
        value = self.text(key, control.DEFAULT_ENCRYPTION)
        if value in (control.ENCRYPTION_CREATED, control.ENCRYPTION_NONE):
            return value
        mend = f"{key} {control.ENCRYPTION_CREATED}"
        if value.endswith("alias/aws/sns"):
            self._problems.add(
                key,
                "alias/aws/sns cannot be used: its policy does not let CloudWatch use it and "
                "cannot be changed, so every notification would be lost without an error",
                mend,
            )
        elif not _KEY_ARN.fullmatch(value):
            self._problems.add(
                key,
                f"{shown_arn(value)} is neither created, none, nor a key's ARN "
                "(arn:aws:kms:REGION:ACCOUNT:key/ID)",
                mend,
            )
        return value

    def heartbeat_minutes(self) -> int:
        """Whole periods of the heartbeat, a day at most."""
        key = "heartbeatMinutes"
        minutes = self.integer(key, control.DEFAULT_HEARTBEAT_MINUTES, least=0)
        step = control.HEARTBEAT_PERIOD // 60
        most = control.ALARM_WINDOW_LIMIT // 60
        if minutes % step:
            self._problems.add(
                key,
                f"{minutes} is not a multiple of {step}",
                f"{key} {min(max(1, round(minutes / step)) * step, most)}",
            )
        elif minutes > most:
            self._problems.add(
                key,
                f"{minutes} is more than a day, as far as CloudWatch looks back",
                f"{key} {most}",
            )
        return minutes

    def runbook_url(self) -> str:
        """A URL that fits into an alarm's description."""
        key = "runbookUrl"
        url = self.text(key)
        if url and (
            not re.fullmatch(r"https?://[^\s<>\"]+", url)
            or not url.isascii()
            or not (parts := split_url(url))
            or not parts.hostname
        ):
            self._problems.add(
                key,
                f"{shown(url)} is not a URL",
                f"{key} https://wiki.your-company.com/denied-api-calls",
            )
        elif len(url) > control.RUNBOOK_URL_LIMIT:
            self._problems.add(
                key,
                f"is {len(url)} characters long, and an alarm's description has room for "
                f"{control.RUNBOOK_URL_LIMIT}",
            )
        return url

    def somebody_is_told(self, recipients: Sequence[object], topic_arn: str) -> None:
        """An alarm without a recipient looks like one that works."""
        told = recipients or topic_arn or "topicArn" in self._later
        if not told and not any(
            p.path.startswith(("recipients", "topicArn")) for p in self._problems
        ):
            self._problems.add(
                "recipients",
                "is empty: the alarm would tell nobody",
                "--path recipients.security-team.email security@your-company.com",
            )


def _whole_number(value: object) -> int | None:
    """An integer as YAML, the command line (a string) or the engine (a float) hands it over."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,18}", value, re.ASCII):
        return int(value)
    return None
