"""Standard output, where reports for people go."""

import sys

from rich.console import Console
from typing_extensions import override


class _Console(Console):
    @override
    def on_broken_pipe(self) -> None:
        # Rich would end the program with status 1, which says that there are findings.
        raise BrokenPipeError


def report_console() -> Console:
    """A console as wide as the terminal, in colour if it is one."""
    return _Console(file=sys.stdout, highlight=False)
