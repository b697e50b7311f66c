"""The component's arguments, and what they have to do with the stack config.

TypedDicts are the one form that a Python program and the component host of the other languages both
take.
"""

# The component host reads the annotations at run time: they must not be postponed.
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NotRequired, TypedDict, cast

import pulumi

from monitoring import control, stack_config
from monitoring.endpoints import SlackChannel
from monitoring.problems import MUST_BE_PLAIN, Problems
from monitoring.stack_config import StackConfig

_NAME: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{control.MONITOR_NAME_LIMIT}}}")


class SlackChannelArgs(TypedDict):
    """A Slack channel, by the ids that Slack shows in its links."""

    team_id: str
    """The workspace's id (T…). The workspace must have been authorised once in the console."""
    channel_id: str
    """The channel's id (C…)."""


class RecipientArgs(TypedDict, total=False):
    """One recipient: exactly one kind, with its value."""

    email: pulumi.Input[str]
    """An email address, which must confirm the subscription within two days."""
    email_json: pulumi.Input[str]
    """An email address that receives the notification as JSON."""
    sms: pulumi.Input[str]
    """A phone number in E.164 form, such as +15551234567."""
    https: pulumi.Input[str]
    """A URL that confirms its subscription by itself. A credential: always kept secret."""
    pagerduty: pulumi.Input[str]
    """The URL of PagerDuty's Amazon CloudWatch integration. A credential: always kept secret."""
    sqs: pulumi.Input[str]
    """A queue's ARN. Its policy must let the topic send."""
    lambda_: pulumi.Input[str]
    """A function's ARN. The permission to invoke it is made here."""
    slack: SlackChannelArgs
    """A Slack channel, through Amazon Q Developer in chat applications."""
    secret: bool
    """Keep this endpoint out of the state's plain text, whatever its kind."""


class UnauthorizedApiCallsMonitorArgs(TypedDict):
    """What is monitored, how often is too often, and who is told."""

    log_group_name: pulumi.Input[str]
    """The CloudWatch Logs log group that the CloudTrail trail delivers to."""
    recipients: NotRequired[Mapping[str, RecipientArgs]]
    """Who is told, by a name of your choice; at least one unless topicArn is given."""
    threshold: NotRequired[int]
    """Denied calls in one period that are too many. Default: 1."""
    period: NotRequired[int]
    """Seconds in a period, a multiple of 60. Default: 300."""
    evaluation_periods: NotRequired[int]
    """How many periods the alarm looks back on. Default: 1."""
    datapoints_to_alarm: NotRequired[int]
    """How many of them must be over the threshold. Default: all."""
    benchmarks: NotRequired[Sequence[str]]
    """Published patterns to deploy: cis-v3.0, security-hub. Default: cis-v3.0."""
    exclusions: NotRequired[Mapping[str, Mapping[str, Sequence[str]]]]
    """Denied calls that must not page: name -> {CloudTrail field: values}. They stay on record."""
    exclusion_presets: NotRequired[Sequence[str]]
    """Presets of such exclusions, for the known noise of AWS's own services."""
    notify_recovery: NotRequired[bool]
    """Tell a return to OK too; with a PagerDuty recipient it always is. Default: false."""
    metric_namespace: NotRequired[str]
    """Namespace of the metrics; two monitors in one region must differ. Default: CISBenchmark."""
    topic_arn: NotRequired[pulumi.Input[str]]
    """Page on this topic instead of one made here."""
    encryption: NotRequired[pulumi.Input[str]]
    """created (a key of the topic's own), none, or a key's ARN. Default: created."""
    heartbeat_minutes: NotRequired[int]
    """Minutes without log events after which the heartbeat rings; 0 is off. Default: 60."""
    runbook_url: NotRequired[str]
    """A URL for the alarms' descriptions."""
    alert_details: NotRequired[bool]
    """Tell who, what, from where, in a second message after each alarm. Default: false."""


