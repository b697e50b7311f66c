"""Who makes the noise, for the page, and the exclusions that would remove it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from ruamel.yaml import YAML

from assurance.backtest.history import Contributor
from assurance.backtest.results import AlarmBacktest, Proposal, Ranked
from assurance.backtest.words import counted, percent, shown
from monitoring.stack_config import NAMESPACE

LISTED = 25
_OTHERS_NAMED = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A contributor; `exclusion` is YAML to paste, and empty where `why_not` says why."""

    events: str
    share: str
    share_percent: float
    principal: str
    api: str
    source: str
    error: str
    exclusion: str
    effect: str
    also_hides: Sequence[str]
    why_not: str


def rows(alarm: AlarmBacktest) -> list[Row]:
    """The contributors who make the most of an alarm's matches, the first of them first."""
    return [_row(ranked, alarm) for ranked in alarm.contributors[:LISTED]]


def rest(alarm: AlarmBacktest) -> str:
    """What is not listed, in a sentence; empty when all are."""
    others = alarm.contributors[LISTED:]
    if not others:
        return ""
    events = sum(ranked.events for ranked in others)
    return (
        f"{counted(len(others), 'more contributor')} made {counted(events, 'denied call')}"
        f" ({percent(events, alarm.matched)})."
    )


def together(alarm: AlarmBacktest, limit: int) -> str:
    """All exclusions that are proposed for the first contributors, under one key.

    A stack file takes the key once. Empty where fewer than two are proposed.
    """
    proposals = [r.proposal for r in alarm.contributors[:limit] if r.proposal is not None]
    if len(proposals) < 2:
        return ""
    return exclusions_yaml({each.name: each.fields for each in proposals})


def exclusion_yaml(name: str, fields: Mapping[str, str]) -> str:
    """An exclusion as it stands in a stack file below `config:`, whatever is in its values."""
    return exclusions_yaml({name: fields})


def exclusions_yaml(exclusions: Mapping[str, Mapping[str, str]]) -> str:
    """Exclusions by name, as they stand there."""
    writer = YAML()
    writer.allow_unicode = False
    writer.width = 1 << 20
    text = StringIO()
    writer.dump({f"{NAMESPACE}:exclusions": {k: dict(v) for k, v in exclusions.items()}}, text)
    return "".join(f"  {line}" for line in text.getvalue().splitlines(keepends=True))


def _row(ranked: Ranked, alarm: AlarmBacktest) -> Row:
    who, proposal = ranked.contributor, ranked.proposal
    return Row(
        events=f"{ranked.events:,}",
        share=percent(ranked.events, alarm.matched),
        share_percent=round(100 * ranked.share, 1),
        principal=shown(who.principal) or "not said",
        api=shown(_api(who)) or "not said",
        source=shown(who.source_ip) or "not said",
        error=shown(who.error_code) or "not said",
        exclusion=exclusion_yaml(proposal.name, proposal.fields) if proposal else "",
        effect=_effect(proposal, alarm) if proposal else "",
        also_hides=_also_hides(proposal) if proposal else (),
        why_not=shown(ranked.why_not, 600),
    )


def _effect(proposal: Proposal, alarm: AlarmBacktest) -> str:
    removes = (
        f"removes {counted(proposal.removes, 'denied call')}"
        f" ({percent(proposal.removes, alarm.matched)})"
    )
    if proposal.saves is None:
        return f"{removes}; how many notifications that saves, this history does not tell"
    if proposal.saves < 0:
        return f"{removes}, and makes {counted(-proposal.saves, 'notification')} more"
    saved = counted(proposal.saves, "notification")
    return f"{removes}, saves {saved} of {alarm.outcome.notifications:,}"


def _also_hides(proposal: Proposal) -> list[str]:
    others = sorted(proposal.also_hides.items(), key=lambda item: (-item[1], item[0]))
    named = [f"{counted(events, 'call')}: {_who(other)}" for other, events in others]
    if len(named) <= _OTHERS_NAMED:
        return named
    beyond = others[_OTHERS_NAMED:]
    events = sum(events for _, events in beyond)
    return [
        *named[:_OTHERS_NAMED],
        f"{counted(events, 'call')} of {counted(len(beyond), 'more contributor')}",
    ]


def _who(other: Contributor) -> str:
    said = (other.principal, _api(other), other.source_ip, other.error_code)
    return shown(" · ".join(part for part in said if part) or "not said", 160)


def _api(who: Contributor) -> str:
    service = who.event_source.removesuffix(".amazonaws.com")
    return ":".join(part for part in (service, who.event_name) if part)
