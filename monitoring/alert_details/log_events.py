"""Events of a log group through FilterLogEvents' pages, within a budget of time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

THROTTLED: Final = "throttled"
DENIED: Final = "denied"
TIMED_OUT: Final = "timed out"

# FilterLogEvents has a quota of requests a second; what throttled once passes soon.
_FIRST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 4.0
_DENIALS: Final = ("AccessDenied", "UnauthorizedOperation", "NotAuthorized", "UnrecognizedClient")
_FAULTS_OF_AWS: Final = ("ServiceUnavailable", "InternalFailure", "InternalError")
_THROTTLES: Final = ("Throttl", "TooManyRequests", "LimitExceeded", "RequestLimit", "SlowDown")


class Logs(Protocol):
    """The one call of the CloudWatch Logs client that is made."""

    @property
    def filter_log_events(self) -> Callable[..., Mapping[str, Any]]:
        """As boto3's."""


@dataclass(frozen=True)
class Search:
    """Which events: those of a group that a pattern matches, from start to end, both included."""

    log_group_name: str
    filter_pattern: str
    start: datetime
    end: datetime


class UnreadableError(Exception):
    """Reading ended before the last page; `reason` is for people, in a few words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Reader:
    """Reads through pages; tries again what may pass, throttling first, while there is time."""

    def __init__(self, logs: Logs, sleep: Callable[[float], None]) -> None:
        self._logs = logs
        self._sleep = sleep

    def events(self, search: Search, left: Callable[[], float]) -> Iterator[Mapping[str, Any]]:
        """Each matching event, page after page; `left` is the seconds that may still be spent.

        Raises:
            UnreadableError: there is more to read; what was given stands.

        """
        parameters: dict[str, Any] = {
            "logGroupName": search.log_group_name,
            "filterPattern": search.filter_pattern,
            "startTime": max(0, int(search.start.timestamp() * 1000)),
            "endTime": max(0, int(search.end.timestamp() * 1000)),
        }
        while True:
            page = self._page(parameters, left)
            yield from page.get("events") or []
            # Pages that are empty, or not full, are not the last: only one without a token is.
            token = page.get("nextToken")
            if not token:
                return
            parameters["nextToken"] = token

    def _page(self, parameters: Mapping[str, Any], left: Callable[[], float]) -> Mapping[str, Any]:
        pause = _FIRST_PAUSE
        reason = TIMED_OUT
        while left() > 0:
            try:
                return self._logs.filter_log_events(**parameters)
            except Exception as error:
                reason = reason_of(error)
                if not _passes(reason):
                    raise UnreadableError(reason) from error
                if pause >= left():
                    break
            self._sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        raise UnreadableError(reason)


def _passes(reason: str) -> bool:
    return reason in (THROTTLED, TIMED_OUT) or any(mark in reason for mark in _FAULTS_OF_AWS)


def reason_of(error: Exception) -> str:
    """Why a call failed, in a few words: AWS's error code as far as it is none of the usual."""
    response = getattr(error, "response", None)
    told = response.get("Error") if isinstance(response, Mapping) else None
    code = told.get("Code") if isinstance(told, Mapping) else None
    code = code if isinstance(code, str) and code else type(error).__name__
    if any(mark in code for mark in _THROTTLES):
        return THROTTLED
    if any(mark in code for mark in _DENIALS):
        return DENIED
    return TIMED_OUT if "Timeout" in code or "TimedOut" in code else f"failed with {code}"
