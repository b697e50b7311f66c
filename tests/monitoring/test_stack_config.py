"""The stack config: what may be set, and every error of it, with the commands that mend it."""

from typing import Any

import pulumi
import pytest

from monitoring import stack_config
from monitoring.endpoints import SlackChannel
from monitoring.stack_config import StackConfig
from tests import deployment
from tests.deployment import Deployment
from tests.monitoring.bad_recipients import RECIPIENTS
from tests.monitoring.bad_settings import SETTINGS, Bad
from tests.monitoring.configs import (
    ENDPOINTS,
    GOOD,
    KEY,
    PAGERDUTY,
    SLACK,
    TOPIC,
    commands_in,
    error_of,
    load,
)
from tests.monitoring.pulumi_config import PulumiConfig

ALL = [*SETTINGS, *RECIPIENTS]


@pytest.mark.parametrize("bad", ALL, ids=str)
def test_a_bad_setting_is_told_by_its_key_its_fault_and_the_commands_that_mend_it(bad: Bad) -> None:
    error = error_of(bad.values)

    [problem] = error.problems
    text = str(error)
    assert problem.path == bad.path
    assert f"\n  unauthorized-api-calls:{bad.path}: " in text
    assert [words for words in bad.says if words not in text] == []
    assert commands_in(error) == bad.commands


@pytest.mark.parametrize("bad", [bad for bad in ALL if bad.is_concrete], ids=str)
def test_the_commands_mend_the_setting(bad: Bad) -> None:
    config = PulumiConfig(bad.values)

    for command in commands_in(error_of(bad.values)):
        config.run(command)

    if config.values.get("recipients") == {}:
        # Removing the only recipient leaves nobody, which is another error with its own command.
        [command] = commands_in(error_of(config.values))
        config.run(command)
    load(config.values)


def test_only_what_no_command_can_know_is_without_one() -> None:
    without = {bad.path for bad in ALL if not bad.mends}
    with_placeholder = {bad.path for bad in ALL if bad.mends and not bad.is_concrete}

    assert without == {"recipients", "runbookUrl"}
    assert with_placeholder == {"logGroupName", "topicArn"}


def test_all_that_is_wrong_comes_in_one_error() -> None:
    error = error_of(
        {
            "threshold": "none",
            "period": "45",
            "benchmarks": ["cis-v4"],
            "exclusionPresets": ["nope"],
            "metricNamespace": "a:b",
            "encryption": "maybe",
            "runbookUrl": "wiki",
            "recipients": {"bob": {"sms": "0123"}, "eve": {"email": "eve"}},
            "heartbeat": "60",
        }
    )

    assert sorted(problem.path for problem in error.problems) == [
        "benchmarks[0]",
        "encryption",
        "exclusionPresets[0]",
        "heartbeat",
        "logGroupName",
        "metricNamespace",
        "period",
        "recipients.bob.sms",
        "recipients.eve.email",
        "runbookUrl",
        "threshold",
    ]
    assert str(error).startswith("The stack config cannot be used:\n")


def test_nothing_is_registered_nor_asked_of_aws_when_the_stack_config_is_bad() -> None:
    registered = Deployment()
    config = PulumiConfig({**GOOD, "period": "45"}).handed_over()

    # Pulumi prints a RunError's message, and of other errors the traceback.
    with pytest.raises(pulumi.RunError):
        deployment.run(deployment.main, config, deployment=registered)

    assert registered.names == set()
    assert registered.aws.calls == []


@pytest.mark.parametrize("key", ["threshold", "period", "evaluationPeriods", "heartbeatMinutes"])
@pytest.mark.parametrize("text", ["+60", "060", "60"])
def test_a_whole_number_may_be_written_as_the_command_line_leaves_it(key: str, text: str) -> None:
    config = load({**GOOD, key: text})

    assert getattr(config, stack_config.KEYS[key]) == 60


