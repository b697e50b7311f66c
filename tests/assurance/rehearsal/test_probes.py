"""The probes: right settings pass them, and an alarm that is wrong in one setting does not."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assurance.alarm_evaluation import (
    AlarmSettings,
    AlarmState,
    ComparisonOperator,
    TreatMissingData,
)
from assurance.metric_history import Statistic
from assurance.probe_records import IDENTITIES, Records
from assurance.rehearsal import evaluation
from assurance.rehearsal.probes import Probe, probes
from monitoring import control
from monitoring.stack_config import StackConfig

NOW = 1_790_000_000
SERVICES = ("ec2", "iam", "s3")
REGIONS = ("eu-west-1", "us-east-1")


def records(seed: int = 1) -> Records:
    return Records(seed, services=SERVICES, regions=REGIONS)


def alarm_of(config: StackConfig) -> AlarmSettings:
    """The alarm that the stack deploys for these settings."""
    return AlarmSettings(
        period=config.period,
        evaluation_periods=config.evaluation_periods,
        datapoints_to_alarm=config.datapoints_to_alarm,
        threshold=config.threshold,
        comparison_operator=ComparisonOperator.GREATER_THAN_OR_EQUAL,
        statistic=Statistic.SUM,
        treat_missing_data=TreatMissingData.NOT_BREACHING,
    )


def failed(config: StackConfig, alarm: AlarmSettings, pattern: str) -> Iterator[Probe]:
    """The probes in which this filter and alarm do not do what they must."""
    for probe in probes(config, records(), NOW):
        counted = evaluation.count(pattern, 1, 0, probe.events)
        told = evaluation.behave("a", alarm, counted.history, start=probe.start, end=probe.end)
        right = (
            {event.message for event in counted.matched} == probe.counted
            and told.went_off == probe.fires
            and told.final_state is AlarmState.OK
        )
        if not right:
            yield probe


@st.composite
def configs(draw: st.DrawFn) -> StackConfig:
    period = draw(st.sampled_from([60, 300, 900, 3_600, 5_400, 21_600]))
    most = (control.ALARM_WINDOW_LIMIT if period < 3_600 else 604_800) // period
    n = draw(st.integers(1, min(most, 30)))
    return StackConfig(
        log_group_name="trail",
        threshold=draw(st.integers(1, 30)),
        period=period,
        evaluation_periods=n,
        datapoints_to_alarm=draw(st.integers(1, n)),
    )


@given(configs())
@settings(max_examples=25, deadline=None)
def test_the_alarm_that_the_stack_deploys_passes_every_probe(config: StackConfig) -> None:
    assert not list(failed(config, alarm_of(config), control.PATTERNS[control.CIS_V3]))


CONFIG = StackConfig(
    log_group_name="trail",
    threshold=5,
    period=300,
    evaluation_periods=4,
    datapoints_to_alarm=2,
)


@pytest.mark.parametrize(
    "wrong",
    [
        {"threshold": 4},
        {"threshold": 6},
        {"datapoints_to_alarm": 1},
        {"datapoints_to_alarm": 3},
        {"evaluation_periods": 3},
        {"period": 60},
        {"comparison_operator": ComparisonOperator.GREATER_THAN},
        {"comparison_operator": ComparisonOperator.LESS_THAN},
        {"statistic": Statistic.AVERAGE},
        {"statistic": Statistic.MAXIMUM},
        {"treat_missing_data": TreatMissingData.IGNORE},
        {"treat_missing_data": TreatMissingData.BREACHING},
        {"treat_missing_data": TreatMissingData.MISSING},
    ],
    ids=str,
)
def test_an_alarm_that_is_wrong_in_one_setting_fails_a_probe(wrong: dict[str, object]) -> None:
    alarm = replace(alarm_of(CONFIG), **wrong)  # type: ignore[arg-type] # one setting at a time

    assert list(failed(CONFIG, alarm, control.PATTERNS[control.CIS_V3]))


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.errorCode = "AccessDenied*" }',
        '{ $.errorCode = "*UnauthorizedOperation" }',
        control.PATTERNS[control.SECURITY_HUB],
        f'{{ {control.TUNED_CONDITIONS} && ($.userIdentity.arn != "x") }}',
        f'{{ {control.TUNED_CONDITIONS} && ($.eventSource != "ec2.amazonaws.com") }}',
        f'{{ {control.TUNED_CONDITIONS} && ($.awsRegion != "us-*") }}',
        f'{{ {control.TUNED_CONDITIONS} && ($.eventName != "Put*") }}',
    ],
)
def test_a_pattern_that_counts_too_little_or_too_much_fails_a_probe(pattern: str) -> None:
    assert list(failed(CONFIG, alarm_of(CONFIG), pattern))


def test_the_same_seed_makes_the_same_records_and_another_others() -> None:
    assert records(1).denied(NOW) == records(1).denied(NOW)
    assert records(1).denied(NOW) != records(2).denied(NOW)


@pytest.mark.parametrize("kind", IDENTITIES)
def test_a_record_is_whole_whoever_calls(kind: str) -> None:
    record = json.loads(records().denied(NOW, kind))

    assert record["userIdentity"]["type"] == kind
    assert {"eventTime", "eventID", "eventName", "eventSource", "awsRegion"} <= set(record)
    assert record["errorCode"]
    assert record["sourceIPAddress"]


def test_a_minute_with_events_and_no_match_reports_the_default_value() -> None:
    maker = records()
    events = [
        probe_event
        for probe in probes(CONFIG, maker, NOW)
        if probe.check == "probe-quiet-account"
        for probe_event in probe.events
    ]
    pattern = control.PATTERNS[control.CIS_V3]
    minute = events[0].time

    with_default = evaluation.count(pattern, 1, 0, events).history
    without = evaluation.count(pattern, 1, None, events).history

    assert with_default.datapoint(minute + 60, 60, Statistic.SUM) == 0
    assert without.datapoint(minute + 60, 60, Statistic.SUM) is None
    assert with_default.datapoint(minute - 60, 60, Statistic.SUM) is None
