import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.alarm_evaluation import (
    DAY,
    HOUR,
    AlarmSettings,
    AlarmState,
    ComparisonOperator,
    Replay,
    Transition,
    TreatMissingData,
    evaluation_range,
    replay,
    state_of,
)
from assurance.metric_history import MINUTE, MetricHistory, Statistic, StatisticSet

OK, ALARM, INSUFFICIENT_DATA = AlarmState.OK, AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA
KEEP: AlarmState | None = None

BENCHMARK = AlarmSettings(
    period=300,
    evaluation_periods=1,
    datapoints_to_alarm=1,
    threshold=1,
    comparison_operator=ComparisonOperator.GREATER_THAN_OR_EQUAL,
    statistic=Statistic.SUM,
    treat_missing_data=TreatMissingData.NOT_BREACHING,
)
THREE_OF_THREE = replace(BENCHMARK, evaluation_periods=3, datapoints_to_alarm=3)
TWO_OF_THREE = replace(BENCHMARK, evaluation_periods=3, datapoints_to_alarm=2)

# 2023-11-14 22:13:00 UTC, on a minute but not on five: windows slide, they follow no clock.
START = 1_700_000_000 // MINUTE * MINUTE


def points(drawn: str) -> list[float | None]:
    """Read datapoints as the user guide draws them: 0 within, X breaching, - missing."""
    return [{"0": 0, "X": 1, "-": None}[point] for point in drawn.split()]


# "Configuring how CloudWatch alarms treat missing data", its tables: the states under
# missing, ignore, breaching and notBreaching.
TABLES: list[tuple[AlarmSettings, str, list[AlarmState | None]]] = [
    (THREE_OF_THREE, "0 - X - X", [OK, OK, OK, OK]),
    (THREE_OF_THREE, "0 - - - -", [OK, OK, OK, OK]),
    (THREE_OF_THREE, "- - - - -", [INSUFFICIENT_DATA, KEEP, ALARM, OK]),
    (THREE_OF_THREE, "0 X X - X", [ALARM, ALARM, ALARM, ALARM]),
    (THREE_OF_THREE, "- - X - -", [ALARM, KEEP, ALARM, OK]),
    (TWO_OF_THREE, "0 - X - X", [ALARM, ALARM, ALARM, ALARM]),
    (TWO_OF_THREE, "0 0 X 0 X", [ALARM, ALARM, ALARM, ALARM]),
    (TWO_OF_THREE, "0 - X - -", [OK, OK, ALARM, OK]),
    (TWO_OF_THREE, "- - - - 0", [OK, OK, ALARM, OK]),
    (TWO_OF_THREE, "- - - X -", [ALARM, KEEP, ALARM, OK]),
    # The guide of 2018 had these two rows for 3 of 3 instead of the last above.
    (THREE_OF_THREE, "- - - - X", [INSUFFICIENT_DATA, KEEP, ALARM, OK]),
    (THREE_OF_THREE, "X - - - -", [ALARM, KEEP, ALARM, OK]),
]
ROWS = [
    pytest.param(
        settings,
        drawn,
        treatment,
        state,
        id=f"{settings.datapoints_to_alarm} of 3: {drawn}: {treatment}",
    )
    for settings, drawn, states in TABLES
    for treatment, state in zip(TreatMissingData, states, strict=True)
]


@pytest.mark.parametrize("previous", AlarmState)
@pytest.mark.parametrize(("settings", "drawn", "treatment", "state"), ROWS)
def test_the_state_is_the_one_in_the_user_guides_tables(
    settings: AlarmSettings,
    drawn: str,
    treatment: TreatMissingData,
    state: AlarmState | None,
    previous: AlarmState,
) -> None:
    settings = replace(settings, treat_missing_data=treatment)
    assert state_of(points(drawn), settings, previous) == (state or previous)


@pytest.mark.parametrize("drawn", ["- - - - X", "- - - X -"])
def test_a_breaching_datapoint_younger_than_datapoints_to_alarm_does_not_alarm_yet(
    drawn: str,
) -> None:
    settings = replace(THREE_OF_THREE, treat_missing_data=TreatMissingData.MISSING)
    assert state_of(points(drawn), settings, OK) != ALARM
    assert state_of(points("- - X - -"), settings, OK) == ALARM


