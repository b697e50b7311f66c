import gzip
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assurance.cli import app
from tests.assurance.cloudtrail.files import ODDITIES, REAL

# Unbuffered, Python would print at once whatever the program does.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
PROGRAM = [sys.executable, "-m", "assurance", "match"]
BENCHMARK = (
    '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")'
    ' && ($.sourceIPAddress != "delivery.logs.amazonaws.com") && ($.eventName != "HeadBucket") }'
)
ANY = "{ $.eventName = * }"
DENIED = b'{"eventName": "GetObject", "errorCode": "AccessDenied", "size": 1.50}'
ALLOWED = b'{"eventName": "PutObject", "size": 2E3}'


def match(*arguments: str | Path, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(app, ["match", *map(str, arguments)], input=stdin)


def test_matching_records_are_printed_as_they_were_written() -> None:
    done = match("{ $.errorCode = AccessDenied }", stdin=DENIED + b"\n" + ALLOWED + b"\n")
    assert (done.exit_code, done.stdout_bytes, done.stderr) == (0, DENIED + b"\n", "")


def test_no_match_is_status_1() -> None:
    done = match("{ $.errorCode = AccessDenied }", "-", stdin=ALLOWED)
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", "")


def test_an_invalid_pattern_is_status_2_and_shown_where() -> None:
    done = match("{ $.errorCode == AccessDenied }", stdin=DENIED)
    assert (done.exit_code, done.stdout) == (2, "")
    error, text, caret = done.stderr.splitlines()
    assert error.startswith("error: invalid filter pattern at position 15: expected ")
    assert text[caret.index("^") :].startswith("= AccessDenied")


def test_no_pattern_is_a_usage_error() -> None:
    done = match()
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Missing argument" in done.stderr


def test_what_cannot_be_read_is_status_3_and_the_rest_is_matched(tmp_path: Path) -> None:
    good, cut, gone = tmp_path / "good.json", tmp_path / "cut.json.gz", tmp_path / "gone.json"
    good.write_bytes(b'{"Records": [' + DENIED + b"]}")
    cut.write_bytes(gzip.compress(DENIED)[:-20])
    done = match(ANY, gone, cut, good)
    assert (done.exit_code, done.stdout_bytes) == (3, DENIED + b"\n")
    assert done.stderr.splitlines() == [
        f"error: {gone}: no such file or folder",
        f"error: {cut}: cut: its gzip data ends early",
    ]


def test_bad_lines_are_named_the_first_of_them_one_by_one() -> None:
    done = match(ANY, stdin=DENIED + b"\n" + b"what\n" * 15 + ALLOWED)
    assert (done.exit_code, done.stdout_bytes) == (3, DENIED + b"\n" + ALLOWED + b"\n")
    lines = done.stderr.splitlines()
    assert lines[0].startswith("error: standard input: line 2: not valid JSON")
    assert lines[10:] == ["error: standard input: 5 more like these"]


def test_the_benchmark_matches_what_is_known_of_the_real_records() -> None:
    done = match(BENCHMARK, REAL / "invictus-stratus")
    known = json.loads((REAL / "expected.json").read_text())["invictus-stratus"]
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == known["with_exclusions"]


def test_a_pattern_that_is_likely_wrong_is_warned_of() -> None:
    done = match(BENCHMARK, stdin=DENIED)
    assert (done.exit_code, done.stdout) == (1, "")
    assert 'warning: $.eventName != "HeadBucket" does not apply to' in done.stderr
    assert "mend: put the alternatives in parentheses" in done.stderr


def test_a_record_on_many_lines_is_printed_on_one() -> None:
    spread = b'{\r\n  "eventName" : "a \\n  b",\n\t"list": [\n 1.50 , 2\n]\n}'
    done = match(ANY, stdin=spread)
    assert done.stdout_bytes == b'{"eventName" : "a \\n  b","list": [1.50 , 2]}\n'


def test_any_json_line_is_judged_as_a_log_line_would_be() -> None:
    done = match("{ $.level = 3 }", stdin=b'{"level": 3}\n{"level": 4}\n')
    assert (done.exit_code, done.stdout_bytes) == (0, b'{"level": 3}\n')


def test_what_was_skipped_is_said(tmp_path: Path) -> None:
    (tmp_path / "digest.json").write_text('{"digestS3Object": "x"}')
    (tmp_path / "empty.json").write_text('{"Records": []}')
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "manifest.json").write_text("{}")
    done = match(ANY, tmp_path)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "note: skipped 1 digest file, 1 file without records, 2 that are not CloudTrail's",
        "note: no CloudTrail record was read",
    ]


@pytest.mark.parametrize("file", sorted(ODDITIES.rglob("*.*")), ids=lambda file: str(file.name))
def test_no_odd_file_brings_a_traceback(file: Path) -> None:
    done = match(ANY, file)
    assert done.exit_code in (0, 1, 3)
    assert isinstance(done.exception, SystemExit | None)
    assert all(line.startswith(("error: ", "note: ")) for line in done.stderr.splitlines())


def test_a_reader_who_has_seen_enough_ends_it_quietly() -> None:
    with subprocess.Popen(
        [*PROGRAM, ANY, str(REAL)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    ) as program:
        assert program.stdout
        assert program.stderr
        assert program.stdout.readline().startswith(b'{"eventVersion"')
        program.stdout.close()
        assert program.stderr.read() == b""
        assert program.wait(20) == 0


def answer(program: subprocess.Popen[bytes], line: bytes) -> bytes:
    """Write a line, and give the line that comes back within 20 seconds; else end the program."""
    assert program.stdin
    assert program.stdout
    program.stdin.write(line + b"\n")
    program.stdin.flush()
    ready, _, _ = select.select([program.stdout], [], [], 20)
    if not ready:
        program.kill()
    return program.stdout.readline().removesuffix(b"\n")


def test_each_match_is_printed_when_its_line_comes() -> None:
    with subprocess.Popen(
        [*PROGRAM, ANY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT
    ) as program:
        for record in (DENIED, ALLOWED):
            assert answer(program, record) == record
        assert program.stdin
        program.stdin.close()
        assert program.wait(20) == 0


def test_an_interrupt_ends_it_without_a_traceback() -> None:
    with subprocess.Popen(
        [*PROGRAM, ANY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
    ) as program:
        assert answer(program, DENIED) == DENIED
        assert program.stderr
        program.send_signal(signal.SIGINT)
        assert program.wait(20) == 130
        assert program.stderr.read() == b""


def test_it_imports_no_more_than_it_needs() -> None:
    code = (
        "import sys; from assurance.cli import app;"
        "app(['match', '{ $.a = 1 }', '/dev/null'], standalone_mode=False);"
        "print(*{'boto3', 'pulumi', 'pulumi_aws'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "\n"


def test_help_needs_none_of_the_commands_libraries() -> None:
    code = (
        "import sys, assurance.cli;"
        "print(*{'boto3', 'msgspec', 'numpy', 'pulumi', 'ruamel'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "\n"
    assert CliRunner().invoke(app, ["match", "--help"], env={"COLUMNS": "200"}).exit_code == 0


def test_standard_input_that_is_closed_is_named() -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *PROGRAM, ANY],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=ENVIRONMENT,
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "error: standard input: closed\n"
