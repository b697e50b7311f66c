"""Some CloudTrail files, read by one process: quickly, where they are as CloudTrail writes them."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import deflate
import stringzilla  # type: ignore[import-not-found] # it has no types

from assurance.backtest.batch import Batch
from assurance.backtest.judge import Judge, UndatedError
from assurance.backtest.log_file import Events
from assurance.cloudtrail import Files, Item, Problem, Record, Skipped, Source, read_source

# What is larger, as it is stored or as it is read, one process reads in the end. CloudTrail's own
# files are not: it ends one after five minutes, and below 50 MB.
_LARGEST_STORED: Final = 16 << 20
_LONGEST_TEXT: Final = 56 << 20
# Most are shorter: one call then reads the file.
_USUAL: Final = 32 << 10
_GZIP: Final = b"\x1f\x8b\x08"
# No file's descriptor: what is opened in that folder fails.
_CLOSED: Final = -1
# Bytes of text that are looked at together: decompressing and parsing push each other's code and
# tables out of a core's caches, and what is done once for all of them no longer counts.
_TOGETHER: Final = 1 << 20
# Events after which what was found is handed on: a busy account's files hold thousands each.
_PIECE: Final = 50_000


class _ForLaterError(Exception):
    """A file that is too large to be held, or none that can be read twice."""


def read(files: Iterable[Files], judge: Judge) -> Batch:
    """What some files hold, as many as there is room for."""
    batch = Batch()
    texts = _Texts(judge, batch)
    unread = iter(files)
    for each in unread:
        with _opened(each.folder) as folder:
            for number, name in enumerate(each.names, start=1):
                try:
                    # No name here keeps a text while others are read.
                    texts.put(each, name, _text(name, folder))
                except _ForLaterError:
                    batch.large.append(each.source(name))
                    continue
                if texts.length >= _TOGETHER:
                    texts.judge()
                batch.files += 1
                if len(batch) >= _PIECE:
                    batch.unread += [each._replace(names=each.names[number:]), *unread]
                    break
    texts.judge()
    return batch


class _Texts:
    """Texts of files, to be judged together."""

    def __init__(self, judge: Judge, batch: Batch) -> None:
        self.length = 0
        self._judge = judge
        self._batch = batch
        self._texts: list[tuple[Files, str, bytes | bytearray]] = []

    def put(self, files: Files, name: str, text: bytes | bytearray | None) -> None:
        """Have a text judged; a file without one at hand is read patiently."""
        if text is None:
            _add_patiently(files.source(name), self._judge, self._batch)
            return
        self._texts.append((files, name, text))
        self.length += len(text)

    def judge(self) -> None:
        """Add the events of all texts; those that take more patience file by file."""
        for source in self._judged():
            _add_patiently(source, self._judge, self._batch)

    def _judged(self) -> list[Source]:
        """Add what can be added quickly, let go of the texts, and give the files of the others."""
        texts, self._texts, self.length = self._texts, [], 0
        events = Events()
        odd = [each for each in texts if not self._judge.read(each[-1], events)]
        if not self._judge.add(events, self._batch):
            odd = [each for each in texts if not self._is_added(each[-1])]
        return [files.source(name) for files, name, _ in odd]

    def _is_added(self, text: bytes | bytearray) -> bool:
        events = Events()
        return self._judge.read(text, events) and self._judge.add(events, self._batch)


def read_patiently(source: Source, judge: Judge) -> Iterator[Batch]:
    """Read a file of any length, a piece at a time."""
    batch = Batch()
    for item in read_source(source):
        _add(item, judge, batch)
        if len(batch) >= _PIECE:
            yield batch
            batch = Batch()
    batch.files = 1
    yield batch


@contextmanager
def _opened(folder: str | None) -> Iterator[int | None]:
    """A folder's descriptor: from there its files are opened in fewer steps.

    One that cannot be opened has none; what is wrong is then found with each of its files.
    """
    if folder is None:
        yield None
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        yield _CLOSED
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _text(name: str, folder: int | None) -> bytes | bytearray | None:
    """What a file holds, decompressed; None if it is damaged, or takes more steps than one.

    Raises _ForLaterError.
    """
    # A pipe, such as `<(zcat …)`, can be read once only.
    if folder is None and not Path(name).is_file():
        raise _ForLaterError
    try:
        descriptor = os.open(name, os.O_RDONLY, dir_fd=folder)
        try:
            stored = os.read(descriptor, _USUAL)
            if len(stored) == _USUAL:
                stored += os.read(descriptor, _LARGEST_STORED + 1 - _USUAL)
        finally:
            os.close(descriptor)
    except OSError:
        return None
    if len(stored) > _LARGEST_STORED:
        raise _ForLaterError
    if not stored.startswith(_GZIP):
        return stored
    # A member ends with its length. What follows it decompresses the first member alone, which has
    # that length too if it is the last, or if another of the same length comes behind it.
    # With bytes.rfind the whole would take a fortieth longer.
    ending = stored[-4:]
    length = int.from_bytes(ending, "little")
    if length > _LONGEST_TEXT:
        raise _ForLaterError
    if stringzilla.rfind(stored, ending, 0, -1) >= 0:
        return None
    try:
        text = deflate.gzip_decompress(stored, length)
    except deflate.DeflateError:
        return None
    return text if len(text) == length else None


def _add_patiently(source: Source, judge: Judge, batch: Batch) -> None:
    for item in read_source(source):
        _add(item, judge, batch)


def _add(item: Item, judge: Judge, batch: Batch) -> None:
    match item:
        case Record():
            try:
                judge.add_record(item.text, batch)
            except UndatedError:
                batch.bad_records[item.source] += 1
        case Skipped():
            batch.skip(item)
        case Problem() if item.where:
            batch.bad_records[item.source] += 1
        case Problem():
            batch.unreadable.append((item.source, item.reason))
