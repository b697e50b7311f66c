"""The recipients of the alarms, as the stack config and the component's arguments name them."""

import hashlib
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeGuard
from urllib.parse import urlsplit

from monitoring import endpoints
from monitoring.endpoints import PROTOCOLS, Kind, SlackChannel
from monitoring.problems import MUST_BE_PLAIN, Problems

if TYPE_CHECKING:
    import pulumi

Endpoint: TypeAlias = "str | SlackChannel | pulumi.Output[str]"


@dataclass(frozen=True)
class Recipient:
    """One recipient of the alarms.

    `secret` keeps the endpoint out of the state's plain text; https and pagerduty endpoints always
    are, being credentials.
    """

    name: str
    kind: Kind
    endpoint: Endpoint
    secret: bool = False

    @property
    def identity(self) -> str:
        """What tells this subscription from the others, as the end of a logical name.

        SNS knows a subscription by its protocol and endpoint, and subscribing the same endpoint
        again returns the same subscription: were the recipient's name its identity, renaming it
        would create the subscription that exists, then delete it. An endpoint that is not known
        yet (another resource's output) has only the name.
        """
        if _is_output(self.endpoint):
            return f"{self.kind}-{self.name}"
        digest = hashlib.sha256(f"{PROTOCOLS[self.kind]}:{self.endpoint}".encode()).hexdigest()
        return f"{self.kind}-{digest[:8]}"


# Recipients' names end up in logical names and in Slack's configuration name.
_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}[A-Za-z0-9])?")
# RFC 2606 and RFC 6761: nobody reads mail there.
_RESERVED_DOMAIN: Final = re.compile(
    r"(?:.*\.)?(?:example(?:\.(?:com|net|org))?|test|invalid|localhost)", re.IGNORECASE
)


def parse(recipients: object, problems: Problems) -> tuple[Recipient, ...]:
    """Recipients from `name -> {kind: value}`, sorted by name; what is wrong goes to `problems`.

    No endpoint's text goes into a problem where it may be a credential: not of https and pagerduty,
    and not of a kind that does not exist, whose value might be a misplaced one.
    """
    if not isinstance(recipients, Mapping):
        problems.add(
            "recipients",
            "must be an object: name -> {kind: value}",
            f"rm recipients\n{endpoints.mend('recipients.security-team', Kind.EMAIL)}",
        )
        return ()
    found = [
        recipient
        for name, value in sorted(recipients.items(), key=lambda item: str(item[0]))
        if (recipient := _recipient(str(name), value, problems)) is not None
    ]
    _refuse_same_endpoint(found, problems)
    return tuple(found)


def undeliverable(recipient: Recipient) -> str | None:
    """Why nobody will read this recipient's messages although its endpoint is well formed.

    Domains reserved for documentation and tests (RFC 2606, RFC 6761) take any message and deliver
    none. None when there is nothing to say.
    """
    endpoint = recipient.endpoint
    if not isinstance(endpoint, str) or recipient.kind not in _DOMAINS:
        return None
    domain = _DOMAINS[recipient.kind](endpoint)
    if not _RESERVED_DOMAIN.fullmatch(domain):
        return None
    return f"{domain} is a domain reserved for examples: nobody reads what is sent there"


_DOMAINS: Final[Mapping[Kind, Callable[[str], str]]] = {
    Kind.EMAIL: lambda endpoint: endpoint.rpartition("@")[2],
    Kind.EMAIL_JSON: lambda endpoint: endpoint.rpartition("@")[2],
    Kind.HTTPS: lambda endpoint: urlsplit(endpoint).hostname or "",
}


def _recipient(name: str, value: object, problems: Problems) -> Recipient | None:
    path = f"recipients.{name}"
    if not _NAME.fullmatch(name):
        problems.add(
            "recipients",
            "each name must be 1 to 40 letters, digits, hyphens or underscores, and begin and end"
            " with a letter or digit",
        )
        return None
    if _is_output(value):
        problems.add(path, f"{MUST_BE_PLAIN}; the endpoint in it may be an output")
        return None
    given = {k: v for k, v in value.items() if v is not None} if isinstance(value, Mapping) else {}
    secret = given.pop("secret", False)
    if not isinstance(secret, bool):
        problems.add(f"{path}.secret", "must be true or false", f"rm --path {path}.secret")
        return None
    kind = _kind(path, given, problems, replace=not isinstance(value, Mapping | None))
    if kind is None:
        return None
    endpoint = given[kind]
    mend = endpoints.mend(path, kind, endpoint)
    if kind is Kind.SLACK:
        endpoint = endpoints.slack_channel(endpoint)
    elif _is_output(endpoint):
        return Recipient(name, kind, endpoint, secret)
    elif not isinstance(endpoint, str):
        why = f"must be a string, and is {_type_name(endpoint)}: quote it in the stack file"
        problems.add(f"{path}.{kind}", why, mend)
        return None
    refusal = endpoints.refusal(kind, endpoint, secret=secret)
    if refusal is not None:
        problems.add(f"{path}.{kind}", refusal, mend)
        return None
    return Recipient(name, kind, endpoint, secret)


def _kind(
    path: str, given: Mapping[str, object], problems: Problems, *, replace: bool
) -> Kind | None:
    """The one kind that is given. `replace` says that there is something else than an object."""
    known = [kind for kind in Kind if kind in given]
    if len(known) == len(given) == 1:
        return known[0]
    example = endpoints.mend(path, Kind.EMAIL)
    from_the_start = f"rm --path {path}\n{example}"
    if len(known) < len(given):
        # Not named: it might be a credential in the wrong place.
        why = f"has a kind that does not exist; the kinds are {', '.join(Kind)}"
        problems.add(path, why, from_the_start)
    elif known:
        given_kinds = ", ".join(known)
        problems.add(
            path,
            f"must have exactly one kind, and has {given_kinds}: give each a recipient of its own",
            "\n".join(f"rm --path {path}.{kind}" for kind in known[1:]),
        )
    else:
        why = f"must have exactly one kind ({', '.join(Kind)}) with its value"
        problems.add(path, why, from_the_start if replace else example)
    return None


def _refuse_same_endpoint(recipients: list[Recipient], problems: Problems) -> None:
    first: dict[str, Recipient] = {}
    for recipient in recipients:
        if _is_output(recipient.endpoint):
            continue
        other = first.setdefault(recipient.identity, recipient)
        if other is not recipient:
            problems.add(
                f"recipients.{recipient.name}.{recipient.kind}",
                f"has the endpoint of recipients.{other.name}: SNS would keep one subscription "
                "for both, so remove one of them",
                f"rm --path recipients.{recipient.name}",
            )


def _is_output(value: object) -> "TypeGuard[pulumi.Output[Any]]":
    """Whether it is another resource's output: who did not import the SDK has none."""
    sdk = sys.modules.get("pulumi")
    return sdk is not None and isinstance(value, sdk.Output)


def _type_name(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list"}
    return names.get(type(value), "an object" if isinstance(value, Mapping) else "empty")
