"""The topics: that CloudWatch may publish to them, and use their keys."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from assurance.checks import keys
from assurance.checks.finding import CannotTellError, Verdict, failed, judged, passed, unknown
from assurance.checks.rule import Check, each_acting, each_topic, the_alert_topic
from assurance.checks.view import Acting, View, known
from assurance.policy_evaluation import Decision, Request, evaluate
from assurance.snapshot import Key, Topic
from monitoring import control

_CLOUDWATCH: Final = "cloudwatch.amazonaws.com"
_OWN_KEY: Final = (
    "encrypt the topic with a key of your own, or not at all: AWS's own key does not let "
    "CloudWatch use it, and its policy cannot be changed"
)


def _topic_policy_allows_cloudwatch(_: View, acting: Acting) -> Iterator[Verdict]:
    alarm, topic = acting.alarm, acting.topic
    account = alarm.arn.split(":")[4]
    request = Request(
        service=_CLOUDWATCH,
        action="sns:Publish",
        resource=topic.arn,
        context={**_from_alarm(alarm.arn), "aws:SourceOwner": account},
    )
    said = evaluate(topic.policy, request)
    evidence = f"{topic.arn}, for {alarm.name}: {said.why}"
    if said.decision is Decision.UNKNOWN:
        yield unknown(evidence)
        return
    yield judged(
        good=said.decision is Decision.ALLOWED,
        evidence=evidence,
        mend="let the topic's policy allow SNS:Publish to cloudwatch.amazonaws.com for the alarms "
        "of this account (aws:SourceAccount, aws:SourceArn)",
    )


def _topic_key_allows_cloudwatch(_: View, acting: Acting) -> Iterator[Verdict]:
    alarm, topic = acting.alarm, acting.topic
    if not topic.key_id:
        yield passed(f"{topic.arn} is not encrypted")
        return
    if is_aws_managed(topic):
        yield failed(f"{topic.arn}: the policy of {topic.key_id} names no service", _OWN_KEY)
        return
    key = _key(topic)
    policy = known(key.policy)
    for action in keys.ACTIONS:
        request = Request(
            service=_CLOUDWATCH, action=action, resource=key.arn, context=_from_alarm(alarm.arn)
        )
        said = evaluate(policy, request)
        evidence = f"{key.arn}, {action} for {alarm.name}: {said.why}"
        if said.decision is Decision.UNKNOWN:
            yield unknown(evidence)
            continue
        yield judged(
            good=said.decision is Decision.ALLOWED,
            evidence=evidence,
            mend="let the key's policy allow kms:Decrypt and kms:GenerateDataKey* to "
            "cloudwatch.amazonaws.com: else the alarm goes red and tells nobody",
        )


def _topic_key_not_aws_managed(_: View, topic: Topic) -> Iterator[Verdict]:
    yield judged(
        good=not is_aws_managed(topic),
        evidence=f"{topic.arn}: {topic.key_id or 'not encrypted'}",
        mend=_OWN_KEY,
    )


def _topic_key_usable(_: View, topic: Topic) -> Iterator[Verdict]:
    if not topic.key_id or is_aws_managed(topic):
        yield passed(f"{topic.arn}: no key of the account's")
        return
    if topic.key is None:
        yield failed(
            f"{topic.arn}: there is no key {topic.key_id}", "encrypt the topic with a key that is"
        )
        return
    key = _key(topic)
    yield judged(
        good=keys.is_usable(key),
        evidence=keys.told(key),
        mend="encrypt the topic with a symmetric key that is enabled: SNS can use no other",
    )


def _topic_encryption(view: View, topic: Topic) -> Iterator[Verdict]:
    wanted = view.config.encryption
    if view.config.topic_arn:
        yield passed(f"{topic.arn} is not the stack's own")
        return
    told = f"{topic.arn}: {topic.key_id or 'not encrypted'}"
    if wanted == control.ENCRYPTION_NONE:
        good = not topic.key_id
    elif wanted == control.ENCRYPTION_CREATED:
        good = bool(topic.key_id)
    else:
        arn = topic.key.arn if isinstance(topic.key, Key) else ""
        good = wanted in {topic.key_id, arn}
    yield judged(
        good=good, evidence=told, mend=f"encrypt it as the config says: encryption {wanted}"
    )


def is_aws_managed(topic: Topic) -> bool:
    """Whether the topic's key is one of AWS's own."""
    return keys.is_aws_managed(topic.key_id, topic.key)


def _key(topic: Topic) -> Key:
    if topic.key is None:
        raise CannotTellError(f"{topic.arn}: there is no key {topic.key_id} (topic-key-usable)")
    return known(topic.key)


def _from_alarm(alarm_arn: str) -> Mapping[str, str | None]:
    """What is known of a request that CloudWatch makes for an alarm."""
    return {
        "aws:SourceArn": alarm_arn,
        "aws:SourceAccount": alarm_arn.split(":")[4],
        "aws:SecureTransport": "true",
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": _CLOUDWATCH,
        "aws:PrincipalAccount": None,
        "aws:PrincipalArn": None,
        "aws:PrincipalOrgID": None,
        "aws:SourceVpc": None,
        "aws:SourceVpce": None,
    }


CHECKS: Final[tuple[Check[Any], ...]] = (
    Check("topic-policy-allows-cloudwatch", each_acting, _topic_policy_allows_cloudwatch),
    Check("topic-key-not-aws-managed", each_topic, _topic_key_not_aws_managed),
    Check("topic-key-usable", each_topic, _topic_key_usable),
    Check("topic-key-allows-cloudwatch", each_acting, _topic_key_allows_cloudwatch),
    Check("topic-encryption", the_alert_topic, _topic_encryption),
)
