"""What a backtest comes to, in one sentence for people in a hurry."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from assurance.backtest.results import AlarmBacktest, Backtest
from assurance.backtest.stretches import Stretch
from assurance.backtest.words import Pace, counted, duration, percent
from assurance.metric_history import MINUTE

# More notifications than this a day, and people mute the alarm.
_BEARABLE = 3
# In alarm for more of the time than this, red is the alarm's usual state and tells nothing.
_MOSTLY = 0.5


class Tone(StrEnum):
    """How a verdict is to be taken, at a glance."""

    GOOD = "good"
    POOR = "poor"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A word, and the sentence that bears it out."""

    tone: Tone
    word: str
    sentence: str


def verdict(backtest: Backtest, pace: Pace) -> Verdict:
    """Judge the alarm that pages by how often it tells and how long it is red.

    Nothing is good of a history that was not read whole: unknown is never a pass.
    """
    history = backtest.history
    if not history.events:
        left_out = history.skipped.not_selected
        read = f"{counted(left_out, 'event')} read, of which the options left none"
        why = read if left_out else "No event was read"
        return Verdict(Tone.POOR, "Nothing to go by", f"{why}: nothing is known.")
    judged = _judged(backtest.paging, pace)
    if history.skipped.is_complete or judged.tone is not Tone.GOOD:
        return judged
    return Verdict(Tone.POOR, f"{judged.word}, as far as could be read", judged.sentence)


def _judged(alarm: AlarmBacktest, pace: Pace) -> Verdict:
    told, red = alarm.outcome.notifications, alarm.outcome.seconds_in_alarm
    often = pace.of(told)
    share = percent(red, pace.seconds)
    if not alarm.matched:
        return Verdict(Tone.GOOD, "Silent", "No call in this history would have counted.")
    if not told and not red:
        return Verdict(
            Tone.POOR,
            "Told nobody",
            f"{counted(alarm.matched, 'denied call')}, and never {alarm.settings.threshold:g} in"
            f" {duration(alarm.settings.period)}: no notification.",
        )
    if not pace.is_daily:
        return Verdict(
            Tone.POOR,
            "Less than a day",
            f"{often} for {counted(alarm.matched, 'denied call')}, in ALARM {share} of the time;"
            " how an ordinary day goes, so short a history does not tell.",
        )
    if red > _MOSTLY * pace.seconds:
        return Verdict(
            Tone.BAD,
            "Red most of the time",
            f"In ALARM {share} of the time, and while it is red nothing new is told: {often}"
            f" for {counted(alarm.matched, 'denied call')}.",
        )
    if pace.value(told) > _BEARABLE:
        return Verdict(
            Tone.BAD,
            "Noisy",
            f"{often}, in ALARM {share} of the time: what tells so often is muted before long.",
        )
    return Verdict(Tone.GOOD, "Quiet", f"{often}, in ALARM {share} of the time.")


def came_while_red(by_minute: Mapping[int, int], red: Sequence[Stretch]) -> int:
    """Events that came when the alarm was in alarm already: of these it told nobody anew."""
    minutes = sorted(by_minute)
    sums = [0, *accumulate(by_minute[minute] for minute in minutes)]
    total = 0
    for stretch in red:
        first = bisect_left(minutes, stretch.since)
        # A minute counts where it ends before the alarm has recovered.
        last = (
            len(minutes)
            if stretch.until is None
            else bisect_left(minutes, stretch.until - MINUTE + 1)
        )
        total += sums[last] - sums[first]
    return total
