"""CloudTrail records of calls that nobody made, for probes of a filter pattern.

Their shape is that of the CloudTrail user guide, "CloudTrail record contents". Principals, APIs,
regions, tools and addresses are random, so that no probe passes because a pattern happens to name
what the probe uses.
"""

import itertools
import json
import random
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from assurance.probe_records.completions import (
    Address,
    fits,
    random_address,
    unknown_addresses,
    unknown_api,
)
from assurance.probe_records.identities import IDENTITIES, Names

Fields = Mapping[str, Any]

# Both codes of the control, in each form that services write them.
DENIED_CODES: Final = (
    "AccessDenied",
    "AccessDeniedException",
    "Client.UnauthorizedOperation",
    "UnauthorizedOperation",
)
VERBS: Final = ("Create", "Delete", "Describe", "Get", "List", "Put", "Update")
# What is written of the tools that people and programs call with: CLI, SDKs, consoles, others'.
USER_AGENTS: Final = (
    "aws-cli/2.15.30 Python/3.11.8 Linux/6.1.0 exe/x86_64.debian.12 prompt/off command/sts",
    "Boto3/1.34.51 md/Botocore#1.34.51 ua/2.0 os/linux#6.1.0 md/arch#x86_64 lang/python#3.12.2",
    "Botocore/1.34.51 Python/3.12.2 Linux/6.1.0",
    "aws-sdk-go/1.50.0 (go1.22.0; linux; amd64)",
    "aws-sdk-go-v2/1.25.0 os/linux lang/go#1.22.0 md/GOOS#linux md/GOARCH#amd64",
    "aws-sdk-java/2.25.0 Linux/6.1.0 OpenJDK_64-Bit_Server_VM/17.0.10",
    "aws-sdk-js/3.525.0 ua/2.0 os/linux#6.1.0 lang/js md/nodejs#20.11.1",
    "aws-sdk-rust/1.1.7 os/linux lang/rust/1.76.0",
    "APN/1.0 HashiCorp/1.0 Terraform/1.7.4 (+https://www.terraform.io)",
    "APN/1.0 Pulumi/1.0 PulumiAWS/6.25.0",
    "AWSPowerShell/4.1.520 PowerShell/7.4 Windows_NT/10.0.20348",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0",
    "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.488]",
    "console.amazonaws.com",
    "AWS Internal",
    "cloudformation.amazonaws.com",
    "curl/8.6.0",
    "python-requests/2.31.0",
)
_BY_ENDPOINT: Final = 0.25
_PRIVATE: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
_PUBLIC: Final = ("0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3", "2000::/3")
_NONE: Final[Fields] = MappingProxyType({})
DELIVERY_ADDRESS: Final = "delivery.logs.amazonaws.com"


