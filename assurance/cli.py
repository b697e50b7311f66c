"""The program's commands. Each is a module of its own, which imports what it needs when it runs."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import typer

from assurance.audit.command import audit
from assurance.backtest.command import backtest
from assurance.confirm_email.command import confirm_email
from assurance.drill.command import drill
from assurance.exit_status import ExitStatus, UserError, abandon_standard_output
from assurance.export.command import export
from assurance.match.command import match
from assurance.rehearsal.command import rehearse

_P = ParamSpec("_P")

app = typer.Typer(
    name="python -m assurance",
    help="Prove that unauthorized API calls are noticed: before, at and after deployment.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback with local variables would print endpoints, which are credentials.
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",  # joins a paragraph's lines
)


@app.callback()
def _program() -> None:
    """With one command alone Typer would leave out its name."""


def _add(command: Callable[_P, ExitStatus]) -> None:
    """Add a command, whose errors are told and whose status becomes the program's.

    An interrupt is Typer's to end, with status 130.
    """

    @wraps(command)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            status = command(*args, **kwargs)
        except UserError as error:
            sys.stderr.write(f"error: {error}\n")
            status = error.status
        except BrokenPipeError:
            abandon_standard_output()
            status = ExitStatus.OUTPUT_CLOSED
        raise typer.Exit(status)

    app.command()(run)


_add(match)
_add(rehearse)
_add(backtest)
_add(audit)
_add(drill)
_add(confirm_email)
_add(export)
