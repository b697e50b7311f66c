"""Links into the AWS console, as it makes them itself; no AWS document describes their form."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

_HOSTS: Final[Mapping[str, str]] = {
    "aws": "{region}.console.aws.amazon.com",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-cn": "console.amazonaws.cn",
}

# The console escapes its own URL fragments so that mail and chat programs leave them whole.
_FRAGMENT: Final = str.maketrans({"~": "$257E", "(": "$2528", ")": "$2529", "'": "$2527"})


def alarm_url(partition: str, region: str, alarm_name: str) -> str | None:
    """The page of an alarm; None in a partition whose console is not known."""
    base = _cloudwatch(partition, region)
    return base and f"{base}#alarmsV2:alarm/{quote(alarm_name, safe='')}"


def logs_insights_url(
    partition: str, region: str, log_group_name: str, query: str, *, seconds: int
) -> str | None:
    """A Logs Insights query over the last `seconds`, filled in; None as for `alarm_url`."""
    window = {"end": 0, "start": -seconds, "timeType": "RELATIVE", "unit": "seconds"}
    return _logs_insights(partition, region, log_group_name, query, window)


def logs_insights_url_between(
    partition: str, region: str, log_group_name: str, query: str, *, start: datetime, end: datetime
) -> str | None:
    """A Logs Insights query over the time from start to end, filled in; None as for `alarm_url`."""
    window = {
        "end": _milliseconds(end),
        "start": _milliseconds(start),
        "timeType": "ABSOLUTE",
        "tz": "UTC",
    }
    return _logs_insights(partition, region, log_group_name, query, window)


def _logs_insights(
    partition: str, region: str, log_group_name: str, query: str, window: Mapping[str, object]
) -> str | None:
    base = _cloudwatch(partition, region)
    detail = {**window, "editorString": query, "source": [log_group_name]}
    encoded = _jsurl(detail).translate(_FRAGMENT)
    return base and f"{base}#logsV2:logs-insights$3FqueryDetail$3D{encoded}"


def _milliseconds(time: datetime) -> str:
    # As JavaScript writes a time.
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _cloudwatch(partition: str, region: str) -> str | None:
    host = _HOSTS.get(partition)
    return host and f"https://{host.format(region=region)}/cloudwatch/home?region={region}"


def _jsurl(value: Any) -> str:
    """JSURL (github.com/Sage/jsurl), the form in which the console keeps a query."""
    match value:
        case None:
            return "~null"
        case bool():
            return f"~{str(value).lower()}"
        case int() | float():
            return f"~{value}"
        case str():
            return "~'" + "".join(map(_jsurl_character, value))
        case list() | tuple():
            return f"~({''.join(map(_jsurl, value)) or '~'})"
        case Mapping():
            items = "~".join(f"{key}{_jsurl(item)}" for key, item in value.items())
            return f"~({items})"
        case _:
            raise TypeError(f"JSURL has no form for {type(value).__name__}")


def _jsurl_character(character: str) -> str:
    if character.isascii() and (character.isalnum() or character in "_-."):
        return character
    if character == "$":
        return "!"
    code = ord(character)
    if code < 0x100:
        return f"*{code:02x}"
    # JavaScript's strings are UTF-16: a character beyond the first plane is two.
    units = character.encode("utf-16-be")
    return "".join(f"**{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
