"""The drill with denied calls, against MiniStack with AUTH=true and a stand-in for CloudWatch.

Each stage is withheld once. What MiniStack lacks, the history of actions, the stand-in adds.
"""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from assurance.checks.finding import Status
from assurance.drill import report
from assurance.drill.drill import Drill
from assurance.drill.end_to_end import approve, end_to_end
from assurance.drill.gate import RefusedError
from monitoring.exclusions import Exclusion
from tests.assurance.drill.conftest import Deployed, Stage

SetUp = Callable[..., Stage]

KEY = "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."


def drill(stage: Stage, role_arn: str) -> Drill:
    return end_to_end(stage.setting, approve(stage.setting, stage.ready, role_arn), role_arn)


def told(drill: Drill) -> dict[str, str]:
    return {stage.stage: stage.status for stage in drill.stages}


def test_a_denied_call_is_followed_to_the_people_it_reaches(prod: Deployed, set_up: SetUp) -> None:
    stage = set_up()
    [queue] = [inbox for inbox in prod.inboxes if inbox.recipient == "siem"]
    before = len(queue.received())

    result = drill(stage, prod.role_arn)

    assert {stage.evidence for stage in result.stages if stage.status != "PASS"} == set()
    assert list(told(result)) == [
        "ready",
        "denied-calls",
        "log-group",
        "metric",
        "alarm",
        "action",
        "recipients",
    ]
    assert result.calls == len(stage.stand_in.denied) == 5
    assert len(queue.wait_for(before + 1)) == before + 1
    [*_, recipients] = result.stages
    assert "sqs arn:aws:sqs:us-east-1:111122223333:security-events" in recipients.evidence


def test_the_latency_of_each_stage_counts_from_the_last_call(prod: Deployed, set_up: SetUp) -> None:
    result = drill(set_up(), prod.role_arn)

    latencies = {stage.stage: stage.seconds for stage in result.stages}
    assert latencies["log-group"] == pytest.approx(240, abs=2)
    assert latencies["metric"] is not None
    assert latencies["alarm"] is not None
    assert 240 <= latencies["metric"] <= latencies["alarm"] + 15 <= 400


def test_calls_of_one_burst_are_made_within_one_minute(prod: Deployed, set_up: SetUp) -> None:
    stage = set_up()

    drill(stage, prod.role_arn)

    assert len({record["eventTime"][:16] for record in stage.stand_in.denied}) == 1


def test_the_session_may_do_nothing_and_is_marked(prod: Deployed, set_up: SetUp) -> None:
    stage = set_up()

    result = drill(stage, prod.role_arn)

    arns = {record["userIdentity"]["arn"] for record in stage.stand_in.denied}
    assert arns == {f"arn:aws:sts::111122223333:assumed-role/drill/{result.session}"}
    assert stage.setting.drill_id in result.session


@pytest.mark.parametrize("withheld", ["log-group", "metric", "alarm", "action"])
def test_a_stage_that_does_not_happen_is_named(
    prod: Deployed, set_up: SetUp, withheld: str
) -> None:
    stage = set_up(withheld={withheld})
    start = stage.setting.clock.now()

    result = drill(stage, prod.role_arn)

    assert result.status is Status.FAIL
    assert report.outcome(result) == f"FAIL: not proven: {withheld}"
    [missing] = [each for each in result.stages if each.stage == withheld]
    assert missing.evidence.startswith("not within 30 min")
    assert missing.mend
    stages = list(told(result).values())
    assert stages[: stages.index("FAIL")] == ["PASS"] * stages.index("FAIL")
    assert stage.setting.clock.now() - start < 1_800 + 120


def test_a_refused_action_ends_the_wait_and_names_the_mend(prod: Deployed, set_up: SetUp) -> None:
    stage = set_up(refusal=KEY)
    start = stage.setting.clock.now()

    result = drill(stage, prod.role_arn)

    [action] = [each for each in result.stages if each.stage == "action"]
    assert (action.status, action.evidence) == ("FAIL", f"refused: {KEY}")
    assert action.mend.startswith("key policy")
    assert stage.setting.clock.now() - start < 900


def exclusion(**fields: str) -> Exclusion:
    return Exclusion.of(
        "exclusions.my-scanner",
        "my-scanner",
        {name.replace("_", "."): [value] for name, value in fields.items()},
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"userIdentity.arn": "arn:aws:sts::111122223333:assumed-role/drill/*"},
        {"userIdentity.sessionContext.sessionIssuer.userName": "drill"},
        {"eventSource": "cloudtrail.amazonaws.com", "eventName": "Describe*"},
        {"awsRegion": "us-east-1", "errorCode": "AccessDeniedException"},
        {"userAgent": "*-calls-drill", "userIdentity.accountId": "111122223333"},
        {"recipientAccountId": "111122223333", "userIdentity.type": "AssumedRole"},
    ],
)
def test_an_exclusion_that_hides_the_drill_refuses_it_by_name(
    prod: Deployed, set_up: SetUp, fields: dict[str, str]
) -> None:
    values = {name: [value] for name, value in fields.items()}
    hidden = Exclusion.of("exclusions.my-scanner", "my-scanner", values)
    stage = set_up()
    config = dataclasses.replace(prod.config, exclusions=(hidden,))
    setting = dataclasses.replace(stage.setting, config=config)

    with pytest.raises(RefusedError, match=r"exclusions\.my-scanner"):
        approve(setting, stage.ready, prod.role_arn)

    assert stage.stand_in.calls == []