@pytest.mark.parametrize("treatment", TreatMissingData)
def test_enough_breaching_datapoints_alarm_whatever_stands_in_for_the_missing_ones(
    treatment: TreatMissingData,
) -> None:
    settings = replace(TWO_OF_THREE, treat_missing_data=treatment)
    assert state_of(points("- - - X X"), settings, OK) == ALARM
    assert state_of(points("X - - - X"), settings, OK) == ALARM


def test_more_datapoints_than_are_evaluated_only_stand_in_for_missing_ones() -> None:
    assert state_of(points("X X 0 0 X"), TWO_OF_THREE, OK) == OK
    assert state_of(points("X X 0 - X"), TWO_OF_THREE, OK) == ALARM


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        (ComparisonOperator.GREATER_THAN_OR_EQUAL, [False, True, True]),
        (ComparisonOperator.GREATER_THAN, [False, False, True]),
        (ComparisonOperator.LESS_THAN_OR_EQUAL, [True, True, False]),
        (ComparisonOperator.LESS_THAN, [True, False, False]),
    ],
)
def test_a_datapoint_is_compared_with_the_threshold(
    comparison: ComparisonOperator, breaching: list[bool]
) -> None:
    settings = replace(BENCHMARK, threshold=5, comparison_operator=comparison)
    states = [state_of([value], settings, INSUFFICIENT_DATA) for value in (4, 5, 6)]
    assert states == [ALARM if expected else OK for expected in breaching]


def counts(*per_minute: int | None) -> MetricHistory:
    """Make a metric filter's metric from START on: matches of each minute, None for silence."""
    return MetricHistory(
        {
            START + index * MINUTE: StatisticSet.of([1] * matches or [0])
            for index, matches in enumerate(per_minute)
            if matches is not None
        }
    )


