"""How a command ends, and the errors that end it."""

import os
import sys
from enum import IntEnum
from pathlib import Path


class ExitStatus(IntEnum):
    """A command's exit status; unknown is never a pass."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    INCOMPLETE = 3
    INTERRUPTED = 130  # as shells say of a program that SIGINT ended
    OUTPUT_CLOSED = 141  # and SIGPIPE


class UserError(Exception):
    """What a user has to hear, and nothing more: a message without a traceback."""

    def __init__(self, message: str, status: ExitStatus) -> None:
        super().__init__(message)
        self.status = status


def open_closed_outputs() -> None:
    """Let what goes to an output that was closed (`>&-`) go nowhere; Python has None for one."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for good
            setattr(sys, name, nowhere)


def abandon_standard_output() -> None:
    """Let what is still to be written go nowhere, when its reader has gone (`| head`).

    Python would else fail once more when it flushes at its end.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
