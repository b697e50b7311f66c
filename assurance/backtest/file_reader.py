"""Some CloudTrail files, read by one process: quickly, where they are as CloudTrail writes them."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import deflate

from assurance.backtest.batch import Batch
from assurance.backtest.judge import Judge, UndatedError
from assurance.backtest.log_file import Events
from assurance.cloudtrail import Files, Item, Problem, Record, Skipped, Source, read_source

# Files beyond are not held as a whole but read as they come, by one process. Few of CloudTrail's
# own are: it writes one every five minutes at least. Parsing takes four times the room of a text.
_LARGEST: Final = 16 << 20
_LONGEST: Final = 56 << 20
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


def read(files: Iterable[Files], judge: Judge) -> Batch:
    """What some files hold, as many as there is room for."""
    batch = Batch()
    texts = _Texts(judge, batch)
    unread = iter(files)
    for each in unread:
        with _opened(each.folder) as folder:
            for number, name in enumerate(each.names, start=1):
                text = _text(name, folder)
                if text is not None:
                    texts.put(each, name, text)
                elif _is_for_later(source := each.source(name)):
                    batch.large.append(source)
                    continue
                else:
                    _add_patiently(source, judge, batch)
                batch.files += 1
                if len(batch) >= _PIECE:
                    batch.unread += [each._replace(names=each.names[number:]), *unread]
                    break
    texts.judge()
    return batch


class _Texts:
    """Texts of files, to be judged together."""

    def __init__(self, judge: Judge, batch: Batch) -> None:
        self._judge = judge
        self._batch = batch
        self._texts: list[tuple[Files, str, bytes | bytearray]] = []
        self._length = 0

    def put(self, files: Files, name: str, text: bytes | bytearray) -> None:
        self._texts.append((files, name, text))
        self._length += len(text)
        if self._length >= _TOGETHER:
            self.judge()

    def judge(self) -> None:
        """Add the events of all texts; those that take more patience file by file."""
        texts, self._texts, self._length = self._texts, [], 0
        events = Events()
        odd = [each for each in texts if not self._judge.read(each[-1], events)]
        if not self._judge.add(events, self._batch):
            odd = [each for each in texts if not self._is_added(each[-1])]
        for files, name, _ in odd:
            _add_patiently(files.source(name), self._judge, self._batch)

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
    """What a file holds, decompressed; None for one that is large, damaged, or no file at all."""
    # A pipe, such as `<(zcat …)`, can be read once only.
    if folder is None and not Path(name).is_file():
        return None
    try:
        descriptor = os.open(name, os.O_RDONLY, dir_fd=folder)
        try:
            stored = os.read(descriptor, _USUAL)
            if len(stored) == _USUAL:
                stored += os.read(descriptor, _LARGEST + 1 - _USUAL)
        finally:
            os.close(descriptor)
    except OSError:
        return None
    if not stored.startswith(_GZIP):
        return stored if len(stored) <= _LARGEST else None
    # A member ends with its length; what follows it decompresses the first member alone, which has
    # the length of the last if that is the same one, or if there are others of the same length.
    # Looking from the end takes half as long.
    ending = stored[-4:]
    length = int.from_bytes(ending, "little")
    if length > _LONGEST or stored.rfind(ending + _GZIP) >= 0:
        return None
    try:
        text = deflate.gzip_decompress(stored, length)
    except deflate.DeflateError:
        return None
    return text if len(text) == length else None


def _is_for_later(source: Source) -> bool:
    """Whether one process reads it as it comes: a large file, or one that is none."""
    path = Path(source.path)
    if source.is_named and not path.is_file():
        return True
    try:
        return path.stat().st_size > _LARGEST
    except OSError:
        return False


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
            batch.skipped[item.kind] += 1
        case Problem() if item.where:
            batch.bad_records[item.source] += 1
        case Problem():
            batch.unreadable.append((item.source, item.reason))
