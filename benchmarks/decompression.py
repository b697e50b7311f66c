"""The measure of `backtest`: the same files found and decompressed, by ISA-L, and nothing else.

venv/bin/python -m benchmarks.decompression DIR [open]

By ISA-L's barest call; with `open` by its file interface, as its documentation reads a file.
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
    decompress = _open if sys.argv[2:] == ["open"] else _decompress
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        print(sum(pool.map(decompress, batches)))


def _files(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(entry.path)
            elif entry.name.endswith(".json.gz"):
                yield entry.path


def _decompress(paths: list[str]) -> int:
    length = 0
    for path in paths:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - as fast as it goes
            length += len(isal_zlib.decompress(file.read(), _GZIP))
    return length


def _open(paths: list[str]) -> int:
    length = 0
    for path in paths:
        with igzip.open(path, "rb") as file:  # type: ignore[no-untyped-call] # ISA-L has no types for it
            length += len(file.read())
    return length


if __name__ == "__main__":
    main()
