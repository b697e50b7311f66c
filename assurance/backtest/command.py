"""`python -m assurance backtest`: what would this stack's alarms have done over this history?"""

import importlib
import os
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from assurance import options, report_file
from assurance.exit_status import ExitStatus, UserError

if TYPE_CHECKING:
    from assurance.backtest.history import History
    from assurance.backtest.search import Search
    from assurance.backtest.selection import Selection
    from monitoring.stack_config import StackConfig


@click.command()
@options.stack
@click.argument(
    "paths",
    metavar="[PATH…]",
    nargs=-1,
    callback=options.not_empty,
    help="CloudTrail files, and folders of them at any depth; `-` is standard input.",
)
@click.option(
    "--since", help="Events from this time on: 2026-03-01, 2026-03-01T06:00Z, or 30d ago."
)
@click.option("--until", help="Events before this time.")
@click.option(
    "regions", "--region", multiple=True, help="Events of this region alone; may be given again."
)
@click.option(
    "accounts",
    "--account",
    multiple=True,
    help="Events of this account alone; may be given again.",
)
@click.option(
    "--delay",
    default="0s",
    show_default=True,
    help="How long after its eventTime an event counts, as 5m.",
)
@click.option(
    "--log-group", help="Instead of files: ask Logs Insights of this log group; with --since."
)
@click.option("--dry-run", is_flag=True, help="With --log-group: say what it would cost, and end.")
@click.option("--query-only", is_flag=True, help="Print the queries, to paste into the console.")
@click.option(
    "--price-per-gb",
    type=options.AtLeast(0),
    help="What Logs Insights costs in your region, in dollars; 0.005 unless you say.",
)
@options.json_file
@options.file_for_report("--html", "one HTML page")
def backtest(
    *,
    stack: str,
    paths: tuple[str, ...],
    since: str | None,
    until: str | None,
    regions: tuple[str, ...],
    accounts: tuple[str, ...],
    delay: str,
    log_group: str | None,
    dry_run: bool,
    query_only: bool,
    price_per_gb: float | None,
    json: Path | None,
    html: Path | None,
) -> ExitStatus:
    """Replay history against this stack's alarms, and against other periods and thresholds.

    Exit status: 0 for a report of everything, 2 for a stack or option that cannot be used, 3 for a
    report that lacks what could not be read, or where there was nothing of CloudTrail to read.
    """
    asks = dry_run or price_per_gb is not None
    if query_only:
        if json is not None or html is not None or paths or asks:
            raise UserError(
                "--query-only prints queries, and asks nothing: leave --json, --html, --dry-run,"
                " --price-per-gb and files out",
                ExitStatus.USAGE,
            )
        return _print_queries(stack)
    _refuse_other_than_one(paths, log_group, asks=asks)
    report_file.check_apart({"--json": json, "--html": html}, paths)
    selection = _selection(since, until, regions, accounts, delay)
    if log_group is None:
        config, history = _read(paths, stack, selection)
    else:
        from assurance.logs_insights.command import ask

        asked = ask(stack, log_group, selection, price_per_gb=price_per_gb, dry_run=dry_run)
        if asked is None:
            return ExitStatus.OK
        config, history = asked

    from dataclasses import replace

    from assurance.backtest.backtest import backtest as replay
    from monitoring.exclusions import doubts

    idle = [f"{path} excludes nothing: {why}." for path, why in doubts(config.exclusions)]
    found = replay(stack, config, replace(history, caveats=(*history.caveats, *idle)))

    from assurance.backtest import report
    from assurance.report_console import report_console

    if json is not None:
        report_file.write("--json", json, report.as_json(found) + "\n")
    if html is not None:
        from assurance.backtest.page import page

        report_file.write("--html", html, page(found))
    report.show(found, report_console())
    return ExitStatus.OK if history.is_complete else ExitStatus.INCOMPLETE


def _refuse_other_than_one(paths: Sequence[str], log_group: str | None, *, asks: bool) -> None:
    """Raise UserError unless there are either files or a log group, and what goes with it."""
    if log_group is not None and paths:
        raise UserError("say either files and folders, or --log-group, not both", ExitStatus.USAGE)
    if log_group is None and asks:
        raise UserError(
            "--dry-run and --price-per-gb go with --log-group: files cost nothing", ExitStatus.USAGE
        )
    if log_group is None and not paths:
        raise UserError(
            "say which files or folders to read: backtest PATH…, or --log-group NAME --since 30d",
            ExitStatus.USAGE,
        )


def _selection(
    since: str | None,
    until: str | None,
    regions: Collection[str],
    accounts: Collection[str],
    delay: str,
) -> "Selection":
    from datetime import UTC, datetime

    from assurance.backtest.selection import Selection, duration, moment

    now = datetime.now(UTC)
    try:
        option = "--since"
        first = moment(since, now) if since is not None else None
        option = "--until"
        beyond = moment(until, now) if until is not None else None
        option = "--delay"
        seconds = int(duration(delay).total_seconds())
    except ValueError as error:
        raise UserError(f"{option}: {error}", ExitStatus.USAGE) from None
    if first is not None and beyond is not None and first >= beyond:
        raise UserError("--since is not before --until: no event is left", ExitStatus.USAGE)
    return Selection(
        since=first,
        until=beyond,
        regions=frozenset(regions),
        accounts=frozenset(accounts),
        delay=seconds,
    )


def _read(
    paths: Sequence[str], stack: str, selection: "Selection"
) -> "tuple[StackConfig, History]":
    from assurance.backtest.search import search

    with search(paths) as found:
        # Meanwhile the files are being looked for.
        from assurance import stack_settings
        from assurance.stack_files import StackFileError

        try:
            config = stack_settings.settings(stack)
        except StackFileError as error:
            raise UserError(str(error), ExitStatus.USAGE) from None
        return config, _history(found, config.patterns, selection)


def _history(found: "Search", patterns: Mapping[str, str], selection: "Selection") -> "History":
    from assurance.backtest import reading
    from assurance.backtest.progress import Progress

    with Progress("files") as progress, reading.reader(found, progress=progress) as reader:
        batches = reader.read(reading.Work(tuple(patterns.values()), selection))

        # The files are being read: so this takes no time of its own. But numpy would start threads
        # for linear algebra, of which there is none here.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        importlib.import_module("assurance.backtest.backtest")
        importlib.import_module("assurance.backtest.report")
        from assurance.backtest.tally import Tally

        try:
            with Tally(list(patterns)) as tally:
                for batch in batches:
                    tally.add(batch)
                return tally.history(_caveats(selection))
        except reading.LostProcessError as error:
            raise UserError(str(error), ExitStatus.INCOMPLETE) from None
        except OSError as error:
            import tempfile

            raise UserError(
                f"what was read cannot be kept: {error.strerror} ({tempfile.gettempdir()})",
                ExitStatus.INCOMPLETE,
            ) from None


def _caveats(selection: "Selection") -> list[str]:
    if not selection.delay:
        told = (
            "CloudTrail delivers them about 5 minutes later, several at once (--delay shifts them)"
        )
        return [f"Events count at their eventTime; {told}."]
    return [f"Events count {selection.delay} seconds after their eventTime."]


def _print_queries(stack: str) -> ExitStatus:
    from assurance.logs_insights.command import texts

    sys.stdout.write(texts(stack))
    return ExitStatus.OK
