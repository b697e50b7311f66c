"""What an exclusion may name: the fields, what a value may look like, and what it stands for."""

import json
import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

# Each field with an example, which describes nobody: it may come to stand in a stack file as the
# mend of another value. CloudTrail user guide, "CloudTrail record contents for management, data,
# and network activity events" and "CloudTrail userIdentity element": names and identifiers, each
# one string wherever it is written. Left out:
# - requestParameters, responseElements, additionalEventData, serviceEventDetails, resources, and
#   all that is in them: objects and arrays, or of a type that each service chooses;
# - readOnly, managementEvent, sessionCredentialFromConsole: booleans, or strings of them;
# - errorMessage: see _REFUSED;
# - ids and times of one event, and access keys, which may be in anybody's hands.
FIELDS: Final[Mapping[str, str]] = {
    "awsRegion": "my-region-1",
    "errorCode": "AccessDeniedByMyService",
    "eventName": "MyAction",
    "eventSource": "my-service.amazonaws.com",
    "recipientAccountId": "123456789012",
    "sourceIPAddress": "203.0.113.17",
    "userAgent": "my-scanner/*",
    "userIdentity.accountId": "123456789012",
    "userIdentity.arn": "arn:aws:sts::123456789012:assumed-role/my-scanner/*",
    "userIdentity.identityProvider": "my-provider.example.com",
    "userIdentity.invokedBy": "my-service.amazonaws.com",
    "userIdentity.onBehalfOf.userId": "544894e8-80c1-707f-60e3-3ba6510dfac1",
    "userIdentity.principalId": "AROAEXAMPLEEXAMPLEEXA:*",
    "userIdentity.sessionContext.sessionIssuer.arn": "arn:aws:iam::123456789012:role/my-scanner",
    "userIdentity.sessionContext.sessionIssuer.userName": "my-scanner",
    "userIdentity.sessionContext.sourceIdentity": "my-scanner",
    "userIdentity.type": "MyType",
    "userIdentity.userName": "my-scanner",
    "vpcEndpointId": "vpce-0123456789abcdef0",
}

# The caller's own words: whoever sends the same ones would go unnoticed.
CHOSEN_BY_CALLER: Final = "userAgent"

_REFUSED: Final[Mapping[str, str]] = {
    "errorMessage": "is free text, which services reword and in which they repeat names that the "
    "caller chose",
}
_SHOWN: Final = 80
_ACCOUNT_LENGTH: Final = 12


def refusal_of_field(field: str) -> str | None:
    """Why an exclusion cannot name this field; None when it can."""
    if field in FIELDS:
        return None
    why = _REFUSED.get(field)
    if why is None:
        meant = meant_field(field)
        question = f" (did you mean {meant}?)" if meant else ""
        why = f"is not a field in which CloudTrail always writes a string{question}"
    return f"{field} {why}; an exclusion may name {', '.join(FIELDS)}"


def meant_field(field: str) -> str | None:
    """The field that a refused one looks like; None if it looks like none."""
    close = [] if field in _REFUSED else get_close_matches(field, FIELDS, n=1)
    return close[0] if close else None


def refusal_of_value(value: object) -> str | None:
    """Why a field cannot have this value; None when it can."""
    why = _refusal_of_text(value) if isinstance(value, str) else _refusal_of_type(value)
    return None if why is None else f"{_shown(value)} {why}"


def nearest(value: object) -> str | None:
    """The same value in a form that is not refused; None where that would describe more."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return None
    same = re.sub(r"\A\*+|\*+\Z", "*", value.strip())
    return same if refusal_of_value(same) is None else None


def doubt_of_value(field: str, value: str) -> str | None:
    """Why no denied call will have this value, by what CloudTrail writes; None when one may.

    To be warned of and not refused: it excludes nothing, so it blinds nothing. CloudTrail user
    guide, "CloudTrail record contents" and "CloudTrail userIdentity element".
    """
    why = _doubt(field, value)
    return None if why is None else f"{_shown(value)} {why}"


def _doubt(field: str, value: str) -> str | None:
    is_whole = "*" not in value
    match field:
        case "sourceIPAddress" if "/" in value:
            return "is a range: CloudTrail writes one address, of which * can be the end (10.0.7.*)"
        case "eventSource" if is_whole and "." not in value:
            return f"is no host: CloudTrail writes {value}.amazonaws.com or its like"
        case "eventName" if ":" in value:
            return f"has the service before it: CloudTrail writes {value.partition(':')[2]} alone"
        case "errorCode" if is_whole and not _is_counted(value):
            return "is the code of no call that the alarm counts"
        case "userIdentity.arn" if ":role/" in value:
            return (
                "is a role's: here stands its session's (arn:aws:sts::ACCOUNT:assumed-role/NAME/*)."
                " userIdentity.sessionContext.sessionIssuer.arn names the role"
            )
        case "userIdentity.sessionContext.sessionIssuer.arn" if ":assumed-role/" in value:
            return "is a session's: here stands its role's (arn:aws:iam::ACCOUNT:role/NAME)"
        case "userIdentity.arn" | "userIdentity.sessionContext.sessionIssuer.arn":
            return None if value.startswith(("arn:", "*")) else "is no ARN"
        case "recipientAccountId" | "userIdentity.accountId" if value.isdigit():
            return None if len(value) == _ACCOUNT_LENGTH else "has not the 12 digits of an account"
    return None


def _is_counted(error_code: str) -> bool:
    return error_code.endswith("UnauthorizedOperation") or error_code.startswith("AccessDenied")


def is_like(text: str, value: str) -> bool:
    """Say whether a text is what a value stands for: `*` at its ends is any characters."""
    core = value.removeprefix("*").removesuffix("*")
    match value.startswith("*"), value.endswith("*"):
        case True, True:
            return core in text
        case True, False:
            return text.endswith(core)
        case False, True:
            return text.startswith(core)
        case _:
            return text == value


def _refusal_of_type(value: object) -> str:
    if value is None:
        return "is no value: give one, or remove the field"
    if isinstance(value, bool | int | float):
        return "must be a string: quote it in the stack file"
    return "must be a string, or a list of strings"


def _refusal_of_text(value: str) -> str | None:
    if not value:
        return "is empty"
    if not value.strip("*"):
        return "would exclude every record that has the field"
    if "*" in value.removeprefix("*").removesuffix("*"):
        return (
            "has a * inside: what AWS says of one that is neither first nor last, and what "
            "CloudWatch does with it, differ"
        )
    if '"' in value or "\\" in value:
        return (
            "has a quote or a backslash, and how CloudWatch reads those is not documented: put * "
            "in the place of the beginning or the end that holds it"
        )
    if re.search(r"[^ -~]", value):
        return (
            "has a character that is not printable ASCII, and how CloudWatch reads and counts "
            "those is not documented: put * in the place of the beginning or the end that holds it"
        )
    return "begins or ends with a space" if value != value.strip() else None


def _shown(value: object) -> str:
    # As it stands in the stack file.
    is_scalar = value is None or isinstance(value, bool | int | float)
    text = json.dumps(value) if is_scalar else repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
