"""`python -m assurance rehearse`: does this stack, deployed, fire and reach every recipient?"""

import time
from pathlib import Path

import rich_click as click

from assurance import options, report_file
from assurance.exit_status import ExitStatus, UserError


@click.command()
@options.stack
@click.argument(
    "events",
    nargs=-1,
    callback=options.not_empty,
    help="CloudTrail files or folders to replay; by default a real set.",
)
@options.json_file
@click.option("--seed", type=int, help="Repeat the random principals of an earlier rehearsal.")
def rehearse(
    *, stack: str, events: tuple[str, ...], json: Path | None, seed: int | None
) -> ExitStatus:
    """Deploy a stack on an embedded AWS emulator, check it, probe it, and replay real events.

    Needs no account and touches none. Exit status: 0 when the stack does all it must, 1 when it
    does not, 2 for a stack that cannot be used, 3 when something could not be read or rehearsed.
    """
    report_file.check_apart({"--json": json}, events)
    # These take half a second, which `--help` need not wait for.
    from secrets import randbelow

    import pulumi
    from rich.console import Console

    from assurance.checks import Status
    from assurance.emulated_aws import EmulationError
    from assurance.emulator import EmulatorError
    from assurance.rehearsal import events as replayed
    from assurance.rehearsal import rehearsal, report
    from assurance.report_console import report_console
    from assurance.stack_files import StackFileError

    loaded = replayed.load(events or [str(replayed.DEFAULT)])
    errors = Console(stderr=True, soft_wrap=True, highlight=False)
    for problem in loaded.problems:
        errors.print(f"error: {problem}", markup=False)
    try:
        with errors.status("rehearsing") as status:
            told = rehearsal.rehearse(
                stack,
                loaded.events,
                folder=Path.cwd(),
                seed=randbelow(10**6) if seed is None else seed,
                now=int(time.time()),
                progress=lambda doing: status.update(f"rehearsing {stack}: {doing}"),
            )
    except (StackFileError, pulumi.RunError) as error:
        raise UserError(str(error), ExitStatus.USAGE) from None
    except (EmulationError, EmulatorError) as error:
        raise UserError(
            f"the stack could not be rehearsed: {error}", ExitStatus.INCOMPLETE
        ) from None
    told.findings += loaded.findings()
    if json is not None:
        report_file.write("--json", json, report.as_json(told) + "\n")
    report.show(told, report_console())
    if told.status is Status.FAIL:
        return ExitStatus.FINDINGS
    return ExitStatus.INCOMPLETE if told.status is Status.UNKNOWN else ExitStatus.OK
