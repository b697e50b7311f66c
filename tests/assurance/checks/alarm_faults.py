"""Faults of the alarms and their actions."""

from msgspec.structs import replace

from assurance.snapshot import AccountSnapshot
from tests.assurance.checks.changes import with_alarm, with_alarms_on, with_topic
from tests.assurance.checks.fault import Broken
from tests.assurance.checks.healthy import ACCOUNT, ALERTS, RECORD


def second_pager(s: AccountSnapshot) -> AccountSnapshot:
    on_metric = s.alarms[0]
    assert isinstance(on_metric.alarms, tuple)
    copy = replace(on_metric.alarms[0], name="made-by-hand")
    return with_alarms_on(s, "UnauthorizedAPICalls", (*on_metric.alarms, copy))


BROKEN = [
    Broken(
        "an alarm on another metric",
        lambda s: with_alarms_on(s, "UnauthorizedAPICalls", ()),
        {"alarm-on-filter-metric": "CISBenchmark/UnauthorizedAPICalls"},
    ),
    Broken(
        "the average",
        lambda s: with_alarm(s, statistic="Average"),
        {"alarm-statistic": "Average", "alarm-threshold-reachable": "never reached by Average"},
    ),
    Broken(
        "a percentile",
        lambda s: with_alarm(s, statistic="", extended_statistic="p99"),
        {"alarm-statistic": "p99"},
        also=frozenset({"alarm-threshold-reachable"}),
    ),
    Broken(
        "more than, not at least",
        lambda s: with_alarm(s, comparison_operator="GreaterThanThreshold"),
        {"alarm-comparison": "GreaterThanThreshold"},
    ),
    Broken(
        "fewer than",
        lambda s: with_alarm(s, comparison_operator="LessThanThreshold"),
        {"alarm-comparison": "LessThan", "alarm-threshold-reachable": "LessThanThreshold"},
    ),
    Broken(
        "another threshold",
        lambda s: with_alarm(s, threshold=6.0),
        {"alarm-settings": "threshold 6, 2 of 3 periods of 300 s"},
    ),
    Broken(
        "another period", lambda s: with_alarm(s, period=60), {"alarm-settings": "periods of 60 s"}
    ),
    Broken(
        "all periods",
        lambda s: with_alarm(s, datapoints_to_alarm=3),
        {"alarm-settings": "3 of 3"},
    ),
    Broken(
        "a threshold that nothing reaches, in the config too",
        lambda s: with_alarm(with_alarm(s, threshold=1e9), "quiet", threshold=1e9),
        {"alarm-threshold-reachable": "is never reached by Sum"},
        settings={"threshold": 10**9},
    ),
    Broken(
        "a threshold that silence reaches",
        lambda s: with_alarm(s, threshold=0.0),
        {"alarm-threshold-reachable": "by no call at all"},
        also=frozenset({"alarm-settings"}),
    ),
    Broken(
        "more datapoints than periods",
        lambda s: with_alarm(s, datapoints_to_alarm=4),
        {"alarm-threshold-reachable": "can never breach"},
        also=frozenset({"alarm-settings"}),
    ),
    Broken(
        "missing data ignored",
        lambda s: with_alarm(s, treat_missing_data="ignore"),
        {"alarm-missing-data": "ignore"},
    ),
    Broken("a unit", lambda s: with_alarm(s, unit="Count"), {"alarm-unit": "Count"}),
    Broken(
        "a unit in the heartbeat",
        lambda s: with_alarm(s, "heartbeat", unit="Count"),
        {"alarm-unit": "heartbeat: unit Count"},
    ),
    Broken(
        "actions disabled",
        lambda s: with_alarm(s, actions_enabled=False),
        {"alarm-enabled": "disabled"},
    ),
    Broken(
        "no action", lambda s: with_alarm(s, alarm_actions=()), {"alarm-acts-on-topic": "no action"}
    ),
    Broken(
        "no action of the heartbeat",
        lambda s: with_alarm(s, "heartbeat", alarm_actions=()),
        {"alarm-acts-on-topic": "heartbeat: no action", "heartbeat": "does not act on"},
    ),
    Broken(
        "the topic is not the first action",
        lambda s: with_alarm(s, alarm_actions=("arn:aws:automate:eu-central-1:ec2:stop", ALERTS)),
        {"alarm-acts-on-topic": "its first action is arn:aws:automate"},
    ),
    Broken(
        "a topic of another region",
        lambda s: with_alarm(s, alarm_actions=(f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts",)),
        {"alarm-acts-on-topic": "us-east-1"},
    ),
    Broken(
        "the topic is gone",
        lambda s: with_topic(s, lambda t: None),
        {"topic-exists": "which does not exist"},
    ),
    Broken(
        "the alarm acts on the record",
        lambda s: with_alarm(s, alarm_actions=(RECORD,), ok_actions=(RECORD,)),
        {
            "alarm-acts-on-alert-topic": f"the recipients are on {ALERTS}",
            "one-paging-alarm": "denied, quiet",
            "recipient-subscribed": "mail (email) is not on",
        },
        also=frozenset({"heartbeat", "delivery-watch"}),
    ),
    Broken(
        "the alarm does not act on topicArn",
        lambda s: s,
        {"alarm-acts-on-alert-topic": f"denied acts on {ALERTS}"},
        settings={"topic_arn": f"{ALERTS}-other"},
    ),
    Broken(
        "two alarms page",
        lambda s: with_alarm(s, "quiet", alarm_actions=(ALERTS,)),
        {"one-paging-alarm": "denied, quiet"},
    ),
    Broken("a copy pages too", second_pager, {"one-paging-alarm": "made-by-hand"}),
    Broken(
        "no recovery although PagerDuty is told",
        lambda s: with_alarm(s, ok_actions=()),
        {"recovery-notified": "OK actions none"},
    ),
]
