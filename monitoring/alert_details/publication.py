"""One publication for every recipient: a text for each protocol, all within SNS's limit."""

import json
from dataclasses import dataclass
from typing import Final

from monitoring.alert_details.chat import notification_of
from monitoring.alert_details.details import Details
from monitoring.alert_details.email_text import text_of
from monitoring.alert_details.short_text import subject_of, text_message_of

# SNS's default limit is 262,144 bytes for the message with its attributes; the rest is margin.
LARGEST: Final = 256_000
_MOST_ROWS: Final = 500


@dataclass(frozen=True)
class Publication:
    """What sns.publish takes: the subject, and the message in MessageStructure json."""

    subject: str
    message: str


def publication_of(details: Details) -> Publication:
    """The texts; where they are too large, rows are left out of the data, which says so."""
    rows = _MOST_ROWS
    while len(message := _message(details, rows)) > LARGEST and rows:
        rows = rows * 3 // 4
    return Publication(subject_of(details), message)


def _message(details: Details, rows: int) -> str:
    # All of it is ASCII: a character is a byte.
    email = text_of(details)
    notification = notification_of(details, rows)
    return json.dumps(
        {
            "default": email,
            "email": email,
            "email-json": email,
            "sms": text_message_of(details),
            **dict.fromkeys(("http", "https", "sqs", "lambda"), notification),
        }
    )
