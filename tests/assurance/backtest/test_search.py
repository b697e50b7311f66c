"""The files that are found while the program makes ready to read them."""

import itertools
import multiprocessing
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path

import pytest

from assurance.backtest import search as searching
from assurance.backtest.bundle import unbundle
from assurance.backtest.search import Search, search
from assurance.cloudtrail import Files


def found_by(looking: Search) -> list[str]:
    names: list[str] = []
    while looking.no_file is None:
        for bundled in looking.found(wait=True):
            names += [name for files in unbundle(bundled) for name in files.names]
    return names


def test_what_neither_the_pipe_nor_the_memory_has_room_for_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{number:03}{'_' * 200}.json" for number in range(500)]
    for name in names:
        (tmp_path / name).touch()
    monkeypatch.setattr(searching, "_PIPE", 4096)
    monkeypatch.setattr(searching, "_BUNDLES_WAITING", 2)
    monkeypatch.setattr(searching, "_FILES", 1)

    with search([str(tmp_path)]) as looking:
        assert found_by(looking) == names
        assert looking.files == len(names)


def endless(*_: object) -> Iterator[Files]:
    return itertools.repeat(Files("/", ["x" * 100_000]))


def test_a_search_that_is_killed_in_the_middle_of_what_it_sends_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(searching, "_files", endless)
    monkeypatch.setattr(searching, "_PIPE", 4096)

    with search(["."]) as looking:
        assert wait([looking._connection], timeout=20)
        [process] = multiprocessing.active_children()
        process.kill()
        with pytest.raises(EOFError):
            next(looking.found(wait=True))


def test_a_search_that_cannot_send_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "_files", endless)
    monkeypatch.setattr(searching, "_BUNDLES_WAITING", 1)
    monkeypatch.setattr(Connection, "send", _want_of_memory)

    with search(["."]) as looking, pytest.raises(EOFError):
        next(looking.found(wait=True))


def _want_of_memory(*_: object) -> None:
    raise MemoryError


def test_a_search_that_is_no_longer_wanted_ends_though_it_waits_and_no_signal_is_heard() -> None:
    code = """
import itertools, signal
from assurance.backtest import search
from assurance.cloudtrail import Files
signal.signal(signal.SIGTERM, signal.SIG_IGN)
search._files = lambda *_: itertools.repeat(Files("/", ["x" * 200]))
with search.search(["."]) as looking:
    next(looking.found(wait=True))
print("left")
"""
    left = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )

    assert (left.stdout, left.stderr) == ("left\n", "")
