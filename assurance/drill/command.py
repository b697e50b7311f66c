"""`python -m assurance drill`: does a real denied call in this account reach people?"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import rich_click as click

from assurance import options, report_file
from assurance.exit_status import ExitStatus, UserError

if TYPE_CHECKING:
    from rich.status import Status as Progress

    from assurance.checks.finding import Status
    from assurance.drill.drill import Ready, Setting

# CloudTrail delivers within 5 minutes on average; an alarm's action runs at once.
_MINUTES: Final = 30
_MINUTES_OF_NOTIFY: Final = 5


@click.command()
@options.stack
@click.option("--notify", is_flag=True, help="Set the paging alarm to ALARM; its recipients hear.")
@click.option("--end-to-end", is_flag=True, help="Make denied calls, and watch until it is told.")
@click.option("--role", help="With --end-to-end: the ARN of a role that you may assume.")
@click.option(
    "--timeout",
    type=options.AtLeast(0.1),
    help="Minutes to wait: by default 30, or 5 with --notify.",
)
@options.json_file
def drill(
    *,
    stack: str,
    notify: bool,
    end_to_end: bool,
    role: str | None,
    timeout: float | None,
    json: Path | None,
) -> ExitStatus:
    """Say what a drill in the real account would do, or run one.

    Without --notify and --end-to-end nothing is done. Credentials and endpoints are boto3's usual
    ones. Exit status: 0 when it is proven, 1 when a stage did not happen or was refused, 2 for what
    may not be run, 3 when something could not be asked.
    """
    # These take half a second, which `--help` need not wait for.
    from botocore.exceptions import BotoCoreError
    from rich.console import Console

    from assurance.aws import NoAccessError
    from assurance.drill import opening
    from assurance.drill.gate import RefusedError
    from assurance.stack_files import StackFileError

    _check_options(notify=notify, end_to_end=end_to_end, role=role)
    status = Console(stderr=True, soft_wrap=True, highlight=False).status("drill")
    minutes = timeout or (_MINUTES_OF_NOTIFY if notify else _MINUTES)
    try:
        setting, ready = opening.open_drill(
            stack, role_arn=role, timeout=minutes * 60, progress=status.update
        )
        return _run(setting, ready, notify=notify, role=role, json=json, status=status)
    except (StackFileError, RefusedError) as error:
        raise UserError(str(error), ExitStatus.USAGE) from None
    except NoAccessError as error:
        raise UserError(str(error), ExitStatus.INCOMPLETE) from None
    except BotoCoreError as error:
        raise UserError(f"AWS could not be asked: {error}", ExitStatus.INCOMPLETE) from None


def _check_options(*, notify: bool, end_to_end: bool, role: str | None) -> None:
    if notify and end_to_end:
        raise UserError(
            "one drill at a time: --notify turns the alarm red, and --end-to-end needs it OK",
            ExitStatus.USAGE,
        )
    if end_to_end != (role is not None):
        raise UserError(
            "--end-to-end and --role ARN go together: the denied calls are made as a role that "
            "you may assume",
            ExitStatus.USAGE,
        )


def _run(
    setting: "Setting",
    ready: "Ready",
    *,
    notify: bool,
    role: str | None,
    json: Path | None,
    status: "Progress",
) -> ExitStatus:
    from assurance.drill import end_to_end, report
    from assurance.drill import notify as notifying
    from assurance.report_console import report_console

    console = report_console()
    report.show_setting(setting, ready.target, console)
    if notify:
        if ready.go and ready.target is not None:
            report.announce(report.would_notify(ready.target), console)
        with status:
            told = notifying.notify(setting, ready)
    elif role is not None:
        approved = end_to_end.approve(setting, ready, role)
        if approved.plan is not None:
            would = report.would_call(approved.plan, role, setting.timeout)
            report.announce(would, console)
        with status:
            told = end_to_end.end_to_end(setting, approved, role)
    else:
        report.show_options(setting, ready, console)
        _write(json, report.options_as_json(setting, ready))
        return _status(ready.stage.status)
    _write(json, report.as_json(told))
    report.show(told, console)
    return _status(told.status)


def _status(status: "Status") -> ExitStatus:
    return {
        "PASS": ExitStatus.OK,
        "FAIL": ExitStatus.FINDINGS,
        "UNKNOWN": ExitStatus.INCOMPLETE,
    }[status]


def _write(path: Path | None, text: str) -> None:
    if path is not None:
        report_file.write("--json", path, text + "\n")
