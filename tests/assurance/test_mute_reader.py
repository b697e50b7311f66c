"""Mute rules as CloudWatch lists them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from assurance.aws import Clients, emulator_clients
from assurance.mute_reader import read_mute_rules
from assurance.snapshot import MuteRule, MuteRules, Unknown

ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm-mute-rule:nights"
EXPIRES = datetime(2026, 3, 1, tzinfo=UTC)


def read(answers: Callable[[Stubber], Any], *names: str) -> tuple[MuteRules, ...]:
    clients: Clients = emulator_clients(
        "http://127.0.0.1:9", region="us-east-1", account="123456789012"
    )
    with Stubber(clients.cloudwatch) as stub:
        answers(stub)
        found = read_mute_rules(clients, names)
        stub.assert_no_pending_responses()
    return found


def test_every_page_is_read_for_every_alarm() -> None:
    full = {
        "AlarmMuteRuleArn": ARN,
        "ExpireDate": EXPIRES,
        "Status": "SCHEDULED",
        "MuteType": "RECURRING",
    }

    def answers(stub: Stubber) -> None:
        call = "list_alarm_mute_rules"
        first: dict[str, Any] = {"AlarmMuteRuleSummaries": [full], "NextToken": "more"}
        stub.add_response(call, first, {"AlarmName": "a"})
        second: dict[str, Any] = {"AlarmMuteRuleSummaries": [{"Status": "ACTIVE"}]}
        stub.add_response(call, second, {"AlarmName": "a", "NextToken": "more"})
        stub.add_response(call, {}, {"AlarmName": "b"})

    assert read(answers, "a", "b") == (
        MuteRules(
            alarm="a",
            rules=(
                MuteRule(arn=ARN, status="SCHEDULED", mute_type="RECURRING", expires_at=EXPIRES),
                MuteRule(arn="", status="ACTIVE"),
            ),
        ),
        MuteRules(alarm="b", rules=()),
    )
    assert MuteRule(arn=ARN, status="ACTIVE").name == "nights"


@pytest.mark.parametrize("code", ["InvalidAction", "UnknownOperationException"])
def test_an_endpoint_without_mute_rules_has_none(code: str) -> None:
    def answers(stub: Stubber) -> None:
        stub.add_client_error("list_alarm_mute_rules", code, "no such action")

    assert read(answers, "a") == (MuteRules(alarm="a", rules=()),)


def test_what_may_not_be_read_is_unknown() -> None:
    def answers(stub: Stubber) -> None:
        stub.add_client_error("list_alarm_mute_rules", "AccessDenied", "no")

    [found] = read(answers, "a")

    assert isinstance(found.rules, Unknown)
    assert found.rules.permission == "cloudwatch:ListAlarmMuteRules"