def test_what_is_not_set_has_the_default_that_control_gives_it() -> None:
    config = load(GOOD)

    assert config == StackConfig(log_group_name="trail", recipients=config.recipients)
    assert config.threshold == 1
    assert config.period == 300
    assert config.evaluation_periods == config.datapoints_to_alarm == 1
    assert config.benchmarks == ("cis-v3.0",)
    assert config.exclusions == config.exclusion_presets == ()
    assert config.notify_recovery is False
    assert config.metric_namespace == "CISBenchmark"
    assert config.topic_arn == ""
    assert config.encryption == "created"
    assert config.heartbeat_minutes == 60
    assert config.runbook_url == ""


def test_no_datapoints_to_alarm_are_all_of_the_evaluation_periods() -> None:
    assert load({**GOOD, "evaluationPeriods": "3"}).datapoints_to_alarm == 3
    assert (
        load({**GOOD, "evaluationPeriods": "3", "datapointsToAlarm": "0"}).datapoints_to_alarm == 3
    )
    assert (
        load({**GOOD, "evaluationPeriods": "3", "datapointsToAlarm": "2"}).datapoints_to_alarm == 2
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"period": "60", "evaluationPeriods": "1440"},
        {"period": "300", "evaluationPeriods": "288"},
        {"period": "3600", "evaluationPeriods": "168"},
        {"period": "604800"},
        {"heartbeatMinutes": "0"},
        {"heartbeatMinutes": "15"},
        {"heartbeatMinutes": "1440"},
        {"metricNamespace": "x" * 255},
        {"metricNamespace": "Security / CIS-4.1_#(a) @b"},
        {"logGroupName": "x" * 512},
        {"logGroupName": "/aws-controltower/CloudTrailLogs-1a.b_c#d"},
        {"runbookUrl": "https://w.org/" + "x" * 386},
        {"runbookUrl": "http://wiki:8080/a?b=(c)#d"},
        {"encryption": "none"},
        {"encryption": KEY},
        {"encryption": KEY.replace("1234abcd-12ab", "mrk-1234abcd12ab")},
        {"encryption": KEY.replace("arn:aws:", "arn:aws-us-gov:")},
        {"topicArn": TOPIC},
        {"topicArn": TOPIC.replace("arn:aws:", "arn:aws-cn:")},
        {"topicArn": TOPIC, "recipients": {}},
        {"topicArn": TOPIC, "encryption": "created"},
        {"benchmarks": ["security-hub"]},
        {"benchmarks": ["security-hub", "cis-v3.0"]},
    ],
    ids=str,
)
def test_what_aws_takes_is_taken(settings: dict[str, Any]) -> None:
    load({**GOOD, **settings})


def test_recipients_are_read_with_their_kinds_by_name() -> None:
    names = dict(zip("abcdefgh", ENDPOINTS, strict=True))

    config = load({**GOOD, "recipients": {n: {k: ENDPOINTS[k]} for n, k in names.items()}})

    assert {r.name: r.kind for r in config.recipients} == names
    found = {r.kind: r.endpoint for r in config.recipients}
    assert found == {**ENDPOINTS, "slack": SlackChannel(SLACK["teamId"], SLACK["channelId"])}
    assert all(not r.secret for r in config.recipients)


def test_a_pagerduty_recipient_is_always_told_of_recovery() -> None:
    config = {**GOOD, "recipients": {"on-call": {"pagerduty": PAGERDUTY}}}

    assert load(config).recovery_notified
    assert not load(GOOD).recovery_notified
    assert load({**GOOD, "notifyRecovery": "true"}).recovery_notified


@pytest.mark.parametrize(
    ("stack", "name"),
    [
        ("prod", "prod"),
        ("prod.eu-west-1", "prod-eu-west-1"),
        ("acme/prod", "acme-prod"),
        ("x" * 100, "x" * 30),
        ("dev_2", "dev_2"),
    ],
)
def test_a_monitor_is_called_by_its_stack_as_far_as_alarms_names_allow(
    stack: str, name: str
) -> None:
    assert stack_config.monitor_name(stack) == name
