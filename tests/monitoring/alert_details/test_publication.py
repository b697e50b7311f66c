"""One publication, a text for each protocol, within SNS's size."""

import json
from typing import Any

from hypothesis import given, settings

from monitoring.alert_details.chat import notification_of
from monitoring.alert_details.email_text import text_of
from monitoring.alert_details.publication import publication_of
from monitoring.alert_details.short_text import subject_of, text_message_of
from tests.monitoring.alert_details import hostile
from tests.monitoring.alert_details.worlds import details_of, digest_of, record

# Publish, parameter Message: bytes, not characters.
SNS_LIMIT = 262_144
JSON = ("http", "https", "sqs", "lambda")


def test_each_protocol_has_its_text() -> None:
    details = details_of(digest_of(record()))
    publication = publication_of(details)
    email, notification = text_of(details), notification_of(details, 500)
    assert json.loads(publication.message) == {
        "default": email,
        "email": email,
        "email-json": email,
        "sms": text_message_of(details),
        **dict.fromkeys(JSON, notification),
    }
    assert publication.subject == subject_of(details)


def test_no_text_is_taken_for_an_alarm() -> None:
    texts = json.loads(publication_of(details_of(digest_of(record()))).message)
    for protocol in JSON:
        assert "AlarmName" not in json.loads(texts[protocol])


def test_rows_that_make_it_too_large_are_left_out_and_counted() -> None:
    told = [
        record(eventName=f"{number}" + "\U0001f600" * 200, eventID=str(number))
        for number in range(1_000)
    ]
    publication = publication_of(details_of(digest_of(*told)))
    context = json.loads(json.loads(publication.message)["sqs"])["metadata"]["additionalContext"]
    rows = json.loads(context["rows"])

    assert len((publication.subject + publication.message).encode()) <= SNS_LIMIT
    assert int(context["calls"]) == 1_000
    assert 1 <= len(rows) < 100
    assert len(rows) + int(context["rowsLeftOut"]) == 1_000


def test_rows_of_common_length_stand_in_the_data_by_the_hundred() -> None:
    told = [record(eventName=f"Call{number}", eventID=str(number)) for number in range(1_000)]
    message = publication_of(details_of(digest_of(*told))).message
    context = json.loads(json.loads(message)["sqs"])["metadata"]["additionalContext"]
    assert 100 <= len(json.loads(context["rows"])) <= 500


@settings(max_examples=50)
@given(records=hostile.records())
def test_whatever_a_record_holds_sns_takes_the_publication(records: list[dict[str, Any]]) -> None:
    publication = publication_of(details_of(digest_of(*records)))
    assert len((publication.subject + publication.message).encode("utf-8")) <= SNS_LIMIT
    texts = json.loads(publication.message)
    assert all(isinstance(text, str) and text.isprintable() for text in [texts["sms"]])
    # SNS wants UTF-8: what it unescapes may hold no half of a character.
    assert all(text.encode("utf-8") for text in texts.values())
