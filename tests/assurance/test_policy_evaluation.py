import json
from typing import Any

import pytest

from assurance.policy_evaluation import Decision, Request, evaluate

TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts"
ALARM = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:denied-1a2b3c4"
REQUEST = Request(
    service="cloudwatch.amazonaws.com",
    action="sns:Publish",
    resource=TOPIC,
    context={
        "aws:SourceAccount": "123456789012",
        "aws:SourceArn": ALARM,
        "aws:SourceOwner": "123456789012",
        "aws:SecureTransport": "true",
        "aws:PrincipalOrgID": None,
    },
)
ALARMS = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:*"


def statement(**changes: Any) -> dict[str, Any]:
    made = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "SNS:Publish",
        "Resource": TOPIC,
        **changes,
    }
    return {key: value for key, value in made.items() if value is not None}


def decide(*statements: Any) -> Decision:
    return evaluate(json.dumps({"Statement": list(statements)}), REQUEST).decision


def conditioned(operator: str, key: str, value: Any) -> Decision:
    return decide(statement(Condition={operator: {key: value}}))


def test_a_service_needs_an_allow() -> None:
    assert decide(statement()) is Decision.ALLOWED
    assert decide() is Decision.NOT_ALLOWED
    assert evaluate("{}", REQUEST).decision is Decision.NOT_ALLOWED


def test_an_explicit_deny_wins_wherever_it_stands() -> None:
    deny = statement(Effect="Deny", Sid="Never")
    assert decide(statement(), deny) is Decision.DENIED
    assert decide(deny, statement()) is Decision.DENIED
    assert "Never" in evaluate(json.dumps({"Statement": [deny]}), REQUEST).why


@pytest.mark.parametrize(
    ("principal", "decision"),
    [
        ("*", Decision.ALLOWED),
        ({"AWS": "*"}, Decision.ALLOWED),
        ({"Service": "*"}, Decision.ALLOWED),
        ({"Service": ["events.amazonaws.com", "cloudwatch.amazonaws.com"]}, Decision.ALLOWED),
        ({"Service": "events.amazonaws.com"}, Decision.NOT_ALLOWED),
        ({"AWS": "arn:aws:iam::123456789012:root"}, Decision.NOT_ALLOWED),
        ({"AWS": "123456789012"}, Decision.NOT_ALLOWED),
        (None, Decision.NOT_ALLOWED),
    ],
)
def test_the_principal_must_be_the_service_or_everyone(principal: Any, decision: Decision) -> None:
    assert decide(statement(Principal=principal)) is decision


def test_not_principal_is_everyone_else() -> None:
    others = statement(Principal=None, NotPrincipal={"Service": "events.amazonaws.com"})
    itself = statement(Principal=None, NotPrincipal={"Service": "cloudwatch.amazonaws.com"})
    assert decide(others) is Decision.ALLOWED
    assert decide(itself) is Decision.NOT_ALLOWED


@pytest.mark.parametrize(
    ("element", "decision"),
    [
        ({"Action": "sns:publish"}, Decision.ALLOWED),
        ({"Action": ["SNS:Subscribe", "SNS:Pub*"]}, Decision.ALLOWED),
        ({"Action": "*"}, Decision.ALLOWED),
        ({"Action": "SNS:Publis?"}, Decision.ALLOWED),
        ({"Action": "SNS:PublishBatch"}, Decision.NOT_ALLOWED),
        ({"Action": "SNS:Subscribe"}, Decision.NOT_ALLOWED),
        ({"Action": None, "NotAction": "SNS:Subscribe"}, Decision.ALLOWED),
        ({"Action": None, "NotAction": "SNS:P*"}, Decision.NOT_ALLOWED),
        ({"Action": None}, Decision.NOT_ALLOWED),
        ({"Resource": "*"}, Decision.ALLOWED),
        ({"Resource": "arn:aws:sns:*:123456789012:al?rts"}, Decision.ALLOWED),
        ({"Resource": TOPIC.upper()}, Decision.NOT_ALLOWED),
        ({"Resource": f"{TOPIC}-record"}, Decision.NOT_ALLOWED),
        ({"Resource": None, "NotResource": f"{TOPIC}-record"}, Decision.ALLOWED),
        ({"Resource": None, "NotResource": TOPIC}, Decision.NOT_ALLOWED),
        ({"Resource": "arn:aws:sns:*:${aws:PrincipalAccount}:alerts"}, Decision.UNKNOWN),
    ],
)
def test_actions_and_resources_match_with_wildcards(
    element: dict[str, Any], decision: Decision
) -> None:
    assert decide(statement(**element)) is decision


