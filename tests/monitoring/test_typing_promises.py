"""The promises of the types are checked with the rest, by strict mypy."""

import tomllib
from pathlib import Path

from tests.deployment import ROOT

PROMISES = Path(__file__).with_name("typing_promises.py")


def test_the_file_of_promises_is_checked_and_a_mark_that_is_not_needed_is_an_error() -> None:
    mypy = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]

    assert mypy["strict"] is True, "strict warns of unused ignores"
    assert "warn_unused_ignores" not in mypy
    assert "tests" in mypy["files"]
    assert not any("ignore_errors" in override for override in mypy.get("overrides", []))


def test_every_promise_says_which_error_it_expects_and_why() -> None:
    marks = [line for line in PROMISES.read_text().splitlines() if "type: ignore" in line]

    assert len(marks) >= 11
    assert all("# type: ignore[" in mark and "] # " in mark for mark in marks)
