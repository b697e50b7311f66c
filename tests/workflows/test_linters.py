"""The workflows under the linters that know GitHub's rules and its attackers."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deployment import ROOT
from tests.workflows.workflows import FILES

_VENV = Path(sys.executable).parent


def _found(program: str) -> str | None:
    return shutil.which(program, path=str(_VENV)) or shutil.which(program)


def _actionlint() -> list[str]:
    program, shellcheck = _found("actionlint"), _found("shellcheck")
    if program is None:
        pytest.skip("no actionlint: .ci/run installs it where there is Go")
    assert shellcheck, "shellcheck is among requirements-dev.txt"
    return [program, "-no-color", "-shellcheck", shellcheck]


def test_actionlint_finds_nothing() -> None:
    done = subprocess.run(
        [*_actionlint(), *map(str, FILES)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert (done.stdout, done.returncode) == ("", 0)


def test_actionlint_has_shellcheck_read_the_scripts(tmp_path: Path) -> None:
    unquoted = FILES[0].read_text(encoding="utf-8").replace(".ci/run", "ls $HOME/*.txt | cat $0")
    file = tmp_path / "unquoted.yml"
    file.write_text(unquoted, encoding="utf-8")
    done = subprocess.run(
        [*_actionlint(), str(file)], capture_output=True, text=True, check=False, timeout=120
    )

    assert "SC2086" in done.stdout


def test_zizmor_finds_nothing() -> None:
    program = _found("zizmor")
    assert program, "zizmor is among requirements-dev.txt"
    done = subprocess.run(
        [program, "--offline", "--no-config", "--no-progress", "--format", "json", ".github"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert [(each["ident"], each["desc"]) for each in json.loads(done.stdout)] == []
    assert done.returncode == 0
