"""How a command ends, and the errors that end it."""

import os
import sys
from enum import IntEnum


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


def abandon_standard_output() -> None:
    """Let what is still to be written go nowhere, when its reader has gone (`| head`).

    Python would else fail once more when it flushes at its end.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
