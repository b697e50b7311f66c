"""What AWS refuses although its service models do not say so, call by call.

Each rule's source is the call's page in AWS's API references unless another is named. The emulator
accepts all of it.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from assurance.filter_pattern import FilterPatternError, parse

Params = Mapping[str, Any]

_TOPIC_NAME: Final = re.compile(r"[0-9A-Za-z_-]{1,256}|[0-9A-Za-z_-]{1,251}\.fifo")
_QUEUE_NAME: Final = re.compile(r"[0-9A-Za-z_-]{1,80}|[0-9A-Za-z_-]{1,75}\.fifo")
_TOPIC_POLICY_LIMIT: Final = 30 * 1024
_HIGH_RESOLUTION_PERIODS: Final = (10, 20, 30)
_LONG_PERIOD: Final = 3_600
_WINDOW_LIMIT: Final = 86_400
_WINDOW_LIMIT_OF_LONG_PERIODS: Final = 604_800
_PROTOCOLS: Final = (
    "http",
    "https",
    "email",
    "email-json",
    "sms",
    "sqs",
    "application",
    "lambda",
    "firehose",
)
_RAW_DELIVERY: Final = ("http", "https", "sqs", "firehose")
_MISSING_DATA: Final = ("breaching", "notBreaching", "ignore", "missing")


def refusals(service: str, operation: str, params: Params) -> Iterator[str]:
    """What AWS would object to in this request, which satisfies the service's model."""
    rule = _RULES.get((service, operation))
    if rule is not None:
        yield from rule(params)


def _put_metric_filter(params: Params) -> Iterator[str]:
    pattern = params["filterPattern"]
    # The other forms of pattern (bare terms, columns) are no language of ours.
    if pattern.lstrip().startswith("{"):
        try:
            parse(pattern)
        except FilterPatternError as error:
            yield f"filterPattern is invalid: {error}"
    for transformation in params["metricTransformations"]:
        if "defaultValue" in transformation and transformation.get("dimensions"):
            yield "a metric transformation with dimensions may have no defaultValue"


def _put_metric_alarm(params: Params) -> Iterator[str]:
    for needed in ("ComparisonOperator", "EvaluationPeriods"):
        if needed not in params:
            yield f"{needed} is required"
    if re.search(r"[\x00-\x1f\x7f]", params["AlarmName"]):
        yield "AlarmName may hold no control characters"
    if ":" in params.get("Namespace", ""):
        yield "Namespace may hold no colon"
    if params.get("TreatMissingData", "missing") not in _MISSING_DATA:
        yield f"TreatMissingData must be one of {', '.join(_MISSING_DATA)}"
    if "Threshold" not in params:
        yield "Threshold is required"
    if ("Statistic" in params) == ("ExtendedStatistic" in params):
        yield "exactly one of Statistic and ExtendedStatistic is required"
    yield from _alarm_window(params)
    for state in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        wrong = [action for action in params.get(state, ()) if not action.startswith("arn:")]
        yield from (f"{state}: {action} is not an ARN" for action in wrong)


def _alarm_window(params: Params) -> Iterator[str]:
    period = params.get("Period")
    periods = params.get("EvaluationPeriods", 1)
    if params.get("DatapointsToAlarm", 1) > periods:
        yield f"DatapointsToAlarm is larger than EvaluationPeriods ({periods})"
    if period is None:
        return
    if period % 60 and period not in _HIGH_RESOLUTION_PERIODS:
        yield f"Period must be 10, 20, 30 or a multiple of 60, and is {period}"
    limit = _WINDOW_LIMIT_OF_LONG_PERIODS if period >= _LONG_PERIOD else _WINDOW_LIMIT
    if period * periods > limit:
        yield f"EvaluationPeriods * Period is {period * periods} seconds, and may be {limit}"


def _create_topic(params: Params) -> Iterator[str]:
    if not _TOPIC_NAME.fullmatch(params["Name"]):
        yield "Name must be 1 to 256 letters, digits, hyphens or underscores"


def _set_topic_attributes(params: Params) -> Iterator[str]:
    name, value = params["AttributeName"], params.get("AttributeValue", "")
    if name == "SignatureVersion" and value not in {"1", "2"}:
        yield "SignatureVersion must be 1 or 2"
    if name == "DeliveryPolicy" and value:
        yield from _json_object(name, value)
    if name == "Policy":
        yield from _topic_policy(params["TopicArn"], value)


