"""The digest in one line: an e-mail's subject, and a text message."""

from typing import Final

from monitoring.alert_details.details import Details, calls_and_principals, counted
from monitoring.alert_details.digest import Digest
from monitoring.alert_details.safe_text import cut, in_text_message, name_of, plain

# SNS: "less than 100 characters long".
SUBJECT_LENGTH: Final = 99
# SNS: one text message holds 140 ASCII characters.
TEXT_MESSAGE_LENGTH: Final = 140


def subject_of(details: Details) -> str:
    """How many calls, where, and the most telling of them; printable ASCII."""
    where = f"in {plain(details.alarm.account)}"
    found = details.found
    if isinstance(found, str):
        told = f"No details of the denied AWS API calls {where}: {plain(found)}"
    else:
        told = f"{_headline(found)} {where}: {_first(found)}"
    return cut(told, SUBJECT_LENGTH)


def text_message_of(details: Details) -> str:
    """One line that one text message holds."""
    alarm = details.alarm
    where = f"{alarm.account} {alarm.region}"
    found = details.found
    if isinstance(found, str):
        told = f"Denied AWS API calls in {where}, but no details: {found}. See the alarm's e-mail."
    else:
        until = alarm.end.strftime("%H:%M UTC")
        told = f"{_headline(found)}, {where}, {until}: {_first(found)}"
    return cut(in_text_message(told), TEXT_MESSAGE_LENGTH)


def _headline(digest: Digest) -> str:
    told = calls_and_principals(digest)
    new = ""
    if digest.new_principals:
        new = f" ({digest.new_principals:,} new)"
    elif digest.new_sources:
        new = f" ({counted(digest.new_sources, 'new source')})"
    return f"{told[0].upper()}{told[1:]}{new}"


def _first(digest: Digest) -> str:
    what = digest.rows[0].what
    return f"{plain(what.event_name)} by {plain(name_of(what.principal))}"
