"""AccountSnapshot: what an account says of the control's parts, and what it would not say.

Nothing here comes from what a program declared. A part that could not be read is an Unknown, never
missing; a part that is missing is None or not listed.
"""

import hashlib
import json
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

_HTTP: Final = ("http", "https")


class SnapshotError(ValueError):
    """A text that is not a recorded snapshot; the message says where."""


class Unknown(Struct, frozen=True, kw_only=True, tag=True):
    """A part that could not be read: the call, about what, and AWS's error code.

    `permission` is the IAM action that is missing; empty when the call failed for another reason.
    """

    call: str
    about: str
    code: str
    permission: str = ""

    def __str__(self) -> str:
        missing = f": needs the permission {self.permission}" if self.permission else ""
        return f"{self.call} on {self.about} failed with {self.code}{missing}"


class LogGroup(Struct, frozen=True, kw_only=True, tag=True):
    """A log group. `retention_days` is 0 when events are kept for ever."""

    name: str
    arn: str
    log_group_class: str
    retention_days: int = 0
    kms_key: str = ""


class MetricFilter(Struct, frozen=True, kw_only=True, tag=True):
    """A metric filter and the metric that it writes; `metric_value` is text, as AWS keeps it.

    `field_selection` is what it asks of an event's account and region before it looks at it,
    `system_dimensions` which of these become dimensions of the metric.
    """

    name: str
    log_group_name: str
    pattern: str
    metric_namespace: str
    metric_name: str
    metric_value: str
    default_value: float | None = None
    unit: str = "None"
    dimensions: dict[str, str] = {}
    on_transformed_logs: bool = False
    field_selection: str = ""
    system_dimensions: tuple[str, ...] = ()

    @property
    def metric(self) -> "Metric":
        """The metric that it writes, without dimensions."""
        return Metric(namespace=self.metric_namespace, name=self.metric_name)


class Metric(Struct, frozen=True, kw_only=True, tag=True):
    """A metric by which alarms are looked up."""

    namespace: str
    name: str
    dimensions: dict[str, str] = {}

    def __str__(self) -> str:
        dimensions = "".join(f" {key}={value}" for key, value in sorted(self.dimensions.items()))
        return f"{self.namespace}/{self.name}{dimensions}"


class Alarm(Struct, frozen=True, kw_only=True, tag=True):
    """A metric alarm; `statistic` is empty when it has an extended statistic or metric math.

    `state_since` is when it came into its state, None where that was not told.
    """

    name: str
    arn: str
    namespace: str
    metric_name: str
    dimensions: dict[str, str]
    statistic: str
    period: int
    evaluation_periods: int
    datapoints_to_alarm: int
    threshold: float
    comparison_operator: str
    treat_missing_data: str
    unit: str
    actions_enabled: bool
    alarm_actions: tuple[str, ...]
    ok_actions: tuple[str, ...]
    insufficient_data_actions: tuple[str, ...]
    state: str
    state_since: datetime | None = None
    description: str = ""
    extended_statistic: str = ""


class AlarmsOnMetric(Struct, frozen=True, kw_only=True, tag=True):
    """The alarms on one metric."""

    metric: Metric
    alarms: tuple[Alarm, ...] | Unknown


class MuteRule(Struct, frozen=True, kw_only=True, tag=True):
    """A rule by which an alarm's actions do not run; `status` is SCHEDULED, ACTIVE or EXPIRED.

    `mute_type` is ONE_TIME or RECURRING.
    """

    arn: str
    status: str
    mute_type: str = ""
    expires_at: datetime | None = None

    @property
    def name(self) -> str:
        """The rule's name."""
        return self.arn.partition(":alarm-mute-rule:")[2] or self.arn


class MuteRules(Struct, frozen=True, kw_only=True, tag=True):
    """The mute rules that name an alarm."""

    alarm: str
    rules: tuple[MuteRule, ...] | Unknown


class Phone(Struct, frozen=True, kw_only=True, tag=True):
    """A phone number, and what keeps SNS from delivering to it: its own STOP, the SMS sandbox."""

    number: str
    opted_out: bool | Unknown
    is_sandboxed: bool | Unknown


class Subscription(Struct, frozen=True, kw_only=True, tag=True):
    """A topic's subscription.

    `endpoint` is shown only as far as it is no credential (http and https: the host); `digest`
    tells one endpoint from another (`endpoint_digest`). `status` is confirmed, pending or deleted.
    """

    arn: str
    protocol: str
    endpoint: str
    digest: str
    owner: str
    status: str
    attributes: "SubscriptionAttributes | Unknown | None" = None

    @property
    def is_confirmed(self) -> bool:
        """Whether messages are delivered to it."""
        return self.status == "confirmed"

    @property
    def is_by_sms(self) -> bool:
        """Whether it is a phone's."""
        return self.protocol == "sms"

    @property
    def function_name(self) -> str:
        """The name of the function that it invokes; empty when it invokes none."""
        return self.endpoint.split(":")[6] if self.protocol == "lambda" else ""


