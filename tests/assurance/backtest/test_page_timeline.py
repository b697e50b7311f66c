from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.alarm_evaluation import DAY
from assurance.backtest.page_timeline import Lane, Timeline, drawn, in_buckets
from assurance.backtest.stretches import Stretch

NOON = 1_767_268_800


def timeline(seconds: int, *lanes: Lane, denied: dict[int, int] | None = None) -> Timeline:
    return Timeline(NOON, NOON + seconds, denied or {}, denied or {}, lanes)


@given(st.dictionaries(st.integers(0, 10_000).map(lambda n: n * 60), st.integers(1, 9)))
def test_no_event_is_lost_in_buckets(by_minute: dict[int, int]) -> None:
    expected: Counter[int] = Counter()
    for minute, events in by_minute.items():
        expected[minute - minute % 900] += events
    assert in_buckets(by_minute, 900) == expected


@pytest.mark.parametrize("most", [48, 87, 270])
@pytest.mark.parametrize("days", [1 / 1_440, 0.5, 1, 30, 365, 3_650, 36_500])
def test_no_history_has_more_bars_than_fit(days: float, most: int) -> None:
    there = timeline(int(days * DAY))
    size = there.bucket(most)
    assert there.end // size - there.start // size + 1 <= most
    assert size % 60 == 0


def test_each_notification_is_a_triangle_and_those_of_one_bar_are_one() -> None:
    apart = Lane("a", [Stretch(NOON + 3_600, NOON + 3_900), Stretch(NOON + 7_200, None)])
    together = Lane("b", [Stretch(NOON + at, NOON + at + 60) for at in (0, 120)])
    svg = drawn(timeline(20 * DAY, apart, together), width=1_080, salt="any")
    assert svg.count("<use") == 3
    svg = drawn(timeline(DAY // 4, apart, together), width=1_080, salt="any")
    assert svg.count("<use") == 4


def test_an_alarm_that_is_red_half_of_a_bar_fills_half_of_it() -> None:
    half = Lane("half", [Stretch(NOON, NOON + 1_800)])
    there = timeline(4 * DAY, half)
    size = there.bucket(270)
    svg = drawn(there, width=1_080, salt="any")
    pale, full = (_height(svg, colour) for colour in ("alarm-pale", "alarm"))
    assert pale == pytest.approx(14, abs=0.1)
    assert full == pytest.approx(14 * 1_800 / size, abs=0.1)


def test_a_name_is_drawn_as_it_is_written() -> None:
    svg = drawn(timeline(DAY, Lane(r"a$\frac{1}{2}$<b>&", [])), width=350, salt="any")
    assert r">a$\frac{1}{2}$&lt;b&gt;&amp;</text>" in svg


def _height(svg: str, colour: str) -> float:
    style = f'style="fill: var(--{colour})"/>'
    drawn_paths = [part for part in svg.split("<path ") if part.startswith("d=")]
    (path,) = [part for part in drawn_paths if style in part]
    numbers = path.partition('d="')[2].partition('"')[0].replace("M", "").replace("L", "").split()
    heights = [float(number) for number in numbers[1::2] if number != "z"]
    return max(heights) - min(heights)
