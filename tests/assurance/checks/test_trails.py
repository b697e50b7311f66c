"""Every way in which a trail can leave the log group without denied calls."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from assurance.checks import trails
from assurance.checks.finding import Finding, Status
from assurance.checks.view import View
from assurance.snapshot import (
    AccountSnapshot,
    EventSelector,
    LogGroup,
    Trail,
    TrailStatus,
    Unknown,
)
from tests.assurance.checks.healthy import CONFIG, snapshot

SNAPSHOT = snapshot()

assert isinstance(SNAPSHOT.log_group, LogGroup)
STATUS = TrailStatus(is_logging=True, delivered_at=SNAPSHOT.taken_at - timedelta(minutes=3))
TRAIL = Trail(
    arn="arn:aws:cloudtrail:eu-west-1:111122223333:trail/all",
    home_region="eu-west-1",
    log_group_arn=f"{SNAPSHOT.log_group.arn}:*",
    is_multi_region=True,
    is_organization=False,
    status=STATUS,
    management_events=(EventSelector(reads=True, writes=True),),
)
DENIED = Unknown(
    call="cloudtrail:GetTrailStatus",
    about=TRAIL.arn,
    code="AccessDenied",
    permission="cloudtrail:GetTrailStatus",
)


def findings(*found: Trail, **changed: object) -> dict[str, Finding]:
    """What the checks say of a healthy account with these trails."""
    account: AccountSnapshot = replace(SNAPSHOT, **{"trails": found, **changed})
    view = View(account, CONFIG)
    return {each.name: each(view) for each in trails.CHECKS}


def test_a_trail_that_does_all_it_should_passes() -> None:
    assert {f.status for f in findings(TRAIL).values()} == {Status.PASS}


def test_an_organization_trail_is_as_good_as_any() -> None:
    told = findings(replace(TRAIL, is_organization=True))

    assert {f.status for f in told.values()} == {Status.PASS}


@pytest.mark.parametrize(
    ("check", "change", "says"),
    [
        ("trail-multi-region", lambda t: replace(t, is_multi_region=False), "one region alone"),
        (
            "trail-logging",
            lambda t: replace(t, status=replace(STATUS, is_logging=False)),
            "stopped",
        ),
        (
            "trail-management-events",
            lambda t: replace(t, management_events=(EventSelector(reads=False, writes=True),)),
            "management events: writes",
        ),
        (
            "trail-management-events",
            lambda t: replace(t, management_events=()),
            "none, or only some",
        ),
        (
            "trail-excluded-sources",
            lambda t: replace(
                t,
                management_events=(
                    EventSelector(reads=True, writes=True, excluded_sources=("kms.amazonaws.com",)),
                ),
            ),
            "kms.amazonaws.com left out",
        ),
        (
            "trail-last-delivery",
            lambda t: replace(
                t,
                status=replace(STATUS, delivered_at=SNAPSHOT.taken_at - timedelta(hours=2)),
            ),
            "last delivery",
        ),
        (
            "trail-last-delivery",
            lambda t: replace(t, status=replace(STATUS, delivery_error="AccessDenied")),
            "AccessDenied",
        ),
        (
            "trail-last-delivery",
            lambda t: replace(t, status=replace(STATUS, delivered_at=None)),
            "nothing",
        ),
    ],
)
def test_each_fault_of_a_trail_is_found_and_mended(
    check: str, change: Callable[[Trail], Trail], says: str
) -> None:
    told = findings(change(TRAIL))

    assert [name for name, f in told.items() if f.status is Status.FAIL] == [check]
    assert says in told[check].evidence[0]
    assert told[check].mend


def test_reads_and_writes_may_be_logged_by_two_selectors() -> None:
    both = (
        EventSelector(reads=True, writes=False, is_advanced=True),
        EventSelector(reads=False, writes=True, is_advanced=True),
    )

    assert findings(replace(TRAIL, management_events=both))["trail-management-events"].status == (
        "PASS"
    )


def test_a_source_that_one_of_two_selectors_leaves_out_is_logged_by_the_other() -> None:
    both = (
        EventSelector(reads=True, writes=True, excluded_sources=("kms.amazonaws.com",)),
        EventSelector(reads=True, writes=True),
    )

    assert findings(replace(TRAIL, management_events=both))["trail-excluded-sources"].status == (
        "PASS"
    )


@pytest.mark.parametrize(
    "other",
    [
        replace(TRAIL, arn=f"{TRAIL.arn}-old", is_multi_region=False),
        replace(TRAIL, arn=f"{TRAIL.arn}-old", status=replace(STATUS, is_logging=False)),
        replace(TRAIL, arn=f"{TRAIL.arn}-old", status=DENIED, management_events=DENIED),
    ],
    ids=["one-region", "stopped", "unread"],
)
def test_beside_a_trail_that_does_all_it_should_others_need_not(other: Trail) -> None:
    for both in ((TRAIL, other), (other, TRAIL)):
        assert {f.status for f in findings(*both).values()} == {Status.PASS}


def test_two_trails_that_do_half_each_are_no_whole_one() -> None:
    told = findings(
        replace(TRAIL, is_multi_region=False),
        replace(TRAIL, status=replace(STATUS, is_logging=False)),
    )

    assert Status.FAIL in {f.status for f in told.values()}


def test_trails_that_deliver_the_same_calls_are_noted() -> None:
    [note] = findings(TRAIL, replace(TRAIL, arn=f"{TRAIL.arn}-too"))["trail-delivers"].notes

    assert "a call that 2 of them log counts 2 times" in note


def test_a_trail_that_delivers_to_another_accounts_group_says_where_to_deploy() -> None:
    arn = "arn:aws:logs:eu-west-1:999988887777:log-group:organization:*"
    told = findings(replace(TRAIL, log_group_arn=arn, is_organization=True))

    assert told["trail-delivers"].status is Status.FAIL
    assert arn in told["trail-delivers"].evidence[0]
    assert "account and region" in told["trail-delivers"].mend
    assert told["trail-logging"].status is Status.UNKNOWN


def test_no_trail_at_all_fails() -> None:
    told = findings()

    assert told["trail-delivers"].status is Status.FAIL


def test_what_could_not_be_read_is_unknown_and_names_the_permission() -> None:
    told = findings(replace(TRAIL, status=DENIED))

    assert told["trail-logging"].status is Status.UNKNOWN
    assert "cloudtrail:GetTrailStatus" in told["trail-logging"].evidence[0]
    assert told["trail-multi-region"].status is Status.PASS


def test_unread_trails_make_every_check_of_them_unknown() -> None:
    told = findings(trails=DENIED)

    assert {f.status for f in told.values()} == {Status.UNKNOWN}
