"""The alarms that watch the alarm."""

import pytest

from tests.deployment import ACCOUNT
from tests.monitoring.monitors import deploy

ALERTS = f"arn:aws:sns:us-east-1:{ACCOUNT}:CISUnauthorizedAPICallAlerts-test-1234567"


@pytest.mark.parametrize(("minutes", "periods"), [(15, 1), (60, 4), (1440, 96)])
def test_the_heartbeat_rings_when_no_log_event_came_in_for_so_long(
    minutes: int, periods: int
) -> None:
    alarm = deploy(heartbeat_minutes=minutes).one(":MetricAlarm", "-heartbeat")

    assert (alarm["namespace"], alarm["metricName"]) == ("AWS/Logs", "IncomingLogEvents")
    assert alarm["dimensions"] == {"LogGroupName": "trail"}
    assert (alarm["statistic"], alarm["comparisonOperator"]) == ("Sum", "LessThanThreshold")
    assert (alarm["threshold"], alarm["period"]) == (1, 900)
    assert alarm["evaluationPeriods"] == alarm["datapointsToAlarm"] == periods
    assert alarm["treatMissingData"] == "breaching"
    assert alarm["alarmActions"] == [ALERTS]
    assert f"for {minutes} minutes" in alarm["alarmDescription"]
    assert "unit" not in alarm


def test_the_heartbeat_can_be_turned_off() -> None:
    assert set(deploy(heartbeat_minutes=0).of_type(":MetricAlarm")) == {
        "CISUnauthorizedAPICallsAlarm-test-cis-v3.0",
        "CISUnauthorizedAPICallsAlarm-test-delivery",
    }


def test_the_delivery_watch_rings_when_a_notification_was_not_delivered() -> None:
    alarm = deploy().one(":MetricAlarm", "-delivery")

    assert (alarm["namespace"], alarm["metricName"]) == ("AWS/SNS", "NumberOfNotificationsFailed")
    assert alarm["dimensions"] == {"TopicName": "CISUnauthorizedAPICallAlerts-test-1234567"}
    assert (alarm["statistic"], alarm["threshold"]) == ("Sum", 1)
    assert alarm["comparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert (alarm["period"], alarm["evaluationPeriods"]) == (300, 1)
    assert alarm["treatMissingData"] == "notBreaching"
    assert alarm["alarmActions"] == [ALERTS]


def test_the_watches_do_not_watch_with_the_benchmarks_numbers() -> None:
    deployment = deploy(threshold=50, period=3600, evaluation_periods=5)

    for key in ("heartbeat", "delivery"):
        assert deployment.one(":MetricAlarm", key)["threshold"] == 1
        assert deployment.one(":MetricAlarm", key)["period"] in (300, 900)
