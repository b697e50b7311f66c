"""What a drill may do, enforced by the emulator on a deployed stack."""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from assurance import account_reader, stack_settings
from assurance.aws import Caller, Clients
from assurance.checks.finding import Status
from assurance.confirm_email.confirmation import Confirmation
from assurance.confirm_email.confirming import confirm
from assurance.drill import report
from assurance.drill.drill import Drill, Setting, find_target
from assurance.drill.end_to_end import approve, end_to_end
from assurance.drill.notify import notify
from monitoring.stack_config import StackConfig
from tests.assurance.drill.conftest import trust_of_the_account
from tests.assurance.drill.stand_in import StandIn
from tests.deployment import ACCOUNT, REGION
from tests.iam.conftest import Limited
from tests.iam.emulation import as_the_emulator_asks
from tests.iam.lives import Declared
from tests.iam.policies import TABLE, VALUES, Policy, filled, together, without
from tests.iam.stacks import files_of

POLICY: Final = together(filled("audit.json"), filled("drill.json"))
ROLE_ARN: Final = f"arn:aws:iam::{ACCOUNT}:role/{VALUES['DRILL_ROLE']}"
# The emulator checks these against `*`, whatever it is asked.
WITHOUT_RESOURCE: Final = frozenset({"cloudwatch:DescribeAlarms", "logs:DescribeMetricFilters"})
# MiniStack evaluates alarms on its own when data come in, by what is recent: these times are not.
_times = itertools.count(int(time.time()) - 10 * 86_400 + 37, 3 * 3_600)


@pytest.fixture(scope="module", autouse=True)
def _account(root: Clients, declared: dict[str, Declared]) -> None:
    """The prod stack, deployed, with somebody whom its topic tells; a role that may do nothing."""
    root.iam.create_role(
        RoleName=VALUES["DRILL_ROLE"], AssumeRolePolicyDocument=json.dumps(trust_of_the_account())
    )
    queue = root.sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = root.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    topic = find_target(account_reader.read_alarms(root, VALUES["LOG_GROUP"]), _config()).target
    assert topic is not None
    root.sns.subscribe(
        TopicArn=topic.topic_arn, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"]
    )


def _config() -> StackConfig:
    return stack_settings.of_files(files_of("prod"))


def asked(policy: Policy) -> Policy:
    return as_the_emulator_asks(policy, WITHOUT_RESOURCE)


Run = Callable[[str], Drill]


@pytest.fixture
def run(root: Clients, limited: Limited) -> Iterator[Run]:
    """Runs a drill by whoever is limited, on an alarm at rest; CloudWatch is played by root."""

    def of(kind: str) -> Drill:
        at_rest = find_target(account_reader.read_alarms(root, VALUES["LOG_GROUP"]), _config())
        assert at_rest.target is not None
        stand_in = StandIn(root, next(_times))
        stand_in.plays(at_rest.target.alarm, at_rest.target.metric_filter)
        clients = limited.clients.prepared_by(stand_in._listen)
        config = _config()
        setting = Setting(
            stack="prod",
            config=config,
            clients=clients,
            caller=Caller(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/limited"),
            clock=stand_in.clock,
            drill_id=f"{time.time_ns():x}",
            timeout=1_800,
            progress=lambda doing: None,
        )
        ready = find_target(account_reader.read_alarms(clients, VALUES["LOG_GROUP"]), config)
        if kind == "notify":
            return notify(setting, ready)
        return end_to_end(setting, approve(setting, ready, ROLE_ARN), ROLE_ARN)

    _rest(root)
    yield of
    _rest(root)


def _rest(root: Clients) -> None:
    for page in root.cloudwatch.get_paginator("describe_alarms").paginate():
        for alarm in page["MetricAlarms"]:
            root.cloudwatch.set_alarm_state(
                AlarmName=alarm["AlarmName"], StateValue="OK", StateReason="at rest"
            )


def test_the_policies_suffice_for_a_drill_from_end_to_end(run: Run, limited: Limited) -> None:
    limited.may(asked(POLICY))

    result = run("end-to-end")

    assert [s for s in result.stages if s.status is not Status.PASS] == []


@pytest.mark.parametrize(
    "action",
    [
        "cloudwatch:DescribeAlarmHistory",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:DescribeAlarmsForMetric",
        "cloudwatch:GetMetricData",
        "logs:DescribeMetricFilters",
        "logs:FilterLogEvents",
        "sns:ListSubscriptionsByTopic",
        "sts:AssumeRole",
    ],
)
def test_without_one_action_a_drill_proves_nothing_and_names_it(
    action: str, run: Run, limited: Limited
) -> None:
    limited.may(asked(without(POLICY, action)))

    result = run("end-to-end")

    assert result.status is not Status.PASS
    assert action in report.as_json(result)


@pytest.mark.parametrize("action", ["cloudwatch:SetAlarmState", "cloudwatch:DescribeAlarmHistory"])
def test_without_one_action_nobody_is_woken_and_it_is_named(
    action: str, run: Run, limited: Limited
) -> None:
    limited.may(asked(without(POLICY, action)))

    result = run("notify")

    assert result.status is Status.UNKNOWN
    assert action in report.as_json(result)


def test_the_state_may_be_set(run: Run, limited: Limited) -> None:
    """The emulator keeps no history of actions, so that the drill ends there."""
    limited.may(asked(POLICY))

    stages = {stage.stage: stage.status for stage in run("notify").stages}

    assert stages["set-alarm-state"] is Status.PASS


def test_confirming_takes_its_own_permission(root: Clients, limited: Limited) -> None:
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:CISUnauthorizedAPICallAlerts-prod-0123456"
    root.sns.create_topic(Name=topic.rpartition(":")[2])

    limited.may(asked(without(POLICY, "sns:ConfirmSubscription")))
    denied = confirm(limited.clients, Confirmation(topic, "token"))
    limited.may(asked(POLICY))
    unknown = confirm(limited.clients, Confirmation(topic, "token"))

    assert denied.status is Status.UNKNOWN
    assert "sns:ConfirmSubscription" in denied.said
    assert unknown.status is not Status.UNKNOWN


def test_every_action_of_the_drill_is_put_to_the_test() -> None:
    tried = {
        "cloudwatch:DescribeAlarmHistory",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "cloudwatch:SetAlarmState",
        "logs:FilterLogEvents",
        "sns:ConfirmSubscription",
        "sts:AssumeRole",
    }

    assert set(TABLE["commands"]["drill"]["actions"]) == tried
