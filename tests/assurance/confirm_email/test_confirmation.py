"""The link of a confirmation mail, as people copy it."""

import pytest

from assurance.confirm_email.confirmation import (
    Confirmation,
    NotAConfirmationError,
    of_link,
    of_parts,
)

TOPIC = "arn:aws:sns:eu-west-1:123456789012:CISUnauthorizedAPICallAlerts-prod-0123456"
TOKEN = "2336412f37fb687f5d51e6e241d09c805a5a57b30d712f794cc5f6a988666d92768dd60a"
LINK = (
    "https://sns.eu-west-1.amazonaws.com/confirmation.html"
    f"?TopicArn={TOPIC}&Token={TOKEN}&Endpoint=ann@your-company.com"
)
API_LINK = (
    "https://sns.eu-west-1.amazonaws.com/"
    f"?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}"
)


@pytest.mark.parametrize(
    "link",
    [
        LINK,
        API_LINK,
        f"<{LINK}>",
        f"  {LINK}\n",
        LINK.replace("&", "&amp;"),
        LINK.replace(":", "%3A").replace("https%3A", "https:"),
    ],
)
def test_a_link_gives_its_topic_and_token(link: str) -> None:
    assert of_link(link) == Confirmation(TOPIC, TOKEN)
    assert of_link(link).region == "eu-west-1"


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ("", "begins with https://"),
        ("http://" + LINK.removeprefix("https://"), "begins with https://"),
        (LINK.replace("amazonaws.com", "amazonaws.com.example.net"), "may have rewritten it"),
        (LINK.replace("sns.eu", "evil-sns.eu"), "may have rewritten it"),
        (LINK.replace("sns.eu-west-1", "sns.us-east-1"), "do not open it"),
        (LINK.partition("&")[0], "no Token"),
        (LINK.partition("?")[0], "no TopicArn and no Token"),
        (LINK.replace(TOPIC, "nonsense"), "damaged"),
        (
            "https://sns.eu-west-1.amazonaws.com/unsubscribe.html?SubscriptionArn=x",
            "this link unsubscribes",
        ),
        ("https://[", "not a link"),
    ],
)
def test_what_confirms_nothing_is_refused_without_the_token(link: str, says: str) -> None:
    with pytest.raises(NotAConfirmationError, match=says) as refused:
        of_link(link)

    assert TOKEN not in str(refused.value)


def test_the_parts_are_checked_too() -> None:
    assert of_parts(TOPIC, TOKEN) == Confirmation(TOPIC, TOKEN)
    with pytest.raises(NotAConfirmationError, match="--topic-arn"):
        of_parts("topic", TOKEN)
    with pytest.raises(NotAConfirmationError, match="--token"):
        of_parts(TOPIC, "two words")


def test_a_token_is_in_no_repr() -> None:
    assert TOKEN not in repr(of_link(LINK))
