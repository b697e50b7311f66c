"""How fast `backtest` reads, beside decompressing alone and beside `zcat | jq`, in one run.

venv/bin/python -m benchmarks.backtest [--events 1000000] [--days 30] [--folder DIR]
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import bulk

_ROOT: Final = Path(__file__).parents[1]
_ROUNDS: Final = 4
_CONDITION: Final = (
    '[.Records[] | select(((.errorCode // "") | endswith("UnauthorizedOperation")) or'
    ' (((.errorCode // "") | startswith("AccessDenied"))'
    ' and .sourceIPAddress != "delivery.logs.amazonaws.com" and .eventName != "HeadBucket"))]'
    " | length"
)
_LIMIT_TO_DECOMPRESSION: Final = 1.6
_LIMIT_TO_JQ: Final = 10
_LIMIT_OF_MEMORY: Final = 300


def main() -> int:
    """Measure, and print a table; 1 when a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--events",
        type=int,
        default=1_000_000,
        help="of much fewer the start is most of the time, and no limit is kept",
    )
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--folder", type=Path, help="CloudTrail files to measure with")
    options = parser.parse_args()
    processes = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as made:
        folder = options.folder or Path(made)
        if options.folder is None:
            bulk.write(folder, options.events, options.days, processes=processes)
        place = str(folder.absolute())
        files = sorted(folder.rglob("*.json.gz"))
        size = sum(file.stat().st_size for file in files)
        print(f"{len(files):,} files, {size / 1e6:,.0f} MB compressed, {processes} processes")
        rounds = [_round(place) for _ in range(_ROUNDS)]
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        # It takes long, and a machine's speed drifts: some rounds come before it, some after.
        peer = _time(lambda: _jq(files)) if shutil.which("jq") else None
        rounds += [_round(place) for _ in range(_ROUNDS)]
        whole, decompressing, barest = (median(times) for times in zip(*rounds, strict=True))
        to_decompressing = median(ours / theirs for ours, theirs, _ in rounds)
        to_barest = median(ours / theirs for ours, _, theirs in rounds)
        kept = [
            _told("decompressing alone (ISA-L)", decompressing),
            _told("first gzip members alone", barest),
            _told("backtest", whole),
            _limit("backtest / decompressing", to_decompressing, _LIMIT_TO_DECOMPRESSION),
            _limit("backtest / first members alone", to_barest, _LIMIT_TO_DECOMPRESSION),
            _limit("largest process, MB", memory, _LIMIT_OF_MEMORY),
        ]
        if peer is None:
            print("zcat | jq: not measured, jq is not installed")
        else:
            kept += [
                _told("zcat | jq", peer),
                _limit("backtest / (zcat | jq)", whole / peer, 1 / _LIMIT_TO_JQ),
            ]
    return 0 if all(kept) else 1


def _round(place: str) -> tuple[float, float, float]:
    """The backtest, and right after it decompressing alone, in both ways."""
    return (
        _time(lambda: _run("assurance", "backtest", place, "--stack", "dev")),
        _time(lambda: _run("benchmarks.decompression", place)),
        _time(lambda: _run("benchmarks.decompression", place, "first")),
    )


def _told(what: str, seconds: float) -> bool:
    print(f"{what:34} {seconds:8.2f} s")
    return True


def _limit(what: str, value: float, limit: float) -> bool:
    kept = value <= limit
    print(f"{what:34} {value:8.3f}   limit {limit:.2f} {'' if kept else 'NOT KEPT'}")
    return kept


def _time(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _run(*command: str) -> None:
    subprocess.run(
        [sys.executable, "-m", *command], cwd=_ROOT, check=True, stdout=subprocess.DEVNULL
    )


def _jq(files: list[Path]) -> None:
    listing = "\0".join(map(str, files)).encode()
    with subprocess.Popen(
        ["xargs", "-0", "zcat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as zcat:
        assert zcat.stdin is not None
        with subprocess.Popen(
            ["jq", _CONDITION], stdin=zcat.stdout, stdout=subprocess.DEVNULL
        ) as jq:
            zcat.stdin.write(listing)
            zcat.stdin.close()
            if jq.wait():
                raise SystemExit("jq failed")


if __name__ == "__main__":
    sys.exit(main())
