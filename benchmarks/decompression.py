"""The measure of `backtest`: the same files found and decompressed, by ISA-L, and nothing else.

venv/bin/python -m benchmarks.decompression DIR
"""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice

from isal import isal_zlib

_FILES = 256
_GZIP = 31


def main() -> None:
    """Decompress all files below a folder, in as many processes as there are cores."""
    files = _files(sys.argv[1])
    batches = iter(lambda: list(islice(files, _FILES)), [])
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        print(sum(pool.map(_decompress, batches)))


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


if __name__ == "__main__":
    main()
