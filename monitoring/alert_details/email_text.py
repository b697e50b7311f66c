"""The digest as an e-mail: at most 80 columns, but for links, which have to stay whole."""

import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from monitoring.alert_details.details import (
    Details,
    account,
    calls_and_principals,
    caveats,
    counted,
    elsewhere,
    moment,
    newness,
    unavailable,
    window,
)
from monitoring.alert_details.digest import Digest, Row
from monitoring.alert_details.safe_text import plain, wrapped

WIDTH: Final = 80
ROWS: Final = 10
_LINES_OF_A_VALUE: Final = 4


def text_of(details: Details) -> str:
    """The e-mail's text; its lines end in a line feed."""
    found = details.found
    if isinstance(found, str):
        body = [
            *_paragraph(f"Who was denied what, from where, could not be found out: {found}."),
            *_paragraph(unavailable(found)),
            "",
            *_where(details),
        ]
    else:
        body = [*_summary(found), "", *_where(details), "", *_table(details, found)]
    return "\n".join([*body, *_links(details)]) + "\n"


def _summary(digest: Digest) -> Iterator[str]:
    headline = calls_and_principals(digest)
    yield from _paragraph(f"{headline[0].upper()}{headline[1:]}.")
    if new := newness(digest):
        yield from _paragraph(f"Not seen in the preceding day: {new}.")
    elif digest.day_cut_off is None:
        yield "All principals and source addresses were seen in the preceding day, too."
    for caveat in caveats(digest):
        yield from _paragraph(caveat)


def _where(details: Details) -> Iterator[str]:
    alarm = details.alarm
    yield from _field("Window", window(alarm), at=0, label_width=9)
    yield from _field("Account", account(details), at=0, label_width=9)
    yield from _field("Region", plain(alarm.region), at=0, label_width=9)
    yield from _field("Alarm", plain(alarm.name), at=0, label_width=9)


def _table(details: Details, digest: Digest) -> Iterator[str]:
    shown, rest = digest.rows[:ROWS], digest.rows[ROWS:]
    today = details.alarm.end.date()
    times = [time for row in shown for time in (row.first, row.last)]
    short = all(time.date() == today for time in times)
    width = len(_clock(details.alarm.end, short=short))
    yield f"  CALLS  {'FIRST':{width}}  {'LAST':{width}}  (UTC)"
    for row in shown:
        first, last = (_clock(time, short=short) for time in (row.first, row.last))
        yield f"{row.calls:7,}  {first}  {last}  {_marks(row)}".rstrip()
        yield from _row(details, row)
        yield ""
    if rest:
        calls = counted(sum(row.calls for row in rest), "call")
        yield f"and {counted(len(rest), 'more row')} with {calls}"
        yield ""


def _row(details: Details, row: Row) -> Iterator[str]:
    what = row.what
    call = f"{plain(what.event_source)} {plain(what.event_name)}"
    yield from _field("who", plain(what.principal))
    yield from _field("what", call)
    yield from _field("error", plain(what.error))
    yield from _field("from", plain(what.source))
    other = elsewhere(details, what.account)
    if other is not None:
        yield from _field("account", plain(other))


def _marks(row: Row) -> str:
    marks = (("NEW principal", row.is_new_principal), ("NEW source", row.is_new_source))
    return ", ".join(mark for mark, is_new in marks if is_new)


def _field(label: str, value: str, *, at: int = 9, label_width: int = 9) -> Iterator[str]:
    # What goes on in the next line stands under the value, never where a label stands.
    margin = at + label_width
    first, *more = wrapped(value, WIDTH - margin, _LINES_OF_A_VALUE)
    yield f"{'':{at}}{label:{label_width}}{first}"
    yield from (f"{'':{margin}}{line}" for line in more)


def _links(details: Details) -> Sequence[str]:
    query = details.query_url
    told = ["Every call of this window, in CloudWatch Logs Insights:", query or ""]
    if query is None:
        told = ["Run the saved query of this stack in CloudWatch Logs Insights."]
    return [*told, *(["", "Runbook:", plain(details.runbook_url)] if details.runbook_url else [])]


def _paragraph(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH)


def _clock(time: datetime, *, short: bool) -> str:
    return time.strftime("%H:%M:%S") if short else moment(time)
