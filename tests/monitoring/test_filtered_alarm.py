"""One metric filter and the one alarm that watches it."""

from dataclasses import dataclass
from typing import Any

import pytest
from pulumi.runtime import mocks

from tests.deployment import Deployment, FakeAws
from tests.monitoring.monitors import deploy

BOTH = ["cis-v3.0", "security-hub"]
EXCLUSIONS = {"scanner": {"userIdentity.userName": ["scanner"]}}
KEYS = ("tuned", *BOTH)


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    return deploy(
        benchmarks=BOTH,
        exclusions=EXCLUSIONS,
        metric_namespace="Security",
        threshold=5,
        period=600,
        evaluation_periods=3,
        datapoints_to_alarm=2,
    )


@pytest.mark.parametrize("key", KEYS)
def test_the_filter_counts_each_match_as_one_and_reports_zeros(
    deployment: Deployment, key: str
) -> None:
    found = deployment.one(":LogMetricFilter", f"-{key}")

    assert found["logGroupName"] == "trail"
    assert found["metricTransformation"]["value"] == "1"
    assert found["metricTransformation"]["defaultValue"] == "0"
    assert found["metricTransformation"]["namespace"] == "Security"
    assert "unit" not in found["metricTransformation"]
    assert "dimensions" not in found["metricTransformation"]


@pytest.mark.parametrize("key", KEYS)
def test_the_alarm_has_the_controls_shape_and_the_stacks_numbers(
    deployment: Deployment, key: str
) -> None:
    alarm = deployment.one(":MetricAlarm", f"-{key}")

    assert alarm["statistic"] == "Sum"
    assert alarm["comparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["treatMissingData"] == "notBreaching"
    assert (alarm["threshold"], alarm["period"]) == (5, 600)
    assert (alarm["evaluationPeriods"], alarm["datapointsToAlarm"]) == (3, 2)
    assert alarm.keys() & {"unit", "dimensions", "actionsEnabled", "metricQueries", "name"} == set()
    assert "insufficientDataActions" not in alarm


@pytest.mark.parametrize("key", KEYS)
def test_the_alarm_watches_what_its_filter_writes(deployment: Deployment, key: str) -> None:
    alarm = deployment.one(":MetricAlarm", f"-{key}")
    written = deployment.one(":LogMetricFilter", f"-{key}")["metricTransformation"]

    assert (alarm["namespace"], alarm["metricName"]) == (written["namespace"], written["name"])


def test_no_two_filters_write_the_same_metric(deployment: Deployment) -> None:
    filters = deployment.of_type(":LogMetricFilter").values()

    assert len({f["metricTransformation"]["name"] for f in filters}) == len(filters) == 3


@dataclass
class AnotherMetric(FakeAws):
    """The filter as deployed writes another metric than the one that was asked for."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        id_, state = super().new_resource(args)
        if args.typ.endswith(":LogMetricFilter"):
            state["metricTransformation"] = {
                **state["metricTransformation"],
                "name": f"written-by-{args.name}",
                "namespace": "Elsewhere",
            }
        return id_, state


@pytest.mark.parametrize("key", KEYS)
def test_the_alarm_takes_its_metric_from_the_filter_and_not_from_the_settings(key: str) -> None:
    deployment = deploy(benchmarks=BOTH, exclusions=EXCLUSIONS, aws=AnotherMetric())

    alarm = deployment.one(":MetricAlarm", f"-{key}")
    assert alarm["metricName"] == f"written-by-UnauthorizedAPICalls-test-{key}"
    assert alarm["namespace"] == "Elsewhere"
    alarm_key = f"aws:cloudwatch/metricAlarm:MetricAlarm CISUnauthorizedAPICallsAlarm-test-{key}"
    filter_key = f"aws:cloudwatch/logMetricFilter:LogMetricFilter UnauthorizedAPICalls-test-{key}"
    assert filter_key in deployment.dependencies[alarm_key]


@pytest.mark.parametrize("key", KEYS)
def test_filter_and_alarm_stand_under_one_component(deployment: Deployment, key: str) -> None:
    component = f"unauthorized-api-calls:index:FilteredAlarm UnauthorizedAPICalls-test-{key}"
    children = {name for name, parent in deployment.parents.items() if parent == component}

    assert children == {
        f"aws:cloudwatch/logMetricFilter:LogMetricFilter UnauthorizedAPICalls-test-{key}",
        f"aws:cloudwatch/metricAlarm:MetricAlarm CISUnauthorizedAPICallsAlarm-test-{key}",
    }


def test_physical_names_are_left_to_pulumi(deployment: Deployment) -> None:
    # PutMetricFilter, PutMetricAlarm and CreateTopic take over what has the name already.
    for suffix in (":LogMetricFilter", ":MetricAlarm", ":Topic", ":Key", ":Queue", ":Role"):
        for inputs in deployment.of_type(suffix).values():
            assert inputs.keys() & {"name", "namePrefix"} == set()
