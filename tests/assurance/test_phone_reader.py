"""What SNS says of phones, by its documented answers."""

from collections.abc import Callable

import pytest
from botocore.stub import Stubber

from assurance.aws import emulator_clients
from assurance.phone_reader import read_phones
from assurance.snapshot import Phone, Unknown

A, B = "+12065550100", "+12065550101"
ANSWER = tuple[str, dict[str, object], dict[str, object]]


def opted_out(number: str, *, is_so: bool) -> ANSWER:
    call = "check_if_phone_number_is_opted_out"
    return call, {"isOptedOut": is_so}, {"phoneNumber": number}


def read(prepare: Callable[[Stubber], None], *numbers: str) -> tuple[Phone, ...]:
    clients = emulator_clients("http://127.0.0.1:9", region="us-east-1", account="123456789012")
    with Stubber(clients.sns) as stub:
        prepare(stub)
        found = read_phones(clients, numbers)
        stub.assert_no_pending_responses()
    return found


def answering(*answers: ANSWER) -> Callable[[Stubber], None]:
    def prepare(stub: Stubber) -> None:
        for call, answer, asked in answers:
            stub.add_response(call, answer, asked)

    return prepare


def test_without_a_phone_nothing_is_asked() -> None:
    assert read(answering()) == ()


def test_each_phone_is_asked_about_once() -> None:
    answers = answering(
        ("get_sms_sandbox_account_status", {"IsInSandbox": False}, {}),
        opted_out(A, is_so=True),
        opted_out(B, is_so=False),
    )

    assert read(answers, A, B, A) == (
        Phone(number=A, opted_out=True, is_sandboxed=False),
        Phone(number=B, opted_out=False, is_sandboxed=False),
    )


def test_in_the_sandbox_only_verified_numbers_are_reached() -> None:
    listed = "list_sms_sandbox_phone_numbers"
    first: dict[str, object] = {
        "PhoneNumbers": [{"PhoneNumber": A, "Status": "Pending"}],
        "NextToken": "x",
    }
    answers = answering(
        ("get_sms_sandbox_account_status", {"IsInSandbox": True}, {}),
        (listed, first, {}),
        (
            listed,
            {"PhoneNumbers": [{"PhoneNumber": B, "Status": "Verified"}]},
            {"NextToken": "x"},
        ),
        opted_out(A, is_so=False),
        opted_out(B, is_so=False),
    )

    assert [phone.is_sandboxed for phone in read(answers, A, B)] == [True, False]


@pytest.mark.parametrize(
    "denied", ["get_sms_sandbox_account_status", "list_sms_sandbox_phone_numbers"]
)
def test_what_may_not_be_asked_of_the_sandbox_is_unknown(denied: str) -> None:
    def prepare(stub: Stubber) -> None:
        if denied.startswith("list"):
            stub.add_response("get_sms_sandbox_account_status", {"IsInSandbox": True}, {})
        stub.add_client_error(denied, "AuthorizationError", "no")
        stub.add_response(*opted_out(A, is_so=False))

    [phone] = read(prepare, A)

    assert isinstance(phone.is_sandboxed, Unknown)
    assert phone.is_sandboxed.permission.startswith("sns:")
    assert phone.opted_out is False


def test_an_opt_out_that_may_not_be_asked_for_is_unknown() -> None:
    def prepare(stub: Stubber) -> None:
        stub.add_response("get_sms_sandbox_account_status", {"IsInSandbox": False}, {})
        stub.add_client_error("check_if_phone_number_is_opted_out", "AuthorizationError", "no")

    [phone] = read(prepare, A)

    assert isinstance(phone.opted_out, Unknown)
    assert A not in str(phone.opted_out)
