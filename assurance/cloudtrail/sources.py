"""Where CloudTrail records are read from: files, folders, standard input."""

import os
import sys
import zlib
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import NamedTuple, Protocol, TypeAlias

from assurance.cloudtrail.items import Kind, Problem, Skipped

STANDARD_INPUT = "-"

_PIECE = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"
_NAME = attrgetter("name")
_JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
# Whatever is in them is in no report, in a folder too.
_PACKED = {
    ".7z": "7-Zip",
    ".bz2": "bzip2",
    ".lz4": "LZ4",
    ".orc": "ORC",
    ".parquet": "Parquet",
    ".tar": "tar",
    ".tar.gz": "tar",
    ".tgz": "tar",
    ".xz": "xz",
    ".zip": "zip",
    ".zst": "Zstandard",
}


class ReadError(Exception):
    """A source that cannot be read, or no further; the message says why, in plain words."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file, or standard input. `is_named` unless a folder was named and it was found there."""

    path: str
    is_named: bool = True

    @property
    def name(self) -> str:
        """What to call it."""
        return "standard input" if self.path == STANDARD_INPUT else self.path

    @property
    def should_be_json(self) -> bool:
        """Whether it was named, or its name says so: folders hold files of other kinds too."""
        return self.is_named or self.path.lower().removesuffix(".gz").endswith(_JSON_SUFFIXES)

    @property
    def packed_as(self) -> str | None:
        """The form that its name says it is packed in, if that is none that is read."""
        name = self.path.lower()
        return next((form for suffix, form in _PACKED.items() if name.endswith(suffix)), None)

    def pieces(self) -> Iterator[bytes]:
        """Give what it holds piece by piece, as soon as it is there, decompressed if it is gzip.

        Raises ReadError where reading ends before the source does.
        """
        return _decompressed(self._stored_pieces())

    def _stored_pieces(self) -> Iterator[bytes]:
        try:
            if self.path == STANDARD_INPUT:
                yield from _pieces(_standard_input())
            else:
                with Path(self.path).open("rb") as file:
                    yield from _pieces(file)
        except OSError as error:
            raise ReadError(_in_plain_words(error)) from error


class Files(NamedTuple):
    """Files of one folder, by their names there; where there is no folder, each was named."""

    folder: str | None
    names: list[str]

    def source(self, name: str) -> Source:
        """One of them."""
        if self.folder is None:
            return Source(name)
        return Source(os.path.join(self.folder, name), is_named=False)  # noqa: PTH118 - as it is


class Readable(Protocol):
    """What standard input and open files have in common."""

    def read1(self, size: int, /) -> bytes:
        """Read what is there, at most this many bytes; nothing at the end."""


_Place: TypeAlias = tuple[int, int]
"""A file or folder, whatever it is called: its device and its number there."""


def find(paths: Iterable[str]) -> Iterator[Source | Skipped | Problem]:
    """Give the sources that these paths name: a folder's files at any depth, sorted by name.

    A file or folder that is named again, or lies in a folder that is named too, is given once.
    """
    for found in find_files(paths):
        if isinstance(found, Files):
            yield from map(found.source, found.names)
        else:
            yield found


def find_files(paths: Iterable[str]) -> Iterator[Files | Skipped | Problem]:
    """Find what `find` does, many files at a time."""
    given = {path: _identity(path) for path in paths}
    # An event without an eventID would otherwise count as often as its file is named.
    named = {place for place, is_folder in filter(None, given.values()) if not is_folder}
    passed: set[_Place] = set()
    for path, identity in given.items():
        if identity is None:
            yield Files(None, [path])
            continue
        place, is_folder = identity
        if is_folder:
            yield from _walk(path, passed, named)
        elif place not in passed:
            passed.add(place)
            yield Files(None, [path])


def _identity(path: str) -> tuple[_Place, bool] | None:
    """Which file or folder a path names, and whether it is a folder; None for anything else."""
    if path == STANDARD_INPUT:
        return None
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return None
    if not (S_ISREG(status.st_mode) or S_ISDIR(status.st_mode)):
        return None
    return (status.st_dev, status.st_ino), S_ISDIR(status.st_mode)


def _walk(
    folder: str, entered: set[_Place], named: Set[_Place]
) -> Iterator[Files | Skipped | Problem]:
    """Walk a folder, links too, but for the files that were `named`.

    `entered` keeps a folder from being entered twice.
    """
    try:
        status = Path(folder).stat()
        entries = sorted(os.scandir(folder), key=_NAME)
    except OSError as error:
        yield Problem(folder, _in_plain_words(error))
        return
    identity = (status.st_dev, status.st_ino)
    if identity in entered:
        return
    entered.add(identity)
    names: list[str] = []
    for entry in entries:
        try:
            if entry.is_file():
                if not (named and (each := _identity(entry.path)) and each[0] in named):
                    names.append(entry.name)
                continue
            other = _in_other(entry, entered, named)
        except OSError as error:
            other = [Problem(entry.path, _in_plain_words(error))]
        if names:
            yield Files(folder, names)
            names = []
        yield from other
    if names:
        yield Files(folder, names)


def _in_other(
    entry: "os.DirEntry[str]", entered: set[_Place], named: Set[_Place]
) -> Iterable[Files | Skipped | Problem]:
    """What is in an entry that is no file."""
    if entry.is_dir():
        return _walk(entry.path, entered, named)
    if entry.is_symlink():
        return [Problem(entry.path, "a link to nothing")]
    return [Skipped(entry.path, Kind.OTHER)]


def _standard_input() -> Readable:
    stream: Readable | None = getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise ReadError("closed")
    return stream


def _pieces(stream: Readable) -> Iterator[bytes]:
    while piece := stream.read1(_PIECE):
        yield piece


def _decompressed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= len(_GZIP_MAGIC):
            break
    everything = chain((head,) if head else (), pieces)
    return _gunzip(everything) if head.startswith(_GZIP_MAGIC) else everything


def _gunzip(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress gzip members, of which one may follow the other."""
    member = zlib.decompressobj(wbits=31)
    for piece in pieces:
        rest = piece
        while rest:
            if member.eof and not (rest := rest.lstrip(b"\0")):
                break
            if member.eof:
                member = zlib.decompressobj(wbits=31)
            try:
                text = member.decompress(rest, _PIECE)
            except zlib.error as error:
                raise ReadError("damaged: its gzip data does not decompress") from error
            if text:
                yield text
            rest = member.unused_data if member.eof else member.unconsumed_tail
    if not member.eof:
        raise ReadError("cut: its gzip data ends early")


def _in_plain_words(error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return "no such file or folder"
        case PermissionError():
            return "permission denied"
        case _:
            return (error.strerror or str(error)).lower()