class SubscriptionAttributes(Struct, frozen=True, kw_only=True, tag=True):
    """What a subscription's attributes add; policies are JSON, empty when there is none."""

    raw_message_delivery: bool = False
    filter_policy: str = ""
    filter_policy_scope: str = ""
    redrive_policy: str = ""
    delivery_policy: str = ""
    confirmation_was_authenticated: bool = False

    @property
    def dead_letter_queue(self) -> str:
        """The ARN of the queue for what could not be delivered; empty when there is none."""
        try:
            redrive = json.loads(self.redrive_policy or "{}")
        except ValueError:
            return ""
        target = redrive.get("deadLetterTargetArn") if isinstance(redrive, dict) else None
        return target if isinstance(target, str) and target.count(":") == 5 else ""


class Key(Struct, frozen=True, kw_only=True, tag=True):
    """A KMS key; `manager` is AWS or CUSTOMER."""

    arn: str
    manager: str
    state: str
    spec: str
    usage: str
    policy: str | Unknown
    rotated: bool | Unknown


class Topic(Struct, frozen=True, kw_only=True, tag=True):
    """A topic that an alarm acts on.

    `key_id` is what the topic names as its key, empty when it is not encrypted; `key` is that key,
    None when there is none of that name.
    """

    arn: str
    owner: str
    policy: str
    key_id: str
    subscriptions: tuple[Subscription, ...] | Unknown
    key: Key | Unknown | None = None
    delivery_policy: str = ""
    signature_version: str = "1"


class TopicRead(Struct, frozen=True, kw_only=True, tag=True):
    """A topic by its ARN: as it is, None when it is not there, or unknown."""

    arn: str
    topic: Topic | Unknown | None


class QueueRead(Struct, frozen=True, kw_only=True, tag=True):
    """A queue that a topic delivers to: its policy (JSON), None when it is not there.

    `key_id` is what the queue names as its key, empty when SQS encrypts it by itself or nobody
    does; `key` is that key, None when there is none of that name.
    """

    arn: str
    policy: str | Unknown | None
    key_id: str = ""
    key: Key | Unknown | None = None


class FunctionRead(Struct, frozen=True, kw_only=True, tag=True):
    """A function that a topic invokes: its policy (JSON), None when it has none."""

    arn: str
    policy: str | Unknown | None


class TrailStatus(Struct, frozen=True, kw_only=True, tag=True):
    """What a trail says of its work; `delivery_error` is of its delivery to CloudWatch Logs."""

    is_logging: bool
    delivered_at: datetime | None = None
    delivery_error: str = ""


class EventSelector(Struct, frozen=True, kw_only=True, tag=True):
    """Management events that a trail logs, by one of its basic or advanced selectors.

    `excluded_sources` are event sources that it leaves out.
    """

    reads: bool
    writes: bool
    excluded_sources: tuple[str, ...] = ()
    is_advanced: bool = False


class Trail(Struct, frozen=True, kw_only=True, tag=True):
    """A trail; `log_group_arn` is empty when it delivers to no log group."""

    arn: str
    home_region: str
    log_group_arn: str
    is_multi_region: bool
    is_organization: bool
    status: TrailStatus | Unknown
    management_events: tuple[EventSelector, ...] | Unknown

    @property
    def log_group_name(self) -> str:
        """The name of the log group that it delivers to; empty when there is none."""
        return self.log_group_arn.split(":")[6] if self.log_group_arn else ""


class AccountSnapshot(Struct, frozen=True, kw_only=True):
    """One account and region, as the walk from its log group found it.

    `metric_filters` are those of the log group, and those of other groups that write the same
    metrics. `alarms` lists the metrics that were looked up: the filters' own, the log group's
    IncomingLogEvents, the topics' NumberOfNotificationsFailed, and the Errors of the functions that
    the topics invoke, where there are alarms on these. `mute_rules` are those of each of these
    alarms, `phones` those that the topics tell by SMS, and `trails` all that the account sees; a
    rehearsal has none of the three.
    """

    taken_at: datetime
    region: str
    account: str | Unknown
    log_group_name: str
    log_group: LogGroup | Unknown | None
    metric_filters: tuple[MetricFilter, ...] | Unknown
    alarms: tuple[AlarmsOnMetric, ...] = ()
    topics: tuple[TopicRead, ...] = ()
    queues: tuple[QueueRead, ...] = ()
    functions: tuple[FunctionRead, ...] = ()
    trails: tuple[Trail, ...] | Unknown = ()
    mute_rules: tuple[MuteRules, ...] = ()
    phones: tuple[Phone, ...] = ()

    def to_json(self) -> str:
        """The snapshot as a text to be recorded; it holds no credential."""
        return msgspec.json.format(msgspec.json.encode(self)).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> "AccountSnapshot":
        """A recorded snapshot; raises SnapshotError."""
        try:
            return msgspec.json.decode(text, type=cls)
        except msgspec.DecodeError as error:
            raise SnapshotError(f"not a recorded snapshot: {error}") from error


def endpoint_digest(protocol: str, endpoint: str) -> str:
    """Tells one endpoint from another without telling either: SHA-256 of protocol and endpoint."""
    return hashlib.sha256(f"{protocol}:{endpoint}".encode()).hexdigest()


def shown_endpoint(protocol: str, endpoint: str) -> str:
    """As much of an endpoint as may be shown: of a URL, which is a credential, the host."""
    if protocol not in _HTTP:
        return endpoint
    try:
        return f"{protocol}://{urlsplit(endpoint).hostname or ''}/…"
    except ValueError:
        return f"{protocol}://…"
