"""Settings out of a history: quiet, and never deaf to a newcomer's burst."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assurance.backtest.bursts import newcomers, protected
from assurance.backtest.history import Activity, Contributor, Matches
from assurance.backtest.minute_counts import MinuteCounts
from assurance.backtest.results import Outcome, Suggestion
from assurance.backtest.suggestion import suggest
from assurance.backtest.sweep import sweep
from tests.assurance.backtest import examples
from tests.assurance.backtest.histories import DAY, MONDAY, burst, caller, daily, matches

FORTNIGHT = 14 * DAY


def suggested(of: Matches, period: int = 300, threshold: int = 1, days: int = 14) -> Suggestion:
    alarm = replace(examples.settings(period, threshold), evaluation_range=1)
    return suggest(
        of,
        alarm,
        sweep(of.by_minute, alarm),
        newcomers=newcomers(of, MONDAY),
        seconds=days * DAY,
    )


def hourly(events: int) -> dict[int, int]:
    return {MONDAY + hour * 3_600: events for hour in range(14 * 24)}


def test_the_most_sensitive_bearable_setting_is_suggested() -> None:
    found = suggested(matches({caller(): hourly(2), caller("intruder"): burst(9, 40)}))

    assert found.outcome is not None
    # Three within six hours would be red for good, three within a minute are fewer than could be.
    assert (found.outcome.threshold, found.outcome.period) == (3, 3_600)
    assert "tells of 1 burst" in found.reason


def test_a_longer_period_is_suggested_before_a_higher_threshold() -> None:
    # One after the other they set an alarm of a minute off three times a day.
    noise = {**daily(14, 3), **daily(14, 3, at=120), **daily(14, 3, at=240)}

    found = suggested(matches({caller(): noise}), period=60)

    assert found.outcome is not None
    assert (found.outcome.threshold, found.outcome.period) == (1, 300)


@pytest.mark.parametrize("minutes", [1, 30, 60])
def test_settings_that_are_good_are_left_alone(minutes: int) -> None:
    noise: dict[int, int] = {}
    for minute in range(minutes):
        noise |= daily(10, at=60 * minute)

    found = suggested(matches({caller(): noise}))

    assert found.outcome is None
    assert "stack's settings are good" in found.reason


def test_a_setting_that_would_hide_a_newcomers_burst_is_not_suggested() -> None:
    found = suggested(matches({caller(): hourly(60), caller("intruder"): burst(9, 8)}))

    assert found.outcome is None
    assert "would have hidden" in found.reason


def test_an_alarm_that_would_never_have_gone_off_is_not_suggested() -> None:
    found = suggested(matches({caller(): hourly(60)}), 60, 100)

    assert found.outcome is None
    assert "would never have gone off" in found.reason


def test_a_slow_newcomer_is_told_of_where_a_setting_can() -> None:
    slow = {MONDAY + 9 * DAY + 600 + 1_200 * number: 1 for number in range(50)}

    found = suggested(matches({caller(): hourly(1), caller("slow"): slow}))

    assert found.outcome is not None
    assert found.outcome.notifications > 0
    assert "unnoticed" not in found.reason


def test_the_stacks_settings_are_not_good_where_they_would_never_have_gone_off() -> None:
    found = suggested(matches({caller(): daily(3, 2)}), 300, 5)

    assert found.outcome is not None
    assert found.outcome.notifications == 3


@pytest.mark.parametrize(
    ("slow", "said"),
    [
        (["slow"], "; 1 principal seen for the first time, with 4 denied calls, would have gone"),
        (
            ["a", "b"],
            "; 2 principals seen for the first time, with at most 4 denied calls each, would",
        ),
        ([], "from principals seen for the first time."),
    ],
)
def test_who_would_go_unnoticed_though_new_is_said(slow: Sequence[str], said: str) -> None:
    calls = {
        caller(name): {MONDAY + day * DAY + 7_200 * hour + 1_800: 1 for hour in range(4)}
        for day, name in enumerate(slow, 10)
    }

    found = suggested(
        matches(
            {
                caller(): hourly(3),
                caller("intruder"): burst(9, 40),
                caller("eve"): burst(8, 50),
                **calls,
            }
        )
    )

    assert found.outcome is not None
    assert said in found.reason


def test_what_is_shown_as_once_a_day_is_bearable() -> None:
    found = suggest(
        of := matches({caller(): daily(5)}),
        alarm := replace(examples.settings(300, 1), evaluation_range=1),
        sweep(of.by_minute, alarm),
        newcomers={},
        seconds=5 * DAY - 3_600,
    )

    assert "stack's settings are good: 1.0 notifications a day" in found.reason


def test_noise_that_no_setting_bears_is_to_be_excluded_first() -> None:
    constant = {MONDAY + minute * 60: 200 for minute in range(14 * 24 * 60)}

    found = suggested(matches({caller(): constant}))

    assert found.outcome is None
    assert "Exclude the top contributors first" in found.reason


@pytest.mark.parametrize(
    ("m", "n", "said"), [(1, 1, "(any 1 in 5 min)"), (3, 5, "(any 1 in 5 min, in 3 of 5 periods)")]
)
def test_what_it_takes_is_said_in_full(m: int, n: int, said: str) -> None:
    of = matches({caller(): {**daily(10), **daily(10, at=300), **daily(10, at=600)}})
    alarm = replace(
        examples.settings(300, 1), evaluation_periods=n, datapoints_to_alarm=m, evaluation_range=n
    )

    found = suggest(of, alarm, sweep(of.by_minute, alarm), newcomers={}, seconds=FORTNIGHT)

    assert said in found.reason


def test_too_little_history_suggests_nothing() -> None:
    assert "Less than a day" in suggested(matches({caller(): daily(1)}), days=0).reason
    assert "Nothing matched" in suggested(matches({})).reason
    assert "Less than a day" not in suggested(matches({caller(): daily(1)}), days=1).reason


def test_a_history_of_which_a_part_does_not_tell_when_suggests_nothing() -> None:
    of = Matches({MONDAY: 10}, {caller("a"): Activity(1, {MONDAY: 1}), caller("b"): Activity(9)})

    assert "does not tell" in suggested(of).reason


def test_the_stacks_settings_are_not_good_when_they_would_hide_a_newcomers_burst() -> None:
    of = matches({caller(): daily(10), caller("intruder"): burst(9, 8)})

    found = suggested(of, threshold=20)

    assert found.outcome is not None
    assert found.outcome.threshold <= 8


def test_a_burst_that_comes_while_the_alarm_is_red_counts_as_hidden() -> None:
    noise = daily(10, 100)
    intrusion = {MONDAY + 9 * DAY + minute * 60: 30 for minute in (1, 2)}

    found = suggested(matches({caller(): noise, caller("intruder"): intrusion}), 300, 20)

    assert found.outcome is None
    assert "would have hidden" in found.reason


histories = st.dictionaries(
    st.builds(caller, st.sampled_from(["a", "b", "c", "d"])),
    st.one_of(
        st.builds(daily, st.integers(1, 14), st.integers(1, 30), at=st.sampled_from([0, 10_800])),
        st.builds(
            burst,
            st.integers(0, 12),
            st.integers(1, 30),
            at=st.sampled_from([0, 10_800, 10_860, 10_980]),
        ),
        st.builds(hourly, st.integers(1, 5)),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=200)
@given(histories, st.sampled_from([60, 300, 900]), st.sampled_from([1, 2, 3, 5, 10, 20]))
def test_the_most_sensitive_is_suggested_that_is_quiet_and_tells_of_every_burst(
    calls: Mapping[Contributor, Mapping[int, int]], period: int, threshold: int
) -> None:
    of = matches(calls)
    bursts = protected(newcomers(of, MONDAY))

    def is_good(outcome: Outcome) -> bool:
        alarm = replace(examples.settings(outcome.period, outcome.threshold), evaluation_range=1)
        times = MinuteCounts.of(of.by_minute).notified(alarm)
        assert len(times) == outcome.notifications
        return (
            0 < outcome.notifications <= 14
            and outcome.seconds_in_alarm <= 0.05 * FORTNIGHT
            and all(
                any(
                    0 < time - minute <= outcome.period
                    for time in times
                    for minute in each.by_minute
                )
                and MinuteCounts.of(each.by_minute).notified(alarm)
                for each in bursts
            )
        )

    found = suggested(of, period, threshold)

    tried = sweep(of.by_minute, replace(examples.settings(period, threshold), evaluation_range=1))
    good = {(each.threshold, each.period) for each in tried if is_good(each)}
    least = min((each for each, _ in good), default=0)
    periods = [period for threshold, period in good if threshold == least]
    if (threshold, period) in good:
        assert found.outcome is None
        assert "settings are good" in found.reason
    elif good:
        assert found.outcome is not None
        assert found.outcome.threshold == least
        assert found.outcome.period == (min(periods) if least == 1 else max(periods))
    else:
        assert found.outcome is None
        assert found.reason.startswith("None: ")
