"""The period and threshold that a history speaks for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from assurance.alarm_evaluation import DAY, AlarmSettings
from assurance.backtest.bursts import Burst, Newcomer, Principal, noticed, protected
from assurance.backtest.history import Matches
from assurance.backtest.minute_counts import MinuteCounts
from assurance.backtest.results import Outcome, Suggestion
from assurance.backtest.words import Pace, counted, duration, percent

# What people look at: once a day at most, and hardly ever red for long, for a red alarm tells
# nothing new.
_A_DAY: Final = 1.0
_RED: Final = 0.05


def suggest(
    matches: Matches,
    settings: AlarmSettings,
    sweep: Sequence[Outcome],
    *,
    newcomers: Mapping[Principal, Newcomer],
    seconds: int,
) -> Suggestion:
    """The most sensitive settings that are bearable and tell of every newcomer's burst.

    `seconds` is how long the history is. A burst must set the alarm off in the history as it was,
    and by itself: noise that happens to be there is nothing to rely on. An alarm that would never
    have gone off is not suggested: nobody would know whether it can.
    """
    if not matches.events:
        return Suggestion(None, "Nothing matched: there is nothing to tune.")
    if any(activity.by_minute is None for activity in matches.by_contributor.values()):
        return Suggestion(
            None, "This history does not tell who called when, so no settings are suggested."
        )
    if seconds < DAY:
        return Suggestion(None, "Less than a day of history is too little to suggest settings.")
    pace = Pace(seconds)
    bursts = protected(newcomers)
    bearable = [each for each in sweep if _is_bearable(each, pace)]
    heard = sorted((each for each in bearable if each.notifications), key=_insensitivity)
    own = (settings.period, int(settings.threshold))
    chosen = [each for each in heard if (each.period, each.threshold) == own]
    counts = MinuteCounts.of(matches.by_minute)
    for outcome in (*chosen, *heard):
        alarm = replace(settings, period=outcome.period, threshold=outcome.threshold)
        times = counts.notified(alarm)
        if not _tells_of_all(bursts, times, alarm):
            continue
        unnoticed = [
            each for each in newcomers.values() if not noticed(each.by_minute, times, alarm)
        ]
        why = f"{_what_it_does(outcome, settings, pace)}{_of_whom(bursts, unnoticed)}"
        if chosen and outcome is chosen[0]:
            return Suggestion(None, f"The stack's settings are good: {why}.")
        return Suggestion(
            outcome, f"period {outcome.period}, threshold {outcome.threshold}: {why}."
        )
    if bearable and bursts:
        what = (
            f"settings quiet enough would have hidden one of {counted(len(bursts), 'burst')} from"
            " principals seen for the first time"
        )
    elif bearable:
        what = "settings quiet enough would never have gone off"
    else:
        what = (
            "no period and threshold here tells at most once a day and is red for at most 5 % of"
            " the time"
        )
    return Suggestion(None, f"None: {what}. Exclude the top contributors first.")


def _is_bearable(outcome: Outcome, pace: Pace) -> bool:
    # By the number that is shown of it.
    told = round(pace.value(outcome.notifications), 1)
    return told <= _A_DAY and outcome.seconds_in_alarm <= _RED * pace.seconds


def _insensitivity(outcome: Outcome) -> tuple[int, int]:
    """Least for what is the most sensitive.

    What is enough within a period is enough within a longer one, too, where one of them is all it
    takes. Where one call is enough a longer period is red for longer, and no more.
    """
    return outcome.threshold, outcome.period if outcome.threshold == 1 else -outcome.period


def _tells_of_all(bursts: Sequence[Burst], times: Sequence[int], settings: AlarmSettings) -> bool:
    return all(noticed(burst.by_minute, times, settings) for burst in bursts) and all(
        MinuteCounts.of(burst.by_minute).notified(settings) for burst in bursts
    )


def _what_it_does(outcome: Outcome, settings: AlarmSettings, pace: Pace) -> str:
    m, n = settings.datapoints_to_alarm, settings.evaluation_periods
    return (
        f"{pace.of(outcome.notifications)}, in ALARM"
        f" {percent(outcome.seconds_in_alarm, pace.seconds)} of the time"
        f" (any {outcome.threshold} in {duration(outcome.period)}"
        + (f", in {m} of {n} periods)" if m > 1 else ")")
    )


def _of_whom(bursts: Sequence[Burst], unnoticed: Sequence[Newcomer]) -> str:
    said = ""
    if bursts:
        said += (
            f"; it tells of {'each of ' if len(bursts) > 1 else ''}"
            f"{counted(len(bursts), 'burst')} from principals seen for the first time"
        )
    if unnoticed:
        most = max(each.events for each in unnoticed)
        at_most, each = ("at most " if most > 1 else "", " each") if unnoticed[1:] else ("", "")
        said += (
            f"; {counted(len(unnoticed), 'principal')} seen for the first time, with {at_most}"
            f"{counted(most, 'denied call')}{each}, would have gone unnoticed"
        )
    return said
