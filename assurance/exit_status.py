"""How a command ends, and the errors that end it."""

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