def test_an_exclusion_of_another_principal_does_not_refuse_it(
    prod: Deployed, set_up: SetUp
) -> None:
    other = Exclusion.of(
        "exclusions.other",
        "other",
        {"userIdentity.arn": ["arn:aws:sts::111122223333:assumed-role/other/*"]},
    )
    stage = set_up()
    config = dataclasses.replace(prod.config, exclusions=(other,))

    approved = approve(
        dataclasses.replace(stage.setting, config=config), stage.ready, prod.role_arn
    )

    assert approved.plan is not None


def test_an_exclusion_by_the_roles_id_refuses_it_once_the_role_is_assumed(
    prod: Deployed, set_up: SetUp
) -> None:
    role_id = prod.clients.iam.get_role(RoleName="drill")["Role"]["RoleId"]
    assumed = prod.clients.sts.assume_role(RoleArn=prod.role_arn, RoleSessionName="asked")
    role_id = assumed["AssumedRoleUser"]["AssumedRoleId"].partition(":")[0]
    hidden = Exclusion.of(
        "exclusionPresets[0]", "by-id", {"userIdentity.principalId": [f"{role_id}:*"]}
    )
    stage = set_up()
    setting = dataclasses.replace(
        stage.setting, config=dataclasses.replace(prod.config, exclusion_presets=(hidden,))
    )

    approved = approve(setting, stage.ready, prod.role_arn)
    with pytest.raises(RefusedError, match="exclusionPresets"):
        end_to_end(setting, approved, prod.role_arn)

    assert stage.stand_in.denied == []


def test_a_filter_that_does_not_count_what_arrived_is_named(prod: Deployed, set_up: SetUp) -> None:
    stage = set_up(written={"sourceIPAddress": "delivery.logs.amazonaws.com"})
    hidden = Exclusion.of(
        "exclusions.by-address", "by-address", {"sourceIPAddress": ["delivery.logs.amazonaws.com"]}
    )
    setting = dataclasses.replace(
        stage.setting, config=dataclasses.replace(prod.config, exclusions=(hidden,))
    )
    approved = approve(setting, stage.ready, prod.role_arn)

    result = end_to_end(setting, approved, prod.role_arn)

    [metric] = [each for each in result.stages if each.stage == "metric"]
    assert metric.status is Status.FAIL
    assert "does not match 5 of 5 records: excluded by exclusions.by-address" in metric.evidence


def test_an_alarm_that_is_red_already_is_left_alone(prod: Deployed, set_up: SetUp) -> None:
    stage = set_up()
    assert stage.ready.target is not None
    red = dataclasses.replace(
        stage.ready,
        target=dataclasses.replace(
            stage.ready.target, alarm=_changed(stage.ready.target.alarm, state="ALARM")
        ),
    )

    result = drill(dataclasses.replace(stage, ready=red), prod.role_arn)

    assert told(result) == {"ready": "FAIL"}
    assert "tells nobody again" in result.stages[0].evidence
    assert stage.stand_in.calls == []


def test_a_deployed_filter_that_would_not_match_stops_it_before_a_call(
    prod: Deployed, set_up: SetUp
) -> None:
    stage = set_up()
    assert stage.ready.target is not None
    blind = _changed(
        stage.ready.target.metric_filter, pattern='{ $.errorCode = "*UnauthorizedOperation" }'
    )
    ready = dataclasses.replace(
        stage.ready, target=dataclasses.replace(stage.ready.target, metric_filter=blind)
    )

    result = drill(dataclasses.replace(stage, ready=ready), prod.role_arn)

    assert told(result) == {"ready": "FAIL"}
    assert blind.name in result.stages[0].evidence
    assert stage.stand_in.calls == []


def test_a_role_that_may_not_be_assumed_leaves_it_unknown(prod: Deployed, set_up: SetUp) -> None:
    """MiniStack ignores trust policies, so the refusal is made up here."""
    stage = set_up()
    stage.setting.clients.sts.meta.events.register("after-call.sts.AssumeRole", _denied)

    result = drill(stage, prod.role_arn)

    assert result.status is Status.UNKNOWN
    assert "sts:AssumeRole" in result.stages[-1].mend
    assert stage.stand_in.denied == []


def _denied(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
    http_response.status_code = 403
    parsed.clear()
    parsed["Error"] = {"Code": "AccessDenied", "Message": "no"}
    parsed["ResponseMetadata"] = {"HTTPStatusCode": 403}


def test_the_report_goes_into_an_audit_file(prod: Deployed, set_up: SetUp) -> None:
    result = drill(set_up(), prod.role_arn)

    written = json.loads(report.as_json(result))

    assert written["status"] == "PASS"
    assert written["account"] == "111122223333"
    assert written["region"] == "us-east-1"
    assert written["by"] == "arn:aws:iam::111122223333:root"
    assert written["alarm"].startswith("arn:aws:cloudwatch:us-east-1:111122223333:alarm:")
    assert written["role"] == prod.role_arn
    assert written["calls"]["made"] == 5
    assert [stage["stage"] for stage in written["stages"]] == list(told(result))
    assert all(stage["at"] for stage in written["stages"][1:-1])
    assert "SessionToken" not in json.dumps(written)


def _changed(struct: Any, **fields: Any) -> Any:
    return msgspec.structs.replace(struct, **fields)
