"""The trail reader, on answers as the CloudTrail API gives them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from assurance.aws import Clients, emulator_clients
from assurance.snapshot import EventSelector, Trail, Unknown
from assurance.trail_reader import read_trails

ARN = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/all"
DESCRIBED = {
    "Name": "all",
    "TrailARN": ARN,
    "HomeRegion": "eu-west-1",
    "IsMultiRegionTrail": True,
    "IsOrganizationTrail": True,
    "CloudWatchLogsLogGroupArn": "arn:aws:logs:eu-west-1:111122223333:log-group:trail:*",
}


class Stubbed:
    """Clients of two regions; each CloudTrail call must be the one expected, in its region."""

    def __init__(self, described: Mapping[str, Any] = DESCRIBED) -> None:
        self.clients = {
            region: emulator_clients("http://127.0.0.1:9", region=region)
            for region in ("us-east-1", "eu-west-1")
        }
        self.stubs = {region: Stubber(c.cloudtrail) for region, c in self.clients.items()}
        self.stub(
            "us-east-1",
            "describe_trails",
            {"trailList": [described]},
            asked={"includeShadowTrails": True},
        )

    def stub(self, region: str, call: str, answer: dict[str, Any], asked: dict[str, Any]) -> None:
        self.stubs[region].add_response(call, answer, asked)

    def read(self) -> tuple[Trail, ...] | Unknown:
        for stub in self.stubs.values():
            stub.activate()
        told = read_trails(self.clients["us-east-1"], self.clients.__getitem__)
        for stub in self.stubs.values():
            stub.assert_no_pending_responses()
        return told


def test_a_trail_that_does_not_tell_its_home_region_is_asked_in_that_of_its_arn() -> None:
    stubbed = Stubbed({name: told for name, told in DESCRIBED.items() if name != "HomeRegion"})
    stubbed.stub("eu-west-1", "get_trail_status", {"IsLogging": True}, {"Name": ARN})
    stubbed.stub("eu-west-1", "get_event_selectors", {}, {"TrailName": ARN})

    told = stubbed.read()

    assert isinstance(told, tuple)
    assert told[0].home_region == "eu-west-1"


def with_selectors(answer: dict[str, Any]) -> tuple[EventSelector, ...]:
    stubbed = Stubbed()
    stubbed.stub("eu-west-1", "get_trail_status", {"IsLogging": True}, {"Name": ARN})
    stubbed.stub("eu-west-1", "get_event_selectors", answer, {"TrailName": ARN})
    told = stubbed.read()
    assert isinstance(told, tuple)
    assert isinstance(told[0].management_events, tuple)
    return told[0].management_events


def test_a_trail_is_asked_in_its_home_region_and_by_its_arn() -> None:
    stubbed = Stubbed()
    when = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    status = {
        "IsLogging": True,
        "LatestCloudWatchLogsDeliveryTime": when,
        "LatestCloudWatchLogsDeliveryError": "",
    }
    stubbed.stub("eu-west-1", "get_trail_status", status, {"Name": ARN})
    stubbed.stub("eu-west-1", "get_event_selectors", {}, {"TrailName": ARN})

    told = stubbed.read()

    assert isinstance(told, tuple)
    [trail] = told
    assert (trail.arn, trail.is_organization, trail.log_group_name) == (ARN, True, "trail")
    assert not isinstance(trail.status, Unknown)
    assert (trail.status.is_logging, trail.status.delivered_at) == (True, when)


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (
            {"ReadWriteType": "All", "IncludeManagementEvents": True},
            (EventSelector(reads=True, writes=True),),
        ),
        (
            {
                "ReadWriteType": "WriteOnly",
                "IncludeManagementEvents": True,
                "ExcludeManagementEventSources": ["kms.amazonaws.com"],
            },
            (EventSelector(reads=False, writes=True, excluded_sources=("kms.amazonaws.com",)),),
        ),
        ({"ReadWriteType": "All", "IncludeManagementEvents": False}, ()),
    ],
)
def test_basic_selectors_say_which_management_events_are_logged(
    selector: dict[str, Any], expected: tuple[EventSelector, ...]
) -> None:
    assert with_selectors({"EventSelectors": [selector]}) == expected


@pytest.mark.parametrize(
    ("fields", "reads", "writes", "excluded"),
    [
        ([], True, True, ()),
        ([{"Field": "readOnly", "Equals": ["true"]}], True, False, ()),
        ([{"Field": "readOnly", "Equals": ["false"]}], False, True, ()),
        (
            [{"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}],
            True,
            True,
            ("kms.amazonaws.com",),
        ),
        ([{"Field": "eventSource", "Equals": ["iam.amazonaws.com"]}], False, False, ()),
        ([{"Field": "userIdentity.arn", "NotEquals": ["x"]}], False, False, ()),
    ],
)
def test_advanced_selectors_count_only_where_they_leave_management_events_whole(
    fields: list[dict[str, Any]], reads: bool, writes: bool, excluded: tuple[str, ...]
) -> None:
    category = {"Field": "eventCategory", "Equals": ["Management"]}

    [told] = with_selectors({"AdvancedEventSelectors": [{"FieldSelectors": [category, *fields]}]})

    assert (told.reads, told.writes, told.excluded_sources) == (reads, writes, excluded)


def test_advanced_selectors_of_data_events_log_no_management_events() -> None:
    data = {"Field": "eventCategory", "Equals": ["Data"]}

    assert with_selectors({"AdvancedEventSelectors": [{"FieldSelectors": [data]}]}) == ()


def test_a_denied_call_is_unknown_and_names_its_permission() -> None:
    stubbed = Stubbed()
    stub = stubbed.stubs["eu-west-1"]
    stub.add_client_error("get_trail_status", "AccessDeniedException")
    stubbed.stub("eu-west-1", "get_event_selectors", {}, {"TrailName": ARN})

    told = stubbed.read()

    assert isinstance(told, tuple)
    assert isinstance(told[0].status, Unknown)
    assert told[0].status.permission == "cloudtrail:GetTrailStatus"


def test_unlisted_trails_are_unknown_and_not_absent() -> None:
    clients: Clients = emulator_clients("http://127.0.0.1:9", region="us-east-1")
    stub = Stubber(clients.cloudtrail)
    stub.add_client_error("describe_trails", "AccessDeniedException")
    stub.activate()

    assert isinstance(read_trails(clients, lambda _: clients), Unknown)
