"""Processes that a test looks for, in /proc (Linux)."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path


def children(parent: int) -> Iterator[int]:
    """The processes whose parent this is."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                status = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(status[1]) == parent:
                    yield int(entry.name)


def wait_until_gone(process: int, seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while Path(f"/proc/{process}").exists():
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        if state == "Z":
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
