"""The kinds of recipient, and what each kind's endpoint must look like.

AWS says only "an email address", "a phone number", "a URL"; a wrong one is accepted by Subscribe
and tells nobody. The rules here refuse, before anything is created, what could never be delivered.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit


class Kind(StrEnum):
    """What a recipient is, by its key in the stack config."""

    EMAIL = "email"
    EMAIL_JSON = "emailJson"
    SMS = "sms"
    HTTPS = "https"
    PAGERDUTY = "pagerduty"
    SQS = "sqs"
    LAMBDA = "lambda"
    SLACK = "slack"


# The subscription protocol of each kind (SNS API reference, Subscribe). Slack has none: Amazon Q
# Developer in chat applications subscribes itself.
PROTOCOLS: Final[Mapping[Kind, str]] = {
    Kind.EMAIL: "email",
    Kind.EMAIL_JSON: "email-json",
    Kind.SMS: "sms",
    Kind.HTTPS: "https",
    Kind.PAGERDUTY: "https",
    Kind.SQS: "sqs",
    Kind.LAMBDA: "lambda",
    Kind.SLACK: "slack",
}

# Whoever knows such a URL can post to it.
CREDENTIALS: Final = frozenset({Kind.HTTPS, Kind.PAGERDUTY})


@dataclass(frozen=True)
class SlackChannel:
    """A Slack channel, by the ids that Slack shows in its links (`T…`, `C…`)."""

    team_id: str
    channel_id: str

    def __str__(self) -> str:
        return f"{self.team_id}/{self.channel_id}"


_EMAIL: Final = re.compile(
    r"[^@\s<>\"(),:;\\\[\]]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)
_E164: Final = re.compile(r"\+[1-9]\d{7,14}", re.ASCII)
_SQS_ARN: Final = re.compile(r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}", re.ASCII)
_LAMBDA_ARN: Final = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(?::[A-Za-z0-9$_-]+)?",
    re.ASCII,
)
# PagerDuty's Amazon CloudWatch integration, its EU service region, and event orchestrations.
_PAGERDUTY: Final = re.compile(
    r"https://events(?:\.eu)?\.pagerduty\.com/"
    r"(?:integration/[A-Za-z0-9]{20,40}/enqueue|x-ere/[A-Za-z0-9]+)"
)
# Amazon Q Developer in chat applications, CreateSlackChannelConfiguration.
_SLACK_TEAM: Final = re.compile(r"[0-9A-Z]{1,255}")
_SLACK_CHANNEL: Final = re.compile(r"[A-Za-z0-9]{1,255}")

# These post to a chat and cannot answer SNS's SubscriptionConfirmation.
_WEBHOOK_HOSTS: Final = ("hooks.slack.com", ".webhook.office.com", ".logic.azure.com")


def refusal(kind: Kind, endpoint: object, *, secret: bool) -> str | None:
    """Why this endpoint cannot be one of this kind; None when it can.

    The endpoint's text is repeated only where it cannot be a credential.
    """
    return _RULES[kind](endpoint, "the value" if secret else _shown(kind, endpoint))


def _email(endpoint: str, shown: str) -> str | None:
    if _EMAIL.fullmatch(endpoint) and len(endpoint) <= 320:
        return None
    return f"{shown} is not one bare email address (name@your-company.com)"


def _sms(endpoint: str, shown: str) -> str | None:
    if _E164.fullmatch(endpoint):
        return None
    return f"{shown} is not a phone number in E.164 form: +, country code, number, nothing else"


def _https(endpoint: str, shown: str) -> str | None:
    url = split_url(endpoint)
    if url is None or not url.hostname or not endpoint.isascii() or re.search(r"\s", endpoint):
        return f"{shown} is not a URL: https://host/path"
    if url.scheme == "http":
        return "must begin with https://: over http:// anyone on the way reads and forges alarms"
    if url.scheme != "https":
        return "must begin with https://"
    if "@" in url.netloc:
        return "must not hold a user name or password before the host: SNS does not log in"
    if "#" in endpoint:
        return "must not have a fragment (#…): it is never sent"
    host = url.hostname.rstrip(".").lower()
    if host.endswith(_WEBHOOK_HOSTS):
        return (
            "is a chat's incoming webhook, which cannot answer SNS's subscription confirmation; "
            "for Slack use the kind slack"
        )
    if host in {"events.pagerduty.com", "events.eu.pagerduty.com"}:
        return "is PagerDuty's: use the kind pagerduty, whose subscription confirms by itself"
    if not _is_public(host):
        return "must have a host that AWS can reach over the internet"
    return None


def _pagerduty(endpoint: str, shown: str) -> str | None:
    if _PAGERDUTY.fullmatch(endpoint):
        return None
    return (
        f"{shown} is not the URL of PagerDuty's Amazon CloudWatch integration: "
        "https://events.pagerduty.com/integration/KEY/enqueue (events.eu.pagerduty.com in the EU)"
    )


def _sqs(endpoint: str, shown: str) -> str | None:
    if endpoint.endswith(".fifo"):
        return f"{shown} is a FIFO queue, to which a standard topic cannot deliver"
    if _SQS_ARN.fullmatch(endpoint):
        return None
    return f"{shown} is not a queue's ARN: arn:aws:sqs:REGION:ACCOUNT:NAME"


def _lambda(endpoint: str, shown: str) -> str | None:
    if _LAMBDA_ARN.fullmatch(endpoint):
        return None
    return f"{shown} is not a function's ARN: arn:aws:lambda:REGION:ACCOUNT:function:NAME"


def slack_channel(value: object) -> Any:
    """A SlackChannel of `{teamId, channelId}`; anything else as it is, for the rule to refuse."""
    if isinstance(value, Mapping) and set(value) == {"teamId", "channelId"}:
        return SlackChannel(value["teamId"], value["channelId"])
    return value


def _slack(channel: Any, shown: str) -> str | None:
    if not isinstance(channel, SlackChannel):
        return f"{shown} is not an object with teamId (T…) and channelId (C…)"
    wrong = []
    if not _is_like(_SLACK_TEAM, channel.team_id):
        wrong.append("teamId must be the workspace's id: capital letters and digits (T…)")
    if not _is_like(_SLACK_CHANNEL, channel.channel_id):
        wrong.append("channelId must be the channel's id: letters and digits (C…), not its name")
    return "; ".join(wrong) or None


def _is_like(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


_RULES: Final[Mapping[Kind, Callable[[Any, str], str | None]]] = {
    Kind.EMAIL: _email,
    Kind.EMAIL_JSON: _email,
    Kind.SMS: _sms,
    Kind.HTTPS: _https,
    Kind.PAGERDUTY: _pagerduty,
    Kind.SQS: _sqs,
    Kind.LAMBDA: _lambda,
    Kind.SLACK: _slack,
}

_EXAMPLES: Final[Mapping[Kind, str]] = {
    Kind.EMAIL: "security@your-company.com",
    Kind.EMAIL_JSON: "security@your-company.com",
    Kind.SMS: "+15551234567",
    Kind.SQS: "arn:aws:sqs:us-east-1:123456789012:alarms",
    Kind.LAMBDA: "arn:aws:lambda:us-east-1:123456789012:function:on-alarm",
}


# What an endpoint of each kind looks like at a glance. One that does not may be anything that was
# pasted into the wrong place, a key too, and is not repeated in an error.
_PLAUSIBLE: Final[Mapping[Kind, re.Pattern[str]]] = {
    Kind.EMAIL: re.compile(r"[^/:]*@[^/:]*"),
    Kind.EMAIL_JSON: re.compile(r"[^/:]*@[^/:]*"),
    Kind.SMS: re.compile(r"[+()\d\s./-]{1,40}"),
    Kind.SQS: re.compile(r"arn:.*"),
    Kind.LAMBDA: re.compile(r"arn:.*"),
}


def _shown(kind: Kind, endpoint: object) -> str:
    plausible = _PLAUSIBLE.get(kind)
    if plausible is None or not isinstance(endpoint, str) or not plausible.fullmatch(endpoint):
        return "the value"
    return repr(endpoint) if len(endpoint) <= 80 else f"{endpoint[:79]!r}…"


def mend(path: str, kind: Kind, endpoint: object = "") -> str:
    """What mends this endpoint; a credential is asked for at the prompt, never in the command."""
    if kind in CREDENTIALS:
        return f"--secret --path {path}.{kind}"
    if kind is Kind.SLACK:
        return _slack_mend(path, endpoint)
    # With --path, what looks like a number becomes one.
    typed = " --type string" if kind is Kind.SMS or not isinstance(endpoint, str) else ""
    return f"--path {path}.{kind} {_EXAMPLES[kind]}{typed}"


def _slack_mend(path: str, channel: object) -> str:
    """The ids that are wrong, or both in place of what is no channel."""
    ids = {"teamId": (_SLACK_TEAM, "T0123ABCD"), "channelId": (_SLACK_CHANNEL, "C0123ABCD")}
    given = channel if isinstance(channel, Mapping) and set(channel) <= set(ids) else None
    wrong = (
        f"--path {path}.slack.{key} {example}"
        for key, (pattern, example) in ids.items()
        if not _is_like(pattern, (given or {}).get(key))
    )
    return "\n".join([*([] if given is not None else [f"rm --path {path}.slack"]), *wrong])


def split_url(text: str) -> SplitResult | None:
    """The parts of a URL; None when it has a host or port that none can have."""
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        return None
    return url


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".internal", ".localhost"))
