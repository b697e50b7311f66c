"""The period and threshold that a history speaks for."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from assurance.alarm_evaluation import DAY, AlarmSettings
from assurance.backtest.bursts import Burst
from assurance.backtest.history import Matches
from assurance.backtest.proposals import noticed
from assurance.backtest.results import Outcome, Suggestion
from assurance.backtest.sweep import notified
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
    bursts: Sequence[Burst],
    seconds: int,
) -> Suggestion:
    """The most sensitive settings that are bearable and tell of every newcomer's burst.

    `seconds` is how long the history is. A burst must set the alarm off in the history as it was,
    and by itself: noise that happens to be there is nothing to rely on.
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
    bearable = [
        each
        for each in sorted(sweep, key=lambda outcome: (outcome.threshold, outcome.period))
        if pace.value(each.notifications) <= _A_DAY and each.seconds_in_alarm <= _RED * seconds
    ]
    own = (settings.period, int(settings.threshold))
    good = (each for each in bearable if _tells_of_all(matches, settings, each, bursts))
    chosen = [each for each in bearable if (each.period, each.threshold) == own]
    if chosen and _tells_of_all(matches, settings, chosen[0], bursts):
        return Suggestion(
            None, f"The stack's settings are good: {_why(chosen[0], settings, bursts, pace)}."
        )
    best = next(good, None)
    if best is not None:
        why = _why(best, settings, bursts, pace)
        return Suggestion(best, f"period {best.period}, threshold {best.threshold}: {why}.")
    if bearable:
        return Suggestion(
            None,
            f"None: settings quiet enough would have hidden one of {counted(len(bursts), 'burst')}"
            " from principals seen for the first time. Exclude the top contributors first.",
        )
    return Suggestion(
        None,
        "None: no period and threshold here tells at most once a day and is red for at most 5 % of"
        " the time. Exclude the top contributors first.",
    )


def _tells_of_all(
    matches: Matches, settings: AlarmSettings, outcome: Outcome, bursts: Sequence[Burst]
) -> bool:
    other = replace(settings, period=outcome.period, threshold=outcome.threshold)
    times = notified(matches.by_minute, other) if bursts else []
    return all(noticed(burst, times, other) for burst in bursts) and all(
        notified(burst.by_minute, other) for burst in bursts
    )


def _why(outcome: Outcome, settings: AlarmSettings, bursts: Sequence[Burst], pace: Pace) -> str:
    m, n = settings.datapoints_to_alarm, settings.evaluation_periods
    said = (
        f"{pace.of(outcome.notifications)}, in ALARM"
        f" {percent(outcome.seconds_in_alarm, pace.seconds)} of the time"
        f" (any {outcome.threshold} in {duration(outcome.period)}"
        + (f", in {m} of {n} periods)" if m > 1 else ")")
    )
    if not bursts:
        return said
    return (
        f"{said}; it tells of {'each of ' if len(bursts) > 1 else ''}"
        f"{counted(len(bursts), 'burst')} from principals seen for the first time"
    )
