"""CloudTrail records of calls that nobody made, for the rehearsal's probes.

Their shape is that of the CloudTrail user guide, "CloudTrail record contents" and "CloudTrail
userIdentity element". Principals, APIs, regions and addresses are random, so that no probe passes
because a pattern happens to name what the probe uses.
"""

import ipaddress
import itertools
import json
import random
import string
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

Identity = dict[str, Any]

# Both codes of the control, in each form that services write them.
DENIED_CODES: Final = (
    "AccessDenied",
    "AccessDeniedException",
    "Client.UnauthorizedOperation",
    "UnauthorizedOperation",
)
VERBS: Final = ("Create", "Delete", "Describe", "Get", "List", "Put", "Update")
DELIVERY_ADDRESS: Final = "delivery.logs.amazonaws.com"


class Records:
    """Makes records, the same ones for the same seed.

    APIs are unknown ones of the `services` and regions one of `regions`, all of them in turn: a
    pattern that leaves one of them out is found out. `accounts` are those that the stack may be in:
    nearly all that its log group holds is of its own. One that nobody knows comes last.
    """

    def __init__(
        self,
        seed: int,
        *,
        services: Sequence[str],
        regions: Sequence[str],
        accounts: Sequence[str] = (),
    ) -> None:
        self._random = random.Random(seed)  # noqa: S311 - unforeseen, not unguessable
        self.accounts = (*accounts, self._digits(12))
        self.account = self.accounts[0]
        self._services = itertools.cycle(self._random.sample(services, len(services)))
        self._regions = itertools.cycle(self._random.sample(regions, len(regions)))

    def allowed(self, time: int) -> str:
        """A call that succeeded."""
        return self._record(time, self.identity("AssumedRole"), {})

    def denied(
        self,
        time: int,
        kind: str = "AssumedRole",
        *,
        verb: str = "Describe",
        code: str | None = None,
        account: str | None = None,
    ) -> str:
        """A denied call by an unknown principal of this `userIdentity.type`.

        It is the call of the first account when none is given.
        """
        self.account = account or self.accounts[0]
        code = code or self._random.choice(DENIED_CODES)
        error = {"errorCode": code, "errorMessage": "User is not authorized to perform this action"}
        return self._record(time, self.identity(kind), error, verb=verb)

    def denied_as(self, time: int, fields: Mapping[str, str]) -> str:
        """A denied call with these values; a field is named by its path (`userIdentity.arn`)."""
        record = json.loads(self.denied(time))
        for path, value in fields.items():
            *parents, last = path.split(".")
            node = record
            for parent in parents:
                node = node.setdefault(parent, {})
            node[last] = value
        return json.dumps(record, separators=(",", ":"))

    def denied_head_bucket(self, time: int) -> str:
        """A denied HeadBucket, which the benchmark excludes."""
        error = {"errorCode": "AccessDenied", "errorMessage": "Access Denied"}
        call = {"eventSource": "s3.amazonaws.com", "eventName": "HeadBucket"}
        return self._record(time, self.identity("IAMUser"), {**error, **call})

    def denied_log_delivery(self, time: int) -> str:
        """A denied call of the log delivery service, which the benchmark excludes."""
        return self._record(
            time,
            {"type": "AWSService", "invokedBy": DELIVERY_ADDRESS},
            {
                "errorCode": "AccessDenied",
                "errorMessage": "Access Denied",
                "eventSource": "s3.amazonaws.com",
                "eventName": "PutObject",
                "sourceIPAddress": DELIVERY_ADDRESS,
                "userAgent": DELIVERY_ADDRESS,
            },
        )

    def identity(self, kind: str) -> Identity:
        """A `userIdentity` of this type that nobody has."""
        return IDENTITIES[kind](self)

    def _record(
        self, time: int, identity: Identity, fields: Mapping[str, Any], *, verb: str = "Describe"
    ) -> str:
        of_service = identity["type"] == "AWSService"
        address = identity["invokedBy"] if of_service else self._address()
        return json.dumps(
            {
                "eventVersion": "1.11",
                "userIdentity": identity,
                "eventTime": datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "eventSource": f"{next(self._services)}.amazonaws.com",
                "eventName": f"{verb}{self.name()}",
                "awsRegion": next(self._regions),
                "sourceIPAddress": address,
                "userAgent": address if of_service else f"aws-cli/2.{self._digits(2)}",
                "requestParameters": None,
                "responseElements": None,
                "requestID": str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
                "eventID": str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
                "readOnly": verb in ("Describe", "Get", "List"),
                "eventType": "AwsApiCall",
                "managementEvent": True,
                "recipientAccountId": self.account,
                "eventCategory": "Management",
                **fields,
            },
            separators=(",", ":"),
        )

    def name(self) -> str:
        """A capitalised word that is no word."""
        letters = self._random.choices(string.ascii_lowercase, k=9)
        return "".join(letters).capitalize()

    def unique_id(self, prefix: str) -> str:
        """An IAM unique id: its kind's prefix (AROA for a role), then random."""
        return prefix + "".join(self._random.choices(string.ascii_uppercase + string.digits, k=17))

    def _digits(self, count: int) -> str:
        return "".join(self._random.choices(string.digits, k=count))

    def _address(self) -> str:
        """An address of the internet: documentation's and private ones would say it is a probe."""
        while True:
            address = ipaddress.IPv4Address(self._random.getrandbits(32))
            if address.is_global and not address.is_multicast:
                return str(address)


