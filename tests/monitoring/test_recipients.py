"""Recipients as the stack config and the component's arguments name them."""

from typing import Any

import pytest

from monitoring import recipients
from monitoring.endpoints import Kind, SlackChannel
from monitoring.problems import Problems
from monitoring.recipients import Recipient
from tests.monitoring.configs import EMAIL, PAGERDUTY, QUEUE, SLACK
from tests.monitoring.conftest import Later


def parsed(values: Any) -> tuple[Recipient, ...]:
    problems = Problems()
    found = recipients.parse(values, problems)
    assert problems == []
    return found


def test_recipients_are_sorted_by_name_so_that_previews_stay_clean() -> None:
    found = parsed({"b": {"email": EMAIL}, "a": {"sqs": QUEUE}, "B": {"slack": SLACK}})

    assert [recipient.name for recipient in found] == ["B", "a", "b"]


def test_a_kind_without_a_value_is_as_good_as_not_there() -> None:
    assert parsed({"bob": {"email": EMAIL, "sms": None}}) == (
        Recipient("bob", Kind.EMAIL, EMAIL, secret=False),
    )


@pytest.mark.parametrize("name", ["a", "A-1_b", "9-lives", "x" * 40])
def test_a_name_is_letters_digits_hyphens_and_underscores(name: str) -> None:
    assert parsed({name: {"email": EMAIL}})[0].name == name


@pytest.mark.parametrize("flag", [True, False])
def test_any_endpoint_may_be_kept_secret(flag: bool) -> None:
    assert parsed({"bob": {"email": EMAIL, "secret": flag}})[0].secret is flag


def test_one_address_may_have_both_forms_of_mail_which_are_two_subscriptions() -> None:
    both = parsed({"a": {"email": EMAIL}, "b": {"emailJson": EMAIL}})

    assert len({recipient.identity for recipient in both}) == 2


def test_an_endpoint_that_is_not_known_yet_is_nobodys_double(later: Later) -> None:
    queue = later(QUEUE)

    both = parsed({"a": {"sqs": queue}, "b": {"sqs": queue}, "c": {"sqs": QUEUE}})

    assert [recipient.identity for recipient in both][:2] == ["sqs-a", "sqs-b"]


def test_of_three_that_share_an_endpoint_each_after_the_first_is_told() -> None:
    problems = Problems()

    recipients.parse({name: {"pagerduty": PAGERDUTY} for name in "abc"}, problems)

    assert [problem.path for problem in problems] == [
        "recipients.b.pagerduty",
        "recipients.c.pagerduty",
    ]
    assert PAGERDUTY not in str(problems)


@pytest.mark.parametrize(
    ("kind", "endpoint", "domain"),
    [
        ("email", "a@example.com", "example.com"),
        ("email", "a@mail.example.NET", "mail.example.NET"),
        ("emailJson", "a@x.test", "x.test"),
        ("email", "a@x.invalid", "x.invalid"),
        ("email", "a@x.localhost", "x.localhost"),
        ("https", "https://hooks.example.org/x", "hooks.example.org"),
    ],
)
def test_nobody_reads_what_is_sent_to_a_domain_reserved_for_examples(
    kind: Kind, endpoint: str, domain: str
) -> None:
    why = recipients.undeliverable(Recipient("bob", Kind(kind), endpoint))

    assert why == f"{domain} is a domain reserved for examples: nobody reads what is sent there"


@pytest.mark.parametrize(
    ("kind", "endpoint"),
    [
        ("email", EMAIL),
        ("email", "a@myexample.com"),
        ("email", "a@example.com.au"),
        ("email", "a@contest.io"),
        ("https", "https://company.com/example.com"),
        ("sqs", "arn:aws:sqs:us-east-1:111122223333:example-com"),
        ("slack", SlackChannel("T1", "C1")),
    ],
)
def test_of_any_other_recipient_there_is_nothing_to_say(kind: str, endpoint: Any) -> None:
    assert recipients.undeliverable(Recipient("bob", Kind(kind), endpoint)) is None


def test_of_an_endpoint_that_is_not_known_yet_there_is_nothing_to_say_either(later: Later) -> None:
    recipient = Recipient("bob", Kind.EMAIL, later("a@example.com"))

    assert recipients.undeliverable(recipient) is None
