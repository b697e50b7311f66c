"""The published patterns, byte for byte, and what the auditors' own rules make of them."""

import json
import re
from typing import Any

import pytest

from assurance import filter_pattern
from monitoring import control
from tests.monitoring.configs import KEY, QUEUE
from tests.monitoring.monitors import deploy

# CIS AWS Foundations Benchmark v3.0.0, 4.1, as the remediation's command has it.
CIS_V3 = (
    '{ ($.errorCode ="*UnauthorizedOperation") || ($.errorCode ="AccessDenied*") && '
    '($.sourceIPAddress!="delivery.logs.amazonaws.com") && ($.eventName!="HeadBucket") }'
)
# CIS AWS Foundations Benchmark v1.2.0, 3.1: what Security Hub CloudWatch.2 takes, spaces included.
SECURITY_HUB = '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }'
BOTH = ["cis-v3.0", "security-hub"]
SCANNER = {"scanner": {"userIdentity.userName": ["scanner"]}}

# Prowler 5.46, cloudwatch_log_metric_filter_unauthorized_api_calls.
PROWLER = r"\$\.errorCode\s*=\s*.?\*UnauthorizedOperation.+\$\.errorCode\s*=\s*.?AccessDenied\*.?"
# Steampipe's aws_compliance, query log_metric_filter_unauthorized_api.
STEAMPIPE = (
    r'\$\.errorCode\s*=\s*"\*UnauthorizedOperation".+\$\.errorCode\s*=\s*"AccessDenied\*".+'
    r'\$\.sourceIPAddress\s*!=\s*"delivery.logs.amazonaws.com".+'
    r'\$\.eventName\s*!=\s*"HeadBucket"'
)
# awslabs' CIS checklist, control 3.1: both, in any order.
AWSLABS = (
    r"\$\.errorCode\s*=\s*\"?\*UnauthorizedOperation(\"|\)|\s)",
    r"\$\.errorCode\s*=\s*\"?AccessDenied\*(\"|\)|\s)",
)

# Every setting at something else than its default.
SETTINGS: list[dict[str, Any]] = [
    {},
    {"threshold": 9, "period": 3600, "evaluation_periods": 4, "datapoints_to_alarm": 2},
    {"recipients": {"queue": {"sqs": QUEUE}}, "notify_recovery": True},
    {"metric_namespace": "Security", "encryption": "none", "heartbeat_minutes": 0},
    {"encryption": KEY, "runbook_url": "https://wiki.your-company.com/x"},
    {"exclusions": SCANNER, "exclusion_presets": ["config-recorder"]},
]


def test_the_benchmarks_pattern_is_the_published_one() -> None:
    assert control.PATTERNS["cis-v3.0"] == CIS_V3


def test_security_hubs_pattern_is_the_published_one() -> None:
    assert control.PATTERNS["security-hub"] == SECURITY_HUB


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: ", ".join(settings) or "none")
def test_no_setting_edits_a_published_pattern(settings: dict[str, Any]) -> None:
    filters = deploy(benchmarks=BOTH, **settings).of_type(":LogMetricFilter")

    published = {name: f["pattern"] for name, f in filters.items() if not name.endswith("-tuned")}
    assert published == {
        "UnauthorizedAPICalls-test-cis-v3.0": CIS_V3,
        "UnauthorizedAPICalls-test-security-hub": SECURITY_HUB,
    }


def test_prowler_accepts_both_patterns() -> None:
    assert re.search(PROWLER, CIS_V3, re.DOTALL)
    assert re.search(PROWLER, SECURITY_HUB, re.DOTALL)


def test_steampipe_accepts_the_benchmarks_pattern_and_wants_its_exclusions() -> None:
    assert re.search(STEAMPIPE, CIS_V3)
    assert not re.search(STEAMPIPE, SECURITY_HUB)


def test_awslabs_accepts_both_patterns() -> None:
    assert all(re.search(rule, CIS_V3) for rule in AWSLABS)
    assert all(re.search(rule, SECURITY_HUB) for rule in AWSLABS)


def test_scoutsuite_and_mitre_accept_security_hubs_pattern_which_they_compare_with() -> None:
    theirs = '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }'

    assert control.PATTERNS["security-hub"] == theirs


@pytest.mark.parametrize(
    ("benchmark", "error_code", "event_name", "source", "counts"),
    [
        ("cis-v3.0", "Client.UnauthorizedOperation", "RunInstances", "1.2.3.4", True),
        ("cis-v3.0", "AccessDenied", "ListUsers", "1.2.3.4", True),
        ("cis-v3.0", "AccessDeniedException", "GetSecretValue", "1.2.3.4", True),
        ("cis-v3.0", "AccessDenied", "HeadBucket", "1.2.3.4", False),
        ("cis-v3.0", "AccessDenied", "PutObject", "delivery.logs.amazonaws.com", False),
        ("cis-v3.0", "Client.UnauthorizedOperation", "HeadBucket", "1.2.3.4", True),
        ("cis-v3.0", "Client.DryRunOperation", "RunInstances", "1.2.3.4", False),
        ("security-hub", "AccessDenied", "HeadBucket", "1.2.3.4", True),
        ("security-hub", "AccessDenied", "PutObject", "delivery.logs.amazonaws.com", True),
        ("security-hub", "NoSuchBucket", "HeadBucket", "1.2.3.4", False),
    ],
)
def test_the_patterns_count_what_the_benchmarks_mean(
    benchmark: str, error_code: str, event_name: str, source: str, counts: bool
) -> None:
    record = {"errorCode": error_code, "eventName": event_name, "sourceIPAddress": source}

    assert filter_pattern.parse(control.PATTERNS[benchmark]).matches(json.dumps(record)) is counts


def test_the_names_are_those_of_the_benchmarks_commands() -> None:
    assert control.FILTER_NAME == "UnauthorizedAPICalls"
    assert control.ALARM_NAME == "CISUnauthorizedAPICallsAlarm"
    assert control.TOPIC_NAME == "CISUnauthorizedAPICallAlerts"
    assert control.METRIC_NAMES == {
        "cis-v3.0": "UnauthorizedAPICalls",
        "security-hub": "UnauthorizedAPICallsSecurityHub",
        "tuned": "UnauthorizedAPICallsTuned",
    }
    assert control.DEFAULT_METRIC_NAMESPACE == "CISBenchmark"
    assert (control.DEFAULT_THRESHOLD, control.DEFAULT_PERIOD) == (1, 300)
