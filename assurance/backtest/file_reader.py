"""Some CloudTrail files, read by one process: quickly, where they are as CloudTrail writes them."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import deflate

from assurance.backtest.batch import Batch
from assurance.backtest.judge import Judge, UndatedError
from assurance.backtest.packed_source import NAMED, unpacked
from assurance.cloudtrail import Item, Problem, Record, Skipped, Source, read_source

# Files beyond are not held as a whole but read as they come, by one process. CloudTrail's own stay
# below: it writes one every five minutes or at 50 MB, which gzip makes a tenth of.
_LARGEST: Final = 16 << 20
# Most are shorter: one call then reads the file.
_USUAL: Final = 32 << 10
_GZIP: Final = b"\x1f\x8b\x08"
# Records judged together: what is done once for all of them no longer counts, and their text still
# fits into a core's cache.
_TOGETHER: Final = 250
# Events after which what was found is handed on: a busy account's files hold thousands each.
_PIECE: Final = 50_000


def read(paths: Iterable[str], judge: Judge) -> Batch:
    """What some files hold, as many as there is room for; `paths` are packed sources."""
    batch = Batch()
    waiting = _Waiting(judge, batch)
    unread = iter(paths)
    for path in unread:
        if path.startswith(NAMED) and not Path(path.removeprefix(NAMED)).is_file():
            # A pipe, such as `<(zcat …)`, can be read once only.
            batch.large.append(path)
            continue
        stored = _stored(path.removeprefix(NAMED))
        if stored is not None and len(stored) > _LARGEST:
            batch.large.append(path)
            continue
        batch.files += 1
        records = None if stored is None else _records(stored, judge)
        if records is None:
            waiting.add_all()
            _add_patiently(path, judge, batch)
        else:
            waiting.append(path, records)
        # A busy account's are large, and the next file's would come on top of them.
        del stored, records
        if len(batch) >= _PIECE:
            break
    waiting.add_all()
    batch.unread += unread
    return batch


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


class _Waiting:
    """Records of a few files that wait to be judged together."""

    def __init__(self, judge: Judge, batch: Batch) -> None:
        self._judge = judge
        self._batch = batch
        self._paths: list[str] = []
        self._records: list[Any] = []

    def append(self, path: str, records: list[Any]) -> None:
        self._paths.append(path)
        self._records += records
        if len(self._records) >= _TOGETHER:
            self.add_all()

    def add_all(self) -> None:
        if self._records and not self._judge.add(self._records, self._batch):
            for path in self._paths:
                self._add_one(path)
        self._paths = []
        self._records = []

    def _add_one(self, path: str) -> None:
        """One of some files that have an unusual record among them, which it may be free of."""
        stored = _stored(path.removeprefix(NAMED))
        records = None if stored is None else _records(stored, self._judge)
        if records is None or not self._judge.add(records, self._batch):
            _add_patiently(path, self._judge, self._batch)


def _stored(path: str) -> bytes | None:
    """What a file holds, or the beginning of a large one; None when it cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            stored = os.read(descriptor, _USUAL)
            if len(stored) < _USUAL:
                return stored
            return stored + os.read(descriptor, _LARGEST + 1 - _USUAL)
        finally:
            os.close(descriptor)
    except OSError:
        return None


def _records(stored: bytes, judge: Judge) -> list[Any] | None:
    """The records of a file as CloudTrail writes them; None when it is not one."""
    if not stored.startswith(_GZIP):
        return judge.records(stored)
    # A member ends with its length; what follows it decompresses the first member alone, which has
    # the length of the last if that is the same one, or if there are others of the same length.
    ending = stored[-4:]
    length = int.from_bytes(ending, "little")
    if length > _LARGEST << 2 or ending + _GZIP in stored:
        return None
    try:
        text = deflate.gzip_decompress(stored, length)
    except deflate.DeflateError:
        return None
    return judge.records(text) if len(text) == length else None


def _add_patiently(path: str, judge: Judge, batch: Batch) -> None:
    for item in read_source(unpacked(path)):
        _add(item, judge, batch)


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
