"""The component's arguments: how Python gives them, and what is said of wrong ones."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pulumi
import pytest

from monitoring import arguments, stack_config
from monitoring.arguments import UnauthorizedApiCallsMonitorArgs
from tests.deployment import Deployment, run
from tests.monitoring.configs import EMAIL, ENDPOINTS, GOOD, HTTPS, PAGERDUTY, QUEUE, TOPIC, load
from tests.monitoring.conftest import Later
from tests.monitoring.monitors import MAIL, deploy, make


def error_of(name: str = "test", **given: Any) -> pulumi.InputPropertiesError:
    """What is wrong with a monitor's arguments; nothing of it is registered."""
    registered = Deployment()
    with pytest.raises(pulumi.InputPropertiesError) as raised:
        run(partial(make, name, **given), deployment=registered)
    assert registered.names == set()
    return raised.value


def test_a_python_program_gives_the_arguments_as_a_typed_dict() -> None:
    args: UnauthorizedApiCallsMonitorArgs = {
        "log_group_name": "trail",
        "recipients": {
            "mail": {"email": EMAIL},
            "siem": {"email_json": EMAIL},
            "function": {"lambda_": ENDPOINTS["lambda"]},
            "channel": {"slack": {"team_id": "T1", "channel_id": "C1"}},
            "on-call": {"pagerduty": PAGERDUTY, "secret": True},
        },
        "threshold": 5,
        "period": 600,
        "evaluation_periods": 3,
        "datapoints_to_alarm": 2,
        "benchmarks": ["cis-v3.0", "security-hub"],
        "exclusions": {"scanner": {"userIdentity.userName": ["scanner"]}},
        "exclusion_presets": ["config-recorder"],
        "notify_recovery": True,
        "metric_namespace": "Security",
        "encryption": "none",
        "heartbeat_minutes": 30,
        "runbook_url": "https://wiki.your-company.com/x",
    }

    settings = arguments.check("test", args)

    assert [recipient.kind for recipient in settings.recipients] == [
        *("slack", "lambda", "email", "pagerduty", "emailJson")
    ]
    assert (settings.threshold, settings.period) == (5, 600)
    assert (settings.evaluation_periods, settings.datapoints_to_alarm) == (3, 2)
    assert list(settings.patterns) == ["tuned", "cis-v3.0", "security-hub"]
    assert [each.name for each in settings.exclusions] == ["scanner"]
    assert [each.name for each in settings.exclusion_presets] == ["config-recorder"]
    assert settings.notify_recovery
    assert settings.metric_namespace == "Security"
    assert settings.encryption == "none"
    assert settings.heartbeat_minutes == 30


def test_the_arguments_are_the_settings_of_the_stack_config() -> None:
    hints = UnauthorizedApiCallsMonitorArgs.__annotations__

    assert set(hints) == set(stack_config.KEYS.values())
    assert UnauthorizedApiCallsMonitorArgs.__required_keys__ == {"log_group_name"}


@pytest.mark.parametrize(
    "values",
    [
        GOOD,
        {**GOOD, "recipients": {kind: {kind: value} for kind, value in ENDPOINTS.items()}},
        {**GOOD, "topicArn": TOPIC, "recipients": {}},
        {
            **GOOD,
            "threshold": "7",
            "evaluationPeriods": "4",
            "datapointsToAlarm": "3",
            "benchmarks": ["security-hub", "cis-v3.0"],
            "exclusions": {"b": {"eventName": ["B*", "A"]}, "a": {"userIdentity": {"arn": "x"}}},
            "exclusionPresets": ["security-hub-checks", "config-recorder"],
            "notifyRecovery": "true",
            "encryption": "none",
            "heartbeatMinutes": "0",
            "runbookUrl": "https://wiki.your-company.com",
        },
    ],
    ids=["the least", "every kind of recipient", "a topic that was brought", "every setting"],
)
def test_a_stack_config_says_the_same_to_the_component(values: dict[str, Any]) -> None:
    config = load(values)

    assert arguments.check("test", arguments.of_stack_config(config)) == config


