"""What a stack finds in its account: the account itself, the trail's log group, what it brings."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from assurance.aws import EMULATED_ACCOUNT
from assurance.emulated_aws import EmulatedAws, EmulationError, RefusedByAwsError
from assurance.stack_files import StackFileError, StackFiles
from monitoring.endpoints import Kind
from monitoring.recipients import Recipient
from monitoring.stack_config import StackConfig

_DEFAULT_REGION: Final = "us-east-1"
_ACCOUNT: Final = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]+")
# Who stands on a topic that the stack did not make, to hear what it says.
_LISTENER: Final = "topicArn"


def account_of(files: StackFiles, config: StackConfig) -> str:
    """The account that the stack is meant for, as far as its config tells.

    Raises StackFileError for what the provider would not take.
    """
    return next(iter(_told_accounts(files, config)), EMULATED_ACCOUNT)


def accounts_of(files: StackFiles, config: StackConfig) -> tuple[str, ...]:
    """The accounts that the stack may be in.

    Where its config tells none, any that its exclusions name may be its own.
    """
    named = [
        account
        for exclusion in config.exclusions
        for values in exclusion.fields.values()
        for value in values
        for account in _ACCOUNT.findall(value)
    ]
    told = _told_accounts(files, config) or [EMULATED_ACCOUNT, *named]
    return tuple(dict.fromkeys(told))


def _told_accounts(files: StackFiles, config: StackConfig) -> list[str]:
    allowed = _setting(files, "aws:allowedAccountIds", list, "a list of account ids") or []
    return [*map(str, allowed), *(arn.split(":")[4] for arn in _arns(config))]


def region_of(files: StackFiles, config: StackConfig) -> str:
    """The region that the stack is meant for; raises StackFileError for what is none."""
    named = (arn.split(":")[3] for arn in _arns(config))
    region = files.region or next(named, _DEFAULT_REGION)
    if not _REGION.fullmatch(region):
        raise StackFileError(
            f"aws:region: {region} is no AWS region; set it: pulumi config set aws:region "
            f"{_DEFAULT_REGION}"
        )
    return region


def default_tags_of(files: StackFiles) -> dict[str, str]:
    """The tags that the provider puts on everything; raises StackFileError."""
    said = _setting(files, "aws:defaultTags", dict, "an object with tags") or {}
    tags = said.get("tags") or {}
    if not isinstance(tags, dict) or any(isinstance(v, dict | list) for v in tags.values()):
        raise StackFileError("aws:defaultTags: tags is not an object of names and their values")
    # The provider takes numbers and booleans for what they look like.
    return {name: v if isinstance(v, str) else json.dumps(v) for name, v in tags.items()}


def listeners(config: StackConfig, region: str, account: str) -> tuple[Recipient, ...]:
    """Those whose inboxes the rehearsal needs besides the stack's own recipients."""
    if not config.topic_arn:
        return ()
    queue = f"arn:aws:sqs:{region}:{account}:subscribed-to-the-topic-already"
    return (Recipient(_LISTENER, Kind.SQS, queue),)


def build(aws: EmulatedAws, config: StackConfig, heard_by: tuple[Recipient, ...]) -> None:
    """Make what the stack expects to find; raises EmulationError for what cannot be made."""
    try:
        aws.create("aws:cloudwatch/logGroup:LogGroup", "trail", {"name": config.log_group_name})
    except RefusedByAwsError as error:
        raise StackFileError(f"logGroupName: AWS refuses such a log group: {error}") from None
    if not config.topic_arn:
        return
    _, _, _, region, account, name = config.topic_arn.split(":")
    if region != aws.region:
        # The program refuses it, in the words of the stack config.
        return
    if account != aws.account:
        raise EmulationError(f"topicArn: a topic of another account, {account}, is not emulated")
    aws.create("aws:sns/topic:Topic", name, {"name": name})
    for listener in heard_by:
        aws.create(
            "aws:sns/topicSubscription:TopicSubscription",
            listener.name,
            {"topic": config.topic_arn, "protocol": "sqs", "endpoint": str(listener.endpoint)},
        )


def not_rehearsed(config: StackConfig) -> Iterator[str]:
    """What a stack brings from its account, which nobody here has."""
    if config.topic_arn:
        yield f"the topic {config.topic_arn}: its policy, its key, its other subscriptions"
    if config.encryption.startswith("arn:"):
        yield f"the key {config.encryption}: its policy"


def _setting(files: StackFiles, key: str, shape: type, said: str) -> Any:
    """A structured setting of the provider's; None when there is none."""
    text = files.config.get(key)
    if text is None:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    if not isinstance(value, shape):
        raise StackFileError(f"{key}: {text} is not {said}")
    return value


def _arns(config: StackConfig) -> Iterator[str]:
    for text in (
        config.topic_arn,
        config.encryption,
        *(recipient.endpoint for recipient in config.recipients),
    ):
        if isinstance(text, str) and text.startswith("arn:"):
            yield text
