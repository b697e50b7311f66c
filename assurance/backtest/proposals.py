"""Exclusions that would take the noise out of a history, and what each would have changed."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from assurance.alarm_evaluation import DAY, AlarmSettings
from assurance.backtest.bursts import Burst, Newcomer, Principal, noticed
from assurance.backtest.history import Activity, Contributor, Matches
from assurance.backtest.minute_counts import MinuteCounts
from assurance.backtest.results import Proposal, Ranked
from assurance.backtest.words import counted, stamp
from monitoring import control, exclusions
from monitoring.exclusions import Exclusion
from monitoring.problems import Problems
from monitoring.tuned_pattern import tuned_pattern

# How many contributors have an exclusion worked out for them.
LIMIT: Final = 10

_ROLE: Final = "userIdentity.sessionContext.sessionIssuer.arn"
_IDENTITY: Final = "userIdentity.arn"
_SESSION: Final = re.compile(":(assumed-role|federated-user)/")
_SERVICE: Final = "userIdentity.invokedBy"
_SERVICE_HOST: Final = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?|AWS Internal")
_NAME_LIMIT: Final = 40


def rank(
    matches: Matches,
    settings: AlarmSettings,
    *,
    newcomers: Mapping[Principal, Newcomer],
    history_start: int,
    exclusions_so_far: Sequence[Exclusion],
    limit: int = LIMIT,
) -> tuple[Ranked, ...]:
    """Every contributor, who makes most of the matches first.

    The first `limit` have a proposal or `why_not`: never one that describes a call of a principal
    who may be new, nor one without which a newcomer's burst would have gone unnoticed.
    """
    total = matches.events
    ordered = sorted(matches.by_contributor.items(), key=lambda item: (-item[1].events, item[0]))
    proposer = (
        _Proposer(matches, settings, newcomers, history_start, exclusions_so_far) if limit else None
    )
    ranked = []
    for place, (contributor, activity) in enumerate(ordered):
        said: Proposal | str = ""
        if proposer is not None and place < limit:
            said = proposer.propose(contributor, activity)
        ranked.append(
            Ranked(
                contributor,
                activity.events,
                activity.events / total,
                proposal=said if isinstance(said, Proposal) else None,
                why_not=said if isinstance(said, str) else "",
            )
        )
    return tuple(ranked)


class _Proposer:
    def __init__(
        self,
        matches: Matches,
        settings: AlarmSettings,
        newcomers: Mapping[Principal, Newcomer],
        history_start: int,
        so_far: Sequence[Exclusion],
    ) -> None:
        self._matches = matches
        self._settings = settings
        self._history_start = history_start
        self._so_far = so_far
        self._new = newcomers
        self._counts = MinuteCounts.of(matches.by_minute)
        self._times = self._counts.notified(settings)
        self._proposed: dict[tuple[tuple[str, str], ...], str] = {}
        self._names = {exclusion.name for exclusion in so_far}

    def propose(self, contributor: Contributor, activity: Activity) -> Proposal | str:
        """An exclusion that removes the contributor, or why there is none."""
        if activity.by_minute is None:
            return "this history does not tell when it called; backtest its files"
        newcomer = self._new.get(Principal.of(contributor))
        if newcomer is not None:
            return self._about(newcomer)
        fields = _fields(contributor)
        if isinstance(fields, str):
            return fields
        described = tuple(fields.items())
        if described in self._proposed:
            return f"{self._proposed[described]}, above, removes it too"
        name = self._name(contributor)
        problems = Problems()
        parsed = exclusions.parse({name: fields}, problems)
        if problems:
            return "; ".join(f"{problem.path} {problem.why}" for problem in problems)
        length = len(tuned_pattern([*self._so_far, *parsed]))
        if length > control.FILTER_PATTERN_LIMIT:
            besides = "with the stack's exclusions " if self._so_far else ""
            return (
                f"{besides}the filter pattern would be {length:,} characters long, and CloudWatch"
                f" Logs takes {control.FILTER_PATTERN_LIMIT:,}"
            )
        removed = {
            other: each
            for other, each in self._matches.by_contributor.items()
            if _is_described(other, contributor, fields)
        }
        times = self._counts.without(removed.values()).notified(self._settings)
        hidden = first_hidden(self._new, self._times, times, self._settings)
        if hidden is not None:
            return (
                f"without these calls the burst of {hidden.principal.value} at"
                f" {stamp(hidden.start)} would have gone unnoticed"
            )
        self._names.add(name)
        self._proposed[described] = name
        return Proposal(
            name=name,
            fields=fields,
            removes=sum(each.events for each in removed.values()),
            also_hides={
                other: each.events for other, each in removed.items() if other != contributor
            },
            saves=len(self._times) - len(times),
        )

    def _about(self, newcomer: Newcomer) -> str:
        seen = f"first seen {stamp(newcomer.first_seen)}"
        if newcomer.burst is not None:
            return (
                f"{seen}, with {counted(newcomer.burst.events, 'denied call')} within an hour:"
                " look at it before you exclude it"
            )
        if newcomer.first_seen < self._history_start + DAY:
            return f"{seen}, and on fewer than three days: too few to call it usual"
        return f"{seen}, after the history's first day: it may be new"

    def _name(self, contributor: Contributor) -> str:
        who = re.split(r"[/:]", contributor.principal)[-1].partition(".")[0]
        text = re.sub(r"[^A-Za-z0-9]+", "-", f"{who}-{contributor.event_name}").strip("-")
        name, number = text[:_NAME_LIMIT], 1
        while name in self._names:
            number += 1
            suffix = f"-{number}"
            name = text[: _NAME_LIMIT - len(suffix)] + suffix
        return name


def _fields(contributor: Contributor) -> dict[str, str] | str:
    """What describes a contributor for certain, or why nothing does."""
    principal = contributor.principal
    match contributor.principal_field:
        case field if field == _ROLE:
            fields = {_ROLE: principal}
        case field if field == _IDENTITY and principal.endswith(":root"):
            return "it is the account's root user, whose every denied call matters"
        case field if field == _IDENTITY and not _SESSION.search(principal):
            fields = {_IDENTITY: principal}
        case field if field == _SERVICE:
            # Calls that a service makes for a role name the service too, and stay counted.
            fields = {_SERVICE: principal, "userIdentity.type": "AWSService"}
        case "":
            return "its records do not say who called"
        case field:
            return (
                f"its records name who called by {field} alone, which may describe"
                " others too, or one session only"
            )
    fields |= {"eventSource": contributor.event_source, "eventName": contributor.event_name}
    if _SERVICE_HOST.fullmatch(contributor.source_ip):
        fields["sourceIPAddress"] = contributor.source_ip
    for field, value in fields.items():
        if "*" in value:
            return f"{field} has a *, which would describe others too"
    return fields


def _is_described(other: Contributor, contributor: Contributor, fields: Mapping[str, str]) -> bool:
    return (
        other.event_name == contributor.event_name
        and other.event_source == contributor.event_source
        and Principal.of(other) == Principal.of(contributor)
        and ("sourceIPAddress" not in fields or other.source_ip == contributor.source_ip)
    )


def first_hidden(
    newcomers: Mapping[Principal, Newcomer],
    before: Sequence[int],
    after: Sequence[int],
    settings: AlarmSettings,
) -> Burst | None:
    """A newcomer's burst of which an alarm told when it went off `before`, and not `after`."""
    bursts = (each.burst for each in newcomers.values() if each.burst is not None)
    return next(
        (
            burst
            for burst in bursts
            if noticed(burst.by_minute, before, settings)
            and not noticed(burst.by_minute, after, settings)
        ),
        None,
    )
