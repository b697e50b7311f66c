import json
from dataclasses import replace as with_settings
from typing import Any

import pytest
from msgspec.structs import replace

from assurance.checks import CHECKS, Finding, Status, check, worst
from assurance.snapshot import (
    AccountSnapshot,
    Alarm,
)
from monitoring.endpoints import Kind
from monitoring.recipients import Recipient
from monitoring.stack_config import StackConfig
from tests.assurance.checks import (
    alarm_faults,
    filter_faults,
    healthy,
    recipient_faults,
    topic_faults,
    watch_faults,
)
from tests.assurance.checks.changes import (
    Change,
    attributes,
    encrypted_queue,
    every_subscription,
    filter_policy,
    function_policy,
    topic_policy,
    unread,
    with_alarm,
    with_alarms_on,
    with_filter,
    with_key,
    with_subscription,
    with_topic,
)
from tests.assurance.checks.fault import Broken
from tests.assurance.checks.healthy import ACCOUNT, ALERTS, CONFIG, RECORD, allow, policy

NAMES = [
    "log-group-exists",
    "log-group-class",
    "filter-on-log-group",
    "filter-pattern",
    "filter-pattern-lint",
    "filter-metric",
    "filter-value",
    "filter-default-value",
    "filter-dimensions",
    "filter-unit",
    "filter-sees-all-events",
    "one-filter-per-metric",
    "alarm-on-filter-metric",
    "alarm-statistic",
    "alarm-comparison",
    "alarm-settings",
    "alarm-threshold-reachable",
    "alarm-missing-data",
    "alarm-unit",
    "alarm-enabled",
    "alarm-acts-on-topic",
    "topic-exists",
    "alarm-acts-on-alert-topic",
    "one-paging-alarm",
    "recovery-notified",
    "topic-policy-allows-cloudwatch",
    "topic-key-not-aws-managed",
    "topic-key-usable",
    "topic-key-allows-cloudwatch",
    "topic-encryption",
    "recipient-subscribed",
    "recipient-confirmed",
    "topic-has-confirmed-subscription",
    "subscription-filter-policy",
    "dead-letter-queue",
    "queue-accepts-topic",
    "queue-key-allows-sns",
    "function-accepts-topic",
    "heartbeat",
    "delivery-watch",
]


BROKEN = [
    *filter_faults.BROKEN,
    *alarm_faults.BROKEN,
    *topic_faults.BROKEN,
    *recipient_faults.BROKEN,
    *watch_faults.BROKEN,
]

UNREAD: dict[str, Change] = {
    "logs:DescribeLogGroups": lambda s: replace(s, log_group=unread("logs:DescribeLogGroups")),
    "logs:DescribeMetricFilters": lambda s: replace(
        s, metric_filters=unread("logs:DescribeMetricFilters")
    ),
    "cloudwatch:DescribeAlarmsForMetric": lambda s: replace(
        s,
        alarms=tuple(
            replace(read, alarms=unread("cloudwatch:DescribeAlarmsForMetric")) for read in s.alarms
        ),
    ),
    "sns:GetTopicAttributes": lambda s: with_topic(s, lambda _: unread("sns:GetTopicAttributes")),
    "sns:ListSubscriptionsByTopic": lambda s: with_topic(
        s, lambda t: replace(t, subscriptions=unread("sns:ListSubscriptionsByTopic"))
    ),
    "sns:GetSubscriptionAttributes": every_subscription(
        attributes=unread("sns:GetSubscriptionAttributes")
    ),
    "kms:DescribeKey": lambda s: with_topic(s, lambda t: replace(t, key=unread("kms:DescribeKey"))),
    "kms:GetKeyPolicy": lambda s: with_key(s, policy=unread("kms:GetKeyPolicy")),
    "sqs:GetQueueAttributes": lambda s: replace(
        s, queues=tuple(replace(q, policy=unread("sqs:GetQueueAttributes")) for q in s.queues)
    ),
    "lambda:GetPolicy": function_policy(unread("lambda:GetPolicy")),
}


