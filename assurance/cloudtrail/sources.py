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
from typing import Protocol, TypeAlias

from assurance.cloudtrail.items import Kind, Problem, Skipped

STANDARD_INPUT = "-"

_PIECE = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"
_NAME = attrgetter("name")
_JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")


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


class Readable(Protocol):
    """What standard input and open files have in common."""

    def read1(self, size: int, /) -> bytes:
        """Read what is there, at most this many bytes; nothing at the end."""


Found: TypeAlias = Source | Skipped | Problem
_Place: TypeAlias = tuple[int, int]
"""A file or folder, whatever it is called: its device and its number there."""


def find(paths: Iterable[str]) -> Iterator[Found]:
    """Give the sources that these paths name: a folder's files at any depth, sorted by name.

    A file or folder that is named again, or lies in a folder that is named too, is given once.
    """
    given = {path: _identity(path) for path in paths}
    # An event without an eventID would otherwise count as often as its file is named.
    named = {place for place, is_folder in filter(None, given.values()) if not is_folder}
    passed: set[_Place] = set()
    for path, identity in given.items():
        if identity is None:
            yield Source(path)
            continue
        place, is_folder = identity
        if is_folder:
            yield from chain.from_iterable(_walk(path, passed, named))
        elif place not in passed:
            passed.add(place)
            yield Source(path)


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


def _walk(folder: str, entered: set[_Place], named: Set[_Place]) -> Iterator[list[Found]]:
    """Walk a folder, links too, but for the files that were `named`.

    `entered` keeps a folder from being entered twice. Some at a time: one by one they would pass
    through a generator for each folder above them.
    """
    found: list[Found] = []
    try:
        status = Path(folder).stat()
        entries = sorted(os.scandir(folder), key=_NAME)
    except OSError as error:
        yield [Problem(folder, _in_plain_words(error))]
        return
    identity = (status.st_dev, status.st_ino)
    if identity in entered:
        return
    entered.add(identity)
    for entry in entries:
        try:
            is_folder = entry.is_dir()
            is_file = not is_folder and entry.is_file()
        except OSError as error:
            found.append(Problem(entry.path, _in_plain_words(error)))
            continue
        if is_folder:
            yield found
            found = []
            yield from _walk(entry.path, entered, named)
        elif is_file:
            if named and (each := _identity(entry.path)) and each[0] in named:
                continue
            found.append(Source(entry.path, is_named=False))
        elif entry.is_symlink():
            found.append(Problem(entry.path, "a link to nothing"))
        else:
            found.append(Skipped(entry.path, Kind.OTHER))
    yield found


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
