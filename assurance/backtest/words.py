"""Values of a backtest in a reader's words, safe to show whatever stands in a record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from assurance.alarm_evaluation import DAY, HOUR
from assurance.metric_history import MINUTE

LONGEST_VALUE = 120

_SECOND = "%Y-%m-%d %H:%M:%S"
_MINUTE = "%Y-%m-%d %H:%M"


def shown(text: str, longest: int = LONGEST_VALUE) -> str:
    """A foreign value in one line: what does not print is spelled out, the middle of it is cut.

    Controls, and characters that turn the direction of writing, are escaped. A cut says how long
    the value is; both ends stay, for an ARN says who at its end.
    """
    if len(text) > longest:
        half = longest // 2
        return (
            f"{_spelled_out(text[:half])}…{_spelled_out(text[-half:])} ({len(text):,} characters)"
        )
    return _spelled_out(text)


def _spelled_out(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else ascii(letter).strip("'\"") for letter in text
    )


def stamp(time: int) -> str:
    """A time in UTC, to the minute where it is on one."""
    return datetime.fromtimestamp(time, UTC).strftime(_SECOND if time % MINUTE else _MINUTE)


def iso(time: int) -> str:
    """A time as a machine reads it."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(seconds: int) -> str:
    """A length of time in its two largest units: `3 d 4 h`, `5 min`."""
    parts = []
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (1, "s")):
        number, seconds = divmod(seconds, size)
        if number:
            parts.append(f"{number:,} {unit}")
        elif parts:
            break
    return " ".join(parts[:2]) or "0 min"


def percent(part: float, whole: float) -> str:
    """A part of a whole; what is there is never shown as nothing, nor as all what is not."""
    if not whole:
        return "0 %"
    share = min(100 * part / whole, 100)
    if 0 < share < 1:
        return "< 1 %"
    if 99 < share < 100:
        return "> 99 %"
    return f"{share:.0f} %"


def rate(number: float) -> str:
    """A number a day: precise where it is small, and never nothing where there is something."""
    if 0 < number < 0.05:
        return "< 0.1"
    if number == int(number) or number >= 10:
        return f"{number:,.0f}"
    return f"{number:.1f}"


def counted(number: int, thing: str) -> str:
    """A number of things: `1 event`, `2 events`, `2 files or values`."""
    return f"{number:,} {thing if number == 1 else thing.replace(' or ', 's or ') + 's'}"


def not_cloudtrail(number: int, names: Sequence[str]) -> str:
    """What was read and is no CloudTrail, with the names of the first."""
    said = f"{counted(number, 'other file or value')}, no CloudTrail"
    if not names:
        return said
    such_as = ":" if len(names) == number else ", such as"
    return f"{said}{such_as} {', '.join(shown(name, 300) for name in names)}"


@dataclass(frozen=True, slots=True)
class Pace:
    """Notifications over a time: a day, or in all where the time is shorter than a day."""

    seconds: int

    @property
    def is_daily(self) -> bool:
        """Whether there is a day to speak of."""
        return self.seconds >= DAY

    def value(self, notifications: int) -> float:
        """How many a day, or in all."""
        return notifications / (self.seconds / DAY) if self.is_daily else notifications

    def number(self, notifications: int) -> str:
        """The value, to read."""
        return rate(self.value(notifications))

    @property
    def unit(self) -> str:
        """What the number is of."""
        return "notifications a day" if self.is_daily else "notifications in all"

    def of(self, notifications: int) -> str:
        """The number with its unit."""
        if not self.is_daily:
            return counted(notifications, "notification")
        return f"{self.number(notifications)} notifications a day"