def states(
    history: MetricHistory, settings: AlarmSettings, *, minutes: int
) -> list[tuple[int, AlarmState]]:
    """Replay, and read (minutes since START, state) of each transition."""
    done = replay(history, settings, start=START, end=START + minutes * MINUTE)
    return [((change.time - START) // MINUTE, change.state) for change in done.transitions]


def test_the_window_slides_by_a_minute() -> None:
    history = counts(0, 0, 0, 3, 0, 0, 0, 0, 0, 0)
    # The fourth minute is in the windows that end with minutes 4 to 8, and in no other.
    assert states(history, BENCHMARK, minutes=10) == [(1, OK), (4, ALARM), (9, OK)]


def test_a_burst_across_two_clock_periods_is_one_datapoint() -> None:
    history = counts(0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0)
    settings = replace(BENCHMARK, threshold=6)
    assert states(history, settings, minutes=11) == [(1, OK), (6, ALARM), (10, OK)]


def test_m_of_n_periods_alarm_and_fewer_do_not() -> None:
    settings = replace(TWO_OF_THREE, period=60)
    assert states(counts(0, 0, 1, 0, 1, 0, 0), settings, minutes=7) == [
        (1, OK),
        (5, ALARM),
        (6, OK),
    ]
    assert states(counts(0, 0, 1, 0, 0, 1, 0), settings, minutes=7) == [(1, OK)]


def test_seconds_in_alarm_count_each_minute_whose_evaluation_is_alarm() -> None:
    history = counts(0, 0, 0, 3, 0, 0, 0, 0, 0, 0)
    done = replay(history, BENCHMARK, start=START, end=START + 10 * MINUTE)
    assert done.seconds_in(ALARM) == 5 * MINUTE
    assert done.seconds_in(OK) == 5 * MINUTE
    assert done.seconds_in(INSUFFICIENT_DATA) == 0
    assert done.count(ALARM) == 1
    assert done.count(OK) == 2


def test_an_alarm_that_is_on_from_before_and_to_the_end_counts_every_minute() -> None:
    settings = replace(BENCHMARK, treat_missing_data=TreatMissingData.IGNORE)
    done = replay(MetricHistory({}), settings, start=START, end=START + HOUR, initial=ALARM)
    assert done == Replay(START, START + HOUR, ALARM, ())
    assert done.seconds_in(ALARM) == HOUR
    assert done.count(ALARM) == 0


def test_a_metric_that_falls_silent_is_judged_by_its_last_datapoints_while_they_are_in_range() -> (
    None
):
    settings = replace(BENCHMARK, period=60)
    silent = counts(1)
    # One period is evaluated, three are fetched: that of minute 1 is in range up to minute 3.
    assert states(silent, settings, minutes=9) == [(1, ALARM), (4, OK)]
    exact = replace(settings, evaluation_range=1)
    assert states(silent, exact, minutes=9) == [(1, ALARM), (2, OK)]
    missing = replace(settings, treat_missing_data=TreatMissingData.MISSING)
    assert states(silent, missing, minutes=9) == [(1, ALARM), (4, INSUFFICIENT_DATA)]
    ignore = replace(settings, treat_missing_data=TreatMissingData.IGNORE)
    assert states(silent, ignore, minutes=9) == [(1, ALARM)]


def test_a_heartbeat_alarm_rings_when_its_metric_stops() -> None:
    heartbeat = replace(
        BENCHMARK,
        comparison_operator=ComparisonOperator.LESS_THAN,
        treat_missing_data=TreatMissingData.BREACHING,
    )
    beating = counts(*[9] * 10)
    assert states(beating, heartbeat, minutes=60) == [(1, OK), (25, ALARM)]


@pytest.mark.parametrize(
    ("statistic", "datapoint"),
    [
        (Statistic.SUM, 9),
        (Statistic.SAMPLE_COUNT, 5),
        (Statistic.AVERAGE, 1.8),
        (Statistic.MINIMUM, 0),
        (Statistic.MAXIMUM, 6),
    ],
)
def test_a_datapoint_aggregates_every_sample_of_its_period(
    statistic: Statistic, datapoint: float
) -> None:
    history = MetricHistory(
        {START: StatisticSet.of([1, 2, 0, 0]), START + 2 * MINUTE: StatisticSet.of([6])}
    )
    settings = replace(BENCHMARK, period=180, statistic=statistic)
    end = START + 3 * MINUTE
    assert evaluation_range(history, settings, end) == [None, None, datapoint]
    # Exactly at the threshold, and just above it: the replay sees the very same value.
    at = replay(history, replace(settings, threshold=datapoint), start=end - 60, end=end)
    above = replay(history, replace(settings, threshold=datapoint + 0.01), start=end - 60, end=end)
    assert (at.transitions, above.transitions) == (
        (Transition(end, ALARM),),
        (Transition(end, OK),),
    )


@pytest.mark.parametrize("statistic", Statistic)
def test_the_datapoints_of_all_minutes_are_those_of_each_minute(statistic: Statistic) -> None:
    # Running sums of tenths are inexact, and a silent minute is neither a minimum nor a maximum.
    reported = {minute: [0.1 * (minute % 7) - 0.9, -0.1] for minute in range(60) if minute % 4}
    samples = {minute * MINUTE: StatisticSet.of(values) for minute, values in reported.items()}
    history = MetricHistory(samples)
    for period in (60, 120, 300, 900):
        [(first, datapoints)] = history.datapoints(period, statistic)
        ends = range(first + 1, first + 1 + len(datapoints))
        each = [history.datapoint(end * MINUTE, period, statistic) for end in ends]
        assert list(datapoints) == each
        assert history.datapoint(ends.stop * MINUTE, period, statistic) is None


@pytest.mark.parametrize("statistic", Statistic)
@pytest.mark.parametrize("silence", [1, 6 * DAY, 7 * DAY - 60, 7 * DAY, 7 * DAY + 60, 900 * DAY])
def test_the_datapoints_around_a_long_silence_are_those_of_each_minute(
    statistic: Statistic, silence: int
) -> None:
    later = START + silence // 60 * 60 + 120
    at = {START: [1.0, 4.0], START + 60: [2.5], later: [3.0], later + 300: [-1.0]}
    history = MetricHistory({minute: StatisticSet.of(values) for minute, values in at.items()})
    for period in (60, 3_600, DAY, 7 * DAY):
        found = {
            (first + number) * 60 + 60: point
            for first, points in history.datapoints(period, statistic)
            for number, point in enumerate(points)
        }
        near = {minute + away for minute in at for away in (-60, 0, 60, 120, period, period + 60)}
        for end in near | {later - 60, later - 120}:
            assert found.get(end) == history.datapoint(end, period, statistic)
        assert sum(point is not None for point in found.values()) <= 4 * period // 60


def test_an_alarm_that_spans_more_than_a_day_is_evaluated_on_the_hour() -> None:
    settings = replace(BENCHMARK, period=DAY, evaluation_periods=2)
    history = MetricHistory({START: StatisticSet.of([1])})
    done = replay(history, settings, start=START, end=START + 6 * DAY)
    assert [(change.time, change.state) for change in done.transitions] == [
        (START // HOUR * HOUR + HOUR, ALARM),
        (START // HOUR * HOUR + 4 * DAY + HOUR, OK),
    ]
    assert done.seconds_in(ALARM) == 4 * DAY


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"period": 30}, "one-minute resolution"),
        ({"period": 90}, "not a multiple of 60"),
        ({"evaluation_periods": 0, "datapoints_to_alarm": 0}, "less than 1"),
        ({"datapoints_to_alarm": 2}, "not between 1 and the 1"),
        ({"datapoints_to_alarm": 0}, "not between 1 and the 1"),
        ({"evaluation_periods": 289}, "CloudWatch allows 86400"),
        ({"period": 3_600, "evaluation_periods": 169}, "CloudWatch allows 604800"),
        ({"threshold": float("nan")}, "not a finite number"),
        ({"evaluation_range": 0}, "less than the 1 evaluation periods"),
    ],
)
def test_settings_that_cloudwatch_refuses_or_that_are_not_modelled_are_refused(
    wrong: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        replace(BENCHMARK, **wrong)


def test_the_longest_windows_that_cloudwatch_allows_are_accepted() -> None:
    assert replace(BENCHMARK, evaluation_periods=288).cadence == MINUTE
    assert replace(BENCHMARK, period=3_600, evaluation_periods=168).cadence == HOUR


def test_times_off_the_minute_are_refused() -> None:
    with pytest.raises(ValueError, match="does not start and end on a minute"):
        replay(MetricHistory({}), BENCHMARK, start=START + 1, end=START + HOUR)
    with pytest.raises(ValueError, match="not the start of a minute"):
        MetricHistory({START + 1: StatisticSet.of([1])})


def test_a_statistic_set_without_samples_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one sample"):
        StatisticSet.of([])
    with pytest.raises(ValueError, match="at least one sample"):
        StatisticSet(0, 0, 0, 0)
    with pytest.raises(ValueError, match="finite"):
        StatisticSet.of([float("inf")])


@st.composite
def alarm_settings(draw: st.DrawFn) -> AlarmSettings:
    evaluation_periods = draw(st.integers(1, 4))
    return AlarmSettings(
        period=draw(st.sampled_from([60, 120, 180, 300, 420])),
        evaluation_periods=evaluation_periods,
        datapoints_to_alarm=draw(st.integers(1, evaluation_periods)),
        threshold=draw(st.sampled_from([0, 0.3, 1, 2, 5])),
        comparison_operator=draw(st.sampled_from(ComparisonOperator)),
        statistic=draw(st.sampled_from(Statistic)),
        treat_missing_data=draw(st.sampled_from(TreatMissingData)),
        evaluation_range=draw(st.none() | st.integers(evaluation_periods, 7)),
    )


values = st.lists(st.sampled_from([0, 1, 2, 0.1, -3.5]), min_size=1, max_size=3)
samples = st.dictionaries(
    st.integers(-30, 90).map(lambda minute: START + minute * MINUTE),
    values.map(StatisticSet.of),
    max_size=40,
)


@given(samples=samples, settings=alarm_settings(), initial=st.sampled_from(AlarmState))
def test_a_replay_is_the_evaluation_of_every_minute(
    samples: dict[int, StatisticSet], settings: AlarmSettings, initial: AlarmState
) -> None:
    history = MetricHistory(samples)
    start, end = START, START + HOUR
    state, changes, seconds = initial, [], dict.fromkeys(AlarmState, 0)
    for time_ in range(start + MINUTE, end + MINUTE, MINUTE):
        following = state_of(evaluation_range(history, settings, time_), settings, state)
        if following != state:
            changes.append(Transition(time_, following))
        state = following
        seconds[state] += MINUTE
    done = replay(history, settings, start=start, end=end, initial=initial)
    assert list(done.transitions) == changes
    assert {state: done.seconds_in(state) for state in AlarmState} == seconds


@pytest.mark.parametrize("busy", [0.01, 0.5])
def test_a_month_is_replayed_in_a_fraction_of_a_second(busy: float) -> None:
    # Spread without a pattern: the fractional parts of multiples of the golden ratio.
    history = counts(*(int(minute * 0.618034 % 1 < busy) for minute in range(43_200)))
    settings = [replace(BENCHMARK, threshold=threshold) for threshold in range(1, 6)]
    began = time.process_time()
    done = [replay(history, each, start=START, end=START + 30 * DAY) for each in settings]
    assert (time.process_time() - began) / len(settings) < 0.3
    assert done[0].count(ALARM) > 0
