"""Which events of a history count, and at which moment."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION: Final = re.compile(r"(\d{1,9})([smhdw])")


@dataclass(frozen=True, slots=True)
class Selection:
    """The events from `since` up to but not at `until`, in some regions and accounts (none: all).

    `delay` is how many seconds after its eventTime an event counts.
    """

    since: datetime | None = None
    until: datetime | None = None
    regions: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    delay: int = 0

    @property
    def is_everything(self) -> bool:
        """Whether no event is left out."""
        return not (self.since or self.until or self.regions or self.accounts)

    def holds(self, time: datetime, region: object, account: object) -> bool:
        """Say whether an event belongs to it."""
        return (
            (self.since is None or time >= self.since)
            and (self.until is None or time < self.until)
            and (not self.regions or region in self.regions)
            and (not self.accounts or account in self.accounts)
        )


def duration(text: str) -> timedelta:
    """Read `90s`, `15m`, `6h`, `30d`, `2w`; raises ValueError."""
    found = _DURATION.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is no duration: write 90s, 15m, 6h, 30d or 2w")
    try:
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    except OverflowError:
        raise ValueError(f"{text!r} is longer than any history") from None


def moment(text: str, now: datetime) -> datetime:
    """Read a time (`2026-03-01`, `2026-03-01T06:00Z`), or how long ago it is (`30d`).

    It is in UTC unless it says otherwise. Raises ValueError.
    """
    if _DURATION.fullmatch(text.strip()):
        try:
            return now - duration(text)
        except OverflowError:
            raise ValueError(f"{text!r} is longer than any history") from None
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            f"{text!r} is no time: write 2026-03-01, 2026-03-01T06:00Z, or how long ago, as 30d"
        ) from None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
