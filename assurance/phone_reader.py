"""The phones that a topic tells by SMS: whether SNS delivers to them at all.

SNS API reference, CheckIfPhoneNumberIsOptedOut, GetSMSSandboxAccountStatus and
ListSMSSandboxPhoneNumbers: none of it shows in a subscription, which stays confirmed.
"""

from collections.abc import Iterable, Iterator

from assurance.aws import Clients
from assurance.reading import attempt
from assurance.snapshot import Phone, Unknown

_VERIFIED = "Verified"


def read_phones(clients: Clients, numbers: Iterable[str]) -> tuple[Phone, ...]:
    """What SNS says of each of these numbers, in the clients' region."""
    wanted = list(dict.fromkeys(numbers))
    if not wanted:
        return ()
    reachable = _reachable(clients)
    return tuple(
        Phone(
            number=number,
            opted_out=_opted_out(clients, number),
            is_sandboxed=reachable
            if isinstance(reachable, Unknown)
            else reachable is not None and number not in reachable,
        )
        for number in wanted
    )


def _opted_out(clients: Clients, number: str) -> bool | Unknown:
    told = attempt(
        "sns:CheckIfPhoneNumberIsOptedOut",
        _shortened(number),
        lambda: clients.sns.check_if_phone_number_is_opted_out(phoneNumber=number)["isOptedOut"],
    )
    return told if isinstance(told, Unknown) else bool(told)


def _reachable(clients: Clients) -> frozenset[str] | Unknown | None:
    """The only numbers that an account in the SMS sandbox reaches; None when it is in none."""
    in_sandbox = attempt(
        "sns:GetSMSSandboxAccountStatus",
        "the account",
        lambda: clients.sns.get_sms_sandbox_account_status()["IsInSandbox"],
    )
    if isinstance(in_sandbox, Unknown):
        return in_sandbox
    if not in_sandbox:
        return None
    verified = attempt(
        "sns:ListSMSSandboxPhoneNumbers", "the account", lambda: frozenset(_verified(clients))
    )
    return frozenset() if verified is None else verified


def _verified(clients: Clients) -> Iterator[str]:
    paginator = clients.sns.get_paginator("list_sms_sandbox_phone_numbers")
    for page in paginator.paginate():
        for phone in page["PhoneNumbers"]:
            if phone.get("Status") == _VERIFIED:
                yield phone.get("PhoneNumber", "")


def _shortened(number: str) -> str:
    return f"phone …{number[-4:]}"
