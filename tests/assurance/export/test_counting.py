"""The count over a sliding window beside the alarm that it stands for."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from assurance.alarm_evaluation import (
    AlarmSettings,
    AlarmState,
    ComparisonOperator,
    TreatMissingData,
    replay,
)
from assurance.export.conversion import query
from assurance.export.rule import rule
from assurance.export.targets import TARGETS
from assurance.metric_history import MetricHistory, Statistic, StatisticSet
from tests.assurance.export.engines import alerts_by_sqlite, athena_table
from tests.assurance.export.exported import PROJECT, config, denied

HOURS = 12
THRESHOLD, PERIOD = 4, 600


def bursts(seed: int, start: int) -> list[int]:
    """Times of denied calls: a few all the time, more at times, some across a clock's ten."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    steady = [start + chance.randrange(HOURS * 3_600) for _ in range(40)]
    heaps = [start + chance.randrange(HOURS * 3_600 - 600) for _ in range(8)]
    return sorted([*steady, *(heap + chance.randrange(400) for heap in heaps for _ in range(4))])


def exceeded(times: list[int], needed: int, of: int) -> list[int]:
    """When the exported rule says that the threshold is reached, whichever engine runs it."""
    settings = replace(
        config("prod"),
        threshold=THRESHOLD,
        period=PERIOD,
        evaluation_periods=of,
        datapoints_to_alarm=needed,
    )
    exported = rule(PROJECT, "prod", settings)
    sql = query(exported, TARGETS["athena"])
    said = [datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for time in times]
    records = [denied(eventTime=time) for time in said]
    with athena_table(records) as database:
        rows = database.execute(sql).fetchall()
    told = [int(datetime.fromisoformat(time).timestamp()) for time, _ in rows]

    assert sorted({*told}) == sorted({*alerts_by_sqlite(exported.text, records)})
    return told


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("needed", "of"), [(1, 1), (1, 2), (2, 3)])
def test_whenever_the_alarm_goes_off_so_does_the_rule(seed: int, needed: int, of: int) -> None:
    start = int(datetime.now(UTC).timestamp()) // 3_600 * 3_600 - HOURS * 3_600
    times = bursts(seed, start)
    counts = Counter(time // 60 * 60 for time in times)
    samples = {
        minute: StatisticSet.of([1.0] * counts[minute] or [0])
        for minute in range(start, start + HOURS * 3_600, 60)
    }
    alarm = replay(
        MetricHistory(samples),
        AlarmSettings(
            period=PERIOD,
            evaluation_periods=of,
            datapoints_to_alarm=needed,
            threshold=THRESHOLD,
            comparison_operator=ComparisonOperator.GREATER_THAN_OR_EQUAL,
            statistic=Statistic.SUM,
            treat_missing_data=TreatMissingData.NOT_BREACHING,
        ),
        start=start,
        end=start + HOURS * 3_600,
        initial=AlarmState.OK,
    )
    alarms = [found.time for found in alarm.transitions if found.state is AlarmState.ALARM]
    told = exceeded(times, needed, of)

    assert alarms
    for time in alarms:
        assert any(time - of * PERIOD <= moment < time for moment in told)
    if of == 1:  # Else an alarm may ring for a period that it has rung for before.
        assert all(any(0 < time - moment <= 60 for moment in told) for time in alarms)


def test_a_burst_across_a_border_of_the_clock_counts_whole() -> None:
    border = int(datetime.now(UTC).timestamp()) // PERIOD * PERIOD - PERIOD
    times = [border - 20, border - 10, border + 10, border + 20]
    assert exceeded(times, 1, 1) == [border + 20]
    assert exceeded([*times[:3], border + 2 * PERIOD - 100], 1, 1) == []
