"""One call of AWS's, made for what it tells: what it says, nothing there, or why it is unknown."""

from collections.abc import Callable
from typing import Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from assurance.snapshot import Unknown

_T = TypeVar("_T")

# The codes by which the services refuse a call for want of a permission.
_DENIED: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "UnauthorizedOperation",
        "KMSAccessDenied",
    }
)
_MISSING: Final = frozenset(
    {
        "AWS.SimpleQueueService.NonExistentQueue",
        "NotFound",
        "NotFoundException",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
    }
)


def attempt(call: str, about: str, read: Callable[[], _T | None]) -> _T | Unknown | None:
    """What `read` reads; None for what is not there, Unknown for what could not be read.

    `call` is the call's IAM action, `about` what it asks about.
    """
    try:
        return read()
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code") or "an error without a code"
        if code in _MISSING:
            return None
        permission = call if code in _DENIED else ""
        return Unknown(call=call, about=about, code=code, permission=permission)
    except BotoCoreError as error:
        return Unknown(call=call, about=about, code=type(error).__name__)
