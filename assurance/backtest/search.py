"""CloudTrail files, looked for by another process while this one makes ready to read them."""

import multiprocessing
import os
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from queue import Queue
from typing import Final, TypeAlias

from assurance.backtest.batch import Batch
from assurance.backtest.bundle import bundle, shared_out
from assurance.backtest.child_process import end_with_parent
from assurance.cloudtrail import STANDARD_INPUT, Files, Problem, Skipped, Source, find_files

if sys.platform == "linux":
    import fcntl

# A folder holds a day of one region and account. So many of its files take a process some 20 ms.
_FILES: Final = 256
# The paths of more would fill memory while they wait.
_MANY: Final = 100_000
# The search need not wait while the other process makes ready, which is when a core is free: what
# the pipe has no room for, some thousands of paths, waits with the search itself.
_PIPE: Final = 1 << 20
_BUNDLES_WAITING: Final = _MANY // _FILES

# How many files a bundle holds, and the bundle; or what is no file.
_Found: TypeAlias = tuple[int, bytes | Batch]


@contextmanager
def search(paths: Iterable[str]) -> Iterator["Search"]:
    """Look for the files that these paths name, from now on."""
    given = list(paths)
    standard_input = [Source(path) for path in given if path == STANDARD_INPUT][:1]
    receiver, sender = multiprocessing.Pipe(duplex=False)
    if sys.platform == "linux":
        with suppress(OSError):
            fcntl.fcntl(sender, fcntl.F_SETPIPE_SZ, _PIPE)
    process = multiprocessing.Process(
        target=_search, args=([path for path in given if path != STANDARD_INPUT], sender)
    )
    process.start()
    sender.close()
    try:
        yield Search(receiver, standard_input)
    finally:
        # It has nothing to put in order, and may have been started where SIGTERM is ignored.
        process.kill()
        process.join()
        receiver.close()


class Search:
    """What is being found."""

    def __init__(self, connection: Connection, standard_input: Sequence[Source]) -> None:
        """`standard_input` is a source of its own, which no other process has."""
        self._connection = connection
        self.standard_input = standard_input
        # How many files were found so far.
        self.files = len(standard_input)
        # What was found that is no file, once all is.
        self.no_file: Batch | None = None

    def found(self, *, wait: bool) -> Iterator[bytes]:
        """Give bundles of what has been found since; `wait` until something is, or all.

        The iterator raises EOFError when the search was ended before.
        """
        while self.no_file is None and (wait or self._connection.poll()):
            wait = False
            try:
                number, found = self._connection.recv()
            except OSError:
                # In the middle of what it sent.
                raise EOFError from None
            if isinstance(found, Batch):
                self.no_file = found
            else:
                self.files += number
                yield found


def _search(paths: Sequence[str], sender: Connection) -> None:
    """Send the files below some paths, bundle by bundle, and at the end what is no file."""
    end_with_parent()
    waiting: Queue[_Found] = Queue(_BUNDLES_WAITING)
    sending = threading.Thread(target=_send, args=(waiting, sender), daemon=True)
    sending.start()
    no_file = Batch()
    found = 0
    for some in shared_out(_files(paths, no_file), _FILES):
        number = sum(len(files.names) for files in some)
        waiting.put((number, bundle(some, small=found > _MANY)))
        found += number
    waiting.put((0, no_file))
    sending.join()


def _send(waiting: "Queue[_Found]", sender: Connection) -> None:
    """Send what waits, to its last; the process ends where that cannot be, or all would wait."""
    is_last = False
    try:
        while not is_last:
            each = waiting.get()
            sender.send(each)
            is_last = isinstance(each[1], Batch)
    finally:
        if not is_last:
            os._exit(1)


def _files(paths: Sequence[str], no_file: Batch) -> Iterator[Files]:
    """Files alone; what is none goes to `no_file`."""
    for found in find_files(paths):
        match found:
            case Files():
                yield found
            case Problem():
                no_file.unreadable.append((found.source, found.reason))
            case Skipped():
                no_file.skip(found)