def findings(
    snapshot: AccountSnapshot, config: StackConfig = CONFIG, **options: Any
) -> dict[str, Finding]:
    return {finding.check: finding for finding in check(snapshot, config, **options)}


def without(found: dict[str, Finding], status: Status) -> dict[str, tuple[str, ...]]:
    return {name: f.evidence for name, f in found.items() if f.status is not status}


def test_the_checks_have_stable_names() -> None:
    assert [each.name for each in CHECKS] == NAMES


def test_a_control_as_it_should_be_passes_every_check() -> None:
    found = check(healthy.snapshot(), CONFIG)
    assert [finding.check for finding in found] == NAMES
    assert without(findings(healthy.snapshot()), Status.PASS) == {}
    assert worst(found) is Status.PASS
    assert all(finding.evidence and not finding.mend for finding in found)


def test_the_deployed_control_passes_every_check(
    deployed: AccountSnapshot, config: StackConfig
) -> None:
    [alerts] = [read.arn for read in deployed.topics if ":alerts-" in read.arn]
    found = findings(deployed, config, declared_chat_topics=[alerts])
    assert without(found, Status.PASS) == {}


def recorded(account: AccountSnapshot) -> AccountSnapshot:
    """The account as it is read back from JSON."""
    return AccountSnapshot.from_json(account.to_json())


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_a_fault_is_found_and_named_with_its_mend(broken: Broken) -> None:
    found = findings(
        recorded(broken.change(healthy.snapshot())), with_settings(CONFIG, **broken.settings)
    )
    for name, words in broken.told.items():
        finding = found[name]
        assert finding.status is Status.FAIL, finding
        assert words in " ".join(finding.evidence)
        assert finding.mend
        assert "\n" not in finding.mend
    assert worst(list(found.values())) is Status.FAIL


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_a_fault_fails_no_check_that_it_does_not_concern(broken: Broken) -> None:
    found = findings(broken.change(healthy.snapshot()), with_settings(CONFIG, **broken.settings))
    failing = {name for name, finding in found.items() if finding.status is Status.FAIL}
    assert failing <= {*broken.told, *broken.also}


def test_every_check_can_fail() -> None:
    told = {name for broken in BROKEN for name in broken.told}
    assert sorted(told) == sorted(NAMES)


@pytest.mark.parametrize("call", UNREAD)
def test_what_could_not_be_read_is_never_a_pass(call: str) -> None:
    found = findings(UNREAD[call](healthy.snapshot()))
    unknown = {name for name, finding in found.items() if finding.status is Status.UNKNOWN}
    assert unknown
    assert not [name for name, finding in found.items() if finding.status is Status.FAIL]
    assert any(call in evidence for name in unknown for evidence in found[name].evidence)
    assert worst(list(found.values())) is Status.UNKNOWN


def test_every_check_can_be_unknown() -> None:
    seen = {
        name
        for change in UNREAD.values()
        for name, finding in findings(change(healthy.snapshot())).items()
        if finding.status is Status.UNKNOWN
    }
    assert sorted(seen) == sorted(NAMES)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("filter-value", lambda s: with_filter(s, metric_value="$.bytes")),
        ("alarm-threshold-reachable", lambda s: with_filter(s, metric_value="$.bytes")),
        (
            "topic-policy-allows-cloudwatch",
            topic_policy(
                allow("cloudwatch", "SNS:Publish", ALERTS, StringEquals={"aws:SourceOrgID": "o-1"})
            ),
        ),
        (
            "topic-policy-allows-cloudwatch",
            lambda s: with_topic(s, lambda t: replace(t, policy="")),
        ),
        (
            "topic-key-allows-cloudwatch",
            lambda s: with_key(
                s,
                policy=policy(
                    allow("cloudwatch", "kms:*", "*", StringEquals={"kms:ViaService": "sns"})
                ),
            ),
        ),
        ("subscription-filter-policy", filter_policy('{"Region": ["EU (Frankfurt)"]}')),
        ("subscription-filter-policy", filter_policy('{"NewStateValue": [{"prefix": "A"}]}')),
        ("subscription-filter-policy", filter_policy("{")),
    ],
)
def test_what_cannot_be_judged_is_unknown(name: str, change: Change) -> None:
    assert findings(change(healthy.snapshot()))[name].status is Status.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"NewStateValue": ["ALARM"]}',
        '{"NewStateValue": ["OK", "ALARM"]}',
        '{"AlarmName": [{"exists": true}]}',
    ],
)
def test_a_filter_policy_that_lets_alarms_through_is_no_fault(text: str) -> None:
    found = findings(filter_policy(text)(healthy.snapshot()))
    assert found["subscription-filter-policy"].status is Status.PASS


