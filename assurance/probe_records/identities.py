"""The `userIdentity` of principals that nobody knows, named as principals are in real accounts.

Their shape is that of the CloudTrail user guide, "CloudTrail userIdentity element".
"""

import random
import string
from collections.abc import Callable, Mapping
from typing import Any, Final

Identity = dict[str, Any]

_LOWER: Final = string.ascii_lowercase
_HEXADECIMAL: Final = string.digits + "abcdef"


class Names:
    """Makes names that nobody has, of every form that people and services give them."""

    def __init__(self, source: random.Random) -> None:
        self._random = source

    def word(self) -> str:
        """A capitalised word that is no word."""
        return self._of(_LOWER, 9).capitalize()

    def name(self) -> str:
        """What people call a user, a role or a host."""
        first = self._of(_LOWER + string.digits, 1)
        word, number = first + self._of(_LOWER, 8), self._of(string.digits, 2)
        forms = (
            word,
            word.capitalize(),
            word.upper(),
            f"{word[:4]}-{word[4:]}-{number}",
            f"{word[:4]}_{word[4:]}",
            f"{word[:4].capitalize()}{word[4:].capitalize()}",
        )
        return self._random.choice(forms)

    def email(self) -> str:
        """The address that names a person's session or user."""
        return f"{self.name()}@{self.host()}".lower()

    def host(self) -> str:
        """A host of the internet."""
        return f"{self.word()}.{self._random.choice(('com', 'io', 'net', 'org'))}".lower()

    def person(self) -> str:
        """A name, or an address in its place."""
        return self._random.choice((self.name, self.name, self.email))()

    def role(self) -> tuple[str, str]:
        """A role's path and name: its own, IAM Identity Center's, or for a service."""
        path, name = self._random.choice(
            (
                ("", self.name()),
                ("", self.name()),
                (
                    "aws-reserved/sso.amazonaws.com/",
                    f"AWSReservedSSO_{self.word()}_{self.hexadecimal(16)}",
                ),
                ("service-role/", self.name()),
            )
        )
        return path, name

    def session(self) -> str:
        """A role session's name: a person's, an instance's, or what an SDK makes up."""
        forms: tuple[Callable[[], str], ...] = (
            self.name,
            self.email,
            lambda: f"i-0{self.hexadecimal(16)}",
            lambda: f"botocore-session-{self.digits(10)}",
            lambda: self.digits(19),
        )
        return self._random.choice(forms)()

    def unique_id(self, prefix: str = "") -> str:
        """An IAM unique id: its kind's prefix (AROA for a role), then random."""
        return prefix + self._of(string.ascii_uppercase + string.digits, 17)

    def digits(self, count: int) -> str:
        """So many digits."""
        return self._of(string.digits, count)

    def hexadecimal(self, *counts: int) -> str:
        """Groups of so many hexadecimal digits each, as in a UUID."""
        return "-".join(self._of(_HEXADECIMAL, count) for count in counts)

    def _of(self, characters: str, count: int) -> str:
        return "".join(self._random.choices(characters, k=count))


def _root(_: Names, account: str) -> Identity:
    return {
        "type": "Root",
        "principalId": account,
        "arn": f"arn:aws:iam::{account}:root",
        "accountId": account,
    }


def _iam_user(names: Names, account: str) -> Identity:
    name = names.person()
    return {
        "type": "IAMUser",
        "principalId": names.unique_id("AIDA"),
        "arn": f"arn:aws:iam::{account}:user/{name}",
        "accountId": account,
        "accessKeyId": names.unique_id("AKIA"),
        "userName": name,
    }


def _assumed_role(names: Names, account: str) -> Identity:
    (path, role), session, role_id = names.role(), names.session(), names.unique_id("AROA")
    return {
        "type": "AssumedRole",
        "principalId": f"{role_id}:{session}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{session}",
        "accountId": account,
        "accessKeyId": names.unique_id("ASIA"),
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": role_id,
                "arn": f"arn:aws:iam::{account}:role/{path}{role}",
                "accountId": account,
                "userName": role,
            },
            "sourceIdentity": names.person(),
            "attributes": {"mfaAuthenticated": "false"},
        },
    }


def _role(names: Names, account: str) -> Identity:
    name, role_id = names.name(), names.unique_id("AROA")
    return {
        "type": "Role",
        "principalId": f"{role_id}:{name}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{name}",
        "accountId": account,
    }


def _federated_user(names: Names, account: str) -> Identity:
    name = names.person()
    return {
        "type": "FederatedUser",
        "principalId": f"{account}:{name}",
        "arn": f"arn:aws:sts::{account}:federated-user/{name}",
        "accountId": account,
        "accessKeyId": names.unique_id("ASIA"),
    }


def _external(kind: str) -> Callable[[Names, str], Identity]:
    def identity(names: Names, _: str) -> Identity:
        provider, name = names.host(), names.person()
        return {
            "type": kind,
            "principalId": f"{provider}:{name}",
            "userName": name,
            "identityProvider": provider,
        }

    return identity


def _aws_account(names: Names, _: str) -> Identity:
    return {
        "type": "AWSAccount",
        "principalId": names.unique_id("AIDA"),
        "accountId": names.digits(12),
    }


def _aws_service(names: Names, _: str) -> Identity:
    return {"type": "AWSService", "invokedBy": f"{names.word().lower()}.amazonaws.com"}


def _unknown(names: Names, _: str) -> Identity:
    return {"type": "Unknown", "principalId": names.unique_id(), "accountId": "anonymous"}


def _identity_center_user(names: Names, account: str) -> Identity:
    return {
        "type": "IdentityCenterUser",
        "accountId": account,
        "onBehalfOf": {
            "userId": names.hexadecimal(8, 4, 4, 4, 12),
            "identityStoreArn": f"arn:aws:identitystore::{account}:identitystore/d-0",
        },
        "credentialId": names.hexadecimal(64),
    }


# Every value of userIdentity.type that the user guide names.
IDENTITIES: Final[Mapping[str, Callable[[Names, str], Identity]]] = {
    "Root": _root,
    "IAMUser": _iam_user,
    "AssumedRole": _assumed_role,
    "Role": _role,
    "FederatedUser": _federated_user,
    "Directory": _external("Directory"),
    "SAMLUser": _external("SAMLUser"),
    "WebIdentityUser": _external("WebIdentityUser"),
    "AWSAccount": _aws_account,
    "AWSService": _aws_service,
    "IdentityCenterUser": _identity_center_user,
    "Unknown": _unknown,
}
