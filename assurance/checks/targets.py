"""What the topics deliver to: that the queues and functions let them."""

from collections.abc import Iterator
from typing import Any, Final

from assurance.checks.finding import Verdict, failed, judged, passed, unknown
from assurance.checks.rule import Check, each_topic
from assurance.checks.view import View, known
from assurance.policy_evaluation import Decision, Request, evaluate
from assurance.snapshot import FunctionRead, QueueRead, SubscriptionAttributes, Topic

_SNS: Final = "sns.amazonaws.com"


def _queue_accepts_topic(view: View, topic: Topic) -> Iterator[Verdict]:
    subscriptions = view.subscriptions(topic)
    arns = {s.endpoint for s in subscriptions if s.protocol == "sqs"} | {
        s.attributes.dead_letter_queue
        for s in subscriptions
        if isinstance(s.attributes, SubscriptionAttributes)
    }
    queues = [queue for queue in view.snapshot.queues if queue.arn in arns]
    if not queues:
        yield passed(f"{topic.arn} delivers to no queue")
    for queue in queues:
        if queue.policy is None:
            yield failed(f"there is no queue {queue.arn}", "subscribe a queue that is there")
        else:
            yield _accepts(queue, topic, "sqs:SendMessage")


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
    request = Request(
        service=_SNS,
        action=action,
        resource=target.arn,
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
    said = evaluate(policy, request)
    evidence = f"{target.arn}, for {topic.arn}: {said.why}"
    if said.decision is Decision.UNKNOWN:
        return unknown(evidence)
    return judged(good=said.decision is Decision.ALLOWED, evidence=evidence, mend=mend)


CHECKS: Final[tuple[Check[Any], ...]] = (
    Check("queue-accepts-topic", each_topic, _queue_accepts_topic),
    Check("function-accepts-topic", each_topic, _function_accepts_topic),
)
