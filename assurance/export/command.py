"""`python -m assurance export`: the same detection for a SIEM."""

import sys
from typing import TYPE_CHECKING

import rich_click as click

from assurance import options
from assurance.exit_status import ExitStatus, UserError

if TYPE_CHECKING:
    from assurance.export.rule import Rule
    from assurance.export.targets import Target


@click.command()
@options.stack
@click.option("--to", required=True, help="sigma, splunk, elasticsearch, sumologic or athena.")
def export(*, stack: str, to: str) -> ExitStatus:
    """Print what the stack's paging alarm detects, as a Sigma rule or as a system's own query.

    What has to be known to put it to work goes to standard error. Exit status: 0, or 2 for a stack
    that cannot be used, an unknown target, or what a target cannot express.
    """
    from assurance.export.targets import SIGMA, TARGETS

    if to != SIGMA and to not in TARGETS:
        raise UserError(
            f"--to {to}: there is no such target; there are {', '.join([SIGMA, *TARGETS])}",
            ExitStatus.USAGE,
        )
    rule = _rule(stack)
    text = rule.text if to == SIGMA else _query(rule, to, TARGETS[to])
    notes = [*rule.notes, *([] if to == SIGMA else [_schedule(rule, TARGETS[to])])]
    for note in notes:
        sys.stderr.write(f"note: {note}\n")
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    return ExitStatus.OK


def _rule(stack: str) -> "Rule":
    from assurance import stack_files, stack_settings
    from assurance.export import rule
    from assurance.stack_files import StackFileError
    from assurance.translate.sigma import TranslationError

    try:
        files = stack_files.read(stack)
        return rule.rule(files.project, files.stack, stack_settings.of_files(files))
    except (StackFileError, TranslationError) as error:
        raise UserError(str(error), ExitStatus.USAGE) from None


def _query(rule: "Rule", name: str, target: "Target") -> str:
    from assurance.export.target_error import TargetError

    try:
        from assurance.export.conversion import query

        return query(rule, target)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sigma":
            raise
        raise UserError(
            f"--to {name} needs pySigma and its back ends ({error.name} is not there): "
            "pip install -r requirements-export.txt",
            ExitStatus.USAGE,
        ) from None
    except TargetError as error:
        raise UserError(f"--to {name} cannot express it: {error}", ExitStatus.USAGE) from None


def _schedule(rule: "Rule", target: "Target") -> str:
    from assurance.export.rule import span

    return target.schedule.format(
        span=span(rule.period), more=span(rule.period - 60), threshold=rule.threshold
    )
