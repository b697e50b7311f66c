"""Who makes the noise, for the page, and the exclusions that would remove it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from ruamel.yaml import YAML

from assurance.backtest.history import Contributor
from assurance.backtest.results import AlarmBacktest, Backtest, Proposal, Ranked
from assurance.backtest.words import counted, percent, shown
from monitoring.stack_config import NAMESPACE

LISTED = 25
_OTHERS_NAMED = 3
_KEY = f"{NAMESPACE}:exclusions"


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


@dataclass(frozen=True, slots=True)
class All:
    """The exclusions that can be had at once, as YAML to paste; `left_out` says which cannot be."""

    title: str
    effect: str
    left_out: Sequence[str]
    exclusions: str


def rows(backtest: Backtest) -> list[Row]:
    """The contributors who make the most of the paging alarm's matches, the first of them first."""
    return [_row(ranked, backtest) for ranked in backtest.paging.contributors[:LISTED]]


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


def where(backtest: Backtest) -> str:
    """Where in a stack file an exclusion belongs, as it is written out: it takes a key once."""
    return "below the exclusions that are there" if backtest.has_exclusions else "below 'config:'"


def all_of(backtest: Backtest) -> All | None:
    """The exclusions that can be had at once, if there is a choice."""
    alarm, chosen = backtest.paging, backtest.paging.together
    if chosen is None:
        return None
    whole = not (chosen.no_room or chosen.unsafe)
    left_out = [
        f"{', '.join(names)}: {why}"
        for names, why in (
            (chosen.no_room, "a filter pattern has no room for them besides"),
            (chosen.unsafe, "with them a burst from somebody new would have gone unnoticed"),
        )
        if names
    ]
    return All(
        title="All of these exclusions" if whole else "Those of these exclusions that go together",
        effect=_changes(chosen.removes, chosen.saves, alarm),
        left_out=left_out,
        exclusions=exclusions_yaml({each.name: each.fields for each in chosen.proposals}, backtest),
    )


def exclusions_yaml(exclusions: Mapping[str, Mapping[str, str]], backtest: Backtest) -> str:
    """Exclusions by name as they stand in a stack file where they belong, whatever is in them."""
    writer = YAML()
    writer.allow_unicode = False
    writer.width = 1 << 20
    text = StringIO()
    writer.dump({_KEY: {k: dict(v) for k, v in exclusions.items()}}, text)
    lines = text.getvalue().splitlines(keepends=True)
    return "".join(f"  {line}" for line in (lines[1:] if backtest.has_exclusions else lines))


def _row(ranked: Ranked, backtest: Backtest) -> Row:
    who, proposal, alarm = ranked.contributor, ranked.proposal, backtest.paging
    return Row(
        events=f"{ranked.events:,}",
        share=percent(ranked.events, alarm.matched),
        share_percent=round(100 * ranked.share, 1),
        principal=shown(who.principal) or "not said",
        api=shown(_api(who)) or "not said",
        source=shown(who.source_ip) or "not said",
        error=shown(who.error_code) or "not said",
        exclusion=exclusions_yaml({proposal.name: proposal.fields}, backtest) if proposal else "",
        effect=_effect(proposal, alarm) if proposal else "",
        also_hides=_also_hides(proposal) if proposal else (),
        why_not=shown(ranked.why_not, 600),
    )


def _effect(proposal: Proposal, alarm: AlarmBacktest) -> str:
    if proposal.saves is None:
        return (
            f"{_removes(proposal.removes, alarm)}; how many notifications that saves, this history"
            " does not tell"
        )
    return _changes(proposal.removes, proposal.saves, alarm)


def _changes(removes: int, saves: int, alarm: AlarmBacktest) -> str:
    removed = _removes(removes, alarm)
    if saves < 0:
        return f"{removed}, and makes {counted(-saves, 'notification')} more"
    return f"{removed}, saves {counted(saves, 'notification')} of {alarm.outcome.notifications:,}"


def _removes(number: int, alarm: AlarmBacktest) -> str:
    return f"removes {counted(number, 'denied call')} ({percent(number, alarm.matched)})"


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
