"""The function of the alert details: its own code, with what it is deployed with, on the emulator.

It is called here as SNS calls it, in this process: the emulator delivers what it publishes.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from assurance import notifications
from assurance.aws import Clients
from assurance.emulated_aws.resource_type import missing
from assurance.filter_pattern import parse
from assurance.inboxes import Inbox, Inboxes
from assurance.notifications import Notification
from assurance.policy_evaluation import Decision, Request, evaluate
from monitoring.alert_details.handler import Services, Settings, respond
from monitoring.endpoints import PROTOCOLS, Kind

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

# What it logs goes to its log group on AWS, and to nobody here.
_LOG: Final = logging.getLogger("monitoring.alert_details")
_LOG.addHandler(logging.NullHandler())
_LOG.propagate = False

_LAMBDA: Final = "lambda.amazonaws.com"
_NOT_FOUND: Final = "ResourceNotFoundException"


@dataclass(frozen=True)
class Published:
    """What the function published: the texts by protocol."""

    subject: str
    texts: Mapping[str, str]

    @property
    def unavailable(self) -> str:
        """Why it has no details; empty when it has."""
        told: Any = json.loads(self.texts["lambda"])
        why: str = told["metadata"]["additionalContext"].get("unavailable", "")
        return why

    def is_delivered_in(self, inbox: Inbox, arrived: Notification) -> bool:
        """Whether what arrived is the text for the protocol that the emulator calls it by."""
        return arrived.message == self._text(inbox.address.protocol)

    def seen_in(self, inbox: Inbox, arrived: Notification) -> str:
        """What the recipient of an inbox sees of it.

        Most stand-ins are called over http: the text is the one of the recipient's own protocol.
        """
        if not self.is_delivered_in(inbox, arrived):
            return inbox.seen(arrived)
        text = self._text(PROTOCOLS[inbox.kind])
        if arrived.envelope:
            envelope = {**arrived.envelope, "Message": text}
            return inbox.seen(notifications.parse(json.dumps(envelope)))
        return inbox.seen(replace(arrived, delivered=text, message=text))

    def _text(self, protocol: str) -> str:
        return self.texts.get(protocol, self.texts["default"])


class Responder:
    """The deployed function: its inbox is where SNS invokes it."""

    def __init__(self, inbox: Inbox, clients: Clients, log_group_name: str) -> None:
        self.inbox = inbox
        self.arn = inbox.endpoint.address
        self._clients = clients
        self._log_group_name = log_group_name
        self.evaluated_here = False
        """Whether the emulator found events that the pattern does not match."""

    @classmethod
    def found(cls, inboxes: Inboxes, clients: Clients, log_group_name: str) -> "Responder | None":
        """The one among the subscribed functions that no recipient names; None if there is none."""
        for inbox in inboxes:
            if inbox.kind is Kind.LAMBDA and inbox.recipient is None:
                return cls(inbox, clients, log_group_name)
        return None

    def answer(self, told: Notification, time: int) -> tuple[Published, ...]:
        """Invoke the function with a notification, as if an alarm had told it at this time.

        Raises whatever the function raises.
        """
        published: list[Published] = []
        logs = _Logs(self._clients.logs)
        respond(
            json.loads(self.inbox.seen(_told_at(told, time))),
            Settings.of_environment(self._variables()),
            Services(logs=logs, sns=_Sns(self._clients, published), iam=self._clients.iam),
            remaining=lambda: float(self._configuration()["Timeout"]),
            now=lambda: datetime.fromtimestamp(time, UTC),
        )
        self.evaluated_here |= logs.evaluated_here
        return tuple(published)

    def faults(self, topic_arn: str, key_arn: str | None) -> Iterator[str]:
        """What keeps the function from doing its work on AWS, where the emulator looks away."""
        try:
            configuration = self._configuration()
        except ClientError as error:
            if not missing(error, _NOT_FOUND):
                raise
            yield "the function that is subscribed does not exist"
            return
        yield from self._missing_rights(configuration, topic_arn, key_arn)

    def _missing_rights(
        self, configuration: Mapping[str, Any], topic_arn: str, key_arn: str | None
    ) -> Iterator[str]:
        role = configuration["Role"].rpartition("/")[2]
        own = configuration.get("LoggingConfig", {}).get(
            "LogGroup", f"/aws/lambda/{configuration['FunctionName']}"
        )
        prefix = ":".join([*self.arn.split(":")[:2], "logs", *self.arn.split(":")[3:5]])
        context = {"kms:EncryptionContext:aws:sns:topicArn": topic_arn}
        needed = [
            ("logs:FilterLogEvents", f"{prefix}:log-group:{self._log_group_name}:log-stream:"),
            ("sns:Publish", topic_arn),
            ("logs:PutLogEvents", f"{prefix}:log-group:{own}:log-stream:x"),
        ]
        if key_arn is not None:
            needed += [("kms:Decrypt", key_arn), ("kms:GenerateDataKey", key_arn)]
        policies = list(self._policies(role))
        for action, resource in needed:
            request = Request(_LAMBDA, action, resource, context)
            decisions = {evaluate(policy, request).decision for policy in policies}
            if Decision.DENIED in decisions or Decision.ALLOWED not in decisions:
                yield f"the function's role does not allow {action} on {resource}"

    def _policies(self, role: str) -> Iterator[str]:
        """The role's policies, worded as if they were a resource's, for the role itself."""
        iam = self._clients.iam
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document: Any = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            read = json.loads(document) if isinstance(document, str) else document
            statements = [{**s, "Principal": {"Service": _LAMBDA}} for s in read["Statement"]]
            yield json.dumps({**read, "Statement": statements})

    def _variables(self) -> Mapping[str, str]:
        variables: Mapping[str, str]
        variables = self._configuration().get("Environment", {}).get("Variables", {})
        return variables

    def _configuration(self) -> Mapping[str, Any]:
        return self._clients.lambda_.get_function_configuration(FunctionName=self.arn)


class _Logs:
    """The emulator's logs, in which the evaluator looks: FilterLogEvents takes any JSON there."""

    def __init__(self, logs: "CloudWatchLogsClient") -> None:
        self._logs = logs
        self.evaluated_here = False

    def filter_log_events(self, **asked: Any) -> Mapping[str, Any]:
        """As boto3's."""
        page = self._logs.filter_log_events(**asked)
        pattern = parse(asked["filterPattern"])
        matching = [event for event in page["events"] if pattern.matches(event["message"])]
        self.evaluated_here |= len(matching) < len(page["events"])
        return {**page, "events": matching}


class _Sns:
    """The emulator's SNS, with a note of what is published."""

    def __init__(self, clients: Clients, published: list[Published]) -> None:
        self._clients = clients
        self._published = published

    def publish(self, **asked: Any) -> Mapping[str, Any]:
        """As boto3's."""
        answer = self._clients.sns.publish(**asked)
        self._published.append(Published(asked["Subject"], json.loads(asked["Message"])))
        return answer


def _told_at(told: Notification, time: int) -> Notification:
    """The notification with the replay's clock in the message: the emulator's is the machine's."""
    alarm = told.alarm
    if alarm is None:
        return told
    stamp = datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    message = json.dumps({**alarm, "StateChangeTime": stamp})
    return notifications.parse(json.dumps({**told.envelope, "Message": message}))
