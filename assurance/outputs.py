"""Standard output and standard error, wherever they lead."""

import io
import os
import sys
from pathlib import Path


def make_ready() -> None:
    """Let neither output fail a command that has done its work.

    What goes to one that was closed (`>&-`, for which Python has None) goes nowhere; a letter that
    the encoding of another does not have is a question mark.
    """
    for name in ("stdout", "stderr"):
        output = getattr(sys, name)
        if output is None:
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for good
            setattr(sys, name, nowhere)
        elif isinstance(output, io.TextIOWrapper):
            output.reconfigure(errors="replace")


def abandon_standard_output() -> None:
    """Let what is still to be written go nowhere, when its reader has gone (`| head`).

    Python would else fail once more when it flushes at its end.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
