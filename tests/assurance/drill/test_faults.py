"""A drill when AWS does not answer as it should: never a traceback, never a pass, always a mend."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from botocore.exceptions import EndpointConnectionError

from assurance.checks.finding import Status
from assurance.drill.drill import Drill
from assurance.drill.end_to_end import approve, end_to_end
from tests.assurance.drill.conftest import Deployed, Stage

SetUp = Callable[..., Stage]
Spoil = Callable[[Any, dict[str, Any]], None]

CALLS: Final = (
    "sts.AssumeRole",
    "cloudtrail.DescribeTrails",
    "logs.FilterLogEvents",
    "cloudwatch.GetMetricData",
    "cloudwatch.DescribeAlarms",
    "cloudwatch.DescribeAlarmHistory",
    "sns.ListSubscriptionsByTopic",
)


def refused(code: str) -> Spoil:
    def spoil(http_response: Any, parsed: dict[str, Any]) -> None:
        http_response.status_code = 400
        parsed.clear()
        parsed["Error"] = {"Code": code, "Message": "made up"}
        parsed["ResponseMetadata"] = {"HTTPStatusCode": 400}

    return spoil


def unreachable(*_: object) -> None:
    raise EndpointConnectionError(endpoint_url="https://aws")


def emptied(_: Any, parsed: dict[str, Any]) -> None:
    for name, value in list(parsed.items()):
        if isinstance(value, list):
            parsed[name] = []


FAULTS: Final[dict[str, Spoil]] = {
    "throttled": refused("ThrottlingException"),
    "expired": refused("ExpiredToken"),
    "deleted": refused("ResourceNotFoundException"),
    "unreachable": unreachable,
}


def drill(prod: Deployed, stage: Stage, call: str, spoil: Spoil) -> Drill:
    service, _, operation = call.partition(".")

    def meddle(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
        spoil(http_response, parsed)

    # Behind the stand-in's own, which goes by what the emulator answers.
    setting = stage.setting
    event = f"after-call.{service}.{operation}"
    if service == "cloudtrail":
        # The denied calls are made by clients that the drill makes for its session.
        prepare = setting.clients._prepare
        assert prepare is not None

        def spoil_new(client: Any) -> None:
            prepare(client)
            client.meta.events.register_last(event, meddle)

        setting.clients._prepare = spoil_new
    else:
        setting.clients.client(service).meta.events.register_last(event, meddle)
    return end_to_end(setting, approve(setting, stage.ready, prod.role_arn), prod.role_arn)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_what_goes_wrong_is_no_pass_and_has_a_mend(
    prod: Deployed, set_up: SetUp, call: str, fault: str
) -> None:
    result = drill(prod, set_up(), call, FAULTS[fault])

    assert result.status is not Status.PASS
    amiss = [stage for stage in result.stages if stage.status is not Status.PASS]
    assert all(stage.mend and "\n" not in stage.mend for stage in amiss)


@pytest.mark.parametrize("call", CALLS[2:])
def test_empty_pages_are_no_pass(prod: Deployed, set_up: SetUp, call: str) -> None:
    assert drill(prod, set_up(), call, emptied).status is not Status.PASS
