"""Strangers: an exclusion that hides any of them is too broad, and one of one's own hides none."""

from collections.abc import Iterable

import pytest

from assurance import aws
from assurance.filter_pattern import parse
from assurance.probe_records import IDENTITIES, Records, Strangers, known_addresses
from monitoring import control
from monitoring.exclusions import Exclusion
from monitoring.tuned_pattern import tuned_pattern

ACCOUNT = "123456789012"
ISSUER = "userIdentity.sessionContext.sessionIssuer"
CODES = '$.errorCode = "*UnauthorizedOperation" || $.errorCode = "AccessDenied*"'
TIME = 1_790_000_000


SERVICES = aws.service_names()
REGIONS = aws.region_names()


def hidden(pattern: str, seed: int, kinds: Iterable[str] = IDENTITIES) -> set[str]:
    """The types of strangers of whom a pattern hides any."""
    parsed = parse(pattern)
    records = Records(
        seed,
        services=SERVICES,
        regions=REGIONS,
        accounts=(ACCOUNT,),
        known_addresses=known_addresses(parsed),
    )
    strangers = Strangers(records, parsed)
    return {
        kind for kind in kinds for call in strangers.denied(TIME, kind) if not parsed.matches(call)
    }


def excluding(*exclusions: dict[str, list[str]]) -> str:
    return tuned_pattern(
        Exclusion.of(f"exclusions.e{number}", f"e{number}", fields)
        for number, fields in enumerate(exclusions)
    )


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("exclusion", "kind"),
    [
        ({"sourceIPAddress": ["*:*"]}, "Root"),
        ({"sourceIPAddress": ["10.*"]}, "IAMUser"),
        ({"sourceIPAddress": ["52.*"]}, "AssumedRole"),
        ({"sourceIPAddress": ["203.*"]}, "AssumedRole"),
        ({"sourceIPAddress": ["52.9*"]}, "IAMUser"),
        ({"sourceIPAddress": ["203.0.11*"]}, "IAMUser"),
        ({"sourceIPAddress": ["10.20.*"]}, "IAMUser"),
        ({"sourceIPAddress": ["*.7"]}, "Root"),
        ({"sourceIPAddress": ["2a05:*"]}, "Root"),
        ({"sourceIPAddress": ["2a05:d018:*"], "userIdentity.type": ["IAMUser"]}, "IAMUser"),
        ({"eventName": ["*Role"]}, "IAMUser"),
        ({"eventName": ["*Bucket*"]}, "AssumedRole"),
        ({"eventName": ["DescribeI*"]}, "AssumedRole"),
        ({"eventName": ["GetObject*"], "eventSource": ["s3.amazonaws.com"]}, "AssumedRole"),
        ({"vpcEndpointId": ["vpce-*"]}, "AssumedRole"),
        ({"userIdentity.onBehalfOf.userId": ["*-*"]}, "IdentityCenterUser"),
        ({"userIdentity.principalId": ["*@*"]}, "AssumedRole"),
        ({"userIdentity.arn": ["*@*"]}, "IAMUser"),
        ({"userIdentity.arn": ["*/i-*"]}, "AssumedRole"),
        ({f"{ISSUER}.userName": ["AWSReservedSSO_*"]}, "AssumedRole"),
        ({f"{ISSUER}.arn": ["*/aws-reserved/*"]}, "AssumedRole"),
        ({f"{ISSUER}.arn": [f"arn:aws:iam::{ACCOUNT}:role/service-role/*"]}, "AssumedRole"),
        ({"userIdentity.sessionContext.sourceIdentity": ["*@*"]}, "AssumedRole"),
        ({"userAgent": ["Boto3/*"], "userIdentity.type": ["AssumedRole"]}, "AssumedRole"),
        ({"userAgent": ["*Mozilla*"], "userIdentity.accountId": [ACCOUNT]}, "IAMUser"),
        ({"userIdentity.userName": ["*-*"]}, "IAMUser"),
        ({"userIdentity.userName": ["a*"]}, "SAMLUser"),
        ({"userIdentity.arn": [f"arn:aws:iam::{ACCOUNT}:user/a*"]}, "IAMUser"),
        ({"userIdentity.identityProvider": ["*.*"]}, "WebIdentityUser"),
        ({"userIdentity.type": ["AWSService"], "eventSource": ["kms.amazonaws.com"]}, "AWSService"),
        ({"eventName": ["Assume*"]}, "Root"),
        ({"eventSource": ["ec2.amazonaws.com"], "awsRegion": ["eu-west-3"]}, "Directory"),
        (
            {
                "eventSource": ["sts.amazonaws.com"],
                "awsRegion": ["us-*"],
                "errorCode": ["AccessDenied"],
                "userAgent": ["aws-cli/*"],
                "userIdentity.arn": [f"arn:aws:sts::{ACCOUNT}:*"],
            },
            "AssumedRole",
        ),
        # A service and a region of which the program does not know yet.
        ({"eventSource": ["new.amazonaws.com"], "awsRegion": ["mars-north-1"]}, "Unknown"),
    ],
    ids=str,
)
def test_who_excludes_a_kind_of_strangers_hides_some(
    exclusion: dict[str, list[str]], kind: str, seed: int
) -> None:
    narrow = {"userIdentity.arn": [f"arn:aws:iam::{ACCOUNT}:user/ci"]}

    assert hidden(excluding(exclusion), seed, [kind])
    assert hidden(excluding(narrow, exclusion), seed, [kind])


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    "exclusion",
    [
        {"userIdentity.arn": [f"arn:aws:sts::{ACCOUNT}:assumed-role/my-scanner/*"]},
        {f"{ISSUER}.arn": [f"arn:aws:iam::{ACCOUNT}:role/my-scanner"]},
        {f"{ISSUER}.userName": ["CortexXDRCloudApp"], "userIdentity.type": ["AssumedRole"]},
        {f"{ISSUER}.userName": ["AWSReservedSSO_Auditor_*"]},
        {"userIdentity.principalId": ["AROAEXAMPLEEXAMPLEEXA:*"]},
        {"userIdentity.userName": ["svc-backup-*"]},
        {"userIdentity.identityProvider": ["accounts.google.com"]},
        {"userIdentity.invokedBy": ["config.amazonaws.com"]},
        {"userIdentity.onBehalfOf.userId": ["544894e8-80c1-707f-60e3-3ba6510dfac1"]},
        {"recipientAccountId": ["999988887777"]},
        {"sourceIPAddress": ["203.0.113.*"]},
        {"sourceIPAddress": ["203.0.113.1*"]},
        {"sourceIPAddress": ["*203.0.113.7"]},
        {"sourceIPAddress": ["192.168.1.*"]},
        {"sourceIPAddress": ["172.20.5.*", "10.0.7.*", "192.168.3.77"]},
        {"sourceIPAddress": ["2a05:d018:7a3:*"]},
        {"sourceIPAddress": ["203.0.113.17"]},
        {"sourceIPAddress": ["203.*"], f"{ISSUER}.userName": ["my-scanner"]},
        {"eventName": ["*Role"], "userIdentity.userName": ["my-scanner"]},
        {"sourceIPAddress": ["config.amazonaws.com"]},
        {"vpcEndpointId": ["vpce-0123456789abcdef0"]},
        {"eventName": ["GetMacieSession"], "eventSource": ["macie2.amazonaws.com"]},
        {
            "userAgent": ["Boto3/*"],
            "userIdentity.arn": [f"arn:aws:iam::{ACCOUNT}:user/ci"],
            "awsRegion": ["us-*"],
        },
    ],
    ids=str,
)
def test_who_excludes_his_own_hides_no_stranger(exclusion: dict[str, list[str]], seed: int) -> None:
    assert hidden(excluding(exclusion), seed) == set()


@pytest.mark.parametrize(
    ("pattern", "kinds"),
    [
        (control.PATTERNS[control.CIS_V3], set()),
        (control.PATTERNS[control.SECURITY_HUB], set()),
        # As people write it by hand.
        (
            f"{{ ({CODES}) && $.userIdentity.principalId != %@[a-z]+% }}",
            {"AWSService", "Directory", "FederatedUser", "SAMLUser", "AssumedRole"},
        ),
        (
            f'{{ {CODES} && ($.eventSource != "s3.amazonaws.com" || $.awsRegion != "us-*") }}',
            set(IDENTITIES),
        ),
    ],
)
def test_any_pattern_is_asked(pattern: str, kinds: set[str]) -> None:
    assert hidden(pattern, 1) >= kinds
    assert bool(kinds) is bool(hidden(pattern, 1))
