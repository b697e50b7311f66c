"""The sweep counts what the alarm evaluation would, setting by setting."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assurance import alarm_evaluation
from assurance.alarm_evaluation import (
    HOUR,
    AlarmSettings,
    AlarmState,
    ComparisonOperator,
    TreatMissingData,
)
from assurance.backtest.minute_counts import MinuteCounts
from assurance.backtest.sweep import PERIODS, THRESHOLDS, outcomes, replay, sweep
from assurance.metric_history import MINUTE, MetricHistory, Statistic, StatisticSet

SETTINGS = AlarmSettings(
    period=300,
    evaluation_periods=1,
    datapoints_to_alarm=1,
    threshold=1,
    comparison_operator=ComparisonOperator.GREATER_THAN_OR_EQUAL,
    statistic=Statistic.SUM,
    treat_missing_data=TreatMissingData.NOT_BREACHING,
    evaluation_range=1,
)
START = 1_700_000_040 // MINUTE

minutes = st.dictionaries(
    st.one_of(st.integers(START, START + 240), st.integers(START, START + 40 * 24 * 60)),
    st.integers(1, 12),
    max_size=25,
).map(lambda found: {minute * MINUTE: events for minute, events in found.items()})


@st.composite
def alarms(draw: st.DrawFn) -> AlarmSettings:
    periods = draw(st.integers(1, 4))
    return replace(
        SETTINGS,
        period=draw(st.sampled_from([60, 120, 300, 900, 3_600, 43_200, 86_400])),
        evaluation_periods=periods,
        datapoints_to_alarm=draw(st.integers(1, periods)),
        threshold=draw(st.integers(1, 15)),
        evaluation_range=periods,
    )


BY_THE_HOUR = replace(
    SETTINGS, period=86_400, evaluation_periods=2, datapoints_to_alarm=1, evaluation_range=2
)
AFTER_A_LONG_GAP = START + 20 * 24 * 60 + 17


@given(minutes, alarms())
@example({START * MINUTE: 1, AFTER_A_LONG_GAP * MINUTE: 1}, BY_THE_HOUR)
def test_it_is_what_the_alarm_evaluation_makes_of_it(
    by_minute: dict[int, int], of: AlarmSettings
) -> None:
    history = MetricHistory(
        {minute: StatisticSet(events, events, 1, 1) for minute, events in by_minute.items()}
    )
    start = min(by_minute, default=0)
    end = max(by_minute, default=0) + MINUTE + of.window + of.cadence
    expected = alarm_evaluation.replay(history, of, start=start, end=end, initial=AlarmState.OK)

    [outcome] = outcomes(by_minute, [of])

    assert replay(by_minute, of, start=start, end=end) == expected
    assert MinuteCounts.of(by_minute).notified(of) == [
        turn.time for turn in expected.transitions if turn.state is AlarmState.ALARM
    ]
    assert outcome.notifications == expected.count(AlarmState.ALARM)
    assert outcome.seconds_in_alarm == expected.seconds_in(AlarmState.ALARM)


def test_the_stacks_own_setting_is_among_them() -> None:
    own = replace(SETTINGS, period=420, threshold=7)

    found = sweep({0: 7}, own)

    assert [(o.period, o.threshold) for o in found] == [
        (period, threshold)
        for period in sorted({*PERIODS, 420})
        for threshold in sorted({*THRESHOLDS, 7})
    ]
    [outcome] = [o for o in found if (o.period, o.threshold) == (420, 7)]
    assert (outcome.notifications, outcome.seconds_in_alarm) == (1, 420)


def test_what_cloudwatch_refuses_is_left_out() -> None:
    eight = replace(SETTINGS, evaluation_periods=8, datapoints_to_alarm=1, evaluation_range=8)

    assert {outcome.period for outcome in sweep({0: 1}, eight)} == {60, 300, 900, 3_600, 21_600}


def test_an_alarm_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="not an alarm of this kind"):
        list(outcomes({}, [replace(SETTINGS, treat_missing_data=TreatMissingData.BREACHING)]))


def test_a_window_of_more_than_a_day_is_evaluated_by_the_hour() -> None:
    [outcome] = outcomes({0: 1}, [BY_THE_HOUR])

    assert BY_THE_HOUR.cadence == HOUR
    assert (outcome.notifications, outcome.seconds_in_alarm) == (1, 2 * 86_400)