def test_the_policy_that_a_topic_is_made_with_lets_its_alarms_publish() -> None:
    default = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["SNS:Subscribe", "SNS:Publish"],
        "Resource": ALERTS,
        "Condition": {"StringEquals": {"AWS:SourceOwner": ACCOUNT}},
    }
    found = findings(topic_policy(default)(healthy.snapshot()))
    assert found["topic-policy-allows-cloudwatch"].status is Status.PASS


def test_a_topic_without_encryption_is_right_when_the_config_says_so() -> None:
    plain = with_topic(healthy.snapshot(), lambda t: replace(t, key_id="", key=None))
    found = findings(plain, with_settings(CONFIG, encryption="none"))
    assert without(found, Status.PASS) == {}


def test_a_topic_that_was_brought_is_not_held_against_the_encryption() -> None:
    found = findings(healthy.snapshot(), with_settings(CONFIG, topic_arn=ALERTS))
    assert without(found, Status.PASS) == {}


def test_a_heartbeat_that_is_off_is_not_missed() -> None:
    silent = with_alarms_on(healthy.snapshot(), "IncomingLogEvents", ())
    found = findings(silent, with_settings(CONFIG, heartbeat_minutes=0))
    assert found["heartbeat"].status is Status.PASS


def test_an_alarm_of_somebody_elses_on_the_incoming_events_is_not_held_against_the_stack() -> None:
    theirs = healthy.alarm(
        "too-many-events",
        "AWS/Logs",
        "IncomingLogEvents",
        dimensions={"LogGroupName": healthy.GROUP},
        unit="Count",
        actions_enabled=False,
        alarm_actions=("arn:aws:sns:eu-west-1:999999999999:theirs",),
    )
    whole = healthy.snapshot()
    [own] = next(on for on in whole.alarms if on.metric.name == "IncomingLogEvents").alarms  # type: ignore[misc] # it was read
    both = with_alarms_on(whole, "IncomingLogEvents", (theirs, own))

    assert without(findings(both), Status.PASS) == {}


@pytest.mark.parametrize(
    ("authenticated", "told"),
    [(True, ()), (False, ("mail (email): confirmed by a click, and a click can unsubscribe it",))],
)
def test_that_a_click_can_unsubscribe_an_address_is_noted(
    authenticated: bool, told: tuple[str, ...]
) -> None:
    by = attributes("mail", confirmation_was_authenticated=authenticated)
    finding = findings(by(healthy.snapshot()))["recipient-confirmed"]

    assert finding.status is Status.PASS
    assert tuple(note.partition(" (confirm-email")[0] for note in finding.notes) == told


def test_a_queue_may_have_a_key_that_lets_sns_in() -> None:
    found = findings(encrypted_queue()(healthy.snapshot()))

    assert without(found, Status.PASS) == {}
    assert ":alarms, kms:GenerateDataKey for" in " ".join(found["queue-key-allows-sns"].evidence)


@pytest.mark.parametrize(
    "unread_key",
    [
        encrypted_queue(unread("kms:DescribeKey")),
        encrypted_queue(policy=unread("kms:GetKeyPolicy")),
        encrypted_queue(
            policy=policy(
                allow("sns", "kms:*", "*", StringEquals={"aws:SourceVpc": "vpc-1"}),
            )
        ),
    ],
)
def test_a_queues_key_that_cannot_be_judged_is_unknown(unread_key: Change) -> None:
    found = findings(unread_key(healthy.snapshot()))

    assert found["queue-key-allows-sns"].status is Status.UNKNOWN


