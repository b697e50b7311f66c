"""Who is new, and whose denied calls must never be hidden."""

import pytest

from assurance.backtest.bursts import LEAST, Principal, newcomers, protected
from assurance.backtest.history import Activity, Matches
from tests.assurance.backtest.histories import DAY, MONDAY, burst, caller, daily, matches


def test_who_is_there_from_the_first_day_on_is_no_newcomer() -> None:
    of = matches({caller("scanner"): daily(3, 50)})

    assert newcomers(of, MONDAY) == {}
    assert protected(newcomers(of, MONDAY)) == ()


def test_days_are_those_of_the_calendar_in_utc() -> None:
    noon = MONDAY + DAY // 2
    calls = {noon: 9, MONDAY + DAY + 3_600: 9, MONDAY + 2 * DAY + 3_600: 9}

    assert newcomers(matches({caller(): calls}), noon) == {}


@pytest.mark.parametrize("days", [daily(2, 50), daily(14, 50, first=1), burst(0, 50)])
def test_who_comes_later_or_hardly_again_is_a_newcomer(days: dict[int, int]) -> None:
    of = matches({caller("intruder"): days})

    assert [*newcomers(of, MONDAY)] == [Principal.of(caller("intruder"))]
    [found] = protected(newcomers(of, MONDAY))
    assert found.events == 50


@pytest.mark.parametrize(("events", "found"), [(4, 0), (5, 1)])
def test_a_burst_is_so_many_within_an_hour(events: int, found: int) -> None:
    spread = {MONDAY + 5 * DAY + number * 900: 1 for number in range(4)}
    late = {MONDAY + 5 * DAY + 3_600: events - 4} if events > 4 else {}

    assert len(protected(newcomers(matches({caller(): burst(5, events)}), MONDAY))) == found
    assert protected(newcomers(matches({caller(): {**spread, **late}}), MONDAY)) == ()


def test_a_principals_calls_count_together_whatever_they_call() -> None:
    of = matches({caller(api=f"Describe{number}"): burst(5, 1) for number in range(LEAST)})

    [found] = protected(newcomers(of, MONDAY))

    assert found.events == LEAST


def test_a_burst_is_the_first_one_and_ends_within_its_hour() -> None:
    start = MONDAY + 5 * DAY + 3 * 3_600
    of = matches({caller(): {**burst(5, 6), start + 3_600: 40, **burst(6, 60)}})

    [found] = protected(newcomers(of, MONDAY))

    assert (found.events, found.start) == (6, MONDAY + 5 * DAY + 3 * 3_600)
    assert max(found.by_minute) + 60 == found.start + 5 * 60


def test_who_called_when_it_is_not_known_is_a_newcomer() -> None:
    of = Matches({MONDAY: 9}, {caller(): Activity(9)})

    newcomer = newcomers(of, MONDAY)[Principal.of(caller())]
    assert (newcomer.first_seen, newcomer.burst) == (MONDAY, None)


def test_bursts_come_in_the_order_of_time() -> None:
    of = matches({caller("a"): burst(9, 5), caller("b"): burst(7, 5), caller("c"): burst(8, 5)})

    found = protected(newcomers(of, MONDAY))

    assert [each.principal.value[-1] for each in found] == ["b", "c", "a"]


def test_principals_of_the_same_name_in_different_fields_are_two() -> None:
    of = matches(
        {
            caller(): burst(5, 4),
            caller()._replace(principal_field="userIdentity.principalId"): burst(5, 4),
        }
    )

    assert len(newcomers(of, MONDAY)) == 2
    assert protected(newcomers(of, MONDAY)) == ()
