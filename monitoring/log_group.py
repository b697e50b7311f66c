"""The trail's log group, looked up before anything is registered."""

import pulumi
import pulumi_aws as aws

from monitoring.problems import Problems
from monitoring.stack_config import ConfigError, StackConfig

# PutMetricFilter refuses the other classes (CloudWatch Logs guide, Log classes).
_CLASS_WITH_METRIC_FILTERS = "STANDARD"


def look_up(config: StackConfig) -> None:
    """Find the stack's log group, and hold what the config names in AWS against where it is.

    Everything must be in the log group's region; a queue or a function that is not in its account
    too would never confirm. Raises pulumi.RunError with everything that is wrong.
    """
    try:
        _look_up(config)
    except ConfigError as error:
        raise pulumi.RunError(str(error)) from error


def _look_up(config: StackConfig) -> None:
    problems = Problems()
    key = "logGroupName"
    mend = f"{key} NAME (aws cloudtrail describe-trails shows it in CloudWatchLogsLogGroupArn)"
    try:
        group = aws.cloudwatch.get_log_group(name=config.log_group_name)
    except Exception as error:  # noqa: BLE001 - the engine raises bare Exceptions for a failed invoke
        said = " ".join(str(error).split())
        if _is_missing(said):
            problems.add(key, _missing(config.log_group_name), mend)
        else:
            problems.add(key, f"{config.log_group_name} could not be looked up: {said}")
        raise ConfigError(problems) from None
    _, _, _, region, account, *_ = group.arn.split(":")
    if group.log_group_class not in ("", _CLASS_WITH_METRIC_FILTERS):
        problems.add(
            key,
            f"{config.log_group_name} in account {account}, region {region}, is of class "
            f"{group.log_group_class}, and metric filters need {_CLASS_WITH_METRIC_FILTERS}; a log "
            "group's class cannot be changed: let the trail deliver to another",
            mend,
        )
    _check_places(config, group.arn, problems)
    if problems:
        raise ConfigError(problems)


def _is_missing(error: str) -> bool:
    # The provider's words for a list without the name in it (its tfresource package); "not found"
    # alone may be a profile, a host or the instance's metadata.
    return any(text in error for text in ("empty result", "couldn't find resource", "no matching"))


def _missing(name: str) -> str:
    region = pulumi.Config("aws").get("region") or "the provider's region"
    try:
        account = aws.get_caller_identity().account_id
    except Exception:  # noqa: BLE001 - as above; the account is told only to help
        account = "unknown"
    return f"there is no log group {name} in account {account}, region {region}"


def _check_places(config: StackConfig, log_group_arn: str, problems: Problems) -> None:
    _, partition, _, region, account, *_ = log_group_arn.split(":")
    for path, arn in (("topicArn", config.topic_arn), ("encryption", config.encryption)):
        if arn.startswith("arn:") and arn.split(":")[3] != region:
            problems.add(path, f"{arn} is not in {region}, the log group's region")
    for recipient in config.recipients:
        endpoint = recipient.endpoint
        path = f"recipients.{recipient.name}.{recipient.kind}"
        if not isinstance(endpoint, str):
            if partition != "aws":
                problems.add(path, f"chat configurations do not exist in the partition {partition}")
        elif endpoint.startswith("arn:"):
            _, _, _, there, owner, *_ = endpoint.split(":")
            if (there, owner) != (region, account):
                where = "elsewhere" if recipient.secret else f"in account {owner}, region {there}"
                problems.add(
                    path,
                    f"is {where}, and the log group in account {account}, region {region}: its "
                    "subscription would stay unconfirmed",
                )
