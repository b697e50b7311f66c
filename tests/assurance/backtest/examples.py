"""Backtests to show, of real records and made up."""

import calendar
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from assurance.alarm_evaluation import (
    AlarmSettings,
    AlarmState,
    ComparisonOperator,
    TreatMissingData,
    replay,
)
from assurance.backtest.history import Activity, Contributor, History, Matches, Skipped
from assurance.backtest.results import (
    AlarmBacktest,
    Backtest,
    Outcome,
    Proposal,
    Ranked,
    Suggestion,
)
from assurance.cloudtrail import Record, read
from assurance.filter_pattern import parse
from assurance.metric_history import MetricHistory, Statistic, StatisticSet
from monitoring import control

DATA = Path(__file__).parents[2] / "data" / "cloudtrail"
PERIODS = (60, 300, 900, 3_600, 21_600)
THRESHOLDS = (1, 2, 3, 5, 10, 20, 50)
ROLE = "userIdentity.sessionContext.sessionIssuer.arn"


def settings(period: int = 300, threshold: int = 1) -> AlarmSettings:
    """An alarm as the stack deploys it."""
    return AlarmSettings(
        period=period,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        threshold=threshold,
        comparison_operator=ComparisonOperator.GREATER_THAN_OR_EQUAL,
        statistic=Statistic.SUM,
        treat_missing_data=TreatMissingData.NOT_BREACHING,
    )


def alarm(
    matches: Matches,
    span: tuple[int, int],
    *,
    key: str = control.CIS_V3,
    pages: bool = True,
    of: AlarmSettings | None = None,
    proposals: Mapping[Contributor, Proposal | str] | None = None,
    thresholds: Sequence[int] = THRESHOLDS,
) -> AlarmBacktest:
    """What an alarm would have done over the minutes of this span."""
    of = of or settings()
    # Other events come in every minute, for which the metric filter reports its default value.
    metric = MetricHistory(
        dict.fromkeys(range(*span, 60), StatisticSet.of([0.0]))
        | {minute: StatisticSet(n, n, 1, 1) for minute, n in matches.by_minute.items()}
    )

    def outcome(period: int, threshold: int) -> Outcome:
        done = replay(
            metric,
            settings(period, threshold),
            start=span[0],
            end=span[1],
            initial=AlarmState.OK,
        )
        return Outcome(
            period, threshold, done.count(AlarmState.ALARM), done.seconds_in(AlarmState.ALARM)
        )

    ranked, events = [], matches.events
    by_size = sorted(matches.by_contributor.items(), key=lambda item: (-item[1].events, item[0]))
    for contributor, activity in by_size:
        proposal = (proposals or {}).get(contributor, "")
        ranked.append(
            Ranked(
                contributor,
                activity.events,
                activity.events / events,
                None if isinstance(proposal, str) else proposal,
                proposal if isinstance(proposal, str) else "",
            )
        )
    return AlarmBacktest(
        key=key,
        pages=pages,
        matched=matches.events,
        by_minute=matches.by_minute,
        settings=of,
        replay=replay(
            metric,
            of,
            start=span[0],
            end=span[1] + of.window + of.cadence,
            initial=AlarmState.OK,
        ),
        outcome=outcome(of.period, int(of.threshold)),
        sweep=[outcome(p, t) for p in PERIODS for t in thresholds],
        contributors=ranked,
    )


def of_matches(
    by_minute: Mapping[int, int],
    by_contributor: Mapping[Contributor, int] | None = None,
    *,
    history: Mapping[str, Any] | None = None,
    span: tuple[int, int] | None = None,
    **how: Any,
) -> Backtest:
    """The backtest of one alarm over these matches, each by anyone unless said."""
    anyone = {contributor("anyone"): sum(by_minute.values())} if by_minute else {}
    whose = {who: Activity(events) for who, events in (by_contributor or anyone).items()}
    matches = Matches(by_minute, whose)
    first, last = min(by_minute, default=None), max(by_minute, default=None)
    if span is None:
        span = (first, last + 3_600) if first is not None and last is not None else (0, 0)
    known: dict[str, Any] = {
        "events": matches.events,
        "first_event": first,
        "last_event": last,
        "files": 1,
    }
    return Backtest(
        "dev",
        History({control.CIS_V3: matches}, **(known | dict(history or {}))),
        [alarm(matches, span, **how)],
        Suggestion(None, "This stack's settings do as well as any other."),
    )


