"""The log group and its metric filters: that they count what must be counted, and only that."""

import math
from collections.abc import Iterator
from typing import Any, Final

from assurance import filter_pattern
from assurance.checks.breadth import missed
from assurance.checks.expectation import ExpectedFilter
from assurance.checks.finding import Verdict, failed, judged, passed, unknown
from assurance.checks.rule import Check, Finder, each_counted, whole
from assurance.checks.view import Counted, View, known
from assurance.filter_pattern import FilterPatternError, Severity
from monitoring import control

_CLASS_WITH_METRIC_FILTERS: Final = "STANDARD"


def _log_group_exists(view: View, _: View) -> Iterator[Verdict]:
    name = view.snapshot.log_group_name
    group = view.snapshot.log_group
    if group is None:
        yield failed(
            f"there is no log group {name} in {view.snapshot.region}",
            f"let a trail deliver to {name}, or set logGroupName to the group it delivers to",
        )
        return
    yield passed(known(group).arn)


def _log_group_class(view: View, _: View) -> Iterator[Verdict]:
    group = view.snapshot.log_group
    if group is None:
        yield unknown("there is no log group (log-group-exists)")
        return
    found = known(group)
    yield judged(
        good=found.log_group_class == _CLASS_WITH_METRIC_FILTERS,
        evidence=f"{found.name} is of class {found.log_group_class}",
        mend="let the trail deliver to a log group of class STANDARD: others have no metric "
        "filters, and a group's class cannot be changed",
    )


def _filter_on_log_group(view: View, expected: ExpectedFilter) -> Iterator[Verdict]:
    found = view.find(expected)
    group = view.snapshot.log_group_name
    if found is None:
        others = ", ".join(f.name for f in view.filters()) or "none"
        yield failed(
            f"{expected.key}: no metric filter of log group {group} has its pattern or writes "
            f"{expected.metric_namespace}/{expected.metric_name} (its filters: {others})",
            f"put the metric filter on the log group {group}",
        )
        return
    yield passed(f"{expected.key}: {found.name} on {group}")


def _filter_pattern(_: View, counted: Counted) -> Iterator[Verdict]:
    found, expected = counted.found, counted.expected
    if found.pattern == expected.pattern:
        yield passed(f"{found.name}: the text of {expected.key}")
        return
    published = [key for key, text in control.PATTERNS.items() if text == found.pattern]
    what = f"the text of {published[0]}" if published else f"another text: {found.pattern}"
    yield failed(
        f"{found.name}: {what}", f"set the pattern to the text of {expected.key}, to the byte"
    )


def _filter_pattern_lint(view: View, counted: Counted) -> Iterator[Verdict]:
    found = counted.found
    # A published text is deployed as it stands, its weaknesses included.
    if found.pattern in control.PATTERNS.values():
        yield passed(f"{found.name}: a published text")
        return
    try:
        pattern = filter_pattern.parse(found.pattern)
    except FilterPatternError as error:
        yield failed(f"{found.name}: not a pattern over JSON: {error}", "write it anew")
        return
    warnings = [f for f in filter_pattern.lint(pattern) if f.severity is Severity.WARNING]
    for warning in warnings:
        yield failed(f"{found.name}: {warning.code}: {warning.message}", warning.mend)
    hidden, calls = missed(pattern, known(view.snapshot.account), view.snapshot.region)
    if hidden:
        yield failed(
            f"{found.name}: does not count {len(hidden)} of {calls} denied calls by principals that"
            f" nobody knows, such as {hidden[0]}",
            "narrow the exclusion that hides them: name who calls, not where",
        )
    if not warnings and not hidden:
        yield passed(f"{found.name}: nothing to find")


def _filter_metric(_: View, counted: Counted) -> Iterator[Verdict]:
    expected = f"{counted.expected.metric_namespace}/{counted.expected.metric_name}"
    found = str(counted.found.metric)
    yield judged(
        good=found == expected,
        evidence=f"{counted.found.name} writes {found}",
        mend=f"let it write {expected}",
    )


def _filter_value(_: View, counted: Counted) -> Iterator[Verdict]:
    found = counted.found
    try:
        value = float(found.metric_value)
    except ValueError:
        yield unknown(f"{found.name}: each match counts what {found.metric_value} of the event is")
        return
    yield judged(
        good=value == 1 and math.isfinite(value),
        evidence=f"{found.name}: each match counts {found.metric_value}",
        mend="set the metric value to 1, so that the threshold is a number of calls",
    )


def _filter_default_value(_: View, counted: Counted) -> Iterator[Verdict]:
    found = counted.found
    told = "no default value" if found.default_value is None else f"{found.default_value:g}"
    yield judged(
        good=found.default_value == 0,
        evidence=f"{found.name}: a minute without a match counts {told}",
        mend="set the default value to 0",
    )


def _filter_dimensions(_: View, counted: Counted) -> Iterator[Verdict]:
    found = counted.found
    dimensions = sorted({*found.dimensions, *found.system_dimensions})
    told = ", ".join(dimensions) or "no dimensions"
    yield judged(
        good=not dimensions,
        evidence=f"{found.name}: {told}",
        mend="remove the dimensions: each of their values makes a metric that no alarm watches",
    )


def _filter_sees_all_events(_: View, counted: Counted) -> Iterator[Verdict]:
    found = counted.found
    limits = [
        *([f"only events of {found.field_selection}"] if found.field_selection else []),
        *(["what a transformer makes of the events"] if found.on_transformed_logs else []),
    ]
    yield judged(
        good=not limits,
        evidence=f"{found.name} looks at {' and '.join(limits) or 'every event as it came'}",
        mend="remove fieldSelectionCriteria and applyOnTransformedLogs from the metric filter: "
        "denied calls that it does not look at, or finds under other names, do not count",
    )


def _filter_unit(_: View, counted: Counted) -> Iterator[Verdict]:
    found = counted.found
    yield judged(
        good=found.unit == "None",
        evidence=f"{found.name}: unit {found.unit}",
        mend="remove the unit from the metric transformation",
    )


def _one_filter_per_metric(view: View, counted: Counted) -> Iterator[Verdict]:
    metric = counted.found.metric
    others = [f for f in view.all_filters() if f.metric == metric and f != counted.found]
    yield judged(
        good=not others,
        evidence=f"{metric} is written by "
        + ", ".join(f"{f.name} ({f.log_group_name})" for f in [counted.found, *others]),
        mend="give each stack its own metricNamespace, and remove filters made by hand: each "
        "counts what the others count",
    )


def _each_expected(view: View) -> Iterator[Finder[ExpectedFilter]]:
    for expected in view.expected:
        yield lambda expected=expected: expected  # type: ignore[misc] # bound at once


CHECKS: Final[tuple[Check[Any], ...]] = (
    Check("log-group-exists", whole, _log_group_exists),
    Check("log-group-class", whole, _log_group_class),
    Check("filter-on-log-group", _each_expected, _filter_on_log_group),
    Check("filter-pattern", each_counted, _filter_pattern),
    Check("filter-pattern-lint", each_counted, _filter_pattern_lint),
    Check("filter-metric", each_counted, _filter_metric),
    Check("filter-value", each_counted, _filter_value),
    Check("filter-default-value", each_counted, _filter_default_value),
    Check("filter-dimensions", each_counted, _filter_dimensions),
    Check("filter-unit", each_counted, _filter_unit),
    Check("filter-sees-all-events", each_counted, _filter_sees_all_events),
    Check("one-filter-per-metric", each_counted, _one_filter_per_metric),
)
