"""Some CloudTrail files, read by one process: quickly, where they are as CloudTrail writes them."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import deflate

from assurance.backtest.batch import Batch
from assurance.backtest.judge import Judge, UndatedError
from assurance.cloudtrail import Files, Item, Problem, Record, Skipped, Source, read_source

# Files beyond are not held as a whole but read as they come, by one process. CloudTrail's own stay
# below: it writes one every five minutes or at 50 MB, which gzip makes a tenth of.
_LARGEST: Final = 16 << 20
# Most are shorter: one call then reads the file.
_USUAL: Final = 32 << 10
_GZIP: Final = b"\x1f\x8b\x08"
# No file's descriptor: what is opened in that folder fails.
_CLOSED: Final = -1
# Records judged together: what is done once for all of them no longer counts, and their text still
# fits into a core's cache.
_TOGETHER: Final = 250
# Events after which what was found is handed on: a busy account's files hold thousands each.
_PIECE: Final = 50_000


def read(files: Iterable[Files], judge: Judge) -> Batch:
    """What some files hold, as many as there is room for."""
    batch = Batch()
    together: list[tuple[Files, str]] = []
    records: list[Any] = []
    unread = iter(files)
    for each in unread:
        with _opened(each.folder) as folder:
            for number, name in enumerate(each.names, start=1):
                found = _records(name, folder, judge)
                if found is not None:
                    together.append((each, name))
                    records += found
                elif _is_for_later(source := each.source(name)):
                    batch.large.append(source)
                    continue
                else:
                    _add_patiently(source, judge, batch)
                batch.files += 1
                is_enough = found is None or len(records) >= _TOGETHER
                # A busy account's are large, and the next file's would come on top of them.
                del found
                if is_enough:
                    _add_together(together, records, judge, batch)
                    together, records = [], []
                    if len(batch) >= _PIECE:
                        batch.unread += [each._replace(names=each.names[number:]), *unread]
                        break
    _add_together(together, records, judge, batch)
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


def _records(name: str, folder: int | None, judge: Judge) -> list[Any] | None:
    """The records of a file as CloudTrail writes them; None when it is not one, or a large one."""
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
        return judge.records(stored) if len(stored) <= _LARGEST else None
    # A member ends with its length; what follows it decompresses the first member alone, which has
    # the length of the last if that is the same one, or if there are others of the same length.
    # Looking from the end takes half as long.
    ending = stored[-4:]
    length = int.from_bytes(ending, "little")
    if length > _LARGEST << 2 or stored.rfind(ending + _GZIP) >= 0:
        return None
    try:
        text = deflate.gzip_decompress(stored, length)
    except deflate.DeflateError:
        return None
    return judge.records(text) if len(text) == length else None


def _is_for_later(source: Source) -> bool:
    """Whether one process reads it as it comes: a large file, or one that is none."""
    path = Path(source.path)
    if source.is_named and not path.is_file():
        return True
    try:
        return path.stat().st_size > _LARGEST
    except OSError:
        return False


def _add_together(
    files: Iterable[tuple[Files, str]], records: Sequence[Any], judge: Judge, batch: Batch
) -> None:
    """Add the records of some files; the files one by one if an unusual one is among them."""
    if not records or judge.add(records, batch):
        return
    for each, name in files:
        source = each.source(name)
        found = _records(source.path, None, judge)
        if found is None or not judge.add(found, batch):
            _add_patiently(source, judge, batch)


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
