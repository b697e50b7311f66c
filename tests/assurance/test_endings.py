"""A program that is told to end, or cannot write: nothing is left running, nothing is hidden."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.assurance.processes import children, wait_until_gone
from tests.deployment import ROOT

# Who runs the tests by nohup has them ignore SIGHUP, and all that they start.
HOLDER = """
import signal, tempfile, time
import rich_click as click
from assurance import cli

signal.signal(signal.SIGHUP, signal.SIG_DFL)

@click.command("hold")
def hold():
    with tempfile.TemporaryDirectory() as folder:
        print(folder, flush=True)
        time.sleep(60)

cli.Program(commands=[hold])(["hold"])
"""
STUBBORN = """
import time
from assurance import endings

endings._SECONDS_TO_CLEAN_UP = 0.2
with endings.cleaned_up_at_the_end():
    print("ready", flush=True)
    try:
        time.sleep(60)
    except BaseException:
        time.sleep(60)
"""
REAL = "tests/data/cloudtrail/real"


@contextmanager
def started(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        try:
            yield program
        finally:
            program.kill()


def once_it_is_read(pipe: Path) -> int:
    """The end to write to, as soon as somebody reads the other."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for child processes in /proc")
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (signal.SIGINT, 130),
        (signal.SIGTERM, -signal.SIGTERM),
        (signal.SIGKILL, -signal.SIGKILL),
    ],
    ids=["SIGINT", "SIGTERM", "SIGKILL"],
)
def test_the_processes_of_a_backtest_end_with_it(
    sent: signal.Signals, status: int, tmp_path: Path
) -> None:
    # Nothing is written to it: the backtest waits, its processes having nothing to do.
    os.mkfifo(tmp_path / "endless")
    endless = str(tmp_path / "endless")
    with started("-m", "assurance", "backtest", endless, "--stack", "dev") as backtest:
        writer = once_it_is_read(tmp_path / "endless")
        found = list(children(backtest.pid))
        backtest.send_signal(sent)
        _, errors = backtest.communicate(timeout=30)
        os.close(writer)

    # One has looked for files, at least one has read them.
    assert len(found) >= 2
    assert backtest.returncode == status
    assert errors == ""
    assert all(map(wait_until_gone, found))


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_a_signal_ends_a_program_that_has_cleaned_up(sent: signal.Signals) -> None:
    with started("-c", HOLDER) as program:
        assert program.stdout is not None
        folder = Path(program.stdout.readline().strip())
        assert folder.is_dir()
        program.send_signal(sent)
        _, errors = program.communicate(timeout=30)

    assert program.returncode == -sent
    assert errors == ""
    assert not folder.exists()


def test_a_program_that_does_not_come_to_its_end_is_ended() -> None:
    with started("-c", STUBBORN) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        program.terminate()
        _, errors = program.communicate(timeout=30)

    assert program.returncode == -signal.SIGTERM
    assert errors == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("export", "--stack", "dev", "--to", "sigma"),
        ("backtest", "--stack", "dev", "--query-only"),
        ("backtest", "--stack", "dev", REAL),
        ("match", '{ $.errorCode = "*" }', REAL),
    ],
    ids=lambda arguments: arguments[0],
)
def test_what_cannot_be_written_is_told_in_a_line(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "assurance", *arguments],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert done.returncode == 3
    *notes, last = done.stderr.splitlines()
    assert last == "error: no space left on device: what was to be written is not whole"
    assert all(note.startswith(("note:", "warning:", "  mend:")) for note in notes)


def test_letters_that_an_output_does_not_have_end_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assurance", "backtest", "--stack", "dev", REAL],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "Other settings of the alarm that pages" in done.stdout
    assert "? 1" in done.stdout


@pytest.mark.parametrize("output", ["1", "2"], ids=["stdout", "stderr"])
def test_an_output_that_is_closed_is_done_without(output: str) -> None:
    done = subprocess.run(
        [
            *("sh", "-c", f'exec "$0" "$@" {output}>&-', sys.executable, "-m", "assurance"),
            *("export", "--stack", "dev", "--to", "sigma"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0
    assert "Traceback" not in done.stderr
