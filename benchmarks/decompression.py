"""The measure of `backtest`: the same files found and decompressed, by ISA-L, and nothing else.

venv/bin/python -m benchmarks.decompression DIR [first]

By `igzip.decompress`, ISA-L's own for a gzip file. With `first` by the barest call that there is,
which leaves out whatever follows a file's first gzip member.
"""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice

from isal import igzip, isal_zlib

_FILES = 256
_GZIP = 31


def main() -> None:
    """Decompress all files below a folder, in as many processes as there are cores."""
    files = _files(sys.argv[1])
    batches = iter(lambda: list(islice(files, _FILES)), [])
    decompress = _first if sys.argv[2:] == ["first"] else _whole
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        print(sum(pool.map(decompress, batches)))


def _files(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(entry.path)
            elif entry.name.endswith(".json.gz"):
                yield entry.path


def _whole(paths: list[str]) -> int:
    return sum(len(igzip.decompress(_read(path))) for path in paths)  # type: ignore[no-untyped-call,misc] # ISA-L has no types for it


def _first(paths: list[str]) -> int:
    return sum(len(isal_zlib.decompress(_read(path), _GZIP)) for path in paths)


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - as fast as it goes
        return file.read()


if __name__ == "__main__":
    main()
