import json

import pytest

from assurance.notifications import RENDERED, Notification, parse, seen_by
from monitoring.endpoints import Kind

ALARM = json.dumps(
    {
        "AlarmName": "denied",
        "AlarmDescription": "who & what",
        "AWSAccountId": "123456789012",
        "NewStateValue": "ALARM",
        "NewStateReason": "Threshold Crossed",
        "StateChangeTime": "2026-01-02T03:04:05.678+0000",
        "Region": "EU (Frankfurt)",
        "OldStateValue": "OK",
        "Trigger": {"MetricName": "UnauthorizedAPICalls", "Namespace": "CISBenchmark"},
    }
)


def enveloped(message: str, subject: str | None = 'ALARM: "denied" in EU (Frankfurt)') -> str:
    return json.dumps(
        {
            "Type": "Notification",
            "MessageId": "1",
            "TopicArn": "arn:aws:sns:eu-central-1:123456789012:alerts",
            "Message": message,
            "SigningCertURL": "https://example.com/cert.pem",
            **({"Subject": subject} if subject is not None else {}),
        }
    )


def test_an_alarm_is_read_out_of_its_envelope() -> None:
    notification = parse(enveloped(ALARM))
    assert notification.alarm is not None
    assert notification.alarm["AlarmName"] == "denied"
    assert notification.subject == 'ALARM: "denied" in EU (Frankfurt)'


def test_a_raw_alarm_is_read_without_an_envelope() -> None:
    notification = parse(ALARM)
    assert notification.alarm is not None
    assert (notification.message, notification.subject) == (ALARM, "")


@pytest.mark.parametrize("text", ["", "hello", "5", "[]", '{"Type": "Notification"}', "{"])
def test_another_message_is_taken_as_it_is(text: str) -> None:
    notification = parse(text)
    assert notification == Notification(text, "", text, {})
    assert notification.alarm is None


@pytest.mark.parametrize("kind", [Kind.HTTPS, Kind.PAGERDUTY, Kind.SQS])
def test_who_is_really_delivered_to_sees_what_was_delivered(kind: Kind) -> None:
    assert kind not in RENDERED
    assert seen_by(kind, parse(enveloped(ALARM))) == enveloped(ALARM)


def test_a_mail_tells_what_happened_when_and_why() -> None:
    mail = seen_by(Kind.EMAIL, parse(enveloped(ALARM)))
    assert mail.startswith('Subject: ALARM: "denied" in EU (Frankfurt)\n\n')
    for told in ("who & what", "OK -> ALARM", "Threshold Crossed", "123456789012", "03:04:05"):
        assert told in mail


def test_other_messages_are_mailed_and_texted_as_they_are() -> None:
    plain = parse(enveloped("hello", subject=None))
    assert seen_by(Kind.EMAIL, plain) == "Subject: AWS Notification Message\n\nhello"
    assert seen_by(Kind.SMS, plain) == "hello"


def test_a_function_is_invoked_with_the_event_that_lambda_documents() -> None:
    event = json.loads(seen_by(Kind.LAMBDA, parse(enveloped(ALARM))))
    [record] = event["Records"]
    assert (record["EventSource"], record["EventVersion"]) == ("aws:sns", "1.0")
    assert record["Sns"]["Message"] == ALARM
    assert record["Sns"]["MessageAttributes"] == {}
    assert "SigningCertUrl" in record["Sns"]
    assert "SigningCertURL" not in record["Sns"]
