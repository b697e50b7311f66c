"""Sample records of denied calls, in the shape in which CloudTrail writes them.

By "CloudTrail record contents" and "CloudTrail userIdentity element" in the CloudTrail user guide,
and by the records in the presets' sources: a service has its DNS name as `sourceIPAddress`,
`userAgent` and `userIdentity.invokedBy`, whether it calls as itself, with a role of the account, or
with the rights of a user on whose behalf it calls.
"""

from collections.abc import Mapping
from typing import Any, Final

Record = Mapping[str, Any]

_ACCOUNT: Final = "123456789012"
_ADDRESS: Final = "198.51.100.7"
_BROWSER: Final = "Mozilla/5.0"
_ROLE_ID: Final = "AROAEXAMPLEEXAMPLEEXA"


def by_service(service: str, event_source: str, event_name: str) -> Record:
    """A call that a service makes as itself."""
    return _denied(event_source, event_name, service, {"type": "AWSService", "invokedBy": service})


def by_service_role(service: str, role: str, event_source: str, event_name: str) -> Record:
    """A call that a service makes with its service-linked role."""
    identity = _session(role, "service", f"aws-service-role/{service}/{role}")
    return _denied(event_source, event_name, service, {**identity, "invokedBy": service})


def by_person(event_source: str, event_name: str, *, user_agent: str = _BROWSER) -> Record:
    """A call that a person makes with a role."""
    identity = _session("developer", "jane", "developer")
    return {**_denied(event_source, event_name, _ADDRESS, identity), "userAgent": user_agent}


def for_person(service: str, event_source: str, event_name: str) -> Record:
    """A call that a service makes on a person's behalf, with the person's rights."""
    identity = _session("developer", "jane", "developer")
    return _denied(event_source, event_name, service, {**identity, "invokedBy": service})


def _denied(event_source: str, event_name: str, address: str, identity: Record) -> Record:
    return {
        "eventVersion": "1.05",
        "userIdentity": identity,
        "eventTime": "2025-01-27T23:57:53Z",
        "eventSource": event_source,
        "eventName": event_name,
        "awsRegion": "eu-central-1",
        "sourceIPAddress": address,
        "userAgent": address,
        "errorCode": "AccessDenied",
        "errorMessage": "Access Denied",
        "requestParameters": None,
        "responseElements": None,
        "requestID": "5f3b505b-4714-11e7-8448-95c3aa32caad",
        "eventID": "305bd268-899d-46e3-9d5b-282aa5f6e6fc",
        "eventType": "AwsApiCall",
        "recipientAccountId": _ACCOUNT,
    }


def _session(role: str, session: str, resource: str) -> dict[str, Any]:
    return {
        "type": "AssumedRole",
        "principalId": f"{_ROLE_ID}:{session}",
        "arn": f"arn:aws:sts::{_ACCOUNT}:assumed-role/{role}/{session}",
        "accountId": _ACCOUNT,
        "accessKeyId": "ASIAEXAMPLEEXAMPLEEX",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": _ROLE_ID,
                "arn": f"arn:aws:iam::{_ACCOUNT}:role/{resource}",
                "accountId": _ACCOUNT,
                "userName": role,
            },
            "attributes": {"creationDate": "2025-01-27T22:00:00Z", "mfaAuthenticated": "false"},
        },
    }