def test_recipients_that_a_stack_keeps_secret_the_component_keeps_secret() -> None:
    config = load(GOOD, secret=["recipients"])

    assert arguments.check("test", arguments.of_stack_config(config)).recipients[0].secret


@pytest.mark.parametrize(
    ("settings", "period"),
    [({"period": 300.0}, 300), ({"period": "600"}, 600), ({"period": 60}, 60)],
    ids=str,
)
def test_a_whole_number_may_come_as_the_engine_hands_it_over(
    settings: dict[str, Any], period: int
) -> None:
    alarm = deploy(**settings).one(":MetricAlarm", "cis-v3.0")

    assert alarm["period"] == period


@pytest.mark.parametrize("value", [True, 300.5, "5m", [300], float("nan"), float("inf")], ids=str)
def test_what_is_no_whole_number_is_refused(value: Any) -> None:
    error = error_of(period=value)

    assert "period: " in str(error)
    assert "is not a whole number" in str(error)


def test_nothing_given_is_the_default() -> None:
    assert deploy(period=None, threshold=None).inputs == deploy().inputs


def test_everything_wrong_is_in_the_message_and_by_property() -> None:
    error = error_of(
        period=45,
        threshold=0,
        trheshold=5,
        benchmarks=["cis-v4"],
        recipients={"bob": {"sms": "0123"}, "eve": {"lambda_": "on-alarm"}},
    )

    assert error.errors is not None
    by_property = {each["property_path"]: each["reason"] for each in error.errors}
    assert set(by_property) == {
        *("period", "threshold", "trheshold", "benchmarks[0]"),
        *("recipients.bob.sms", "recipients.eve.lambda"),
    }
    assert error.message.splitlines()[0] == "test:"
    told = dict(line.strip().split(": ", 1) for line in error.message.splitlines()[1:])
    assert told == by_property
    assert "pulumi config" not in error.message


def test_an_unknown_argument_is_refused_with_those_there_are() -> None:
    error = error_of(log_group="trail")

    assert "log_group: is not an argument; they are logGroupName, threshold" in str(error)


def test_a_missing_log_group_is_refused() -> None:
    args: Any = {"recipients": MAIL}
    with pytest.raises(pulumi.InputPropertiesError, match="logGroupName: is missing"):
        arguments.check("test", args)


def test_recipients_that_name_no_kind_or_an_unknown_one_are_refused() -> None:
    assert "recipients.bob: must have exactly one kind" in str(error_of(recipients={"bob": {}}))
    assert "recipients.bob: has a kind that does not exist" in str(
        error_of(recipients={"bob": {"telegram": "x"}})
    )
    assert "recipients: must be an object" in str(error_of(recipients=["bob"]))
    assert "recipients: is empty" in str(error_of(recipients={}))


@pytest.mark.parametrize(
    ("setting", "key"),
    sorted(
        (field, key)
        for key, field in stack_config.KEYS.items()
        if field not in ("log_group_name", "topic_arn", "encryption")
    ),
)
def test_what_decides_which_resources_there_are_must_be_known_at_once(
    setting: str, key: str, later: Later
) -> None:
    given: dict[str, Any] = {setting: later("5")}

    error = error_of(**given)

    assert error.errors == [
        {
            "property_path": key,
            "reason": "must be a plain value: it decides which resources there are",
        }
    ]


