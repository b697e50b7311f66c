"""The digest as JSON that chat shows and programs read.

It is a custom notification of Amazon Q Developer in chat applications (administrator guide,
"Custom notifications"): only the fields of its event schema stand in it. `content` is what Slack
and Teams show; programs find the same as data in `metadata.additionalContext`, whose values the
schema wants to be strings: `rows` is JSON in a string.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Final

from monitoring.alert_details.details import (
    Details,
    account,
    calls_and_principals,
    caveats,
    counted,
    elsewhere,
    newness,
    unavailable,
    window,
)
from monitoring.alert_details.digest import Digest, Row
from monitoring.alert_details.safe_text import in_chat, plain
from monitoring.alert_details.short_text import subject_of

SHOWN_ROWS: Final = 5
# A section of a Slack message holds 3,000 characters: five rows of such values stay below it.
_LONGEST_VALUE: Final = 100


def notification_of(details: Details, rows: int) -> str:
    """The notification, with at most so many rows as data; says how many are left out."""
    alarm, found = details.alarm, details.found
    # The same alarm delivered twice makes the same thread and the same id.
    change = hashlib.sha256(f"{alarm.arn} {alarm.name} {alarm.end}".encode()).hexdigest()[:32]
    notification = {
        "version": "1.0",
        "source": "custom",
        "id": change,
        "content": {
            "textType": "client-markdown",
            "title": _title(details),
            "description": "\n".join(_description(details)),
            "nextSteps": list(_next_steps(details)),
            "keywords": ["unauthorized API calls", plain(alarm.account), plain(alarm.region)],
        },
        "metadata": {
            "threadId": change,
            "summary": subject_of(details),
            "eventType": "UnauthorizedAPICallsDigest",
            "relatedResources": [alarm.arn] if alarm.arn else [],
            "additionalContext": {
                "alarm": alarm.name,
                "account": alarm.account,
                "accountAlias": details.alias or "",
                "region": alarm.region,
                "start": alarm.start.isoformat(),
                "end": alarm.end.isoformat(),
                **(
                    {"unavailable": found}
                    if isinstance(found, str)
                    else _data(found, min(rows, len(found.rows)))
                ),
                "query": details.query_url or "",
                "runbook": details.runbook_url,
            },
        },
    }
    return json.dumps(notification)


def _title(details: Details) -> str:
    if isinstance(details.found, str):
        return "No details of the denied AWS API calls"
    headline = calls_and_principals(details.found)
    return headline[0].upper() + headline[1:]


def _description(details: Details) -> Iterator[str]:
    where = f"{in_chat(account(details), _LONGEST_VALUE)} {plain(details.alarm.region)}"
    yield f"{window(details.alarm)}, {where}"
    found = details.found
    if isinstance(found, str):
        yield unavailable(found)
        return
    if new := newness(found):
        yield f"*Not seen in the preceding day: {new}*"
    yield from caveats(found)
    for row in found.rows[:SHOWN_ROWS]:
        yield _shown(details, row)
    if rest := found.rows[SHOWN_ROWS:]:
        calls = counted(sum(row.calls for row in rest), "call")
        yield f"and {counted(len(rest), 'more row')} with {calls}"


def _shown(details: Details, row: Row) -> str:
    what = row.what
    values = {
        "by": what.principal,
        "of": f"{plain(what.event_source)} {plain(what.event_name)}",
        "from": what.source,
        "error": what.error,
        "in account": elsewhere(details, what.account),
    }
    told = " ".join(
        f"{label} {in_chat(value, _LONGEST_VALUE)}{_mark(label, row)}"
        for label, value in values.items()
        if value is not None or label != "in account"
    )
    first, last = (time.strftime("%H:%M:%S") for time in (row.first, row.last))
    return f"• *{counted(row.calls, 'call')}* {told}, {first} to {last}"


def _mark(label: str, row: Row) -> str:
    is_new = {"by": row.is_new_principal, "from": row.is_new_source}.get(label, False)
    return " *(new)*" if is_new else ""


def _next_steps(details: Details) -> Iterator[str]:
    if details.query_url is None:
        yield "Run the saved query of this stack in CloudWatch Logs Insights"
    else:
        yield f"<{details.query_url}|Every call of this window in CloudWatch Logs Insights>"
    if details.runbook_url:
        yield f"<{_link(details.runbook_url)}|Runbook>"


def _link(url: str) -> str:
    # What would end the link, or begin another part of it.
    return "".join(f"%{ord(mark):02X}" if mark in "<>| " else mark for mark in plain(url))


def _data(digest: Digest, rows: int) -> dict[str, str]:
    return {
        "calls": str(digest.calls),
        "principals": str(digest.principals),
        "cutOff": digest.cut_off or "",
        "precedingDayCutOff": digest.day_cut_off or "",
        "unreadableEvents": str(digest.unreadable),
        "rows": json.dumps([_row(row) for row in digest.rows[:rows]]),
        "rowsLeftOut": str(len(digest.rows) - rows),
    }


def _row(row: Row) -> dict[str, Any]:
    what = row.what
    return {
        "calls": row.calls,
        "first": row.first.isoformat(),
        "last": row.last.isoformat(),
        "principal": what.principal,
        "eventSource": what.event_source,
        "eventName": what.event_name,
        "sourceIPAddress": what.source,
        "errorCode": what.error,
        "recipientAccountId": what.account,
        "newPrincipal": row.is_new_principal,
        "newSource": row.is_new_source,
    }
