"""What alarms would have done over a history: the stack's, and with other settings."""

from collections.abc import Mapping

from assurance import alarm_evaluation
from assurance.alarm_evaluation import (
    AlarmSettings,
    AlarmState,
    ComparisonOperator,
    TreatMissingData,
)
from assurance.backtest import bursts, proposals, suggestion
from assurance.backtest.history import History
from assurance.backtest.results import AlarmBacktest, Backtest, Outcome
from assurance.backtest.sweep import sweep
from assurance.metric_history import MINUTE, MetricHistory, Statistic, StatisticSet
from monitoring.stack_config import StackConfig


def backtest(stack: str, config: StackConfig, history: History) -> Backtest:
    """Replay a stack's alarms over a history of the matches of `config.patterns`.

    Each evaluation sees the evaluation periods that end with it, and nothing before.
    """
    settings = settings_of(config)
    pages, *_ = config.patterns
    start, end = span(history, settings)
    newcomers = bursts.protected(history.matches[pages], start)
    alarms = []
    for key in config.patterns:
        matches = history.matches[key]
        replay = alarm_evaluation.replay(
            samples_of(matches.by_minute),
            settings,
            start=start,
            end=end,
            initial=AlarmState.OK,
        )
        alarms.append(
            AlarmBacktest(
                key=key,
                pages=key == pages,
                matched=matches.events,
                by_minute=matches.by_minute,
                settings=settings,
                replay=replay,
                outcome=Outcome(
                    period=settings.period,
                    threshold=int(settings.threshold),
                    notifications=replay.count(AlarmState.ALARM),
                    seconds_in_alarm=replay.seconds_in(AlarmState.ALARM),
                ),
                sweep=sweep(matches.by_minute, settings),
                contributors=proposals.rank(
                    matches,
                    settings,
                    history_start=start,
                    exclusions_so_far=(*config.exclusions, *config.exclusion_presets),
                    limit=proposals.LIMIT if key == pages else 0,
                ),
            )
        )
    paging = alarms[0]
    return Backtest(
        stack=stack,
        history=history,
        alarms=tuple(alarms),
        suggestion=suggestion.suggest(
            history.matches[pages],
            settings,
            paging.sweep,
            bursts=newcomers,
            seconds=paging.seconds,
        ),
    )


def settings_of(config: StackConfig) -> AlarmSettings:
    """The settings that all alarms of a stack share, as its program deploys them."""
    return AlarmSettings(
        period=config.period,
        evaluation_periods=config.evaluation_periods,
        datapoints_to_alarm=config.datapoints_to_alarm,
        threshold=config.threshold,
        comparison_operator=ComparisonOperator.GREATER_THAN_OR_EQUAL,
        statistic=Statistic.SUM,
        treat_missing_data=TreatMissingData.NOT_BREACHING,
        evaluation_range=config.evaluation_periods,
    )


def span(history: History, settings: AlarmSettings) -> tuple[int, int]:
    """From the history's first minute to when nothing of it is in the alarm's window any more."""
    counted = [minute for matches in history.matches.values() for minute in matches.by_minute]
    start = min([*counted, *_known(history.first_event)], default=0)
    last = max([*counted, *_known(history.last_event)], default=0)
    return _minute(start), _minute(last) + MINUTE + settings.window + settings.cadence


def samples_of(by_minute: Mapping[int, int]) -> MetricHistory:
    """The metric that a filter would have written of so many matches, each a 1.

    The filter's zeros are left out: to a sum that must not fall short they are what missing data,
    which is not breaching, is.
    """
    # Few minutes have a number of their own, and each set is checked when it is made.
    ones = {events: StatisticSet(events, events, 1, 1) for events in set(by_minute.values())}
    return MetricHistory({minute: ones[events] for minute, events in by_minute.items()})


def _known(time: int | None) -> list[int]:
    return [] if time is None else [time]


def _minute(time: int) -> int:
    return time - time % MINUTE
