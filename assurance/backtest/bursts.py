"""Bursts of denied calls from principals seen for the first time: what must never be hidden.

Who enumerates an account with stolen credentials is somebody new, and refused many times in a row.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from assurance.alarm_evaluation import DAY, HOUR, AlarmSettings
from assurance.backtest.history import Contributor, Matches

# So many within an hour: fewer are an honest mistake and its repetition, while a script that tries
# what it may do is refused within a minute that often.
LEAST: Final = 5
# A principal of old is there on the first day, and comes back on so many days after its first.
_LATER_DAYS: Final = 2


class Principal(NamedTuple):
    """Who calls, by the field that names it."""

    field: str
    value: str

    @classmethod
    def of(cls, contributor: Contributor) -> "Principal":
        """The one that a contributor's calls are by."""
        return cls(contributor.principal_field, contributor.principal)


@dataclass(frozen=True, slots=True)
class Burst:
    """Denied calls of a newcomer within an hour, by minute."""

    principal: Principal
    by_minute: Mapping[int, int]

    @property
    def start(self) -> int:
        """The minute of the first of them."""
        return min(self.by_minute)

    @property
    def events(self) -> int:
        """How many they are."""
        return sum(self.by_minute.values())


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A principal that may never have been there before, and its calls by minute.

    `burst` is its first one, if it had any.
    """

    first_seen: int
    by_minute: Mapping[int, int]
    burst: Burst | None

    @property
    def events(self) -> int:
        """How many calls there are."""
        return sum(self.by_minute.values())


def newcomers(matches: Matches, history_start: int) -> dict[Principal, Newcomer]:
    """All but those who are there within the history's first day and on two later days.

    Before a history begins it cannot be told who was there: what comes back day after day was.
    Contributors whose minutes are not known count as newcomers without a burst.
    """
    calls: defaultdict[Principal, Counter[int]] = defaultdict(Counter)
    for contributor, activity in matches.by_contributor.items():
        calls[Principal.of(contributor)].update(activity.by_minute or {})
    found = {}
    for principal, by_minute in calls.items():
        minutes = sorted(by_minute)
        first = minutes[0] if minutes else history_start
        days = {minute // DAY for minute in minutes}
        if first >= history_start + DAY or len(days) <= _LATER_DAYS:
            burst = _first_burst(principal, by_minute, minutes)
            found[principal] = Newcomer(first, by_minute, burst)
    return found


def protected(found: Mapping[Principal, Newcomer]) -> tuple[Burst, ...]:
    """The first burst of each newcomer, in time order."""
    bursts = [each.burst for each in found.values() if each.burst is not None]
    return tuple(sorted(bursts, key=lambda burst: (burst.start, burst.principal)))


def noticed(by_minute: Iterable[int], times: Sequence[int], settings: AlarmSettings) -> bool:
    """Whether an alarm that went off at these times, in order, told of calls in these minutes.

    An alarm that is red already tells nothing, nor does one that goes off with none of the calls in
    its window.
    """
    minutes = sorted(by_minute)
    following = bisect_right(times, minutes[0])
    return any(
        minutes[bisect_left(minutes, time - settings.window)] < time
        for time in times[following : bisect_right(times, minutes[-1] + settings.window)]
    )


def _first_burst(
    principal: Principal, by_minute: Mapping[int, int], minutes: list[int]
) -> Burst | None:
    oldest, events = 0, 0
    for minute in minutes:
        events += by_minute[minute]
        while minute - minutes[oldest] >= HOUR:
            events -= by_minute[minutes[oldest]]
            oldest += 1
        if events >= LEAST:
            first = minutes[oldest]
            within = (each for each in minutes[oldest:] if each < first + HOUR)
            return Burst(principal, {each: by_minute[each] for each in within})
    return None
