"""A stack's settings, checked by the program's own rules, without running the program."""

from pathlib import Path

from assurance import stack_files
from assurance.stack_files import StackFileError, StackFiles
from monitoring import stack_config
from monitoring.stack_config import ConfigError, StackConfig


def settings(stack: str, folder: Path = Path()) -> StackConfig:
    """The settings of a stack of the project in `folder`.

    Raises StackFileError for files that cannot be used, and for what is set wrongly in them.
    """
    return of_files(stack_files.read(stack, folder))


def of_files(files: StackFiles) -> StackConfig:
    """The settings in a stack's files; raises StackFileError for what is set wrongly."""
    try:
        return stack_config.read(files.config, files.secret_keys)
    except ConfigError as error:
        raise StackFileError(str(error)) from None
