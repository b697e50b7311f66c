"""What a confirmation mail holds: the topic, and the token that confirms its recipient.

The token is a credential: whoever has it confirms. It is in no message and in no `repr`.
"""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlsplit

_TOPIC_ARN: Final = re.compile(
    r"arn:aws[a-z-]*:sns:(?P<region>[a-z0-9-]+):[0-9]{12}:[A-Za-z0-9_-]{1,256}"
)
_HOST: Final = re.compile(
    r"sns\.(?P<region>[a-z]{2}(?:-[a-z]+)+-[0-9]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)"
)
_HOW: Final = (
    "copy the link behind 'Confirm subscription' in the mail, and give it in single quotes"
)


class NotAConfirmationError(Exception):
    """A text that confirms nothing; the message says why and what is wanted, without the text."""


@dataclass(frozen=True)
class Confirmation:
    """A topic's ARN and a token of one of its pending subscriptions."""

    topic_arn: str
    token: str = field(repr=False)

    @property
    def region(self) -> str:
        """The topic's region: only there the token is known."""
        return self.topic_arn.split(":")[3]


def of_parts(topic_arn: str, token: str) -> Confirmation:
    """A confirmation by its parts; raises NotAConfirmationError."""
    if not _TOPIC_ARN.fullmatch(topic_arn):
        raise NotAConfirmationError(
            "--topic-arn is not the ARN of a topic (arn:aws:sns:REGION:ACCOUNT:NAME)"
        )
    if not re.fullmatch(r"[0-9A-Za-z_-]+", token):
        raise NotAConfirmationError("--token is not a token: a word of letters and digits")
    return Confirmation(topic_arn, token)


def of_link(link: str) -> Confirmation:
    """A confirmation by the mail's link; raises NotAConfirmationError.

    The mail for people links to `confirmation.html`, the one for programs (email-json) to the API
    itself (Action=ConfirmSubscription).
    """
    # Whoever copies from the mail's source gets HTML.
    text = link.strip().strip("<>").replace("&amp;", "&")
    try:
        parts = urlsplit(text)
        host = _HOST.fullmatch(parts.hostname or "")
    except ValueError:
        raise NotAConfirmationError(f"this is not a link: {_HOW}") from None
    if parts.scheme != "https":
        raise NotAConfirmationError(f"this is not a link that begins with https://: {_HOW}")
    if host is None:
        raise NotAConfirmationError(
            f"the link leads to {parts.hostname}, not to sns.REGION.amazonaws.com: a mail scanner "
            f"may have rewritten it; {_HOW}, from the mail's source if need be"
        )
    query = {name.lower(): values[0] for name, values in parse_qs(parts.query).items()}
    if "subscriptionarn" in query or "unsubscribe" in parts.path.lower():
        raise NotAConfirmationError(
            "this link unsubscribes, do not open it: the confirmation is an earlier mail, with the "
            "subject 'AWS Notification - Subscription Confirmation'"
        )
    missing = [name for name in ("TopicArn", "Token") if not query.get(name.lower())]
    if missing:
        raise NotAConfirmationError(
            f"the link has no {' and no '.join(missing)}: without quotes the shell cuts it at the "
            f"first &; {_HOW}"
        )
    topic = _TOPIC_ARN.fullmatch(query["topicarn"])
    if topic is None or not re.fullmatch(r"[0-9A-Za-z_-]+", query["token"]):
        raise NotAConfirmationError(f"the link's TopicArn or Token is damaged: {_HOW}")
    if topic["region"] != host["region"]:
        raise NotAConfirmationError(
            f"the link leads to {host['region']}, and its topic is in {topic['region']}: AWS sends "
            "no such link, do not open it"
        )
    return Confirmation(query["topicarn"], query["token"])
