"""The program's commands. Each is a module of its own, which imports what it needs when it runs."""

import errno
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
from assurance.endings import cleaned_up_at_the_end
from assurance.exit_status import ExitStatus, UserError
from assurance.export.command import export
from assurance.match.command import match
from assurance.outputs import abandon_standard_output, make_ready
from assurance.rehearsal.command import rehearse

_FAULT: Final = "error: a fault of this program, which left its work undone; please report it\n"

# The disk, or what standard output is, takes no more.
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


class Program(click.RichGroup):
    """Commands that return an ExitStatus, which becomes the program's; their errors are told."""

    @override
    def main(self, *args: Any, **kwargs: Any) -> Any:
        make_ready()
        try:
            with cleaned_up_at_the_end():
                return super().main(*args, **kwargs)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            abandon_standard_output()
            why = (error.strerror or "").lower()
            sys.stderr.write(f"error: {why}: what was to be written is not whole\n")
            sys.exit(ExitStatus.INCOMPLETE)

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            status = super().invoke(ctx)
            # What cannot be written is told while it can be: Python's own end would tell nothing.
            sys.stdout.flush()
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
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _NO_ROOM:
                raise
            # Python's own status for it would say "findings".
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
