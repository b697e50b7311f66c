"""Settings that are wrong, what must be said of each, and the commands that mend it."""

from dataclasses import dataclass
from typing import Any

from monitoring import control
from tests.monitoring.configs import FUNCTION, GOOD, KEY, QUEUE, TOPIC

LOG_GROUP_MEND = (
    "logGroupName NAME (aws cloudtrail describe-trails shows it in CloudWatchLogsLogGroupArn)"
)
SCANNER = "arn:aws:sts::123456789012:assumed-role/my-scanner/*"


@dataclass(frozen=True)
class Bad:
    """Settings besides the good ones, and what must be said of them.

    `mends` is all that follows `pulumi config set`, or begins `rm`. `says` are words of the error.
    """

    path: str
    settings: dict[str, Any]
    says: tuple[str, ...]
    mends: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, Any]:
        values = {**GOOD, **self.settings}
        return {key: value for key, value in values.items() if key not in self.without}

    @property
    def commands(self) -> list[str]:
        verb = ("" if mend.startswith("rm ") else "set " for mend in self.mends)
        return [f"pulumi config {v}{mend}" for v, mend in zip(verb, self.mends, strict=True)]

    @property
    def is_concrete(self) -> bool:
        return bool(self.mends) and not any(
            placeholder in mend.split() for mend in self.mends for placeholder in ("NAME", "ARN")
        )

    def __str__(self) -> str:
        return f"{self.path}: {self.settings or 'missing'}"


def one(**settings: Any) -> dict[str, Any]:
    return settings


