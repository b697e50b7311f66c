"""The file that a user wants a report in."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from assurance.exit_status import ExitStatus, UserError


def check(option: str, path: Path | None) -> None:
    """Refuse a file that cannot be written, before long work; raises UserError."""
    if path is None:
        return
    if str(path) == "-":
        raise UserError(
            f"{option} -: name a file; standard output has the report for people", ExitStatus.USAGE
        )
    why = _refusal(path)
    if why:
        raise UserError(f"{option}: {path} cannot be written: {why}", ExitStatus.USAGE)


def _refusal(path: Path) -> str:
    folder = path.absolute().parent
    if path.is_dir():
        return "it is a folder, name a file in it"
    if not folder.is_dir():
        return f"there is no folder {folder}"
    if not os.access(path if path.exists() else folder, os.W_OK):
        return "permission denied"
    return ""


def check_apart(reports: Mapping[str, Path | None], read: Collection[str]) -> None:
    """Refuse to write two reports to one file, or one over what is read; raises UserError."""
    taken = {os.path.realpath(path): "a file to read" for path in read}
    for option, path in reports.items():
        if path is None:
            continue
        place = os.path.realpath(path)
        if place in taken:
            raise UserError(
                f"{option}: {path} is {taken[place]}: name another file", ExitStatus.USAGE
            )
        taken[place] = f"what {option} writes"


def write(option: str, path: Path, text: str) -> None:
    """Write the report; raises UserError."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"{option}: {path} cannot be written: {error.strerror}", ExitStatus.USAGE
        ) from None
