"""Everything that one publication tells, and the words that all its texts share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from monitoring.alert_details.alarm_message import AlarmMessage
from monitoring.alert_details.digest import Digest
from monitoring.alert_details.log_events import DENIED, THROTTLED, TIMED_OUT
from monitoring.alert_details.safe_text import plain

NONE_FOUND: Final = "none found"
NO_RECORDS: Final = "no records"

_UNAVAILABLE: Final[Mapping[str, str]] = {
    THROTTLED: "CloudWatch Logs throttled the reading of the log group until the time was up.",
    DENIED: "The function was denied to read the log group (logs:FilterLogEvents).",
    TIMED_OUT: "Reading the log group took longer than the time there is for it.",
    NONE_FOUND: "No event of this window matches the metric filter's pattern. Was the alarm's "
    "state set by hand, or the log group's data deleted?",
    NO_RECORDS: "What the log group holds in this window are no CloudTrail records.",
}


@dataclass(frozen=True)
class Details:
    """What is told of one alarm: `found` is the digest, or why there is none, in a few words."""

    alarm: AlarmMessage
    alias: str | None
    found: Digest | str
    query_url: str | None
    runbook_url: str


def counted(number: int, noun: str, ending: str = "s") -> str:
    """A number with its noun: "1 call", "1,200 calls"."""
    return f"{number:,} {noun}{'' if number == 1 else ending}"


def calls_and_principals(digest: Digest) -> str:
    """How many calls by how many principals; at least as many, where reading was cut off."""
    calls = counted(digest.calls, "denied AWS API call")
    principals = counted(digest.principals, "principal")
    at_least = "" if digest.cut_off is None else "at least "
    return f"{at_least}{calls} by {at_least}{principals}"


def newness(digest: Digest) -> str:
    """How many principals and sources are new; empty when none is known to be."""
    principals, sources = digest.new_principals, digest.new_sources
    told = (
        counted(principals, "principal") if principals else "",
        counted(sources, "source address", "es") if sources else "",
    )
    return " and ".join(filter(None, told))


def window(alarm: AlarmMessage) -> str:
    """The window, in UTC."""
    start, end = alarm.start, alarm.end
    second = end.strftime("%H:%M:%S") if start.date() == end.date() else moment(end)
    return f"{moment(start)} to {second} UTC"


def moment(time: datetime) -> str:
    """A time as people read it."""
    return time.strftime("%Y-%m-%d %H:%M:%S")


def account(details: Details) -> str:
    """The alarm's account, and its alias where that could be had."""
    told = plain(details.alarm.account)
    return told if details.alias is None else f"{told} ({plain(details.alias)})"


def unavailable(reason: str) -> str:
    """A sentence that says why there are no details."""
    return _UNAVAILABLE.get(reason) or f"Reading the log group {plain(reason)}."


def caveats(digest: Digest) -> list[str]:
    """What the digest does not know, in sentences."""
    told = []
    if digest.cut_off is not None:
        told.append(f"There may be more: reading the window was cut off ({plain(digest.cut_off)}).")
    if digest.day_cut_off is not None:
        told.append(
            "What is new is not known: the preceding day could be read only in part "
            f"({plain(digest.day_cut_off)})."
        )
    if digest.unreadable:
        told.append(
            f"{counted(digest.unreadable, 'event')} could not be read as CloudTrail records."
        )
    return told


def elsewhere(details: Details, account_of_call: str | None) -> str | None:
    """The account that a call was made in, when it is another than the alarm's."""
    return None if account_of_call == details.alarm.account else account_of_call
