"""Settings out of a history: quiet, and never deaf to a newcomer's burst."""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from assurance.backtest.bursts import protected
from assurance.backtest.history import Activity, Contributor, Matches
from assurance.backtest.results import Suggestion
from assurance.backtest.suggestion import suggest
from assurance.backtest.sweep import notified, sweep
from tests.assurance.backtest import examples
from tests.assurance.backtest.histories import DAY, MONDAY, burst, caller, daily, matches

FORTNIGHT = 14 * DAY


def suggested(of: Matches, period: int = 300, threshold: int = 1, days: int = 14) -> Suggestion:
    alarm = replace(examples.settings(period, threshold), evaluation_range=1)
    return suggest(
        of,
        alarm,
        sweep(of.by_minute, alarm),
        bursts=protected(of, MONDAY),
        seconds=days * DAY,
    )


def hourly(events: int) -> dict[int, int]:
    return {MONDAY + hour * 3_600: events for hour in range(14 * 24)}


def test_the_most_sensitive_bearable_setting_is_suggested() -> None:
    found = suggested(matches({caller(): hourly(2), caller("intruder"): burst(9, 40)}))

    assert found.outcome is not None
    assert (found.outcome.threshold, found.outcome.period) == (3, 60)
    assert "tells of 1 burst" in found.reason


def test_settings_that_are_good_are_left_alone() -> None:
    found = suggested(matches({caller(): daily(10)}))

    assert found.outcome is None
    assert "stack's settings are good" in found.reason


def test_a_setting_that_would_hide_a_newcomers_burst_is_not_suggested() -> None:
    found = suggested(matches({caller(): hourly(60), caller("intruder"): burst(9, 8)}))

    assert found.outcome is None
    assert "would have hidden" in found.reason


def test_noise_that_no_setting_bears_is_to_be_excluded_first() -> None:
    constant = {MONDAY + minute * 60: 200 for minute in range(14 * 24 * 60)}

    found = suggested(matches({caller(): constant}))

    assert found.outcome is None
    assert "Exclude the top contributors first" in found.reason


def test_too_little_history_suggests_nothing() -> None:
    assert "Less than a day" in suggested(matches({caller(): daily(1)}), days=0).reason
    assert "Nothing matched" in suggested(matches({})).reason
    of = Matches({MONDAY: 9}, {caller(): Activity(9)})
    assert "does not tell" in suggested(of).reason


histories = st.dictionaries(
    st.builds(caller, st.sampled_from(["a", "b", "c", "d"])),
    st.one_of(
        st.builds(daily, st.integers(1, 14), st.integers(1, 30), at=st.sampled_from([0, 10_800])),
        st.builds(burst, st.integers(0, 12), st.integers(1, 30)),
        st.builds(hourly, st.integers(1, 5)),
    ),
    min_size=1,
    max_size=4,
)


@given(histories, st.sampled_from([60, 300, 900]), st.integers(1, 20))
def test_what_is_suggested_is_quiet_and_tells_of_every_newcomers_burst(
    calls: Mapping[Contributor, Mapping[int, int]], period: int, threshold: int
) -> None:
    of = matches(calls)

    outcome = suggested(of, period, threshold).outcome

    if outcome is None:
        return
    alarm = replace(examples.settings(outcome.period, outcome.threshold), evaluation_range=1)
    times = notified(of.by_minute, alarm)
    assert len(times) == outcome.notifications <= 14
    assert outcome.seconds_in_alarm <= 0.05 * FORTNIGHT
    for each in protected(of, MONDAY):
        assert any(each.start < time <= each.end + outcome.period for time in times)
        assert notified(each.by_minute, alarm)
