"""The alarms on the filters' metrics: that they can go off, and return."""

from collections.abc import Iterator
from typing import Any, Final

from assurance.checks.finding import Verdict, failed, judged, passed, unknown
from assurance.checks.rule import Check, each_alarm, each_counted, each_watched
from assurance.checks.view import GREATER_OR_EQUAL, Counted, View, Watched
from assurance.snapshot import Alarm

# A bound of ours, not AWS's: more denied calls each second, all through a period, are no account's
# life. A threshold beyond it is taken for one that is never reached.
_MOST_CALLS_A_SECOND: Final = 1_000

# Statistics that do not grow with the number of calls: of ones and zeros they are 1 at most.
_AT_MOST_ONE_CALL: Final = frozenset({"Average", "Maximum", "Minimum"})


def _alarm_on_filter_metric(view: View, counted: Counted) -> Iterator[Verdict]:
    metric = counted.found.metric
    alarms = view.alarms_on(metric)
    if not alarms:
        yield failed(
            f"no alarm is on {metric}, which {counted.found.name} writes",
            f"let the alarm watch {metric}: its name and its namespace, without dimensions",
        )
        return
    yield passed(f"{', '.join(alarm.name for alarm in alarms)} on {metric}")


def _alarm_statistic(_: View, watched: Watched) -> Iterator[Verdict]:
    alarm = watched.alarm
    told = alarm.statistic or alarm.extended_statistic or "none"
    yield judged(
        good=alarm.statistic == "Sum",
        evidence=f"{alarm.name}: statistic {told}",
        mend="set the statistic to Sum: every other is diluted by the minutes without a match",
    )


def _alarm_comparison(_: View, watched: Watched) -> Iterator[Verdict]:
    alarm = watched.alarm
    yield judged(
        good=alarm.comparison_operator == GREATER_OR_EQUAL,
        evidence=f"{alarm.name}: {alarm.comparison_operator}",
        mend=f"set the comparison operator to {GREATER_OR_EQUAL}",
    )


def _alarm_settings(view: View, watched: Watched) -> Iterator[Verdict]:
    alarm, config = watched.alarm, view.config
    found = (
        alarm.threshold,
        alarm.period,
        alarm.evaluation_periods,
        alarm.datapoints_to_alarm,
    )
    wanted = (
        config.threshold,
        config.period,
        config.evaluation_periods,
        config.datapoints_to_alarm,
    )
    yield judged(
        good=found == wanted,
        evidence=f"{alarm.name}: {_settings(*found)}",
        mend=f"set it to {_settings(*wanted)}, or the stack's config to what is meant",
    )


def _settings(threshold: float, period: int, periods: int, datapoints: int) -> str:
    return f"threshold {threshold:g}, {datapoints} of {periods} periods of {period} s"


def _alarm_threshold_reachable(_: View, watched: Watched) -> Iterator[Verdict]:
    alarm, found = watched.alarm, watched.counted.found
    try:
        value = float(found.metric_value)
    except ValueError:
        yield unknown(f"{found.name}: a match counts {found.metric_value}, which events decide")
        return
    why = _unreachable(alarm, value)
    yield judged(
        good=why is None,
        evidence=f"{alarm.name}: {why or f'threshold {alarm.threshold:g} can be reached'}",
        mend="set a threshold that a period's denied calls can reach and its silence cannot",
    )


def _unreachable(alarm: Alarm, value: float) -> str | None:
    if alarm.datapoints_to_alarm > alarm.evaluation_periods:
        return f"{alarm.datapoints_to_alarm} of {alarm.evaluation_periods} periods can never breach"
    if alarm.comparison_operator not in {GREATER_OR_EQUAL, "GreaterThanThreshold"}:
        return f"more calls never breach {alarm.comparison_operator}"
    if value <= 0:
        return f"a match counts {value:g}, so that calls add up to nothing"
    most = value * _MOST_CALLS_A_SECOND * max(alarm.period, 1)
    if alarm.statistic in _AT_MOST_ONE_CALL:
        most = value
    if alarm.threshold > most:
        return (
            f"threshold {alarm.threshold:g} is never reached by {alarm.statistic} "
            f"of a period of {alarm.period} s"
        )
    at_rest = alarm.threshold <= 0 and alarm.comparison_operator == GREATER_OR_EQUAL
    if at_rest or alarm.threshold < 0:
        return f"threshold {alarm.threshold:g} is reached by no call at all"
    return None


def _alarm_missing_data(_: View, watched: Watched) -> Iterator[Verdict]:
    alarm = watched.alarm
    yield judged(
        good=alarm.treat_missing_data == "notBreaching",
        evidence=f"{alarm.name}: missing data is {alarm.treat_missing_data}",
        mend="treat missing data as notBreaching: else the alarm does not return to OK, and a red "
        "alarm tells nobody of the next call",
    )


def _alarm_unit(_: View, alarm: Alarm) -> Iterator[Verdict]:
    yield judged(
        good=alarm.unit in {"", "None"},
        evidence=f"{alarm.name}: unit {alarm.unit or 'none'}",
        mend="remove the unit: datapoints of another unit are not looked at",
    )


def _alarm_enabled(_: View, alarm: Alarm) -> Iterator[Verdict]:
    yield judged(
        good=alarm.actions_enabled,
        evidence=f"{alarm.name}: actions {'enabled' if alarm.actions_enabled else 'disabled'}",
        mend=f"enable the alarm's actions: aws cloudwatch enable-alarm-actions "
        f"--alarm-names {alarm.name}",
    )


CHECKS: Final[tuple[Check[Any], ...]] = (
    Check("alarm-on-filter-metric", each_counted, _alarm_on_filter_metric),
    Check("alarm-statistic", each_watched, _alarm_statistic),
    Check("alarm-comparison", each_watched, _alarm_comparison),
    Check("alarm-settings", each_watched, _alarm_settings),
    Check("alarm-threshold-reachable", each_watched, _alarm_threshold_reachable),
    Check("alarm-missing-data", each_watched, _alarm_missing_data),
    Check("alarm-unit", each_alarm, _alarm_unit),
    Check("alarm-enabled", each_alarm, _alarm_enabled),
)