def of_stack_config(config: StackConfig) -> UnauthorizedApiCallsMonitorArgs:
    """A stack's config as the component's arguments."""
    args: dict[str, Any] = {field: getattr(config, field) for field in stack_config.KEYS.values()}
    args["exclusions"] = {exclusion.name: exclusion.fields for exclusion in config.exclusions}
    args["exclusion_presets"] = [exclusion.name for exclusion in config.exclusion_presets]
    args["recipients"] = {
        recipient.name: {
            _ARGUMENT_NAMES.get(recipient.kind, str(recipient.kind)): (
                {"team_id": endpoint.team_id, "channel_id": endpoint.channel_id}
                if isinstance(endpoint := recipient.endpoint, SlackChannel)
                else endpoint
            ),
            "secret": recipient.secret,
        }
        for recipient in config.recipients
    }
    return cast(UnauthorizedApiCallsMonitorArgs, args)


def check(name: str, args: UnauthorizedApiCallsMonitorArgs) -> StackConfig:
    """The settings in a component's arguments, by the rules of the stack config.

    Fields given as outputs of other resources are empty in the result. Raises
    pulumi.InputPropertiesError with everything that is wrong, all of it in the message: a component
    used from another language loses the structured part.
    """
    problems = Problems()
    if not _NAME.fullmatch(name):
        problems.add(
            "name",
            f"{name!r} must be 1 to {control.MONITOR_NAME_LIMIT} letters, digits, hyphens or "
            "underscores: AWS's names have room for no more",
        )
    values = {_SCHEMA_NAMES.get(key, key): value for key, value in args.items()}
    later = {key for key, value in values.items() if _is_later(key, value)}
    for key in sorted(set(values) - set(stack_config.KEYS)):
        problems.add(key, f"is not an argument; they are {', '.join(stack_config.KEYS)}")
    for key in sorted(later - _OUTPUTS_ALLOWED):
        problems.add(key, MUST_BE_PLAIN)
    plain = {key: value for key, value in values.items() if key not in later}
    if isinstance(plain.get(_RECIPIENTS), Mapping):
        plain[_RECIPIENTS] = _in_schema_names(plain[_RECIPIENTS])
    settings = stack_config.parse(plain, problems, later=later)
    if problems:
        raise pulumi.InputPropertiesError(
            "\n".join([f"{name}:", *(f"  {p.path}: {p.why}" for p in problems)]),
            [{"property_path": p.path, "reason": p.why} for p in problems],
        )
    return settings


def _is_later(key: str, value: object) -> bool:
    if isinstance(value, pulumi.Output):
        return True
    # Of recipients each is judged for itself: an endpoint may be an output.
    return key != _RECIPIENTS and _holds_output(value)


def _holds_output(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_output, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_holds_output, value))
    return isinstance(value, pulumi.Output)


_RECIPIENTS: Final = "recipients"
_OUTPUTS_ALLOWED: Final = frozenset({"logGroupName", "topicArn", "encryption"})
_SCHEMA_NAMES: Final[Mapping[str, str]] = {
    **{field: key for key, field in stack_config.KEYS.items()},
    "email_json": "emailJson",
    "lambda_": "lambda",
    "team_id": "teamId",
    "channel_id": "channelId",
}


def _in_schema_names(recipients: object) -> object:
    """Recipients with their kinds spelt as in the stack config."""
    if not isinstance(recipients, Mapping):
        return recipients
    return {
        name: (
            {
                _SCHEMA_NAMES.get(kind, kind): (
                    {_SCHEMA_NAMES.get(key, key): item for key, item in endpoint.items()}
                    if isinstance(endpoint, Mapping)
                    else endpoint
                )
                for kind, endpoint in recipient.items()
            }
            if isinstance(recipient, Mapping)
            else recipient
        )
        for name, recipient in recipients.items()
    }


_ARGUMENT_NAMES: Final[Mapping[str, str]] = {key: name for name, key in _SCHEMA_NAMES.items()}
