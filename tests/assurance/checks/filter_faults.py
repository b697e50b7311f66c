"""Faults of the log group and its metric filters."""

from msgspec.structs import replace

from assurance.snapshot import AccountSnapshot, LogGroup
from monitoring import control
from monitoring.exclusions import Exclusion
from monitoring.tuned_pattern import tuned_pattern
from tests.assurance.checks.changes import with_filter
from tests.assurance.checks.fault import Broken
from tests.assurance.checks.healthy import ACCOUNT

ALL_OR = (
    '{ ($.errorCode ="*UnauthorizedOperation") || ($.errorCode ="AccessDenied*") '
    '|| ($.sourceIPAddress!="delivery.logs.amazonaws.com") || ($.eventName!="HeadBucket") }'
)
UNGUARDED = (
    '{ (($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")) '
    '&& ($.userIdentity.arn != "arn:aws:iam::123456789012:role/scanner") }'
)
OF_THE_ACCOUNT = tuned_pattern(
    [Exclusion.of("exclusions.us", "us", {"recipientAccountId": [ACCOUNT]})]
)
OF_A_SERVICE = tuned_pattern(
    [Exclusion.of("exclusions.db", "db", {"eventSource": ["dynamodb.amazonaws.com"]})]
)
OF_REGIONS = tuned_pattern([Exclusion.of("exclusions.us", "us", {"awsRegion": ["us-*"]})])
SPARING = tuned_pattern(
    [Exclusion.of("exclusions.ci", "ci", {"userIdentity.arn": [f"arn:aws:iam::{ACCOUNT}:user/ci"]})]
)


def infrequent_access(s: AccountSnapshot) -> AccountSnapshot:
    assert isinstance(s.log_group, LogGroup)
    return replace(s, log_group=replace(s.log_group, log_group_class="INFREQUENT_ACCESS"))


def stray_filter(s: AccountSnapshot) -> AccountSnapshot:
    assert isinstance(s.metric_filters, tuple)
    stray = replace(s.metric_filters[0], name="stray", log_group_name="other")
    return replace(s, metric_filters=(*s.metric_filters, stray))


def on_other_group(s: AccountSnapshot) -> AccountSnapshot:
    return replace(s, metric_filters=(), alarms=s.alarms[2:])


BROKEN = [
    Broken(
        "no log group",
        lambda s: replace(s, log_group=None, metric_filters=(), alarms=()),
        {"log-group-exists": "no log group trail", "filter-on-log-group": "trail"},
        also=frozenset({"heartbeat"}),
    ),
    Broken(
        "an infrequent-access log group",
        infrequent_access,
        {"log-group-class": "INFREQUENT_ACCESS"},
    ),
    Broken("filter on another group", on_other_group, {"filter-on-log-group": "cis-v3.0"}),
    Broken(
        "all terms under ||",
        lambda s: with_filter(s, pattern=ALL_OR),
        {"filter-pattern": "another text", "filter-pattern-lint": "matches-nearly-every-event"},
    ),
    Broken(
        "!= on a field that is missing",
        lambda s: with_filter(s, pattern=UNGUARDED),
        {"filter-pattern": "another text", "filter-pattern-lint": "unguarded-not-equal"},
    ),
    Broken(
        "an exclusion of the whole account",
        lambda s: with_filter(s, pattern=OF_THE_ACCOUNT),
        {
            "filter-pattern": "another text",
            "filter-pattern-lint": "408 of 744 denied calls by principals that nobody knows",
        },
    ),
    Broken(
        "an exclusion of a service",
        lambda s: with_filter(s, pattern=OF_A_SERVICE),
        {"filter-pattern": "another text", "filter-pattern-lint": "dynamodb.amazonaws.com"},
    ),
    Broken(
        "an exclusion of regions",
        lambda s: with_filter(s, pattern=OF_REGIONS),
        {"filter-pattern": "another text", "filter-pattern-lint": "in us-x, account"},
    ),
    Broken(
        "an exclusion that the config does not have",
        lambda s: with_filter(s, pattern=SPARING),
        {"filter-pattern": "another text"},
    ),
    Broken(
        "the other benchmark's text",
        lambda s: with_filter(s, pattern=control.PATTERNS[control.SECURITY_HUB]),
        {"filter-pattern": "the text of security-hub"},
    ),
    Broken(
        "a space too many",
        lambda s: with_filter(s, pattern=control.PATTERNS[control.CIS_V3].replace("||", " ||")),
        {"filter-pattern": "another text"},
        also=frozenset({"filter-pattern-lint"}),
    ),
    Broken(
        "a pattern that is none",
        lambda s: with_filter(s, pattern="AccessDenied"),
        {"filter-pattern": "another text", "filter-pattern-lint": "not a pattern over JSON"},
    ),
    Broken(
        "another metric name in the filter",
        lambda s: with_filter(s, metric_name="Denied"),
        {"filter-metric": "CISBenchmark/Denied", "alarm-on-filter-metric": "CISBenchmark/Denied"},
    ),
    Broken(
        "another namespace in the filter",
        lambda s: with_filter(s, metric_namespace="Dev"),
        {"filter-metric": "Dev/UnauthorizedAPICalls", "alarm-on-filter-metric": "no alarm is on"},
    ),
    Broken(
        "a dimension of each event's account",
        lambda s: with_filter(s, system_dimensions=("@aws.account",)),
        {"filter-dimensions": "@aws.account"},
    ),
    Broken(
        "a filter of some accounts' events",
        lambda s: with_filter(s, field_selection='@aws.account = "111122223333"'),
        {"filter-sees-all-events": '@aws.account = "111122223333"'},
    ),
    Broken(
        "a filter of transformed events",
        lambda s: with_filter(s, on_transformed_logs=True),
        {"filter-sees-all-events": "what a transformer makes"},
    ),
    Broken(
        "each match counts nothing",
        lambda s: with_filter(s, metric_value="0"),
        {"filter-value": "counts 0", "alarm-threshold-reachable": "add up to nothing"},
    ),
    Broken(
        "each match counts two",
        lambda s: with_filter(s, metric_value="2"),
        {"filter-value": "counts 2"},
    ),
    Broken(
        "a default value of one",
        lambda s: with_filter(s, default_value=1.0),
        {"filter-default-value": "counts 1"},
    ),
    Broken(
        "no default value",
        lambda s: with_filter(s, default_value=None),
        {"filter-default-value": "no default value"},
    ),
    Broken(
        "a dimension",
        lambda s: with_filter(s, dimensions={"Ip": "$.sourceIPAddress"}),
        {"filter-dimensions": "Ip"},
    ),
    Broken(
        "a unit in the filter", lambda s: with_filter(s, unit="Count"), {"filter-unit": "Count"}
    ),
    Broken("a second filter", stray_filter, {"one-filter-per-metric": "stray (other)"}),
]
