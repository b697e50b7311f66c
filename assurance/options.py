"""Options that several commands have."""

import math
from pathlib import Path
from typing import Any, Final

import rich_click as click
from typing_extensions import override

_STACK: Final = "The stack: the name in Pulumi.NAME.yaml."

stack = click.option("--stack", required=True, help=_STACK)
stack_or_none = click.option("--stack", help=_STACK)
json_file = click.option(
    "--json", type=click.Path(path_type=Path), help="Write the report to this file as JSON."
)


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
