"""Stack configs to begin with, and what the program makes of them."""

import contextvars
from collections.abc import Iterable, Mapping
from typing import Any

import pulumi
import pytest

from monitoring import pulumi_config, stack_config
from monitoring.stack_config import ConfigError, StackConfig
from tests.monitoring.pulumi_config import PulumiConfig

EMAIL = "security@your-company.com"
GOOD: Mapping[str, Any] = {"logGroupName": "trail", "recipients": {"mail": {"email": EMAIL}}}
QUEUE = "arn:aws:sqs:us-east-1:111122223333:alarms"
FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:on-alarm"
TOPIC = "arn:aws:sns:us-east-1:111122223333:alarms"
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
HTTPS = "https://hooks.your-company.com/sns?token=dGhlIGtleQ"
PAGERDUTY = "https://events.pagerduty.com/integration/fedcba9876543210fedcba9876543210/enqueue"
SLACK = {"teamId": "T07EA123LEP", "channelId": "C07EZ1ABC23"}
ENDPOINTS: Mapping[str, Any] = {
    "email": EMAIL,
    "emailJson": EMAIL,
    "sms": "+15551234567",
    "https": HTTPS,
    "pagerduty": PAGERDUTY,
    "sqs": QUEUE,
    "lambda": FUNCTION,
    "slack": SLACK,
}


def load(values: Mapping[str, Any], *, secret: Iterable[str] = ()) -> StackConfig:
    """What the program reads from a stack config, some keys of which are secret."""

    def load_here() -> StackConfig:
        pulumi.runtime.set_all_config(
            PulumiConfig(values).handed_over(),
            [f"{stack_config.NAMESPACE}:{key}" for key in secret],
        )
        return pulumi_config.load()

    return contextvars.copy_context().run(load_here)


def error_of(values: Mapping[str, Any], *, secret: Iterable[str] = ()) -> ConfigError:
    """The one error that is raised for a bad stack config."""
    with pytest.raises(pulumi.RunError) as raised:
        load(values, secret=secret)
    return cause_of(raised.value)


def cause_of(told: pulumi.RunError) -> ConfigError:
    """The error whose message Pulumi prints."""
    error = told.__cause__
    assert isinstance(error, ConfigError)
    assert str(told) == str(error)
    return error


def commands_in(error: ConfigError) -> list[str]:
    """The commands that an error offers."""
    lines = (line.strip() for line in str(error).splitlines())
    return [line for line in lines if line.startswith("pulumi config ")]
