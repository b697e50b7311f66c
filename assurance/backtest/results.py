"""What a backtest finds. Every time is in whole seconds since 1970, UTC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assurance.alarm_evaluation import AlarmSettings, Replay
from assurance.backtest.history import Contributor, History


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an alarm with this period and threshold would have done."""

    period: int
    threshold: int
    notifications: int
    seconds_in_alarm: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """An exclusion that would have removed a contributor, and what that would have changed.

    `fields` is what the stack config's `exclusions` take. `removes` counts all events that it
    describes; `also_hides` those among them of other contributors. `saves` is by how many
    notifications fewer the alarm would have told; None when the history does not tell.
    """

    name: str
    fields: Mapping[str, str]
    removes: int
    also_hides: Mapping[Contributor, int]
    saves: int | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A contributor and its part of the matches; without a proposal `why_not` says why."""

    contributor: Contributor
    events: int
    share: float
    proposal: Proposal | None = None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Together:
    """Proposals that can all be had, beside the exclusions there are, and what they change.

    `no_room` names those for which one filter pattern has no room besides, `unsafe` those without
    whose calls, too, a newcomer's burst would have gone unnoticed.
    """

    proposals: Sequence[Proposal]
    removes: int
    saves: int
    no_room: Sequence[str] = ()
    unsafe: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class AlarmBacktest:
    """What one alarm would have done, and would have with other periods and thresholds.

    `contributors` begin with who makes most of the matches; all of them are there. `together` is
    None where fewer than two exclusions are proposed.
    """

    key: str
    pages: bool
    matched: int
    by_minute: Mapping[int, int]
    settings: AlarmSettings
    replay: Replay
    outcome: Outcome
    sweep: Sequence[Outcome]
    contributors: Sequence[Ranked]
    together: Together | None = None

    @property
    def seconds(self) -> int:
        """How long the history is: the replay goes on until nothing of it is in the window."""
        followed = self.settings.window + self.settings.cadence
        return self.replay.end - self.replay.start - followed


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Settings that the history speaks for; `outcome` None when none is better than the stack's."""

    outcome: Outcome | None
    reason: str


@dataclass(frozen=True, slots=True)
class Backtest:
    """A history and what a stack's alarms make of it. The first alarm is the one that pages.

    `has_exclusions` is whether the stack's config names some already.
    """

    stack: str
    history: History
    alarms: Sequence[AlarmBacktest]
    suggestion: Suggestion
    has_exclusions: bool = False

    @property
    def paging(self) -> AlarmBacktest:
        """The one alarm that people are told of."""
        return self.alarms[0]
