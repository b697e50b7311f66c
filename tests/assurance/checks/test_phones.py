"""Phones: a confirmed subscription of one that SNS does not deliver to is nobody told."""

import pytest
from msgspec.structs import replace

from assurance.checks import Status, phones
from assurance.checks.finding import Finding
from assurance.checks.view import View
from assurance.snapshot import AccountSnapshot, Phone, Subscription, Unknown, endpoint_digest
from tests.assurance.checks import healthy
from tests.assurance.checks.changes import with_topic
from tests.assurance.checks.healthy import ALERTS, CONFIG

NUMBER = "+12065550100"
DENIED = Unknown(
    call="sns:CheckIfPhoneNumberIsOptedOut",
    about="phone …0100",
    code="AuthorizationError",
    permission="sns:CheckIfPhoneNumberIsOptedOut",
)


def found(snapshot: AccountSnapshot, *read: Phone) -> Finding:
    [check] = phones.CHECKS
    return check(View(replace(snapshot, phones=read), CONFIG))


def told_by_sms(status: str = "confirmed") -> AccountSnapshot:
    subscription = Subscription(
        arn=f"{ALERTS}:1",
        protocol="sms",
        endpoint=NUMBER,
        digest=endpoint_digest("sms", NUMBER),
        owner="123456789012",
        status=status,
    )
    return with_topic(
        healthy.snapshot(), lambda topic: replace(topic, subscriptions=(subscription,))
    )


def phone(*, opted_out: bool | Unknown = False, is_sandboxed: bool | Unknown = False) -> Phone:
    return Phone(number=NUMBER, opted_out=opted_out, is_sandboxed=is_sandboxed)


def test_a_phone_that_sns_delivers_to_is_fine() -> None:
    assert found(told_by_sms(), phone()).status is Status.PASS


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (phone(opted_out=True), "has opted out"),
        (phone(opted_out=True, is_sandboxed=DENIED), "has opted out"),
        (phone(is_sandboxed=True), "SMS sandbox"),
    ],
)
def test_a_phone_that_sns_does_not_deliver_to_is_found(read: Phone, said: str) -> None:
    finding = found(told_by_sms(), read)

    assert finding.status is Status.FAIL
    assert said in finding.evidence[0]
    assert NUMBER not in str(finding)


@pytest.mark.parametrize("read", [phone(opted_out=DENIED), phone(is_sandboxed=DENIED)])
def test_what_could_not_be_asked_is_unknown(read: Phone) -> None:
    finding = found(told_by_sms(), read)

    assert finding.status is Status.UNKNOWN
    assert "needs the permission sns:CheckIfPhoneNumberIsOptedOut" in finding.evidence[0]


def test_a_phone_that_nobody_asked_about_is_unknown() -> None:
    assert found(told_by_sms()).status is Status.UNKNOWN


def test_without_a_confirmed_phone_there_is_none_to_reach() -> None:
    assert found(told_by_sms("deleted")).status is Status.PASS
