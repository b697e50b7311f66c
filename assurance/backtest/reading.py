"""CloudTrail files, read by as many processes as there are cores."""

import gc
import multiprocessing
import os
import pickle
import signal
import sys
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Final

from assurance.backtest import file_reader
from assurance.backtest.batch import Batch
from assurance.backtest.judge import Judge
from assurance.backtest.selection import Selection
from assurance.cloudtrail import STANDARD_INPUT, Problem, Skipped, Source, find

if sys.platform == "linux":
    import fcntl

# A folder holds a day of one region and account. So many of its files take a process some 20 ms,
# long beside what it takes to hand them over and short beside the whole.
_FILES: Final = 256
# Room for the paths of some hundred thousand files, so that the search need not wait.
_PIPE: Final = 1 << 20
# Batches handed to the processes before the first of them is done: enough that none waits.
_AHEAD: Final = 32

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Work:
    """What is asked of each process."""

    patterns: tuple[str, ...]
    selection: Selection


class LostProcessError(RuntimeError):
    """A process ended before its work did; what it read is not known."""

    def __init__(self) -> None:
        super().__init__("a process that read files was killed, perhaps for want of memory")


@contextmanager
def reader(
    paths: Iterable[str], *, progress: Progress, processes: int | None = None
) -> Iterator["Reader"]:
    """Look for files in another process, from now on, and have ready those that will read them.

    `progress` is told how many files are done, and how many were found so far.
    """
    given = list(paths)
    standard_input = [Source(path) for path in given if path == STANDARD_INPUT][:1]
    receiver, sender = multiprocessing.Pipe(duplex=False)
    if sys.platform == "linux":
        with suppress(OSError):
            fcntl.fcntl(sender, fcntl.F_SETPIPE_SZ, _PIPE)
    search = multiprocessing.Process(
        target=_search, args=([path for path in given if path != STANDARD_INPUT], sender)
    )
    pool = ProcessPoolExecutor(processes or os.cpu_count() or 1, initializer=_prepare)
    search.start()
    sender.close()
    try:
        yield Reader(receiver, pool, standard_input, progress)
    finally:
        receiver.close()
        search.terminate()
        search.join()
        pool.shutdown(cancel_futures=True)


class Reader:
    """Files that are being looked for, and the processes that read them."""

    def __init__(
        self,
        found: Connection,
        pool: ProcessPoolExecutor,
        standard_input: Sequence[Source],
        progress: Progress,
    ) -> None:
        self._connection = found
        self._pool = pool
        self._standard_input = standard_input
        self._progress = progress
        self._files = len(standard_input)
        self._waiting: deque[bytes] = deque()
        self._reading: deque[Future[Batch]] = deque()
        self._no_file: Batch | None = None

    def read(self, work: Work) -> Iterator[Batch]:
        """Read the events of all files from now on, some files at a time, in a fixed order.

        The iterator raises LostProcessError.
        """
        self._hand_out(work)
        return self._read(work)

    def _read(self, work: Work) -> Iterator[Batch]:
        large: list[str] = []
        done = 0
        try:
            for batch in self._read_small(work):
                large += batch.large
                done += batch.files
                yield batch
                self._progress(done, self._files)
        except (BrokenProcessPool, EOFError):
            raise LostProcessError from None
        judge = Judge(work.patterns, work.selection)
        for source in (*self._standard_input, *map(file_reader.unpacked, large)):
            for batch in file_reader.read_patiently(source, judge):
                done += batch.files
                yield batch
                self._progress(done, self._files)

    def _read_small(self, work: Work) -> Iterator[Batch]:
        while True:
            self._hand_out(work, wait=not self._reading)
            if not self._reading:
                break
            yield self._reading.popleft().result()
        assert self._no_file is not None  # noqa: S101 - what the search ends with
        yield self._no_file

    def _hand_out(self, work: Work, *, wait: bool = False) -> None:
        """Give the processes files to read; `wait` for one that is found, if need be."""
        while len(self._reading) < _AHEAD and self._find(wait=wait and not self._reading):
            files = self._waiting.popleft()
            self._reading.append(self._pool.submit(_read_files, files, work))

    def _find(self, *, wait: bool) -> bool:
        """Take in what has been found; whether there are files to read."""
        while self._no_file is None and (self._connection.poll() or (wait and not self._waiting)):
            number, found = self._connection.recv()
            if isinstance(found, Batch):
                self._no_file = found
            else:
                self._files += number
                self._waiting.append(found)
        return bool(self._waiting)


def _search(paths: Sequence[str], sender: Connection) -> None:
    """Send the files below some paths, batch by batch, and at the end what is no file."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    no_file = Batch()
    for batch in _batches(paths, no_file):
        # The many paths of a long history would fill memory; packed they take a tenth of it.
        sender.send((len(batch), zlib.compress(pickle.dumps(batch), 1)))
    sender.send((0, no_file))


def _batches(paths: Sequence[str], no_file: Batch) -> Iterator[list[str]]:
    """Packed sources, those of one folder together; what is none goes to `no_file`."""
    batch: list[str] = []
    folder = ""
    for each in find(paths):
        if isinstance(each, Problem):
            no_file.unreadable.append((each.source, each.reason))
        elif isinstance(each, Skipped):
            no_file.skipped[each.kind] += 1
        else:
            parent = each.path.rpartition(os.sep)[0]
            # Folders of few files share a batch.
            if len(batch) >= (_FILES if parent == folder else _FILES // 2):
                yield batch
                batch = []
            folder = parent
            batch.append(file_reader.packed(each))
    if batch:
        yield batch


_judges: Final[dict[Work, Judge]] = {}


def _prepare() -> None:
    # Nothing here has cycles, and looking for them takes as long as decoding.
    gc.disable()
    # The parent is told of an interrupt too, and ends its processes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _read_files(files: bytes, work: Work) -> Batch:
    judge = _judges.get(work)
    if judge is None:
        judge = _judges[work] = Judge(work.patterns, work.selection)
    paths: list[str] = pickle.loads(zlib.decompress(files))  # noqa: S301 - of our own making
    return file_reader.read(paths, judge)
