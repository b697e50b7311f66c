"""A log group's history: the same as that of files, by the queries of its filter patterns."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from assurance.aws import Clients
from assurance.backtest.history import Activity, Contributor, History, Matches
from assurance.backtest.judge import PRINCIPAL_FIELDS
from assurance.backtest.words import stamp
from assurance.filter_pattern import parse
from assurance.logs_insights.asking import (
    Asker,
    InsightsError,
    QueryTimedOutError,
    Row,
    columns,
)
from assurance.logs_insights.queries import (
    GROUPED_BY,
    MINUTE_COLUMN,
    ROW_LIMIT,
    TOTALS,
    column,
    queries,
)

_MINUTE: Final = 60
_DAY: Final = 86_400
# Fewer minutes than rows, so that no answer by minute is cut.
_BY_MINUTE_SPAN: Final = 6 * 86_400
# In us-east-1; CloudWatch's price list has the others.
PRICE_PER_GB: Final = 0.005
_METRIC_PERIOD: Final = 3_600
_CAVEATS: Final = (
    "Asked of CloudWatch Logs Insights: events count at their @timestamp, their delivery.",
    "An event that was delivered twice counts twice.",
    "Logs Insights sees the first 200 fields of an event: one that has more may be missed.",
)

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Cost:
    """What queries scan, and what that costs in US dollars."""

    scanned: int
    price_per_gb: float = PRICE_PER_GB

    @property
    def dollars(self) -> float:
        """CloudWatch bills by the GB scanned."""
        return self.scanned / 1e9 * self.price_per_gb


def estimate(
    asker: Asker, patterns: Mapping[str, str], *, since: int, until: int, price_per_gb: float
) -> Cost:
    """What `history` would scan: what came in, as often as it is asked. Raises InsightsError."""
    _group(asker)
    values = asker.call(
        "cloudwatch:GetMetricData",
        lambda: sum(_bytes_in(asker.clients, asker.log_group, since, until)),
    )
    return Cost(int(values) * (1 + 2 * len(patterns)), price_per_gb)


def history(
    asker: Asker,
    patterns: Mapping[str, str],
    *,
    since: int,
    until: int,
    now: int,
    progress: Progress,
) -> History:
    """The history from `since` up to but not at `until`, both on a minute.

    What is before the log group's life is not asked. Raises InsightsError, and TranslationError for
    a pattern that cannot be asked for.
    """
    asked = {key: queries(parse(text)) for key, text in patterns.items()}
    group = _group(asker)
    caveats = list(group.caveats(since, now))
    since = max(since, group.begins(now))
    if since >= until:
        raise InsightsError(
            f"{asker.log_group} has nothing from before {stamp(since)}: ask for a later time"
        )
    progress("events in all")
    totals = asker.ask(TOTALS, since, until, 1)
    matches = {}
    for key, query in asked.items():
        progress(f"{key}: matches by minute")
        by_minute = _by_minute(asker, query.by_minute, since, until)
        progress(f"{key}: contributors")
        matches[key] = Matches(
            by_minute=by_minute,
            by_contributor=_by_contributor(asker, query.by_contributor, since, until),
        )
        named = sum(each.events for each in matches[key].by_contributor.values())
        if by_minute and named != matches[key].events:
            caveats.append(
                f"{key}: contributors add up to {named:,} of {matches[key].events:,} matches:"
                " events still came in, or had no name for who called."
            )
        caveats += query.caveats
    if _group(asker).created != group.created:
        raise InsightsError(
            f"the log group {asker.log_group} was deleted and made anew meanwhile: ask again"
        )
    return _assembled(totals, matches, caveats)


def _assembled(totals: list[Row], matches: Mapping[str, Matches], caveats: list[str]) -> History:
    [total] = totals or [{"events": "0"}]
    columns([total], "events")
    return History(
        matches=matches,
        events=_number(total["events"]),
        first_event=_time(total.get("first")),
        last_event=_time(total.get("last")),
        caveats=(*_CAVEATS, *dict.fromkeys(caveats)),
    )


def _by_minute(asker: Asker, query: str, since: int, until: int) -> dict[int, int]:
    found: dict[int, int] = {}
    for start in range(since, until, _BY_MINUTE_SPAN):
        for rows in _halved(asker, query, start, min(start + _BY_MINUTE_SPAN, until)):
            columns(rows, MINUTE_COLUMN, "events")
            for row in rows:
                minute = _time(row[MINUTE_COLUMN])
                if minute is None:
                    raise InsightsError(f"AWS's answer has no time: {row[MINUTE_COLUMN]!r}")
                found[minute] = found.get(minute, 0) + _number(row["events"])
    return dict(sorted(found.items()))


def _by_contributor(
    asker: Asker, query: str, since: int, until: int
) -> dict[Contributor, Activity]:
    events: defaultdict[Contributor, int] = defaultdict(int)
    for rows in _halved(asker, query, since, until):
        columns(rows, "events")
        for row in rows:
            events[_contributor(row)] += _number(row["events"])
    return {who: Activity(number) for who, number in Counter(events).most_common()}


def _halved(asker: Asker, query: str, start: int, end: int) -> Iterator[list[Row]]:
    """The rows over a range, which is halved until no answer is cut and none takes too long."""
    try:
        rows = asker.ask(query, start, end, ROW_LIMIT)
    except QueryTimedOutError:
        rows = None
    if rows is not None and len(rows) < ROW_LIMIT:
        yield rows
        return
    if end - start <= _MINUTE:
        raise InsightsError(
            f"the minute of {stamp(start)} holds more than one query can tell; backtest its files"
        )
    middle = start + (end - start) // 2 // _MINUTE * _MINUTE
    yield from _halved(asker, query, start, middle)
    yield from _halved(asker, query, middle, end)


def _contributor(row: Row) -> Contributor:
    principal = row.get("principal", "")
    field = next(
        (
            name
            for number, name in enumerate(PRINCIPAL_FIELDS)
            if principal and _number(row.get(column(number), "0"))
        ),
        "",
    )
    source, name, ip, error = (row.get(each, "") for each in GROUPED_BY)
    return Contributor(principal, source, name, ip, error, field)


@dataclass(frozen=True, slots=True)
class _Group:
    """When a log group was made (milliseconds since 1970), and for how many days it keeps events.

    For 0 days is for ever.
    StartQuery refuses a range that ends before either (MalformedQueryException).
    """

    created: int
    kept_days: int

    def begins(self, now: int) -> int:
        """Before when it has nothing, on a minute."""
        oldest = now - self.kept_days * _DAY if self.kept_days else 0
        return max(self.created // 1_000, oldest) // _MINUTE * _MINUTE

    def caveats(self, since: int, now: int) -> Iterator[str]:
        """What is to be said where it has not all of the time from `since`."""
        begins = self.begins(now)
        if since < begins:
            why = (
                f"was made on {stamp(self.created // 1_000)}"
                if self.created // 1_000 >= begins
                else f"keeps its events for {self.kept_days} days"
            )
            yield f"The log group {why}: what was before is not counted."


def _group(asker: Asker) -> _Group:
    """The life of the log group; raises InsightsError for one that cannot be asked."""

    def find() -> Any:
        pages = asker.clients.logs.get_paginator("describe_log_groups").paginate(
            logGroupNamePrefix=asker.log_group
        )
        for page in pages:
            for group in page.get("logGroups") or ():
                if group.get("logGroupName") == asker.log_group:
                    return group
        return None

    group = asker.call("logs:DescribeLogGroups", find)
    if group is None:
        raise InsightsError(
            f"there is no log group {asker.log_group} in {asker.clients.region}: is it another"
            " region's or account's?"
        )
    if group.get("logGroupClass", "STANDARD") == "DELIVERY":
        raise InsightsError(f"{asker.log_group} is of class DELIVERY, which cannot be queried")
    return _Group(int(group.get("creationTime", 0)), group.get("retentionInDays", 0))


def _bytes_in(clients: Clients, log_group: str, since: int, until: int) -> Iterator[float]:
    pages = clients.cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[
            {
                "Id": "incoming",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/Logs",
                        "MetricName": "IncomingBytes",
                        "Dimensions": [{"Name": "LogGroupName", "Value": log_group}],
                    },
                    "Period": _METRIC_PERIOD,
                    "Stat": "Sum",
                },
            }
        ],
        StartTime=datetime.fromtimestamp(since, UTC),
        EndTime=datetime.fromtimestamp(until, UTC),
    )
    for page in pages:
        for result in page.get("MetricDataResults") or ():
            yield from result.get("Values") or ()


def _number(text: str) -> int:
    try:
        return int(float(text))
    except ValueError:
        raise InsightsError(f"AWS's answer has {text!r} where a number should be") from None


def _time(text: str | None) -> int | None:
    """Read `2026-03-02 06:00:00.000`, which is in UTC, or milliseconds since 1970."""
    if not text:
        return None
    if text.replace(".", "", 1).isdigit():
        return int(float(text)) // 1_000
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise InsightsError(f"AWS's answer has {text!r} where a time should be") from None
