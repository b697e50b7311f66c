"""CloudTrail files, read by as many processes as there are cores."""

import gc
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Final

from assurance.backtest import file_reader
from assurance.backtest.batch import Batch
from assurance.backtest.bundle import bundle, shared_out, unbundle
from assurance.backtest.child_process import end_with_parent
from assurance.backtest.judge import Judge
from assurance.backtest.search import Search
from assurance.backtest.selection import Selection
from assurance.cloudtrail import Files, Source

# What each process has to do before it has to wait.
_AHEAD: Final = 4
# Bundles of files that a process gets at once while there are many; handing each over alone takes a
# twentieth of the whole.
_TOGETHER: Final = 8

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Work:
    """What is asked of each process."""

    patterns: tuple[str, ...]
    selection: Selection


class LostProcessError(RuntimeError):
    """A process was killed, or found no memory, before its work was done; what it read is lost."""

    def __init__(self) -> None:
        super().__init__("a process that read files was ended, perhaps for want of memory")


@contextmanager
def reader(
    search: Search, *, progress: Progress, processes: int | None = None
) -> Iterator["Reader"]:
    """Have processes ready that will read what is found.

    `progress` is told how many files are done, and how many were found so far.
    """
    number = processes or os.cpu_count() or 1
    pool = ProcessPoolExecutor(number, initializer=_prepare)
    try:
        yield Reader(search, pool, progress, ahead=_AHEAD * number)
    finally:
        pool.shutdown(cancel_futures=True)


class Reader:
    """Files that are being looked for, and the processes that read them."""

    def __init__(
        self, search: Search, pool: ProcessPoolExecutor, progress: Progress, *, ahead: int
    ) -> None:
        self._search = search
        self._pool = pool
        self._progress = progress
        self._ahead = ahead
        self._waiting: deque[bytes] = deque()
        self._reading: deque[Future[Batch]] = deque()

    def read(self, work: Work) -> Iterator[Batch]:
        """Read the events of all files from now on, some files at a time, in no fixed order.

        The iterator raises LostProcessError.
        """
        # Processes that are forked now need not make it.
        _judge(work)
        # That the search was killed is told when it is asked again.
        with suppress(EOFError):
            self._hand_out(work)
        return self._read(work)

    def _read(self, work: Work) -> Iterator[Batch]:
        done = 0
        try:
            for batch in self._batches(work):
                done += batch.files
                yield batch
                self._progress(done, self._search.files)
        except (BrokenProcessPool, EOFError, MemoryError):
            raise LostProcessError from None

    def _batches(self, work: Work) -> Iterator[Batch]:
        large: list[Source] = []
        for batch in self._read_small(work):
            large += batch.large
            yield batch
        for source in (*self._search.standard_input, *large):
            yield from file_reader.read_patiently(source, _judge(work))

    def _read_small(self, work: Work) -> Iterator[Batch]:
        while True:
            self._hand_out(work, wait=not self._reading)
            if not self._reading:
                break
            batch = self._reading.popleft().result()
            self._put_back(batch.unread)
            yield batch
        assert self._search.no_file is not None  # noqa: S101 - what the search ends with
        yield self._search.no_file

    def _hand_out(self, work: Work, *, wait: bool = False) -> None:
        """Give the processes files to read; `wait` for one that is found, if need be."""
        while len(self._reading) < self._ahead and self._find(wait=wait and not self._reading):
            number = min(_TOGETHER, 1 + len(self._waiting) // self._ahead, len(self._waiting))
            bundles = [self._waiting.popleft() for _ in range(number)]
            self._reading.append(self._pool.submit(_read_files, bundles, work))

    def _put_back(self, unread: Sequence[Files]) -> None:
        """Share out files that hold so much that one process need not read them all."""
        number = sum(len(files.names) for files in unread)
        self._waiting += map(bundle, shared_out(unread, max(1, number // self._ahead)))

    def _find(self, *, wait: bool) -> bool:
        """Take in what has been found; whether there are files to read."""
        self._waiting += self._search.found(wait=wait and not self._waiting)
        return bool(self._waiting)


def _prepare() -> None:
    # Nothing here has cycles, and looking for them takes as long as decoding.
    gc.disable()
    end_with_parent()


def _read_files(bundles: Sequence[bytes], work: Work) -> Batch:
    return file_reader.read(chain.from_iterable(map(unbundle, bundles)), _judge(work))


@cache
def _judge(work: Work) -> Judge:
    return Judge(work.patterns, work.selection)
