"""Which of the proposed exclusions can be had at once."""

from collections.abc import Mapping, Sequence
from typing import Final

from assurance.alarm_evaluation import AlarmSettings
from assurance.backtest.bursts import Newcomer, Principal
from assurance.backtest.history import Activity, Contributor, Matches
from assurance.backtest.minute_counts import MinuteCounts
from assurance.backtest.proposals import first_hidden
from assurance.backtest.results import Proposal, Ranked, Together
from monitoring import control
from monitoring.exclusions import Exclusion
from monitoring.tuned_pattern import tuned_pattern

# One is pasted as it is.
_FEWEST: Final = 2


def together(
    ranked: Sequence[Ranked],
    matches: Matches,
    settings: AlarmSettings,
    *,
    newcomers: Mapping[Principal, Newcomer],
    exclusions_so_far: Sequence[Exclusion],
) -> Together | None:
    """Of the proposals those that save most for their length, as many as one filter pattern holds.

    None hides a newcomer's burst together with the others. None when fewer than two are proposed.
    """
    proposed = [(each.contributor, each.proposal) for each in ranked if each.proposal is not None]
    if len(proposed) < _FEWEST:
        return None
    length_so_far = len(tuned_pattern(exclusions_so_far))

    def worth(item: tuple[Contributor, Proposal]) -> tuple[float, float]:
        _, proposal = item
        whole = len(tuned_pattern([*exclusions_so_far, _exclusion(proposal)]))
        length = max(whole - length_so_far, 1)
        return (proposal.saves or 0) / length, proposal.removes / length

    chosen: dict[str, Exclusion] = {}
    removed: dict[Contributor, Activity] = {}
    no_room, unsafe = [], []
    counts = MinuteCounts.of(matches.by_minute)
    before = times = counts.notified(settings)
    for contributor, proposal in sorted(proposed, key=worth, reverse=True):
        name, exclusion = proposal.name, _exclusion(proposal)
        pattern = tuned_pattern([*exclusions_so_far, *chosen.values(), exclusion])
        if len(pattern) > control.FILTER_PATTERN_LIMIT:
            no_room.append(name)
            continue
        whose = (contributor, *proposal.also_hides)
        all_removed = removed | {who: matches.by_contributor[who] for who in whose}
        after = counts.without(all_removed.values()).notified(settings)
        if first_hidden(newcomers, before, after, settings) is not None:
            unsafe.append(name)
            continue
        chosen[name], removed, times = exclusion, all_removed, after
    return Together(
        [proposal for _, proposal in proposed if proposal.name in chosen],
        removes=sum(each.events for each in removed.values()),
        saves=len(before) - len(times),
        no_room=no_room,
        unsafe=unsafe,
    )


def _exclusion(proposal: Proposal) -> Exclusion:
    fields = {field: [value] for field, value in proposal.fields.items()}
    return Exclusion.of(f"exclusions.{proposal.name}", proposal.name, fields)