class Records:
    """Makes records, the same ones for the same seed.

    APIs are unknown ones of the `services` and regions one of `regions`, all of them in turn: a
    pattern that leaves one of them out is found out. `accounts` are those that the stack may be in:
    nearly all that its log group holds is of its own. One that nobody knows comes last. Nobody
    calls from those of the `known_addresses` (texts, with or without wildcards) that are one's own.
    """

    def __init__(
        self,
        seed: int,
        *,
        services: Sequence[str],
        regions: Sequence[str],
        accounts: Sequence[str] = (),
        known_addresses: Sequence[str] = (),
    ) -> None:
        self._random = random.Random(seed)  # noqa: S311 - unforeseen, not unguessable
        self._names = Names(self._random)
        self.accounts = (*accounts, self._names.digits(12))
        self.services = tuple(services)
        self.regions = tuple(regions)
        self._own_addresses = [each for each in known_addresses if not self.places_like(each)]
        self._services = itertools.cycle(self._random.sample(services, len(services)))
        self._regions = itertools.cycle(self._random.sample(regions, len(regions)))

    def allowed(self, time: int) -> str:
        """A call that succeeded."""
        return self._record(time, self.caller("AssumedRole"))

    def denied(
        self,
        time: int,
        kind: str = "AssumedRole",
        *,
        verb: str = "Describe",
        code: str | None = None,
        account: str | None = None,
        fields: Fields = _NONE,
    ) -> str:
        """A denied call by an unknown principal of this `userIdentity.type`.

        It is the call of the first account when none is given. `fields` are of the record itself.
        """
        code = code or self._random.choice(DENIED_CODES)
        return self._record(
            time,
            {
                **self.caller(kind, account),
                **self.api(verb),
                "errorCode": code,
                "errorMessage": "User is not authorized to perform this action",
                **fields,
            },
        )

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
        return self._record(time, {**self.caller("IAMUser"), **error, **call})

    def denied_log_delivery(self, time: int) -> str:
        """A denied call of the log delivery service, which the benchmark excludes."""
        return self._record(
            time,
            {
                "userIdentity": {"type": "AWSService", "invokedBy": DELIVERY_ADDRESS},
                "recipientAccountId": self.accounts[0],
                "errorCode": "AccessDenied",
                "errorMessage": "Access Denied",
                "eventSource": "s3.amazonaws.com",
                "eventName": "PutObject",
                "sourceIPAddress": DELIVERY_ADDRESS,
                "userAgent": DELIVERY_ADDRESS,
            },
        )

    def caller(self, kind: str, account: str | None = None) -> Fields:
        """What a record says of a caller that nobody has, of this `userIdentity.type`."""
        account = account or self.accounts[0]
        identity = IDENTITIES[kind](self._names, account)
        who = {"userIdentity": identity, "recipientAccountId": account}
        if kind == "AWSService":
            service = identity["invokedBy"]
            return {**who, "sourceIPAddress": service, "userAgent": service}
        return {**who, **self.place(), "userAgent": self._random.choice(USER_AGENTS)}

    def place(self) -> Fields:
        """Where a call comes from: the internet, or a network by way of a VPC endpoint."""
        networks = _PRIVATE if self._random.random() < _BY_ENDPOINT else _PUBLIC
        while True:
            address = random_address(self._random.choice(networks), self._random)
            # Documentation's and such would say that it is a probe.
            if (networks is _PRIVATE or address.is_global) and not self._is_own(address):
                return self._from(address)

    def places_like(self, text: str) -> list[Fields]:
        """Where calls come from that a text describes; none if that is a network of one's own."""
        return [self._from(address) for address in unknown_addresses(text, self._random)]

    def api(self, verb: str) -> Fields:
        """An unknown API, which reads or changes something as its name begins."""
        return _api(f"{verb}{self._names.word()}")

    def apis_like(self, text: str) -> list[Fields]:
        """Unknown APIs that a text describes; none if it has no wildcard."""
        return [_api(unknown_api(text, self._names, verb)) for verb in VERBS if "*" in text]

    def _record(self, time: int, fields: Fields) -> str:
        return json.dumps(
            {
                "eventVersion": "1.11",
                "userIdentity": None,
                "eventTime": datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "eventSource": f"{next(self._services)}.amazonaws.com",
                **self.api("Describe"),
                "awsRegion": next(self._regions),
                "requestParameters": None,
                "responseElements": None,
                "requestID": str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
                "eventID": str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
                "eventType": "AwsApiCall",
                "managementEvent": True,
                "eventCategory": "Management",
                **fields,
            },
            separators=(",", ":"),
        )

    def _from(self, address: Address) -> Fields:
        if not address.is_private:
            return {"sourceIPAddress": str(address)}
        endpoint = f"vpce-0{self._names.hexadecimal(16)}"
        return {"sourceIPAddress": str(address), "vpcEndpointId": endpoint}

    def _is_own(self, address: Address) -> bool:
        return any(fits(str(address), text) for text in self._own_addresses)


def _api(name: str) -> Fields:
    return {"eventName": name, "readOnly": name.startswith(("Describe", "Get", "Head", "List"))}