def _topic_policy(topic_arn: str, text: str) -> Iterator[str]:
    # SNS developer guide, "API permissions: actions and resources reference" and its limits.
    yield from _policy("Policy", text)
    if len(text.encode()) > _TOPIC_POLICY_LIMIT:
        yield "Policy is larger than 30 KB"
    for statement in _statements(text):
        if any(resource != topic_arn for resource in _listed(statement.get("Resource"))):
            yield f"Policy: Resource must be {topic_arn} itself"
        actions = _listed(statement.get("Action"))
        if any(not re.fullmatch(r"sns:[a-z]+\*?", action, re.IGNORECASE) for action in actions):
            yield "Policy: action out of service scope (each must name an SNS action)"
    sids = [statement["Sid"] for statement in _statements(text) if "Sid" in statement]
    if len(sids) != len(set(sids)):
        yield "Policy: the Sids must be unique"


def _subscribe(params: Params) -> Iterator[str]:
    protocol, endpoint = params["Protocol"], params.get("Endpoint", "")
    if protocol not in _PROTOCOLS:
        yield f"Protocol must be one of {', '.join(_PROTOCOLS)}"
    if not endpoint:
        yield "Endpoint is required"
    if protocol in {"http", "https"} and not endpoint.startswith(f"{protocol}://"):
        yield f"Endpoint must begin with {protocol}://"
    if protocol == "sqs" and endpoint.endswith(".fifo") and ".fifo" not in params["TopicArn"]:
        yield "a FIFO queue cannot be subscribed to a standard topic"
    attributes = params.get("Attributes", {})
    if attributes.get("RawMessageDelivery") == "true" and protocol not in _RAW_DELIVERY:
        yield f"RawMessageDelivery is not for {protocol}"
    for name, value in attributes.items():
        yield from _subscription_attribute(name, value)


def _set_subscription_attributes(params: Params) -> Iterator[str]:
    value = params.get("AttributeValue")
    if value:
        yield from _subscription_attribute(params["AttributeName"], value)


def _subscription_attribute(name: str, value: str) -> Iterator[str]:
    if name == "FilterPolicyScope" and value not in {"MessageAttributes", "MessageBody"}:
        yield "FilterPolicyScope must be MessageAttributes or MessageBody"
    if name in {"DeliveryPolicy", "FilterPolicy", "RedrivePolicy"}:
        yield from _json_object(name, value)
    if name == "RedrivePolicy" and not list(_json_object(name, value)):
        redrive = json.loads(value)
        target = redrive.get("deadLetterTargetArn", "")
        if set(redrive) != {"deadLetterTargetArn"} or ":sqs:" not in str(target):
            yield "RedrivePolicy must hold deadLetterTargetArn, a queue's ARN, and nothing else"


def _create_queue(params: Params) -> Iterator[str]:
    if not _QUEUE_NAME.fullmatch(params["QueueName"]):
        yield "QueueName must be 1 to 80 letters, digits, hyphens or underscores"
    yield from _queue_attributes(params)


def _queue_attributes(params: Params) -> Iterator[str]:
    policy = params.get("Attributes", {}).get("Policy")
    if policy:
        yield from _policy("Policy", policy)


def _create_alias(params: Params) -> Iterator[str]:
    name = params["AliasName"]
    if not name.startswith("alias/") or name == "alias/":
        yield "AliasName must begin with alias/"
    if name.startswith("alias/aws/"):
        yield "AliasName may not begin with alias/aws/: those are AWS's own"


def _key_policy(params: Params) -> Iterator[str]:
    if "Policy" in params:
        yield from _policy("Policy", params["Policy"])


def _policy(name: str, text: str) -> Iterator[str]:
    problems = list(_json_object(name, text))
    yield from problems
    if not problems and not _statements(text):
        yield f"{name} has no Statement"


def _json_object(name: str, text: str) -> Iterator[str]:
    try:
        value = json.loads(text)
    except ValueError:
        yield f"{name} is not JSON"
        return
    if not isinstance(value, dict):
        yield f"{name} is not a JSON object"


def _statements(text: str) -> list[dict[str, Any]]:
    try:
        value = json.loads(text)
    except ValueError:
        return []
    statements = _listed(value.get("Statement")) if isinstance(value, dict) else []
    return [statement for statement in statements if isinstance(statement, dict)]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


_RULES: Final[Mapping[tuple[str, str], Callable[[Params], Iterator[str]]]] = {
    ("logs", "PutMetricFilter"): _put_metric_filter,
    ("cloudwatch", "PutMetricAlarm"): _put_metric_alarm,
    ("sns", "CreateTopic"): _create_topic,
    ("sns", "SetTopicAttributes"): _set_topic_attributes,
    ("sns", "Subscribe"): _subscribe,
    ("sns", "SetSubscriptionAttributes"): _set_subscription_attributes,
    ("sqs", "CreateQueue"): _create_queue,
    ("sqs", "SetQueueAttributes"): _queue_attributes,
    ("kms", "CreateAlias"): _create_alias,
    ("kms", "CreateKey"): _key_policy,
    ("kms", "PutKeyPolicy"): _key_policy,
}
