"""The program's commands. Each is a module of its own, which imports what it needs when it runs."""

import sys
import traceback
from typing import Any, Final

import rich_click as click
from click.exceptions import Abort, ClickException, Exit
from typing_extensions import override

from assurance.audit.command import audit
from assurance.backtest.command import backtest
from assurance.confirm_email.command import confirm_email
from assurance.drill.command import drill
from assurance.exit_status import ExitStatus, UserError, abandon_standard_output
from assurance.export.command import export
from assurance.match.command import match
from assurance.rehearsal.command import rehearse

_FAULT: Final = "error: a fault of this program, which left its work undone; please report it\n"


class Program(click.RichGroup):
    """Commands that return an ExitStatus, which becomes the program's; their errors are told."""

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            status = super().invoke(ctx)
        except UserError as error:
            sys.stderr.write(f"error: {error}\n")
            status = error.status
        except BrokenPipeError:
            abandon_standard_output()
            status = ExitStatus.OUTPUT_CLOSED
        except KeyboardInterrupt:
            status = ExitStatus.INTERRUPTED
        except (Abort, ClickException, Exit):
            raise
        except Exception:  # noqa: BLE001 - Python's own status for it would say "findings"
            traceback.print_exc()
            sys.stderr.write(_FAULT)
            status = ExitStatus.INCOMPLETE
        ctx.exit(status)

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


app = Program(
    name="assurance",
    commands=[match, rehearse, backtest, audit, drill, confirm_email, export],
    help="Prove that unauthorized API calls are noticed: before, at and after deployment.",
    no_args_is_help=True,
)