WHOLE_NUMBERS = [
    Bad(key, {key: value}, (f"'{value}' is not a whole number",), (f"{key} {default}",))
    for key, default in {
        "threshold": control.DEFAULT_THRESHOLD,
        "period": control.DEFAULT_PERIOD,
        "evaluationPeriods": control.DEFAULT_EVALUATION_PERIODS,
        "datapointsToAlarm": control.DEFAULT_DATAPOINTS_TO_ALARM,
        "heartbeatMinutes": control.DEFAULT_HEARTBEAT_MINUTES,
    }.items()
    for value in ("five", "", "1.5", "1e3", "0x10", "true", "٣", " 5", "9" * 19)
]
NUMBERS = [
    Bad("threshold", one(threshold="0"), ("0 is less than 1",), ("threshold 1",)),
    Bad("threshold", one(threshold="-3"), ("-3 is less than 1",), ("threshold 1",)),
    Bad("period", one(period="0"), ("0 is less than 1",), ("period 300",)),
    Bad("period", one(period="45"), ("45 is not a multiple of 60 seconds",), ("period 60",)),
    Bad("period", one(period="10"), ("10 is not a multiple of 60 seconds",), ("period 60",)),
    Bad("period", one(period="290"), ("290 is not a multiple of 60",), ("period 300",)),
    Bad(
        "evaluationPeriods", one(evaluationPeriods="0"), ("less than 1",), ("evaluationPeriods 1",)
    ),
    Bad(
        "evaluationPeriods",
        one(period="300", evaluationPeriods="289"),
        ("289 periods of 300 seconds", "86,700", "86,400 at most", "an hour or more: 604,800"),
        ("evaluationPeriods 288",),
    ),
    Bad(
        "evaluationPeriods",
        one(period="60", evaluationPeriods="2000", datapointsToAlarm="1500"),
        ("2000 periods of 60 seconds", "120,000 seconds"),
        ("evaluationPeriods 1440", "datapointsToAlarm 1440"),
    ),
    Bad(
        "evaluationPeriods",
        one(period="3600", evaluationPeriods="169"),
        ("169 periods of 3600 seconds", "608,400", "604,800 at most"),
        ("evaluationPeriods 168",),
    ),
    Bad(
        "period",
        one(period="604860"),
        ("1 period of 604860 seconds", "604,800 at most"),
        ("period 604800",),
    ),
    Bad(
        "period",
        one(period="700020", evaluationPeriods="3", datapointsToAlarm="2"),
        ("3 periods of 700020 seconds",),
        ("period 604800", "evaluationPeriods 1", "datapointsToAlarm 1"),
    ),
    Bad(
        "datapointsToAlarm", one(datapointsToAlarm="-1"), ("less than 0",), ("datapointsToAlarm 0",)
    ),
    Bad(
        "datapointsToAlarm",
        one(evaluationPeriods="3", datapointsToAlarm="4"),
        ("4 is more than evaluationPeriods, 3", "never go off"),
        ("datapointsToAlarm 3",),
    ),
    Bad(
        "heartbeatMinutes", one(heartbeatMinutes="-15"), ("less than 0",), ("heartbeatMinutes 60",)
    ),
    Bad(
        "heartbeatMinutes",
        one(heartbeatMinutes="20"),
        ("20 is not a multiple of 15",),
        ("heartbeatMinutes 15",),
    ),
    Bad(
        "heartbeatMinutes",
        one(heartbeatMinutes="10000"),
        ("10000 is not a multiple of 15",),
        ("heartbeatMinutes 1440",),
    ),
    Bad(
        "heartbeatMinutes",
        one(heartbeatMinutes="5"),
        ("5 is not a multiple of 15",),
        ("heartbeatMinutes 15",),
    ),
    Bad(
        "heartbeatMinutes",
        one(heartbeatMinutes="1455"),
        ("more than a day",),
        ("heartbeatMinutes 1440",),
    ),
]
LOG_GROUP_NAMES = [
    Bad("logGroupName", {}, ("is missing", "trail"), (LOG_GROUP_MEND,), without=("logGroupName",)),
    Bad("logGroupName", one(logGroupName=""), ("is missing",), (LOG_GROUP_MEND,)),
    Bad(
        "logGroupName",
        one(logGroupName="a b"),
        ("'a b' cannot be", "1 to 512"),
        (LOG_GROUP_MEND,),
    ),
    Bad("logGroupName", one(logGroupName="x" * 513), ("1 to 512",), (LOG_GROUP_MEND,)),
    Bad(
        "logGroupName",
        one(
            logGroupName="arn:aws:logs:us-east-1:111122223333:log-group:aws-controltower/Trail-1:*"
        ),
        ("the log group's name, not its ARN",),
        ("logGroupName aws-controltower/Trail-1",),
    ),
    Bad("logGroupName", one(logGroupName=FUNCTION), ("not its ARN",), (LOG_GROUP_MEND,)),
]
BENCHMARKS = [
    Bad(
        "benchmarks",
        one(benchmarks="cis-v3.0"),
        ("is not well-formed",),
        ("--path 'benchmarks[0]' cis-v3.0",),
    ),
    Bad("benchmarks", one(benchmarks={"cis-v3.0": True}), ("a list of",), ("rm benchmarks",)),
    Bad("benchmarks", one(benchmarks="3"), ("must be a list of",), ("rm benchmarks",)),
    Bad("benchmarks", one(benchmarks=[]), ("at least one of",), ("rm benchmarks",)),
    Bad(
        "benchmarks[1]",
        one(benchmarks=["cis-v3.0", "cis-v4"]),
        ("'cis-v4' is not a benchmark; they are cis-v3.0, security-hub",),
        ("--path 'benchmarks[1]' security-hub",),
    ),
    Bad(
        "benchmarks[0]",
        one(benchmarks=[["cis-v3.0"]]),
        ("['cis-v3.0'] is not a benchmark",),
        ("--path 'benchmarks[0]' cis-v3.0",),
    ),
    Bad(
        "benchmarks[2]",
        one(benchmarks=["cis-v3.0", "security-hub", None]),
        ("None is not a benchmark",),
        ("rm --path 'benchmarks[2]'",),
    ),
    Bad(
        "benchmarks[1]",
        one(benchmarks=["security-hub", "security-hub"]),
        ("security-hub is there twice",),
        ("rm --path 'benchmarks[1]'",),
    ),
]
OTHERS = [
    Bad(
        "notifyRecovery",
        one(notifyRecovery="yes"),
        ("'yes'", "true nor"),
        ("notifyRecovery false",),
    ),
    Bad("notifyRecovery", one(notifyRecovery="True"), ("'True'",), ("notifyRecovery false",)),
    *(
        Bad(
            "metricNamespace",
            one(metricNamespace=name),
            (repr(name) if len(name) < 80 else "x…", "1 to 255 ASCII characters without : * $"),
            ("metricNamespace CISBenchmark",),
        )
        for name in ("a:b", "", "a*", "$a", "Zürich", "a\nb", " a", "a ", "x" * 256)
    ),
    Bad(
        "metricNamespace",
        one(metricNamespace="AWS/Logs"),
        ("AWS keeps namespaces",),
        ("metricNamespace CISBenchmark",),
    ),
    *(
        Bad("topicArn", one(topicArn=arn), ("is not a topic's ARN",), ("topicArn ARN",))
        for arn in (
            QUEUE,
            "alarms",
            f"{TOPIC}:subscription",
            "arn:aws:sns:us-east-1:1:x",
            f"{TOPIC}\n",
        )
    ),
    Bad("topicArn", one(topicArn=f"{TOPIC}.fifo"), ("FIFO", "no email"), ("topicArn ARN",)),
    Bad(
        "encryption",
        one(topicArn=TOPIC, encryption="none"),
        ("cannot be set with topicArn",),
        ("rm encryption",),
    ),
    Bad(
        "encryption",
        one(topicArn=TOPIC, encryption=KEY),
        ("cannot be set with topicArn",),
        ("rm encryption",),
    ),
    *(
        Bad(
            "encryption",
            one(encryption=key),
            ("alias/aws/sns", "lost without an error"),
            ("encryption created",),
        )
        for key in ("alias/aws/sns", "arn:aws:kms:us-east-1:111122223333:alias/aws/sns")
    ),
    *(
        Bad(
            "encryption",
            one(encryption=key),
            ("neither created, none, nor",),
            ("encryption created",),
        )
        for key in ("", "yes", "Created", "alias/my-key", KEY.replace("key/", "alias/"), QUEUE)
    ),
    *(
        Bad(
            "runbookUrl",
            one(runbookUrl=url),
            ("is not a URL",),
            ("runbookUrl https://wiki.your-company.com/denied-api-calls",),
        )
        for url in (
            "wiki",
            "ftp://wiki/x",
            "https://",
            "https://a b",
            "https://wiki/é",
            'https://a"b',
        )
    ),
    Bad("runbookUrl", one(runbookUrl="https://w.org/" + "x" * 387), ("401 characters", "400")),
    Bad(
        "thresold",
        one(thresold="5"),
        ("is not a setting (did you mean threshold?)", "logGroupName, threshold, period"),
        ("rm thresold",),
    ),
    Bad("colour", one(colour="red"), ("is not a setting; the settings are",), ("rm colour",)),
]
EXCLUSIONS = [
    Bad(
        "exclusions",
        one(exclusions=["x"]),
        ("must be an object",),
        (
            "rm exclusions",
            f"--path exclusions.my-scanner.userIdentity.arn '{SCANNER}'",
        ),
    ),
    Bad(
        "exclusions.x",
        one(exclusions={"x": "Decrypt"}),
        ("at least one field",),
        (
            "rm --path exclusions.x",
            f"--path exclusions.x.userIdentity.arn '{SCANNER}'",
        ),
    ),
    Bad(
        "exclusions.x.eventname",
        one(exclusions={"x": {"eventName": "Decrypt", "eventname": "Decrypt"}}),
        ("did you mean eventName?",),
        ("rm --path exclusions.x.eventname",),
    ),
    Bad(
        "exclusionPresets",
        one(exclusionPresets={"config-recorder": True}),
        ("must be a list of",),
        ("rm exclusionPresets", "--path 'exclusionPresets[0]' config-recorder"),
    ),
    Bad(
        "exclusionPresets[0]",
        one(exclusionPresets=["config-recorde"]),
        ("'config-recorde' is not a preset",),
        ("--path 'exclusionPresets[0]' config-recorder",),
    ),
    Bad(
        "exclusionPresets[0]",
        one(exclusionPresets=["everything"]),
        ("'everything' is not a preset",),
        ("rm --path 'exclusionPresets[0]'",),
    ),
]
SETTINGS = [
    *WHOLE_NUMBERS,
    *NUMBERS,
    *LOG_GROUP_NAMES,
    *BENCHMARKS,
    *OTHERS,
    *EXCLUSIONS,
]
