"""`backtest --log-group`: what the command asks of a stack's log group."""

import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from assurance.exit_status import ExitStatus, UserError

if TYPE_CHECKING:
    from assurance.backtest.history import History
    from assurance.backtest.selection import Selection
    from assurance.logs_insights.history import Cost
    from monitoring.stack_config import StackConfig

_MINUTE = 60


def texts(stack: str) -> str:
    """The queries of a stack's filter patterns; raises UserError."""
    from assurance.alarm_evaluation import DAY
    from assurance.filter_pattern import parse
    from assurance.logs_insights.queries import ROW_LIMIT, queries
    from assurance.metric_history import MINUTE
    from assurance.translate.logs_insights import TranslationError

    config, _ = _settings(stack)
    days = ROW_LIMIT // (DAY // MINUTE)
    parts = [
        "# Choose the log group and the time in the console. An answer ends after",
        f"# {ROW_LIMIT:,} rows, and does not say so: ask by minute for {days} days at a time.",
        "",
    ]
    for key, pattern in config.patterns.items():
        try:
            asked = queries(parse(pattern))
        except TranslationError as error:
            raise UserError(f"{key}: {error}", ExitStatus.USAGE) from None
        parts += [
            f"# {key}: matches by minute",
            asked.by_minute,
            "",
            f"# {key}: contributors",
            asked.by_contributor,
            "",
        ]
    return "\n".join(parts)


def ask(
    stack: str,
    log_group: str,
    selection: "Selection",
    *,
    price_per_gb: float | None,
    dry_run: bool,
) -> "tuple[StackConfig, History] | None":
    """The history of a log group, and what it has cost; None after a dry run. Raises UserError."""
    from botocore.exceptions import BotoCoreError

    from assurance import aws
    from assurance.logs_insights import history as asking
    from assurance.logs_insights.asking import Asker, InsightsError
    from assurance.translate.logs_insights import TranslationError

    price = asking.PRICE_PER_GB if price_per_gb is None else price_per_gb
    since, until = _span(selection)
    config, region = _settings(stack)
    try:
        clients = aws.live_clients(region=region)
        aws.check_credentials(clients)
        asker = Asker(clients, log_group, time.sleep)
        if dry_run:
            cost = asking.estimate(
                asker, config.patterns, since=since, until=until, price_per_gb=price
            )
            sys.stdout.write(f"It would scan {_said(cost)}, by what came in.\n")
            return None
        history = asking.history(
            asker,
            config.patterns,
            since=since,
            until=until,
            now=int(time.time()),
            progress=_progress,
        )
    except TranslationError as error:
        raise UserError(str(error), ExitStatus.USAGE) from None
    except (aws.NoAccessError, InsightsError) as error:
        raise UserError(str(error), ExitStatus.INCOMPLETE) from None
    except BotoCoreError as error:
        raise UserError(f"AWS could not be asked: {error}", ExitStatus.INCOMPLETE) from None
    sys.stderr.write(f"Scanned {_said(asking.Cost(asker.bytes_scanned, price))}.\n")
    return config, history


def _settings(stack: str) -> "tuple[StackConfig, str | None]":
    from assurance import stack_files, stack_settings
    from assurance.stack_files import StackFileError

    try:
        files = stack_files.read(stack)
        return stack_settings.of_files(files), files.region
    except StackFileError as error:
        raise UserError(str(error), ExitStatus.USAGE) from None


def _span(selection: "Selection") -> tuple[int, int]:
    """Whole minutes, from `--since` to `--until` or now; raises UserError."""
    if selection.since is None:
        raise UserError("--log-group needs --since, as 30d", ExitStatus.USAGE)
    if selection.regions or selection.accounts or selection.delay:
        raise UserError(
            "--region, --account and --delay are for files: a log group's events are counted as"
            " they were delivered",
            ExitStatus.USAGE,
        )
    until = selection.until or datetime.now(UTC)
    since = int(selection.since.timestamp()) // _MINUTE * _MINUTE
    return since, max(int(until.timestamp()) // _MINUTE * _MINUTE, since + _MINUTE)


def _progress(doing: str) -> None:
    if sys.stderr is not None and sys.stderr.isatty():
        sys.stderr.write(f"asking: {doing}\n")


def _said(cost: "Cost") -> str:
    return f"{cost.scanned / 1e9:,.2f} GB (${cost.dollars:,.2f} at ${cost.price_per_gb:g} a GB)"
