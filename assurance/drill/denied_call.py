"""The call that the drill has denied, and the record that CloudTrail makes of it.

It is cloudtrail:DescribeTrails. It reads, and is denied before it reads. CloudTrail records it as a
management event of the region it is made in (CloudTrail user guide, "Logging CloudTrail API calls")
and no trail can leave it out: only KMS and RDS Data API events can be excluded. It costs nothing,
is in every region and partition, and its error code is the benchmark's `AccessDenied*`, to which
the published pattern's own two exclusions apply: not HeadBucket, and not from log delivery. EC2's
would be `Client.UnauthorizedOperation`, which the published pattern counts come what may; IAM's is
recorded in another region.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from monitoring.exclusions import Exclusion

SERVICE: Final = "cloudtrail"
METHOD: Final = "describe_trails"
ACTION: Final = "cloudtrail:DescribeTrails"
EVENT_SOURCE: Final = "cloudtrail.amazonaws.com"
EVENT_NAME: Final = "DescribeTrails"
USER_AGENT: Final = "unauthorized-api-calls-drill"

# Services are not told apart by which of the two they write.
ERROR_CODES: Final = ("AccessDenied", "AccessDeniedException")
DENIED: Final = frozenset(ERROR_CODES)

# The session may do what the role and this policy both allow: nothing.
DENY_ALL: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}],
    },
    separators=(",", ":"),
)


def session_name(drill_id: str) -> str:
    """The session that marks a drill's calls, within STS's 64 characters."""
    return f"unauthorized-api-calls-drill-{drill_id}"


def expected_records(
    *, role_arn: str, session: str, region: str, role_id: str = ""
) -> list[dict[str, Any]]:
    """The records as CloudTrail will write them, one for each error code.

    Left out is what nobody knows beforehand: times, ids, `vpcEndpointId`; `sourceIPAddress` is an
    address of documentation. `role_id` is known once the role is assumed.
    """
    partition, account = role_arn.split(":")[1], role_arn.split(":")[4]
    role_name = role_arn.rpartition("/")[2]
    principal = {"principalId": f"{role_id}:{session}"} if role_id else {}
    arn = f"arn:{partition}:sts::{account}:assumed-role/{role_name}/{session}"
    return [
        {
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "AssumedRole",
                **principal,
                "arn": arn,
                "accountId": account,
                "sessionContext": {
                    "sessionIssuer": {
                        "type": "Role",
                        **({"principalId": role_id} if role_id else {}),
                        "arn": role_arn,
                        "accountId": account,
                        "userName": role_name,
                    },
                },
            },
            "eventSource": EVENT_SOURCE,
            "eventName": EVENT_NAME,
            "awsRegion": region,
            "sourceIPAddress": "192.0.2.1",
            "userAgent": USER_AGENT,
            "errorCode": code,
            "errorMessage": f"User: {arn} is not authorized to perform: {ACTION}",
            "readOnly": True,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": account,
            "eventCategory": "Management",
        }
        for code in ERROR_CODES
    ]


def hiding(
    exclusions: Iterable[Exclusion], records: Iterable[Mapping[str, object]]
) -> list[Exclusion]:
    """The exclusions that describe any of the records."""
    seen = list(records)
    return [each for each in exclusions if any(each.excludes(record) for record in seen)]


def is_of_session(record: Mapping[str, Any], session: str) -> bool:
    """Whether a record is of a denied call made under a drill's session."""
    identity = record.get("userIdentity")
    arn = identity.get("arn") if isinstance(identity, Mapping) else None
    return (
        isinstance(arn, str)
        and arn.endswith(f"/{session}")
        and record.get("eventName") == EVENT_NAME
    )
