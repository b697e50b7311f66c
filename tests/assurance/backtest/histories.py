"""Histories in terms of who calls, for tests of what is made of them."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from assurance.backtest.history import Activity, Contributor, Matches
from tests.assurance.backtest.examples import ROLE

DAY = 86_400
MONDAY = 1_772_409_600  # 2026-03-02, midnight in UTC


def caller(
    name: str = "scanner",
    *,
    api: str = "DescribeInstances",
    ip: str = "198.51.100.7",
    error: str = "Client.UnauthorizedOperation",
) -> Contributor:
    """A role's calls of EC2."""
    principal = f"arn:aws:iam::123456789012:role/{name}"
    return Contributor(principal, "ec2.amazonaws.com", api, ip, error, ROLE)


def matches(calls: Mapping[Contributor, Mapping[int, int]]) -> Matches:
    """Each contributor's events by their minute."""
    by_minute: Counter[int] = Counter()
    for minutes in calls.values():
        by_minute.update(minutes)
    return Matches(
        by_minute=dict(sorted(by_minute.items())),
        by_contributor={
            who: Activity(sum(minutes.values()), dict(sorted(minutes.items())))
            for who, minutes in calls.items()
        },
    )


def daily(days: int, events: int = 1, *, at: int = 0, first: int = 0) -> dict[int, int]:
    """So many events at the same minute of each day."""
    return {MONDAY + (first + day) * DAY + at: events for day in range(days)}


def burst(day: int, events: int, *, at: int = 3 * 3_600) -> dict[int, int]:
    """Events within a few minutes of a day."""
    found: defaultdict[int, int] = defaultdict(int)
    for number in range(events):
        found[MONDAY + day * DAY + at + 60 * (number % 5)] += 1
    return dict(found)