def of_a_long_history(
    days: int = 30,
    contributors: int = 400,
    thresholds: Sequence[int] = (1, 2, 3, 5, 10, 20, 50, 100),
) -> Backtest:
    """Minutes like those of a busy account: a scanner each night, a broken job, people by day."""
    begin = 1_767_225_600
    by_minute: Counter[int] = Counter()
    for minute in range(begin, begin + days * 86_400, 60):
        hour, weekday = minute % 86_400 // 3_600, minute // 86_400 % 7
        if hour == 2 and minute % 3_600 < 1_500:
            by_minute[minute] += 40
        if minute % 1_800 == 0 and minute // 86_400 % 11 < 4:
            by_minute[minute] += 3
        if weekday not in (2, 3) and 8 <= hour < 18 and minute * 2_654_435_761 % 997 < 30:
            by_minute[minute] += 1
    total = by_minute.total()
    whose = {
        contributor(
            f"arn:aws:iam::123456789012:role/service-{place:06}", f"198.51.100.{place % 250}"
        ): (max(1, total // 2 ** (place + 2)) if place < 10 else 1)
        for place in range(contributors)
    }
    scanner, job = list(whose)[:2]
    proposals: dict[Contributor, Proposal | str] = {
        scanner: Proposal(
            "service-000000",
            {ROLE: scanner.principal, "eventName": "ListBuckets"},
            whose[scanner] + 7,
            {contributor(scanner.principal, f"203.0.113.{n}"): 7 - n for n in range(6)},
            days,
        ),
        job: "its calls are all in one burst: an attack looks the same",
    }
    how: dict[str, Any] = {"proposals": proposals, "thresholds": thresholds}
    made = of_matches(by_minute, whose, history={"files": 66_277, "events": total * 40}, **how)
    suggested = next(o for o in made.paging.sweep if (o.period, o.threshold) == (300, 50))
    reason = (
        "The scanner and the job stay below 50 in 5 minutes; every burst in this history is above."
    )
    return replace(made, suggestion=Suggestion(suggested, reason))


def contributor(principal: str, source_ip: str = "198.51.100.7") -> Contributor:
    """Who is denied ListBuckets."""
    return Contributor(
        principal, "s3.amazonaws.com", "ListBuckets", source_ip, "AccessDenied", ROLE
    )


def of_real_records() -> Backtest:
    """The records of an account under attack, as the two alarms of a tuned stack see them."""
    patterns = {
        control.TUNED: parse(
            f'{{ {control.TUNED_CONDITIONS} && ($.eventName != "DescribeInstanceAttribute") }}'
        ),
        control.CIS_V3: parse(control.PATTERNS[control.CIS_V3]),
    }
    by_minute: dict[str, Counter[int]] = {key: Counter() for key in patterns}
    whose: dict[str, dict[Contributor, Counter[int]]] = {
        key: defaultdict(Counter) for key in patterns
    }
    times, files = [], set()
    for item in read([str(DATA / "real" / "invictus-stratus")]):
        assert isinstance(item, Record)
        files.add(item.source)
        record = msgspec.json.decode(item.text)
        times.append(_seconds(record["eventTime"]))
        for key, pattern in patterns.items():
            if pattern.matches(item.text):
                minute = times[-1] // 60 * 60
                by_minute[key][minute] += 1
                whose[key][_contributor(record)][minute] += 1
    matches = {
        key: Matches(
            dict(by_minute[key]),
            {who: Activity(sum(when.values()), dict(when)) for who, when in whose[key].items()},
        )
        for key in patterns
    }
    span = (min(times) // 60 * 60, max(times) // 60 * 60 + 60)
    noisiest = sorted(whose[control.TUNED], key=lambda who: -whose[control.TUNED][who].total())
    described = {
        "eventName": noisiest[0].event_name,
        noisiest[0].principal_field: noisiest[0].principal,
    }
    alike = {
        who: when.total()
        for who, when in whose[control.TUNED].items()
        if (who.event_name, who.principal) == (noisiest[0].event_name, noisiest[0].principal)
    }
    tuned = matches[control.TUNED]
    without = _without(tuned, set(alike))
    saves = alarm(tuned, span).outcome.notifications - alarm(without, span).outcome.notifications
    proposals: dict[Contributor, Proposal | str] = dict.fromkeys(
        noisiest[1:], "first seen in a burst: to exclude it would hide the next one"
    )
    proposals[noisiest[0]] = Proposal(
        "password-reader",
        described,
        sum(alike.values()),
        {who: n for who, n in alike.items() if who != noisiest[0]},
        saves,
    )
    return Backtest(
        "prod",
        History(
            matches,
            events=len(times),
            first_event=min(times),
            last_event=max(times),
            duplicates=12,
            files=len(files),
            skipped=Skipped(digest_files=3),
            caveats=(
                "Every event counts at its eventTime; CloudTrail delivers within about 5 minutes.",
            ),
        ),
        [
            alarm(tuned, span, key=control.TUNED, proposals=proposals, of=settings(300, 1)),
            alarm(matches[control.CIS_V3], span, pages=False),
        ],
        Suggestion(
            next(o for o in alarm(tuned, span).sweep if (o.period, o.threshold) == (60, 3)),
            "Both bursts are told of, and it is ready for the next one within minutes.",
        ),
    )


def _without(matches: Matches, excluded: set[Contributor]) -> Matches:
    kept = {who: of for who, of in matches.by_contributor.items() if who not in excluded}
    left: Counter[int] = Counter()
    for activity in kept.values():
        left.update(activity.by_minute or {})
    return Matches(dict(left), kept)


def _contributor(record: Mapping[str, Any]) -> Contributor:
    identity = record.get("userIdentity") or {}
    issuer = (identity.get("sessionContext") or {}).get("sessionIssuer") or {}
    return Contributor(
        issuer.get("arn") or identity.get("arn") or "",
        record.get("eventSource", ""),
        record.get("eventName", ""),
        record.get("sourceIPAddress", ""),
        record.get("errorCode", ""),
        ROLE if issuer.get("arn") else "userIdentity.arn",
    )


def _seconds(event_time: str) -> int:
    return calendar.timegm(time.strptime(event_time, "%Y-%m-%dT%H:%M:%SZ"))
