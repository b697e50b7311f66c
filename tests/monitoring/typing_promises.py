"""What the types promise to whoever uses the component: each line with a mark must fail to check.

Nothing here runs. Strict mypy reports a mark that is not needed any more, so that a promise which
is no longer kept is an error.
"""

import pulumi

from monitoring.arguments import RecipientArgs, SlackChannelArgs, UnauthorizedApiCallsMonitorArgs
from monitoring.unauthorized_api_calls import UnauthorizedApiCallsMonitor


def accepted(topic_arn: pulumi.Output[str], queue_arn: pulumi.Output[str]) -> None:
    UnauthorizedApiCallsMonitor("least", {"log_group_name": "trail"})
    monitor = UnauthorizedApiCallsMonitor(
        "monitor",
        {
            "log_group_name": pulumi.Output.from_input("trail"),
            "recipients": {"siem": {"sqs": queue_arn}, "mail": {"email": "a@b.co"}},
            "topic_arn": topic_arn,
            "exclusions": {"scanner": {"userIdentity.arn": ("a", "b")}},
        },
        pulumi.ResourceOptions(protect=True),
    )
    topic: pulumi.Output[str] = monitor.topic_arn
    del topic


def a_missing_log_group() -> UnauthorizedApiCallsMonitorArgs:
    return {"recipients": {}}  # type: ignore[typeddict-item] # log_group_name is required


def a_misspelt_argument() -> UnauthorizedApiCallsMonitorArgs:
    return {"log_group_name": "trail", "trheshold": 5}  # type: ignore[typeddict-unknown-key] # a typo


def a_stack_configs_spelling() -> UnauthorizedApiCallsMonitorArgs:
    return {"logGroupName": "trail"}  # type: ignore[typeddict-item, typeddict-unknown-key] # camelCase


def a_number_as_text() -> UnauthorizedApiCallsMonitorArgs:
    return {"log_group_name": "trail", "period": "300"}  # type: ignore[typeddict-item] # an int


def a_number_known_later(period: pulumi.Output[int]) -> UnauthorizedApiCallsMonitorArgs:
    return {"log_group_name": "trail", "period": period}  # type: ignore[typeddict-item] # plain only


def recipients_in_a_list() -> UnauthorizedApiCallsMonitorArgs:
    return {"log_group_name": "x", "recipients": [{"email": "a@b.co"}]}  # type: ignore[typeddict-item] # by name


def a_misspelt_kind() -> RecipientArgs:
    return {"emial": "a@b.co"}  # type: ignore[typeddict-unknown-key] # a typo


def a_number_as_phone() -> RecipientArgs:
    return {"sms": 15551234567}  # type: ignore[typeddict-item] # quoted


def a_slack_channel_by_name() -> RecipientArgs:
    return {"slack": "#security"}  # type: ignore[typeddict-item] # by its ids


def a_slack_channel_without_workspace() -> SlackChannelArgs:
    return {"channel_id": "C1"}  # type: ignore[typeddict-item] # team_id is required


def a_misspelt_output(monitor: UnauthorizedApiCallsMonitor) -> object:
    return monitor.topicArn  # type: ignore[attr-defined] # topic_arn
