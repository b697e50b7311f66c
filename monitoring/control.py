"""The control in constants: CIS AWS Foundations Benchmark v3.0, 4.1 (5.1 from v6.0).

Pattern texts, names, defaults and AWS's limits have their one home here, each with its source.
"""

from collections.abc import Mapping
from typing import Final

CONTROL: Final = "CIS AWS Foundations 4.1"

CIS_V3: Final = "cis-v3.0"
SECURITY_HUB: Final = "security-hub"

# Byte for byte as published: auditors compare the text. `&&` binds tighter than `||`, so in the
# benchmark's own text both exclusions apply to AccessDenied* only; it is deployed as it stands.
PATTERNS: Final[Mapping[str, str]] = {
    # CIS AWS Foundations Benchmark v3.0.0, 4.1, remediation step 1.
    CIS_V3: (
        '{ ($.errorCode ="*UnauthorizedOperation") || ($.errorCode ="AccessDenied*") '
        '&& ($.sourceIPAddress!="delivery.logs.amazonaws.com") && ($.eventName!="HeadBucket") }'
    ),
    # AWS Security Hub user guide, control CloudWatch.2 (CIS v1.2, 3.1): it accepts no other term.
    SECURITY_HUB: (
        '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }'
    ),
}

# What the stack's own pattern is called beside the benchmarks', in names and outputs.
TUNED: Final = "tuned"

# What the tuned pattern asks for before the stack's exclusions: the benchmark's two codes and two
# exclusions, grouped so that the exclusions bind to both codes. This order and spacing are what
# most auditors accept (Prowler, Steampipe, Trivy, CloudQuery, awslabs' checklist).
TUNED_CONDITIONS: Final = (
    '(($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")) '
    '&& ($.sourceIPAddress != "delivery.logs.amazonaws.com") && ($.eventName != "HeadBucket")'
)

# PutMetricFilter, filterPattern.
FILTER_PATTERN_LIMIT: Final = 1_024

METRIC_NAMES: Final[Mapping[str, str]] = {
    CIS_V3: "UnauthorizedAPICalls",
    SECURITY_HUB: "UnauthorizedAPICallsSecurityHub",
    TUNED: "UnauthorizedAPICallsTuned",
}

# The names in the benchmark's remediation; the logical names of the resources start with them.
FILTER_NAME: Final = "UnauthorizedAPICalls"
ALARM_NAME: Final = "CISUnauthorizedAPICallsAlarm"
TOPIC_NAME: Final = "CISUnauthorizedAPICallAlerts"

# What the alarms besides the benchmarks' are called in names and outputs.
HEARTBEAT: Final = "heartbeat"
DELIVERY: Final = "delivery"
DETAILS: Final = "details"

DEFAULT_THRESHOLD: Final = 1
DEFAULT_PERIOD: Final = 300
DEFAULT_EVALUATION_PERIODS: Final = 1
DEFAULT_DATAPOINTS_TO_ALARM: Final = 0  # as many as evaluationPeriods
DEFAULT_BENCHMARKS: Final = (CIS_V3,)
DEFAULT_METRIC_NAMESPACE: Final = "CISBenchmark"
DEFAULT_HEARTBEAT_MINUTES: Final = 60
DEFAULT_NOTIFY_RECOVERY: Final = False
DEFAULT_ALERT_DETAILS: Final = False

ENCRYPTION_CREATED: Final = "created"
ENCRYPTION_NONE: Final = "none"
DEFAULT_ENCRYPTION: Final = ENCRYPTION_CREATED

# PutMetricAlarm. Metrics made from log events have a resolution of one minute.
PERIOD_MULTIPLE: Final = 60
ALARM_WINDOW_LIMIT: Final = 86_400
ALARM_WINDOW_LIMIT_OF_LONG_PERIODS: Final = 604_800
LONG_PERIOD: Final = 3_600
ALARM_DESCRIPTION_LIMIT: Final = 1_024
# Leaves room in the description for what happened and for the saved query's name.
RUNBOOK_URL_LIMIT: Final = 400

HEARTBEAT_PERIOD: Final = 900
DELIVERY_PERIOD: Final = 300
DETAILS_PERIOD: Final = 300

# How long a queue keeps what nobody fetched: SQS's maximum, 14 days.
QUEUE_RETENTION_SECONDS: Final = 1_209_600

# The longest name of a monitor with which every physical name stays within AWS's limits (a role's
# 64 characters are the tightest), the seven digits and the hyphen of Pulumi's auto-naming included.
MONITOR_NAME_LIMIT: Final = 30
