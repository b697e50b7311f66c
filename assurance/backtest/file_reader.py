"""Some CloudTrail files, read by one process: quickly, where they are as CloudTrail writes them."""

import os
from collections.abc import Iterable, Iterator, Sequence
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
    together: list[str] = []
    records: list[Any] = []
    unread = iter(paths)
    for path in unread:
        found = _records(path, judge)
        if found is not None:
            together.append(path)
            records += found
        elif _is_for_later(path):
            batch.large.append(path)
            continue
        else:
            _add_patiently(path, judge, batch)
        batch.files += 1
        is_enough = found is None or len(records) >= _TOGETHER
        # A busy account's are large, and the next file's would come on top of them.
        del found
        if is_enough:
            _add_together(together, records, judge, batch)
            together, records = [], []
            if len(batch) >= _PIECE:
                break
    _add_together(together, records, judge, batch)
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


def _records(path: str, judge: Judge) -> list[Any] | None:
    """The records of a file as CloudTrail writes them; None when it is not one, or a large one."""
    if path.startswith(NAMED):
        path = path.removeprefix(NAMED)
        if not Path(path).is_file():
            return None
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            stored = os.read(descriptor, _USUAL)
            if len(stored) == _USUAL:
                stored += os.read(descriptor, _LARGEST + 1 - _USUAL)
        finally:
            os.close(descriptor)
    except OSError:
        return None
    if not stored.startswith(_GZIP):
        return judge.records(stored) if len(stored) <= _LARGEST else None
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


def _is_for_later(path: str) -> bool:
    """Whether one process reads it as it comes: a large file, or one that is none."""
    if path.startswith(NAMED):
        # A pipe, such as `<(zcat …)`, can be read once only.
        path = path.removeprefix(NAMED)
        if not Path(path).is_file():
            return True
    try:
        return Path(path).stat().st_size > _LARGEST
    except OSError:
        return False


def _add_together(paths: Sequence[str], records: Sequence[Any], judge: Judge, batch: Batch) -> None:
    """Add the records of some files; the files one by one if an unusual one is among them."""
    if not records or judge.add(records, batch):
        return
    for path in paths:
        found = _records(path, judge)
        if found is None or not judge.add(found, batch):
            _add_patiently(path, judge, batch)


def _add_patiently(path: str, judge: Judge, batch: Batch) -> None:
    for item in read_source(unpacked(path)):
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
