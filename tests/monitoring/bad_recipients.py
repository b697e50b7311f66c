"""Recipients that are wrong, what must be said of each, and the commands that mend it."""

from typing import Any

from tests.monitoring.bad_settings import Bad, one
from tests.monitoring.configs import EMAIL, QUEUE, SLACK

EMAIL_MEND = "--path recipients.{}.email security@your-company.com"


def recipient(value: Any, name: str = "bob") -> dict[str, Any]:
    return {"recipients": {name: value}}


RECIPIENTS = [
    Bad(
        "recipients",
        {},
        ("is empty: the alarm would tell nobody",),
        (EMAIL_MEND.format("security-team"),),
        without=("recipients",),
    ),
    Bad("recipients", one(recipients={}), ("tell nobody",), (EMAIL_MEND.format("security-team"),)),
    Bad(
        "recipients",
        one(recipients="security@your-company.com"),
        ("is not well-formed",),
        (EMAIL_MEND.format("security-team"),),
    ),
    Bad(
        "recipients",
        one(recipients=[{"email": EMAIL}]),
        ("must be an object: name -> {kind: value}",),
        ("rm recipients", EMAIL_MEND.format("security-team")),
    ),
    Bad(
        "recipients.bob",
        recipient(EMAIL),
        ("exactly one kind (email, emailJson, sms, https, pagerduty, sqs, lambda, slack)",),
        ("rm --path recipients.bob", EMAIL_MEND.format("bob")),
    ),
    Bad("recipients.bob", recipient({}), ("exactly one kind",), (EMAIL_MEND.format("bob"),)),
    Bad("recipients.bob", recipient(None), ("exactly one kind",), (EMAIL_MEND.format("bob"),)),
    Bad("recipients.bob", recipient({"email": None}), ("one kind",), (EMAIL_MEND.format("bob"),)),
    Bad(
        "recipients.bob",
        recipient([EMAIL]),
        ("exactly one kind",),
        ("rm --path recipients.bob", EMAIL_MEND.format("bob")),
    ),
    Bad(
        "recipients.bob",
        recipient({"email": EMAIL, "sms": "+15551234567", "sqs": QUEUE}),
        ("has email, sms, sqs: give each a recipient of its own",),
        ("rm --path recipients.bob.sms", "rm --path recipients.bob.sqs"),
    ),
    Bad(
        "recipients.bob",
        recipient({"mail": EMAIL}),
        ("a kind that does not exist; the kinds are email, emailJson",),
        ("rm --path recipients.bob", EMAIL_MEND.format("bob")),
    ),
    Bad(
        "recipients.bob",
        recipient({"email": EMAIL, "teams": "x"}),
        ("a kind that does not exist",),
        ("rm --path recipients.bob", EMAIL_MEND.format("bob")),
    ),
    Bad(
        "recipients.bob.secret",
        recipient({"email": EMAIL, "secret": "no"}),
        ("must be true or false",),
        ("rm --path recipients.bob.secret",),
    ),
    *(
        Bad("recipients", recipient({"email": EMAIL}, name), ("1 to 40 letters, digits",))
        for name in ("", "a b", "a.b", "-a", "a-", "ü", "x" * 41, "a/b", "a\n")
    ),
    *(
        Bad(
            "recipients.bob.email",
            recipient({"email": value}),
            (f"must be a string, and is {said}: quote it",),
            (f"{EMAIL_MEND.format('bob')} --type string",),
        )
        for value, said in (
            (5, "a number"),
            (1.5, "a number"),
            (True, "true or false"),
            ([EMAIL], "a list"),
            ({"a": 1}, "an object"),
        )
    ),
    Bad(
        "recipients.bob.sms",
        recipient({"sms": 15551234567}),
        ("must be a string, and is a number: quote it",),
        ("--path recipients.bob.sms +15551234567 --type string",),
    ),
    Bad(
        "recipients.bob.sqs",
        {"recipients": {"alice": {"sqs": QUEUE}, "bob": {"sqs": QUEUE}}},
        ("has the endpoint of recipients.alice", "one subscription for both"),
        ("rm --path recipients.bob",),
    ),
    Bad(
        "recipients.bob.slack",
        {"recipients": {"alice": {"slack": SLACK}, "bob": {"slack": SLACK}}},
        ("has the endpoint of recipients.alice",),
        ("rm --path recipients.bob",),
    ),
]
