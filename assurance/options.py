"""Options that several commands have."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import rich_click as click
from typing_extensions import override

from assurance import report_file
from assurance.exit_status import ExitStatus, UserError

_F = TypeVar("_F", bound=Callable[..., Any])

_STACK: Final = "The stack: the name in Pulumi.NAME.yaml."

stack = click.option("--stack", required=True, help=_STACK)
stack_or_none = click.option("--stack", help=_STACK)


def _checked(ctx: click.Context, param: click.Parameter, path: Path | None) -> Path | None:  # noqa: ARG001 - Click's form
    # After long work it would be too late.
    report_file.check(param.opts[0], path)
    return path


def file_for_report(option: str, form: str) -> Callable[[_F], _F]:
    """An option for a file that can be written, or else raises UserError."""
    return click.option(
        option,
        type=click.Path(path_type=Path),
        callback=_checked,
        help=f"Write the report to this file as {form}.",
    )


json_file: Final = file_for_report("--json", "JSON")


def not_empty(
    ctx: click.Context,  # noqa: ARG001 - Click's form
    param: click.Parameter,  # noqa: ARG001
    paths: tuple[str, ...],
) -> tuple[str, ...]:
    """Refuse a path without a name: what a script leaves of a variable that is not set."""
    if "" in paths:
        raise UserError("a path is empty: name a file or folder", ExitStatus.USAGE)
    return paths


class AtLeast(click.FloatRange):
    """A finite number: `nan` compares false with every bound, and would pass for any."""

    def __init__(self, least: float) -> None:
        super().__init__(min=least)

    @override
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a number that can be used.", param, ctx)
        return number
