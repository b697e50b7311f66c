"""Accounts recorded as JSON, with what no emulator makes; each read back and audited whole."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from assurance import checks
from assurance.checks import trails
from assurance.checks.finding import Finding, Status
from assurance.checks.view import View
from assurance.snapshot import AccountSnapshot
from tests.assurance.checks.changes import (
    every_subscription,
    subscribed,
    unread,
    with_subscription,
)
from tests.assurance.checks.healthy import CONFIG, snapshot
from tests.assurance.checks.test_trails import TRAIL

FOLDER: Final = Path(__file__).parents[2] / "data" / "accounts"

HEALTHY: Final = replace(snapshot(), trails=(TRAIL,))
ELSEWHERE: Final = "arn:aws:logs:eu-west-1:999988887777:log-group:organization:*"
ACCOUNTS: Final[Mapping[str, AccountSnapshot]] = {
    "healthy": HEALTHY,
    "organization-trail": replace(
        HEALTHY,
        trails=(
            replace(
                TRAIL,
                arn="arn:aws:cloudtrail:eu-west-1:999988887777:trail/organization",
                is_organization=True,
            ),
        ),
    ),
    "organization-trail-that-delivers-to-another-account": replace(
        HEALTHY, trails=(replace(TRAIL, is_organization=True, log_group_arn=ELSEWHERE),)
    ),
    "member-that-may-not-ask-the-organization-trail": replace(
        HEALTHY,
        trails=(
            replace(
                TRAIL,
                is_organization=True,
                status=unread("cloudtrail:GetTrailStatus"),
                management_events=unread("cloudtrail:GetEventSelectors"),
            ),
        ),
    ),
    "pending": subscribed("mail", status="pending", arn="PendingConfirmation")(HEALTHY),
    "lapsed": with_subscription(HEALTHY, "mail", lambda _: None),
    "deleted": subscribed("hook", status="deleted", arn="Deleted")(HEALTHY),
    "nobody-confirmed": every_subscription(status="pending", arn="PendingConfirmation")(HEALTHY),
    "confirmed-by-another-account": subscribed("mail", owner="999988887777")(HEALTHY),
}
EXPECTED: Final[Mapping[str, Mapping[str, Status]]] = {
    "healthy": {},
    "organization-trail": {},
    "organization-trail-that-delivers-to-another-account": {
        "trail-delivers": Status.FAIL,
        "trail-multi-region": Status.UNKNOWN,
        "trail-logging": Status.UNKNOWN,
        "trail-management-events": Status.UNKNOWN,
        "trail-excluded-sources": Status.UNKNOWN,
        "trail-last-delivery": Status.UNKNOWN,
    },
    "member-that-may-not-ask-the-organization-trail": {
        "trail-logging": Status.UNKNOWN,
        "trail-management-events": Status.UNKNOWN,
        "trail-excluded-sources": Status.UNKNOWN,
        "trail-last-delivery": Status.UNKNOWN,
    },
    "pending": {"recipient-confirmed": Status.FAIL},
    "lapsed": {"recipient-subscribed": Status.FAIL},
    "deleted": {"recipient-confirmed": Status.FAIL},
    "nobody-confirmed": {
        "recipient-subscribed": Status.FAIL,
        "recipient-confirmed": Status.FAIL,
        "topic-has-confirmed-subscription": Status.FAIL,
    },
    "confirmed-by-another-account": {},
}


def audited(account: AccountSnapshot) -> list[Finding]:
    view = View(account, CONFIG)
    return [*checks.check(account, CONFIG), *(each(view) for each in trails.CHECKS)]


@pytest.mark.parametrize("name", ACCOUNTS)
def test_an_account_is_recorded_as_it_is_made(name: str, update_snapshots: bool) -> None:
    path = FOLDER / f"{name}.json"
    if update_snapshots:
        FOLDER.mkdir(exist_ok=True)
        path.write_text(ACCOUNTS[name].to_json(), encoding="utf-8")

    assert AccountSnapshot.from_json(path.read_bytes()) == ACCOUNTS[name]


@pytest.mark.parametrize("name", ACCOUNTS)
def test_what_is_found_in_a_recorded_account(name: str) -> None:
    account = AccountSnapshot.from_json((FOLDER / f"{name}.json").read_bytes())

    amiss = {f.check: f.status for f in audited(account) if f.status is not Status.PASS}

    assert amiss == EXPECTED[name]


def test_no_file_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(ACCOUNTS)