@pytest.mark.parametrize(
    ("operator", "key", "value", "decision"),
    [
        ("StringEquals", "aws:SourceAccount", "123456789012", Decision.ALLOWED),
        ("StringEquals", "AWS:sourceaccount", "123456789012", Decision.ALLOWED),
        ("StringEquals", "aws:SourceAccount", ["1", "123456789012"], Decision.ALLOWED),
        ("StringEquals", "aws:SourceAccount", "999999999999", Decision.NOT_ALLOWED),
        ("StringNotEquals", "aws:SourceAccount", "999999999999", Decision.ALLOWED),
        ("StringNotEquals", "aws:SourceAccount", ["1", "123456789012"], Decision.NOT_ALLOWED),
        ("StringEqualsIgnoreCase", "aws:SourceArn", ALARM.upper(), Decision.ALLOWED),
        ("StringLike", "aws:SourceArn", "arn:*:alarm:denied-*", Decision.ALLOWED),
        ("StringNotLike", "aws:SourceArn", "arn:*", Decision.NOT_ALLOWED),
        ("StringEquals", "aws:SourceArn", "arn:*", Decision.NOT_ALLOWED),
        ("ArnLike", "aws:SourceArn", ALARMS, Decision.ALLOWED),
        ("ArnEquals", "aws:SourceArn", ALARMS, Decision.ALLOWED),
        ("ArnLike", "aws:SourceArn", "arn:aws:cloudwatch:*:*:alarm:*", Decision.ALLOWED),
        ("ArnLike", "aws:SourceArn", "arn:*:alarm:*", Decision.NOT_ALLOWED),
        ("ArnLike", "aws:SourceArn", ALARMS.replace("central", "west"), Decision.NOT_ALLOWED),
        ("ArnNotLike", "aws:SourceArn", ALARMS, Decision.NOT_ALLOWED),
        ("Bool", "aws:SecureTransport", "true", Decision.ALLOWED),
        ("Bool", "aws:SecureTransport", True, Decision.ALLOWED),
        ("Bool", "aws:SecureTransport", "false", Decision.NOT_ALLOWED),
        ("Null", "aws:SourceArn", "false", Decision.ALLOWED),
        ("Null", "aws:PrincipalOrgID", "true", Decision.ALLOWED),
        ("Null", "aws:SourceArn", True, Decision.NOT_ALLOWED),
        ("StringEquals", "aws:PrincipalOrgID", "o-1", Decision.NOT_ALLOWED),
        ("StringNotEquals", "aws:PrincipalOrgID", "o-1", Decision.ALLOWED),
        ("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1", Decision.ALLOWED),
        ("StringEqualsIfExists", "aws:SourceAccount", "1", Decision.NOT_ALLOWED),
        ("ForAnyValue:StringEquals", "aws:SourceAccount", ["123456789012"], Decision.ALLOWED),
        ("ForAnyValue:StringNotEquals", "aws:PrincipalOrgID", ["o-1"], Decision.NOT_ALLOWED),
        ("ForAllValues:StringEquals", "aws:PrincipalOrgID", ["o-1"], Decision.ALLOWED),
        ("StringEquals", "aws:SourceOrgID", "o-1", Decision.UNKNOWN),
        ("StringEquals", "aws:SourceAccount", "${aws:PrincipalAccount}", Decision.UNKNOWN),
        ("ArnLike", "aws:SourceArn", "arn:aws:cloudwatch:*:${x}:alarm:*", Decision.UNKNOWN),
        ("IpAddress", "aws:SourceAccount", "10.0.0.0/8", Decision.UNKNOWN),
        ("NumericLessThan", "aws:SourceAccount", "1", Decision.UNKNOWN),
        ("No Such-Operator", "aws:SourceAccount", "1", Decision.UNKNOWN),
    ],
)
def test_a_condition_is_judged_by_what_is_known_of_the_request(
    operator: str, key: str, value: Any, decision: Decision
) -> None:
    assert conditioned(operator, key, value) is decision


def test_all_conditions_of_a_statement_must_hold() -> None:
    both = {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": ALARMS},
    }
    assert decide(statement(Condition=both)) is Decision.ALLOWED
    both["ArnLike"] = {"aws:SourceArn": f"{ALARMS}-other"}
    assert decide(statement(Condition=both)) is Decision.NOT_ALLOWED


def test_the_policy_that_a_topic_is_made_with_lets_alarms_of_its_account_publish() -> None:
    default = statement(
        Principal={"AWS": "*"}, Condition={"StringEquals": {"AWS:SourceOwner": "123456789012"}}
    )
    assert decide(default) is Decision.ALLOWED


def test_a_deny_without_tls_does_not_touch_a_service() -> None:
    deny = statement(
        Effect="Deny", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}}
    )
    assert decide(statement(), deny) is Decision.ALLOWED


def test_what_cannot_be_judged_is_unknown_only_where_it_could_turn_the_answer() -> None:
    doubtful = {"StringEquals": {"aws:SourceOrgID": "o-1"}}
    assert decide(statement(Condition=doubtful)) is Decision.UNKNOWN
    assert decide(statement(), statement(Effect="Deny", Condition=doubtful)) is Decision.UNKNOWN
    assert decide(statement(Effect="Deny", Condition=doubtful)) is Decision.NOT_ALLOWED
    assert decide(statement(Effect="Deny"), statement(Condition=doubtful)) is Decision.DENIED
    elsewhere = statement(Condition=doubtful, Action="SNS:Subscribe")
    assert decide(statement(), elsewhere) is Decision.ALLOWED


def test_an_allow_in_doubt_beside_a_certain_one_changes_nothing() -> None:
    doubtful = statement(Condition={"StringEquals": {"aws:SourceOrgID": "o-1"}})
    assert decide(statement(), doubtful) is Decision.ALLOWED


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', '{"Statement": "x"}', '{"Statement": [1]}'])
def test_a_policy_that_cannot_be_read_is_unknown(text: str) -> None:
    assert evaluate(text, REQUEST).decision is Decision.UNKNOWN


@pytest.mark.parametrize(
    "broken",
    [{"Effect": "Maybe"}, {"Condition": "x"}, {"Condition": {"Bool": "x"}}, {"Action": 5}],
)
def test_a_statement_that_cannot_be_read_is_unknown(broken: dict[str, Any]) -> None:
    assert decide(statement(**broken)) is Decision.UNKNOWN
    assert decide(statement(), statement(**{"Effect": "Deny", **broken})) is Decision.UNKNOWN
