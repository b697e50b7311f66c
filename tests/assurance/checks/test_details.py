"""What a stack with alertDetails is held to besides."""

import json
from dataclasses import replace as with_settings
from typing import Any

import pytest
from msgspec.structs import replace

from assurance.checks import check, details
from assurance.checks.finding import Finding, Status
from assurance.snapshot import (
    AccountSnapshot,
    Subscription,
    SubscriptionAttributes,
    Topic,
    endpoint_digest,
)
from monitoring.endpoints import Kind
from monitoring.recipients import Recipient
from tests.assurance.checks import healthy
from tests.assurance.checks.changes import (
    Change,
    attributes,
    every_subscription,
    subscribed,
    unread,
    with_alarm,
    with_alarms_on,
    with_subscription,
    with_topic,
)
from tests.assurance.checks.healthy import ACCOUNT, ALERTS, RECORD, REGION, alarm, on

CONFIG = with_settings(healthy.CONFIG, alert_details=True)
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:details"
ON_ALARM = json.dumps({"AlarmName": ["denied"], "NewStateValue": ["ALARM"]})
ALARMS_ONLY = '{"AlarmName": [{"exists": true}]}'
NAMES = ["alert-details", "details-watch"]


def snapshot() -> AccountSnapshot:
    """The healthy account with alert details: their function, its alarm, and PagerDuty's filter."""
    subscription = Subscription(
        arn=f"{ALERTS}:details",
        protocol="lambda",
        endpoint=FUNCTION,
        digest=endpoint_digest("lambda", FUNCTION),
        owner=ACCOUNT,
        status="confirmed",
        attributes=SubscriptionAttributes(
            filter_policy=ON_ALARM, filter_policy_scope="MessageBody"
        ),
    )

    def with_function(found: Topic) -> Topic:
        assert isinstance(found.subscriptions, tuple)
        return replace(found, subscriptions=(*found.subscriptions, subscription))

    watch = alarm(
        "failures",
        "AWS/Lambda",
        "Errors",
        dimensions={"FunctionName": "details"},
        threshold=1.0,
        evaluation_periods=1,
        datapoints_to_alarm=1,
    )
    whole = with_topic(healthy.snapshot(), with_function)
    whole = replace(whole, alarms=(*whole.alarms, on(watch)))
    return filters("pager", ALARMS_ONLY)(whole)


def filters(name: str, text: str, scope: str = "MessageBody") -> Change:
    return attributes(name, filter_policy=text, filter_policy_scope=scope)


def findings(account: AccountSnapshot, **options: Any) -> dict[str, Finding]:
    config = options.pop("config", CONFIG)
    return {finding.check: finding for finding in check(account, config, **options)}


def amiss(found: dict[str, Finding]) -> dict[str, Status]:
    return {name: f.status for name, f in found.items() if f.status is not Status.PASS}


def test_alert_details_as_they_should_be_pass_every_check() -> None:
    found = findings(snapshot())

    assert [each.name for each in details.CHECKS] == NAMES
    assert list(found)[-2:] == NAMES
    assert amiss(found) == {}


def test_without_alert_details_nothing_is_said_of_them() -> None:
    assert not set(NAMES) & set(findings(snapshot(), config=healthy.CONFIG))


FAULTS: list[tuple[str, Change, str, str]] = [
    (
        "no function",
        lambda s: with_subscription(s, "details", lambda _: None),
        "alert-details",
        f"no function but the recipients' is on {ALERTS}",
    ),
    ("not confirmed", subscribed("details", status="pending"), "alert-details", "pending"),
    (
        "another alarm",
        filters("details", '{"AlarmName": ["denied-before"], "NewStateValue": ["ALARM"]}'),
        "alert-details",
        "which drops denied",
    ),
    (
        "recoveries alone",
        filters("details", '{"AlarmName": ["denied"], "NewStateValue": ["OK"]}'),
        "alert-details",
        "which drops denied",
    ),
    (
        "attributes, which alarms have none of",
        filters("details", ON_ALARM, "MessageAttributes"),
        "alert-details",
        "which drops denied",
    ),
    ("its own digests", filters("details", ""), "alert-details", "lets its own digests through"),
    (
        "no alarm on its failures",
        lambda s: with_alarms_on(s, "Errors", ()),
        "details-watch",
        f"no alarm is on the failures of {FUNCTION}",
    ),
    (
        "its alarm tells nobody",
        lambda s: with_alarm(s, "failures", alarm_actions=(RECORD,)),
        "details-watch",
        "does not act on",
    ),
    (
        "its alarm waits",
        lambda s: with_alarm(s, "failures", threshold=5.0),
        "details-watch",
        "5 is not one failure of the function",
    ),
    (
        "digests open incidents",
        filters("pager", ""),
        "subscription-filter-policy",
        "pager (pagerduty): no filter policy, and a digest",
    ),
]


@pytest.mark.parametrize(
    ("change", "name", "words"), [each[1:] for each in FAULTS], ids=[each[0] for each in FAULTS]
)
def test_a_fault_of_the_details_is_found_and_no_other(
    change: Change, name: str, words: str
) -> None:
    found = findings(change(snapshot()))

    assert {check for check, status in amiss(found).items() if status is Status.FAIL} == {name}
    assert words in " ".join(found[name].evidence)
    assert found[name].mend


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (every_subscription(attributes=unread("sns:GetSubscriptionAttributes")), {NAMES[0]}),
        (
            lambda s: with_alarms_on(s, "Errors", unread("cloudwatch:DescribeAlarmsForMetric")),
            {NAMES[1]},
        ),
        (
            lambda s: with_topic(
                s, lambda t: replace(t, subscriptions=unread("sns:ListSubscriptionsByTopic"))
            ),
            set(NAMES),
        ),
        (filters("details", '{"AlarmName": [{"wildcard": "d*"}]}'), {NAMES[0]}),
        (filters("details", "{"), {NAMES[0]}),
    ],
    ids=["attributes", "alarms", "subscriptions", "an operator", "no JSON"],
)
def test_what_cannot_be_judged_of_the_details_is_unknown(change: Change, names: set[str]) -> None:
    found = findings(change(snapshot()))

    assert {name for name in NAMES if found[name].status is Status.UNKNOWN} == names
    assert Status.FAIL not in amiss(found).values()


def test_a_hidden_function_is_not_taken_for_that_of_the_details() -> None:
    function = Recipient("function", Kind.LAMBDA, f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:x")
    others = tuple(r for r in CONFIG.recipients if r.name != "function")
    config = with_settings(CONFIG, recipients=(*others, function))

    assert amiss(findings(snapshot(), config=config, hidden={"function"})) == {}

    gone = with_subscription(snapshot(), "function", lambda _: None)
    found = findings(gone, config=config, hidden={"function"})
    assert amiss(found) == {"recipient-subscribed": Status.FAIL}
    lost = with_subscription(snapshot(), "details", lambda _: None)
    found = findings(lost, config=config, hidden={"function"})
    assert amiss(found) == {"alert-details": Status.FAIL, "details-watch": Status.UNKNOWN}