def test_of_several_alarms_on_the_metric_the_right_one_counts() -> None:
    whole = healthy.snapshot()
    on_metric = whole.alarms[0]
    assert isinstance(on_metric.alarms, tuple)
    wrong: Alarm = replace(
        on_metric.alarms[0], name="old", statistic="Average", alarm_actions=(), ok_actions=()
    )
    both = with_alarms_on(whole, "UnauthorizedAPICalls", (wrong, *on_metric.alarms))
    assert without(findings(both), Status.PASS) == {}


def test_of_several_filters_on_the_metric_the_one_with_the_published_text_counts() -> None:
    whole = healthy.snapshot()
    assert isinstance(whole.metric_filters, tuple)
    wrong = replace(whole.metric_filters[0], name="old", pattern="{ $.errorCode = * }")
    found = findings(replace(whole, metric_filters=(wrong, *whole.metric_filters)))
    assert without(found, Status.PASS).keys() == {"one-filter-per-metric"}


def test_hidden_endpoints_are_matched_by_kind_and_number() -> None:
    pager, hook = (
        Recipient("pager", Kind.PAGERDUTY, "https://events.pagerduty.com/x-ere/hidden"),
        Recipient("hook", Kind.HTTPS, "https://hidden.your-company.com/"),
    )
    others = tuple(r for r in CONFIG.recipients if r.name not in {"pager", "hook"})
    config = with_settings(CONFIG, recipients=(*others, hook, pager))
    found = findings(healthy.snapshot(), config, hidden={"pager", "hook"})
    assert without(found, Status.PASS) == {}
    told = " ".join(found["recipient-subscribed"].evidence)
    assert "pager (pagerduty by its kind, its endpoint being hidden)" in told

    second = Recipient("second", Kind.PAGERDUTY, "https://events.pagerduty.com/x-ere/hidden2")
    config = with_settings(CONFIG, recipients=(*others, hook, pager, second))
    found = findings(healthy.snapshot(), config, hidden={"pager", "hook", "second"})
    assert "second" in " ".join(found["recipient-subscribed"].evidence)


def test_chat_configurations_are_checked_as_declared_where_they_do_not_subscribe() -> None:
    silent = with_subscription(healthy.snapshot(), "chat", lambda _: None)
    declared = findings(silent, declared_chat_topics=[ALERTS])
    assert declared["recipient-subscribed"].status is Status.PASS
    elsewhere = findings(silent, declared_chat_topics=[RECORD])
    assert "channel (slack)" in " ".join(elsewhere["recipient-subscribed"].evidence)
    assert elsewhere["recipient-subscribed"].status is Status.FAIL

    only_chat = with_settings(CONFIG, recipients=CONFIG.recipients[:1])
    nobody = with_topic(silent, lambda t: replace(t, subscriptions=()))
    found = findings(nobody, only_chat, declared_chat_topics=[ALERTS])
    assert found["topic-has-confirmed-subscription"].status is Status.PASS
    astray = with_alarm(nobody, alarm_actions=(RECORD,))
    found = findings(astray, only_chat, declared_chat_topics=[ALERTS])
    assert found["alarm-acts-on-alert-topic"].status is Status.FAIL


def test_a_finding_tells_no_credential() -> None:
    shown = json.dumps(
        [
            finding.as_dict()
            for broken in BROKEN
            for finding in check(
                broken.change(healthy.snapshot()), with_settings(CONFIG, **broken.settings)
            )
        ]
    )
    assert "s3cret" not in shown
    assert "0123456789abcdef" not in shown


def test_a_finding_is_reported_as_plain_data() -> None:
    finding = findings(with_alarm(healthy.snapshot(), statistic="Average"))["alarm-statistic"]
    assert finding.as_dict() == {
        "check": "alarm-statistic",
        "status": "FAIL",
        "evidence": ["denied: statistic Average"],
        "mend": finding.mend,
    }
