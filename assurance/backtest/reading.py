"""CloudTrail files, read by as many processes as there are cores."""

import gc
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import deflate

from assurance.backtest.batch import Batch
from assurance.backtest.judge import Judge, UndatedError
from assurance.backtest.selection import Selection
from assurance.cloudtrail import (
    STANDARD_INPUT,
    Item,
    Problem,
    Record,
    Skipped,
    Source,
    find,
    read_source,
)

# A folder holds a day of one region and account. So many of its files take a process some 20 ms,
# long beside what it takes to hand them over and short beside the whole.
_FILES: Final = 128
# Files beyond are not held as a whole but read as they come, by one process. CloudTrail's own stay
# below: it writes one every five minutes or at 50 MB, which gzip makes a tenth of.
_LARGEST: Final = 16 << 20
# Events after which what was found in such a file is handed on.
_PIECE: Final = 50_000
# No path has one.
_NAMED: Final = "\0"
_GZIP: Final = b"\x1f\x8b\x08"

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Work:
    """What is asked of each process."""

    patterns: tuple[str, ...]
    selection: Selection


class LostProcessError(RuntimeError):
    """A process ended before its work did; what it read is not known."""


@contextmanager
def reading(
    paths: Iterable[str], work: Work, *, progress: Progress, processes: int | None = None
) -> Iterator[Iterator[Batch]]:
    """Read the events of files and folders, some files at a time, in a fixed order.

    The processes are at work from the start. `progress` is told how many files are done, and how
    many are known of. Iterating raises LostProcessError.
    """
    search = _Search(paths)
    pool = ProcessPoolExecutor(
        processes or os.cpu_count() or 1, initializer=_prepare, initargs=(work,)
    )
    try:
        yield _batches(pool.map(_read_files, search.batches()), search, work, progress)
    finally:
        pool.shutdown(cancel_futures=True)


def _batches(
    read: Iterator[Batch], search: "_Search", work: Work, progress: Progress
) -> Iterator[Batch]:
    large: list[str] = []
    done = 0
    try:
        for batch in read:
            large += batch.large
            done += batch.files
            yield batch
            progress(done, search.files)
    except BrokenProcessPool:
        raise LostProcessError(
            "a process that read files was killed, perhaps for want of memory"
        ) from None
    yield search.found
    judge = Judge(work.patterns, work.selection)
    for source in (*search.standard_input, *map(_found, large)):
        for batch in _read_patiently(source, judge):
            done += batch.files
            yield batch
            progress(done, search.files)


class _Search:
    """The files below some paths, told in batches while the first are being read already."""

    def __init__(self, paths: Iterable[str]) -> None:
        given = list(paths)
        self._paths = [path for path in given if path != STANDARD_INPUT]
        self.standard_input = [Source(path) for path in given if path == STANDARD_INPUT][:1]
        self.files = len(self.standard_input)
        self.found = Batch()

    def batches(self) -> Iterator[list[str]]:
        """The paths of files, those of one folder together; what is none goes to `found`.

        A file that was named comes with a NUL before its path: strings take a fraction of the time
        that it takes to hand a Source to another process.
        """
        batch: list[str] = []
        folder = ""
        for each in find(self._paths):
            if isinstance(each, Problem):
                self.found.unreadable.append((each.source, each.reason))
            elif isinstance(each, Skipped):
                self.found.skipped[each.kind] += 1
            else:
                parent = each.path.rpartition(os.sep)[0]
                # Folders of few files share a batch.
                if len(batch) >= (_FILES if parent == folder else _FILES // 2):
                    yield batch
                    batch = []
                folder = parent
                batch.append(_NAMED + each.path if each.is_named else each.path)
                self.files += 1
        if batch:
            yield batch


_judges: Final[list[Judge]] = []


def _prepare(work: Work) -> None:
    # Nothing here has cycles, and looking for them takes as long as decoding.
    gc.disable()
    # The parent is told of an interrupt too, and ends its processes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _judges[:] = [Judge(work.patterns, work.selection)]


def _found(path: str) -> Source:
    return Source(path.removeprefix(_NAMED), is_named=path.startswith(_NAMED))


def _read_files(paths: Sequence[str]) -> Batch:
    [judge] = _judges
    batch = Batch()
    for path in paths:
        stored = _stored(path.removeprefix(_NAMED))
        if stored is not None and len(stored) > _LARGEST:
            batch.large.append(path)
            continue
        if stored is None or not _add_log_file(stored, judge, batch):
            for item in read_source(_found(path)):
                _add(item, judge, batch)
        batch.files += 1
    return batch


def _stored(path: str) -> bytes | None:
    """What a file holds, or the beginning of a large one; None when it cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            size = min(os.fstat(descriptor).st_size, _LARGEST)
            return os.read(descriptor, size + 1)
        finally:
            os.close(descriptor)
    except OSError:
        return None


def _add_log_file(stored: bytes, judge: Judge, batch: Batch) -> bool:
    """Add a file as CloudTrail writes them; False, and nothing is added, when it is not one."""
    if not stored.startswith(_GZIP):
        return judge.add_log_file(stored, batch)
    if stored.find(_GZIP, 1) >= 0:
        # Perhaps a second member, which what follows would pass over.
        return False
    length = int.from_bytes(stored[-4:], "little")
    if length > _LARGEST << 3:
        return False
    try:
        text = deflate.gzip_decompress(stored, length)
    except deflate.DeflateError:
        return False
    return len(text) == length and judge.add_log_file(text, batch)


def _add(item: Item, judge: Judge, batch: Batch) -> None:
    match item:
        case Record():
            try:
                judge.add_record(item.text, batch)
            except UndatedError:
                batch.bad_records += 1
        case Skipped():
            batch.skipped[item.kind] += 1
        case Problem() if item.where:
            batch.bad_records += 1
        case Problem():
            batch.unreadable.append((item.source, item.reason))


def _read_patiently(source: Source, judge: Judge) -> Iterator[Batch]:
    """Read a file of any length, a piece at a time."""
    batch = Batch()
    for item in read_source(source):
        _add(item, judge, batch)
        if len(batch) >= _PIECE:
            yield batch
            batch = Batch()
    batch.files = 1
    yield batch
