"""What SNS delivers of an alarm, and what each kind of recipient sees of it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from monitoring.endpoints import Kind


@dataclass(frozen=True)
class Notification:
    """One notification: `delivered` is the text as it arrived, the rest what is in it.

    `message` is what was published: for an alarm, CloudWatch's JSON of its change of state.
    """

    delivered: str
    subject: str
    message: str
    envelope: Mapping[str, Any]

    @property
    def alarm(self) -> Mapping[str, Any] | None:
        """The change of state that the message tells; None when it is another message."""
        told = _object(self.message)
        return told if "AlarmName" in told and "NewStateValue" in told else None


def parse(delivered: str) -> Notification:
    """A notification from the text that arrived: SNS's envelope, or the bare message (raw)."""
    envelope = _object(delivered)
    if envelope.get("Type") == "Notification" and "Message" in envelope:
        return Notification(
            delivered, envelope.get("Subject") or "", str(envelope["Message"]), envelope
        )
    return Notification(delivered, "", delivered, {})


def seen_by(kind: Kind, notification: Notification) -> str:
    """What a recipient of this kind sees, as text.

    https, pagerduty and sqs get `delivered` itself. The others are RENDERED here, after the SNS
    developer guide and the messages that CloudWatch sends: the emulator neither mails nor texts.
    """
    render = RENDERED.get(kind)
    return notification.delivered if render is None else render(notification)


def _email(notification: Notification) -> str:
    alarm = notification.alarm
    lines = [f"Subject: {notification.subject or 'AWS Notification Message'}", ""]
    if alarm is None:
        return "\n".join([*lines, notification.message])
    trigger = alarm.get("Trigger") or {}
    lines += [
        (
            f'Your Amazon CloudWatch Alarm "{alarm["AlarmName"]}" in the {alarm.get("Region")} '
            f"region has entered the {alarm['NewStateValue']} state, because "
            f'"{alarm.get("NewStateReason")}" at "{alarm.get("StateChangeTime")}".'
        ),
        "",
        "Alarm Details:",
        f"- Name: {alarm['AlarmName']}",
        f"- Description: {alarm.get('AlarmDescription')}",
        f"- State Change: {alarm.get('OldStateValue')} -> {alarm['NewStateValue']}",
        f"- Reason for State Change: {alarm.get('NewStateReason')}",
        f"- Timestamp: {alarm.get('StateChangeTime')}",
        f"- AWS Account: {alarm.get('AWSAccountId')}",
        "",
        "Monitored Metric:",
        f"- MetricNamespace: {trigger.get('Namespace')}",
        f"- MetricName: {trigger.get('MetricName')}",
        f"- Period: {trigger.get('Period')} seconds",
        f"- Statistic: {trigger.get('Statistic')}",
    ]
    return "\n".join(lines)


def _email_json(notification: Notification) -> str:
    return notification.delivered


def _sms(notification: Notification) -> str:
    # CloudWatch's short message is the subject of its long one.
    return notification.subject if notification.alarm is not None else notification.message


def _lambda(notification: Notification) -> str:
    # Lambda developer guide, "Invoking Lambda functions with Amazon SNS notifications".
    renamed = {"SigningCertURL": "SigningCertUrl", "UnsubscribeURL": "UnsubscribeUrl"}
    told = {renamed.get(key, key): value for key, value in notification.envelope.items()}
    record = {
        "EventVersion": "1.0",
        "EventSource": "aws:sns",
        "Sns": {"MessageAttributes": {}, **told},
    }
    return json.dumps({"Records": [record]})


RENDERED: Final[Mapping[Kind, Callable[[Notification], str]]] = {
    Kind.EMAIL: _email,
    Kind.EMAIL_JSON: _email_json,
    Kind.SMS: _sms,
    Kind.LAMBDA: _lambda,
}
"""The kinds of recipient whose view of a message is worked out here, not delivered."""


def _object(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
