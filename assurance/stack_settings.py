"""A stack's settings, checked by the program's own rules, without running the program."""

from pathlib import Path

import pulumi

from assurance import stack_files
from assurance.stack_files import StackFiles
from monitoring import stack_config
from monitoring.stack_config import StackConfig


def settings(stack: str, folder: Path = Path()) -> StackConfig:
    """The settings of a stack of the project in `folder`.

    Raises StackFileError for files that cannot be used and ConfigError for what is set wrongly.
    """
    return of_files(stack_files.read(stack, folder))


def of_files(files: StackFiles) -> StackConfig:
    """The settings in a stack's files; raises ConfigError."""
    pulumi.runtime.set_all_config(dict(files.config), list(files.secret_keys))
    return stack_config.load()