def _root(records: Records) -> Identity:
    return {
        "type": "Root",
        "principalId": records.account,
        "arn": f"arn:aws:iam::{records.account}:root",
        "accountId": records.account,
    }


def _iam_user(records: Records) -> Identity:
    name = records.name()
    return {
        "type": "IAMUser",
        "principalId": records.unique_id("AIDA"),
        "arn": f"arn:aws:iam::{records.account}:user/{name}",
        "accountId": records.account,
        "accessKeyId": records.unique_id("AKIA"),
        "userName": name,
    }


def _assumed_role(records: Records) -> Identity:
    role, session, role_id = records.name(), records.name(), records.unique_id("AROA")
    return {
        "type": "AssumedRole",
        "principalId": f"{role_id}:{session}",
        "arn": f"arn:aws:sts::{records.account}:assumed-role/{role}/{session}",
        "accountId": records.account,
        "accessKeyId": records.unique_id("ASIA"),
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": role_id,
                "arn": f"arn:aws:iam::{records.account}:role/{role}",
                "accountId": records.account,
                "userName": role,
            },
            "attributes": {"mfaAuthenticated": "false"},
        },
    }


def _role(records: Records) -> Identity:
    name, role_id = records.name(), records.unique_id("AROA")
    return {
        "type": "Role",
        "principalId": f"{role_id}:{name}",
        "arn": f"arn:aws:sts::{records.account}:assumed-role/{name}",
        "accountId": records.account,
    }


def _federated_user(records: Records) -> Identity:
    name = records.name()
    return {
        "type": "FederatedUser",
        "principalId": f"{records.account}:{name}",
        "arn": f"arn:aws:sts::{records.account}:federated-user/{name}",
        "accountId": records.account,
        "accessKeyId": records.unique_id("ASIA"),
    }


def _external(kind: str) -> Callable[[Records], Identity]:
    def identity(records: Records) -> Identity:
        name = records.name()
        return {"type": kind, "principalId": f"{name}:{name}", "userName": name}

    return identity


def _aws_account(records: Records) -> Identity:
    return {
        "type": "AWSAccount",
        "principalId": records.unique_id("AIDA"),
        "accountId": records.account[::-1],
    }


def _aws_service(records: Records) -> Identity:
    return {"type": "AWSService", "invokedBy": f"{records.name().lower()}.amazonaws.com"}


def _unknown(records: Records) -> Identity:
    return {"type": "Unknown", "principalId": records.unique_id(""), "accountId": "anonymous"}


def _identity_center_user(records: Records) -> Identity:
    return {
        "type": "IdentityCenterUser",
        "accountId": records.account,
        "onBehalfOf": {
            "userId": records.unique_id("").lower(),
            "identityStoreArn": f"arn:aws:identitystore::{records.account}:identitystore/d-0",
        },
        "credentialId": records.unique_id("").lower(),
    }


# Every value of userIdentity.type that the user guide names.
IDENTITIES: Final[Mapping[str, Callable[[Records], Identity]]] = {
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
