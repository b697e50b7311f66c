"""How checks are put together: a name, the subjects it looks at, and the rule for one of them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from assurance.checks.finding import CannotTellError, Finding, Verdict, summed_up, unknown
from assurance.checks.view import Acting, Counted, View, Watched
from assurance.snapshot import Alarm, Topic

S = TypeVar("S")
# Finds a subject; raises CannotTellError when it was not read or is not there.
Finder = Callable[[], S]


@dataclass(frozen=True)
class Check(Generic[S]):
    """One way in which the alarm can be dead: `rule` judges each subject that `subjects` finds."""

    name: str
    subjects: Callable[[View], Iterable[Finder[S]]]
    rule: Callable[[View, S], Iterator[Verdict]]

    def __call__(self, view: View) -> Finding:
        """Judge every subject."""
        return summed_up(self.name, list(self._verdicts(view)))

    def _verdicts(self, view: View) -> Iterator[Verdict]:
        try:
            finders = list(self.subjects(view))
        except CannotTellError as error:
            yield unknown(str(error))
            return
        for find in finders:
            try:
                yield from self.rule(view, find())
            except CannotTellError as error:
                yield unknown(str(error))


def whole(view: View) -> Iterator[Finder[View]]:
    """The view itself."""
    yield lambda: view


def each_counted(view: View) -> Iterator[Finder[Counted]]:
    """Every filter that the config asks for."""
    for expected in view.expected:
        yield lambda expected=expected: view.counted(expected)  # type: ignore[misc] # bound at once


def each_watched(view: View) -> Iterator[Finder[Watched]]:
    """Every filter that the config asks for, with its alarm."""
    for expected in view.expected:
        yield lambda expected=expected: view.watched(expected)  # type: ignore[misc] # bound at once


def each_alarm(view: View) -> Iterator[Finder[Alarm]]:
    """Every alarm that must reach its topic: the filters', the heartbeat, the delivery watch."""
    for find in each_watched(view):
        yield lambda find=find: find().alarm  # type: ignore[misc] # bound at once
    for alarms in (view.heartbeats, lambda: view.delivery_watches(view.alert_topic())):
        try:
            found = alarms()
        except CannotTellError as error:
            yield _raiser(error)
        else:
            for alarm in found:
                yield lambda alarm=alarm: alarm  # type: ignore[misc] # bound at once


def each_acting(view: View) -> Iterator[Finder[Acting]]:
    """Each of these alarms with the topic that it acts on first."""
    for find in each_alarm(view):
        yield lambda find=find: view.acting(find())  # type: ignore[misc] # bound at once


def each_topic(view: View) -> Iterator[Finder[Topic]]:
    """Every topic that one of these alarms acts on first."""
    seen: list[str] = []
    for find in each_acting(view):
        try:
            topic = find().topic
        except CannotTellError as error:
            yield _raiser(error)
            continue
        if topic.arn not in seen:
            seen.append(topic.arn)
            yield lambda topic=topic: topic  # type: ignore[misc] # bound at once


def the_alert_topic(view: View) -> Iterator[Finder[Topic]]:
    """The topic that the paging alarm acts on."""
    yield view.alert_topic


def _raiser(error: CannotTellError) -> Finder[Any]:
    def find() -> Any:
        raise error

    return find
