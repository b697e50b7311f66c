"""`--notify`, against recorded shapes: MiniStack keeps no history of an alarm's actions."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import msgspec
import pytest
from botocore.config import Config
from botocore.stub import ANY, Stubber

from assurance.aws import Caller, Clients
from assurance.checks.finding import Status
from assurance.drill import report
from assurance.drill.drill import Drill, Ready, Setting
from assurance.drill.notify import notify
from assurance.drill.plan import Target
from assurance.drill.stages import Clock, Stage
from assurance.snapshot import Alarm
from tests.assurance.drill.conftest import Deployed
from tests.assurance.drill.conftest import Stage as SetUpStage

NOW = 1_772_409_600.0
ID = "0123456789ab"
TOPIC_POLICY = (
    "Resource: arn:aws:cloudwatch:us-east-1:111122223333:alarm:a is not authorized to perform: "
    "SNS:Publish on resource: {topic} because no resource-based policy allows the SNS:Publish"
    " action"
)
KEY_POLICY = "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."


class Stubbed:
    """Clients whose every answer is queued, and a clock that passes as it is slept on."""

    def __init__(self) -> None:
        session = boto3.Session(
            aws_access_key_id="x",
            aws_secret_access_key="x",
            region_name="us-east-1",
        )
        config = Config(retries={"total_max_attempts": 1})
        self.clients = Clients(session, config)
        self.cloudwatch = Stubber(self.clients.cloudwatch)
        self.sns = Stubber(self.clients.sns)
        self.now = NOW
        for stubber in (self.cloudwatch, self.sns):
            stubber.activate()

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def history(self, *items: dict[str, Any]) -> None:
        self.cloudwatch.add_response("describe_alarm_history", {"AlarmHistoryItems": [*items]})

    def set_state(self, state: str) -> None:
        self.cloudwatch.add_response(
            "set_alarm_state", {}, {"AlarmName": ANY, "StateValue": state, "StateReason": ANY}
        )


def update(alarm: Alarm, after: float = 1) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "HistoryItemType": "StateUpdate",
        "Timestamp": datetime.fromtimestamp(NOW + after, UTC),
        "HistorySummary": "Alarm updated from OK to ALARM",
        "HistoryData": f'{{"newState": {{"stateValue": "ALARM", "stateReason": "drill ({ID})"}}}}',
    }


def action(alarm: Alarm, said: str, after: float = 2) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "HistoryItemType": "Action",
        "Timestamp": datetime.fromtimestamp(NOW + after, UTC),
        "HistorySummary": said.format(topic=alarm.alarm_actions[0]),
        "HistoryData": "{}",
    }


DELIVERED = "Successfully executed action {topic}"


@pytest.fixture
def stubbed() -> Stubbed:
    return Stubbed()


@pytest.fixture
def target(set_up: Callable[..., SetUpStage]) -> Target:
    found = set_up().ready.target
    assert found is not None
    return found


def run(stubbed: Stubbed, prod: Deployed, target: Target, timeout: float = 60) -> Drill:
    setting = Setting(
        stack="prod",
        config=prod.config,
        clients=stubbed.clients,
        caller=Caller("111122223333", "arn:aws:iam::111122223333:user/ann"),
        clock=Clock(lambda: stubbed.now, stubbed.sleep),
        drill_id=ID,
        timeout=timeout,
        progress=lambda doing: None,
    )
    ready = Ready(Stage(stage="ready", status=Status.PASS, evidence=""), target)
    return notify(setting, ready)


def stages(result: Drill) -> dict[str, str]:
    return {stage.stage: stage.status for stage in result.stages}


def test_a_message_that_the_topic_takes_is_followed_to_its_recipients(
    stubbed: Stubbed, prod: Deployed, target: Target
) -> None:
    stubbed.history()
    stubbed.set_state("ALARM")
    stubbed.history(action(target.alarm, DELIVERED), update(target.alarm))
    stubbed.history(action(target.alarm, DELIVERED), update(target.alarm))
    stubbed.sns.add_response(
        "list_subscriptions_by_topic",
        {
            "Subscriptions": [
                {
                    "SubscriptionArn": f"{target.topic_arn}:1",
                    "Protocol": "email",
                    "Endpoint": "ann@your-company.com",
                }
            ]
        },
    )

    result = run(stubbed, prod, target)

    assert stages(result) == {
        "ready": "PASS",
        "set-alarm-state": "PASS",
        "alarm": "PASS",
        "action": "PASS",
        "recipients": "PASS",
    }


@pytest.mark.parametrize(
    ("refusal", "mend"), [(TOPIC_POLICY, "topic policy"), (KEY_POLICY, "key policy")]
)
def test_a_refusal_is_told_with_its_mend(
    stubbed: Stubbed, prod: Deployed, target: Target, refusal: str, mend: str
) -> None:
    refused = action(
        target.alarm, f'Failed to execute action {{topic}}. Received error: "{refusal}"'
    )
    stubbed.history()
    stubbed.set_state("ALARM")
    for _ in range(4):
        stubbed.history(refused, update(target.alarm))

    result = run(stubbed, prod, target)

    assert result.status is Status.FAIL
    [found] = [stage for stage in result.stages if stage.stage == "action"]
    assert found.evidence == f"refused: {refusal.format(topic=target.topic_arn)}"
    assert found.mend.startswith(mend)


def test_an_alarm_that_is_red_is_set_ok_first(
    stubbed: Stubbed, prod: Deployed, target: Target
) -> None:
    red = dataclasses.replace(target, alarm=_with_state(target.alarm, "ALARM"))
    stubbed.history()
    stubbed.set_state("OK")
    stubbed.set_state("ALARM")
    for _ in range(40):
        stubbed.history()

    result = run(stubbed, prod, red)

    [found] = [stage for stage in result.stages if stage.stage == "set-alarm-state"]
    assert found.evidence.endswith("OK → ALARM")
    assert stages(result)["alarm"] == "FAIL"


def test_an_action_that_the_history_does_not_show_is_not_delivered(
    stubbed: Stubbed, prod: Deployed, target: Target
) -> None:
    stubbed.history()
    stubbed.set_state("ALARM")
    for _ in range(40):
        stubbed.history(update(target.alarm))

    result = run(stubbed, prod, target)

    assert report.outcome(result) == "FAIL: not proven: action"


def test_a_change_from_before_the_drill_proves_nothing(
    stubbed: Stubbed, prod: Deployed, target: Target
) -> None:
    before = [action(target.alarm, DELIVERED, -3), update(target.alarm, -4)]
    stubbed.history(*before)
    stubbed.set_state("ALARM")
    for _ in range(40):
        stubbed.history(*before)

    assert run(stubbed, prod, target).status is Status.FAIL


def test_nobody_is_woken_when_the_history_may_not_be_read(
    stubbed: Stubbed, prod: Deployed, target: Target
) -> None:
    stubbed.cloudwatch.add_client_error("describe_alarm_history", "AccessDenied", "no", 403)

    result = run(stubbed, prod, target)

    assert result.status is Status.UNKNOWN
    assert "cloudwatch:DescribeAlarmHistory" in str(result.stages[-1])


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("AccessDenied", Status.UNKNOWN),
        ("Throttling", Status.UNKNOWN),
        ("ExpiredToken", Status.UNKNOWN),
        ("ResourceNotFoundException", Status.FAIL),
    ],
)
def test_a_state_that_cannot_be_set_is_no_pass(
    stubbed: Stubbed, prod: Deployed, target: Target, code: str, status: Status
) -> None:
    stubbed.history()
    stubbed.cloudwatch.add_client_error("set_alarm_state", code, "said so", 400)

    result = run(stubbed, prod, target)

    assert result.status is status
    last = result.stages[-1]
    assert last.stage == "set-alarm-state"
    assert last.mend or "cloudwatch:SetAlarmState" in last.evidence


def _with_state(alarm: Alarm, state: str) -> Alarm:
    return msgspec.structs.replace(alarm, state=state)
