"""A denied call as one line of the log group tells it: who, what, from where."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

# Nothing that AWS writes in these fields is as long; a value that is would fill the memory.
_LONGEST: Final = 2_048


@dataclass(frozen=True)
class What:
    """What calls are counted by; None where the record does not say."""

    principal: str | None
    event_source: str | None
    event_name: str | None
    source: str | None
    error: str | None
    account: str | None


@dataclass(frozen=True)
class DeniedCall:
    """One call; `identity` is the same when the same event is seen again."""

    what: What
    time: datetime
    identity: str | None


def call_of(event: Mapping[str, Any]) -> DeniedCall | None:
    """The call that an event of FilterLogEvents records; None when it is no CloudTrail record."""
    try:
        record = json.loads(event.get("message") or "")
    except (ValueError, TypeError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    identity = record.get("eventID") or event.get("eventId")
    return DeniedCall(
        What(
            principal=_principal(record.get("userIdentity")),
            event_source=_text(record.get("eventSource")),
            event_name=_text(record.get("eventName")),
            source=_text(record.get("sourceIPAddress")),
            error=_text(record.get("errorCode")),
            account=_text(record.get("recipientAccountId")),
        ),
        _time(record.get("eventTime")) or _logged(event.get("timestamp")),
        _text(identity),
    )


def _principal(identity: object) -> str | None:
    # In the order of the saved query; a service's own calls have neither ARN nor principal id.
    if not isinstance(identity, Mapping):
        return None
    for field in ("arn", "invokedBy", "principalId", "userName", "type"):
        if text := _text(identity.get(field)):
            return text
    return None


def _text(value: object) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    return shortened(value, _LONGEST)


def shortened(value: str, length: int) -> str:
    """A text within a length, dots and a digest of the whole in the place of its middle.

    The digest keeps apart two texts that differ only there.
    """
    if len(value) <= length:
        return value
    digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    mark = f"[...{digest}...]"
    kept = max(length - len(mark), 0)
    return f"{value[: (kept + 1) // 2]}{mark}{value[len(value) - kept // 2 :]}"


def _time(value: object) -> datetime | None:
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return None if time is None or time.tzinfo is None else _utc(time)


def _utc(time: datetime) -> datetime | None:
    try:
        return time.astimezone(UTC)
    except OverflowError:
        return None


def _logged(milliseconds: object) -> datetime:
    seconds = milliseconds / 1000 if isinstance(milliseconds, int | float) else 0
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
