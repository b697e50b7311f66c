"""What alarms would have done over a history: the stack's, and with other settings."""

from assurance.alarm_evaluation import (
    AlarmSettings,
    AlarmState,
    ComparisonOperator,
    TreatMissingData,
)
from assurance.backtest import bursts, proposals, suggestion
from assurance.backtest.history import History
from assurance.backtest.results import AlarmBacktest, Backtest, Outcome
from assurance.backtest.sweep import replay, sweep
from assurance.backtest.together import together
from assurance.metric_history import MINUTE, Statistic
from monitoring.stack_config import StackConfig


def backtest(stack: str, config: StackConfig, history: History) -> Backtest:
    """Replay a stack's alarms over a history of the matches of `config.patterns`.

    Each evaluation sees the evaluation periods that end with it, and nothing before.
    """
    settings = settings_of(config)
    pages, *_ = config.patterns
    start, end = span(history, settings)
    newcomers = bursts.newcomers(history.matches[pages], start)
    exclusions = (*config.exclusions, *config.exclusion_presets)
    alarms = []
    for key in config.patterns:
        matches = history.matches[key]
        ranked = proposals.rank(
            matches,
            settings,
            newcomers=newcomers,
            history_start=start,
            exclusions_so_far=exclusions,
            limit=proposals.LIMIT if key == pages else 0,
        )
        replayed = replay(matches.by_minute, settings, start=start, end=end)
        alarms.append(
            AlarmBacktest(
                key=key,
                pages=key == pages,
                matched=matches.events,
                by_minute=matches.by_minute,
                settings=settings,
                replay=replayed,
                outcome=Outcome(
                    period=settings.period,
                    threshold=int(settings.threshold),
                    notifications=replayed.count(AlarmState.ALARM),
                    seconds_in_alarm=replayed.seconds_in(AlarmState.ALARM),
                ),
                sweep=sweep(matches.by_minute, settings),
                contributors=ranked,
                together=together(
                    ranked,
                    matches,
                    settings,
                    newcomers=newcomers,
                    exclusions_so_far=exclusions,
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
            newcomers=newcomers,
            seconds=paging.seconds,
        ),
        has_exclusions=bool(config.exclusions),
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


def _known(time: int | None) -> list[int]:
    return [] if time is None else [time]


def _minute(time: int) -> int:
    return time - time % MINUTE
