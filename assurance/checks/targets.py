"""What the topics deliver to: that the queues and functions let them."""

from collections.abc import Iterator
from typing import Any, Final

from assurance import policy_evaluation
from assurance.checks import keys
from assurance.checks.finding import Verdict, failed, judged, passed, unknown
from assurance.checks.rule import Check, each_topic
from assurance.checks.view import View, known
from assurance.policy_evaluation import Decision, Request, evaluate
from assurance.snapshot import FunctionRead, QueueRead, SubscriptionAttributes, Topic

_SNS: Final = "sns.amazonaws.com"


def _queue_accepts_topic(view: View, topic: Topic) -> Iterator[Verdict]:
    queues = _queues(view, topic)
    if not queues:
        yield passed(f"{topic.arn} delivers to no queue")
    for queue in queues:
        if queue.policy is None:
            yield failed(f"there is no queue {queue.arn}", "subscribe a queue that is there")
        else:
            yield _accepts(queue, topic, "sqs:SendMessage")


def _queue_key_allows_sns(view: View, topic: Topic) -> Iterator[Verdict]:
    looked_at = False
    for queue in _queues(view, topic):
        known(queue.policy)
        if queue.key_id:
            looked_at = True
            yield from _key_lets_in(queue, topic)
    if not looked_at:
        yield passed(f"{topic.arn} delivers to no queue with a key of its own")


def _key_lets_in(queue: QueueRead, topic: Topic) -> Iterator[Verdict]:
    if keys.is_aws_managed(queue.key_id, queue.key):
        yield failed(
            f"{queue.arn}: the policy of {queue.key_id} names no service",
            "encrypt the queue with a key of your own, or by SQS's (SSE-SQS): AWS's own key does "
            "not let SNS use it, and its policy cannot be changed",
        )
        return
    if queue.key is None:
        yield failed(
            f"{queue.arn}: there is no key {queue.key_id}", "encrypt the queue with a key that is"
        )
        return
    key = known(queue.key)
    yield judged(
        good=keys.is_usable(key),
        evidence=keys.told(key),
        mend="encrypt the queue with a symmetric key that is enabled: SQS can use no other",
    )
    policy = known(key.policy)
    for action in keys.ACTIONS:
        request = _from_topic(topic, action, key.arn)
        yield _decided(
            evaluate(policy, request),
            f"{key.arn} of {queue.arn}, {action} for {topic.arn}",
            "let the key's policy allow kms:Decrypt and kms:GenerateDataKey* to sns.amazonaws.com: "
            "else SNS cannot put a message into the queue",
        )


def _queues(view: View, topic: Topic) -> list[QueueRead]:
    subscriptions = view.subscriptions(topic)
    arns = {s.endpoint for s in subscriptions if s.protocol == "sqs"} | {
        s.attributes.dead_letter_queue
        for s in subscriptions
        if isinstance(s.attributes, SubscriptionAttributes)
    }
    return [queue for queue in view.snapshot.queues if queue.arn in arns]


def _function_accepts_topic(view: View, topic: Topic) -> Iterator[Verdict]:
    arns = [s.endpoint for s in view.subscriptions(topic) if s.protocol == "lambda"]
    functions = [function for function in view.snapshot.functions if function.arn in arns]
    if not functions:
        yield passed(f"{topic.arn} invokes no function")
    for function in functions:
        yield _accepts(function, topic, "lambda:InvokeFunction")


def _accepts(target: QueueRead | FunctionRead, topic: Topic, action: str) -> Verdict:
    policy = known(target.policy) if target.policy is not None else ""
    mend = (
        f"let {target.arn} allow {action} to sns.amazonaws.com for what comes from {topic.arn} "
        "(aws:SourceArn)"
    )
    if not policy:
        return failed(f"{target.arn} has no policy", mend)
    said = evaluate(policy, _from_topic(topic, action, target.arn))
    return _decided(said, f"{target.arn}, for {topic.arn}", mend)


def _decided(said: policy_evaluation.Verdict, about: str, mend: str) -> Verdict:
    evidence = f"{about}: {said.why}"
    if said.decision is Decision.UNKNOWN:
        return unknown(evidence)
    return judged(good=said.decision is Decision.ALLOWED, evidence=evidence, mend=mend)


def _from_topic(topic: Topic, action: str, resource: str) -> Request:
    """What SNS asks for when it delivers."""
    return Request(
        service=_SNS,
        action=action,
        resource=resource,
        context={
            "aws:SourceArn": topic.arn,
            "aws:SecureTransport": "true",
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": _SNS,
            "aws:PrincipalAccount": None,
            "aws:PrincipalArn": None,
            "aws:PrincipalOrgID": None,
        },
    )


CHECKS: Final[tuple[Check[Any], ...]] = (
    Check("queue-accepts-topic", each_topic, _queue_accepts_topic),
    Check("queue-key-allows-sns", each_topic, _queue_key_allows_sns),
    Check("function-accepts-topic", each_topic, _function_accepts_topic),
)
