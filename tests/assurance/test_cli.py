import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import rich_click as click
from click.testing import CliRunner

from assurance import cli
from assurance.exit_status import ExitStatus, UserError


def run(command: Callable[[], ExitStatus]) -> tuple[int, str]:
    """Run a command as a command of the program."""
    program = cli.Program(commands=[click.command("command")(command)])
    done = CliRunner().invoke(program, ["command"])
    return done.exit_code, done.stderr


@pytest.mark.parametrize("status", ExitStatus)
def test_a_commands_status_is_the_programs(status: ExitStatus) -> None:
    assert run(lambda: status) == (status, "")


def test_a_user_error_is_told_and_brings_its_status() -> None:
    def command() -> ExitStatus:
        raise UserError("no such stack", ExitStatus.USAGE)

    assert run(command) == (2, "error: no such stack\n")


def test_an_interrupt_is_status_130() -> None:
    def command() -> ExitStatus:
        raise KeyboardInterrupt

    assert run(command) == (130, "")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--help"], 0),
        (["no-such-command"], 2),
        (["match", "--what"], 2),
        (["drill", "--stack", "dev", "--timeout", "0"], 2),
        (["drill", "--stack", "dev", "--timeout", "nan"], 2),
        (["backtest", "--stack", "dev", "--price-per-gb", "inf", "."], 2),
    ],
)
def test_usage_errors_are_status_2(arguments: list[str], status: int) -> None:
    done = CliRunner().invoke(cli.app, arguments)
    assert done.exit_code == status


@pytest.mark.parametrize(
    "arguments",
    [
        ["rehearse", "--stack", "dev", "--json"],
        ["audit", "--stack", "dev", "--json"],
        ["drill", "--stack", "dev", "--json"],
        ["backtest", "--stack", "dev", ".", "--json"],
        ["backtest", "--stack", "dev", ".", "--html"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("-", "name a file"),
        ("no/such/report", "no/such/report cannot be written: there is no folder "),
        (".", "cannot be written: it is a folder, name a file in it"),
    ],
)
def test_a_file_that_a_report_cannot_go_to_is_told_before_any_work(
    arguments: list[str], file: str, says: str
) -> None:
    done = CliRunner().invoke(cli.app, [*arguments, file])

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {arguments[-1]}")
    assert says in done.stderr


@pytest.mark.parametrize("command", ["rehearse", "backtest"])
def test_a_report_is_not_written_over_what_is_read(command: str, tmp_path: Path) -> None:
    events = tmp_path / "events.json"
    events.write_text('{"Records": []}')
    again = tmp_path / ".." / tmp_path.name / "events.json"
    arguments = [command, "--stack", "dev", str(events), "--json", str(again)]

    done = CliRunner().invoke(cli.app, arguments)

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"error: --json: {again} is a file to read: name another file\n"
    assert events.read_text() == '{"Records": []}'


def test_a_report_is_not_written_over_another(tmp_path: Path) -> None:
    file = tmp_path / "report"
    arguments = ["backtest", "--stack", "dev", ".", "--json", str(file), "--html", str(file)]

    done = CliRunner().invoke(cli.app, arguments)

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"error: --html: {file} is what --json writes: name another file\n"
    assert not file.exists()


@pytest.mark.parametrize(
    "arguments",
    [["match", "{ $.a = 1 }"], ["rehearse", "--stack", "dev"], ["backtest", "--stack", "dev", "."]],
    ids=" ".join,
)
def test_a_path_without_a_name_is_refused(arguments: list[str]) -> None:
    done = CliRunner().invoke(cli.app, [*arguments, ""])

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "error: a path is empty: name a file or folder\n"


def test_every_command_has_help() -> None:
    for command in cli.app.commands.values():
        assert command.help
        assert all(option.help for option in command.params)


def test_output_that_nobody_reads_ends_a_command_quietly() -> None:
    code = """
import sys
import rich_click as click
from assurance import cli

@click.command()
def command():
    while True:
        sys.stdout.buffer.write(b"line\\n")
        sys.stdout.buffer.flush()

cli.Program(commands=[command])(["command"])
"""
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Unbuffered, nothing would be left to write at the program's end.
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
    ) as program:
        assert program.stdout
        assert program.stderr
        program.stdout.readline()
        program.stdout.close()
        assert program.stderr.read() == b""
        assert program.wait(20) == 141


def test_a_report_that_nobody_reads_has_no_status_of_findings() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    history = Path(__file__).parents[1] / "data" / "cloudtrail" / "real"
    try:
        done = subprocess.run(
            [sys.executable, "-m", "assurance", "backtest", history, "--stack", "dev"],
            stdout=writer,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    finally:
        os.close(writer)

    assert (done.returncode, done.stderr) == (141, b"")


def test_a_fault_of_the_program_is_no_finding_and_shows_no_local_variables() -> None:
    code = """
import rich_click as click
from assurance import cli

@click.command()
def command():
    endpoint = "credential"
    raise RuntimeError("a bug")

cli.Program(commands=[command])(["command"])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == ExitStatus.INCOMPLETE
    assert "RuntimeError: a bug" in done.stderr
    assert done.stderr.endswith("please report it\n")
    assert "credential" not in done.stderr