@pytest.mark.parametrize(
    ("key", "setting", "partly"),
    [
        ("benchmarks", "benchmarks", lambda later: ["cis-v3.0", later("security-hub")]),
        ("exclusions", "exclusions", lambda later: {"mine": {"eventName": [later("HeadBucket")]}}),
        ("exclusions", "exclusions", lambda later: {"mine": later("HeadBucket")}),
        ("exclusionPresets", "exclusion_presets", lambda later: [later("config-recorder")]),
    ],
)
def test_nor_may_any_part_of_it_be_known_later(
    key: str, setting: str, partly: Callable[[Later], object], later: Later
) -> None:
    args: Any = {"log_group_name": "trail", "recipients": MAIL, setting: partly(later)}

    with pytest.raises(pulumi.InputPropertiesError) as raised:
        arguments.check("test", args)

    assert str(raised.value) == (
        f"test:\n  {key}: must be a plain value: it decides which resources there are"
    )


def test_a_recipient_that_is_known_later_as_a_whole_is_refused(later: Later) -> None:
    args: Any = {"log_group_name": "trail", "recipients": {"bob": later(EMAIL)}}

    with pytest.raises(
        pulumi.InputPropertiesError, match=r"recipients\.bob: must be a plain value"
    ):
        arguments.check("test", args)


def test_what_is_only_passed_on_may_be_known_later(later: Later) -> None:
    args: UnauthorizedApiCallsMonitorArgs = {
        "log_group_name": later("trail"),
        "topic_arn": later(TOPIC),
    }

    settings = arguments.check("test", args)

    assert (settings.log_group_name, settings.topic_arn) == ("", "")


def test_a_key_for_a_topic_that_is_known_later_is_refused_too(later: Later) -> None:
    error = error_of(topic_arn=later(TOPIC), encryption="none")

    assert "encryption: cannot be set with topicArn" in str(error)


def test_an_endpoint_that_is_known_later_is_not_checked_and_a_wrong_plain_one_is(
    later: Later,
) -> None:
    error = error_of(recipients={"a": {"sqs": later("no ARN")}, "b": {"sqs": "no ARN"}})

    assert error.errors is not None
    assert [each["property_path"] for each in error.errors] == ["recipients.b.sqs"]


def test_only_an_endpoint_and_no_slack_id_may_be_known_later(later: Later) -> None:
    error = error_of(recipients={"bob": {"slack": {"team_id": later("T1"), "channel_id": "C1"}}})

    assert "recipients.bob.slack: teamId must be" in str(error)


@pytest.mark.parametrize("name", ["", "a b", "a.b", "x" * 31, "ü"])
def test_a_monitors_name_must_fit_into_aws_names(name: str) -> None:
    with pytest.raises(pulumi.InputPropertiesError, match=r"name: .* must be 1 to 30 letters"):
        arguments.check(name, {"log_group_name": "trail", "recipients": {"m": {"email": EMAIL}}})


def test_the_longest_name_leaves_every_physical_name_within_awss_limits() -> None:
    recipients = {kind: {kind: value} for kind, value in ENDPOINTS.items()}

    deployment = deploy("m" * 30, benchmarks=["cis-v3.0", "security-hub"], recipients=recipients)

    # Pulumi appends a hyphen and seven digits.
    limits = {":Role": 64, ":Queue": 80, ":MetricAlarm": 255, ":LogMetricFilter": 512}
    for suffix, limit in {**limits, ":Topic": 256, ":QueryDefinition": 255}.items():
        names = deployment.of_type(suffix)
        assert names
        assert all(len(name) + 8 <= limit for name in names)


@pytest.mark.parametrize("kind", ["https", "pagerduty", "telegram"])
def test_no_error_of_the_component_repeats_a_credential(kind: str) -> None:
    for credential in (HTTPS, f"{PAGERDUTY}/x", f"http://{PAGERDUTY}"):
        recipients = {"a": {kind: credential}, "b": {kind: [credential]}, "c": credential}

        error = error_of(recipients=recipients, period=1)

        assert credential not in str(error)
        assert credential not in str(error.errors)


def test_the_secret_flag_must_be_plain() -> None:
    error = error_of(recipients={"bob": {"sqs": QUEUE, "secret": "yes"}})

    assert "recipients.bob.secret: must be true or false" in str(error)
