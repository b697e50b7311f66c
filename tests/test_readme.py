"""The README says what is so: its outputs are real outputs, its tables those of the project."""

import re
from pathlib import Path

import pytest

from assurance.export.targets import SIGMA, TARGETS
from tests import readme
from tests.deployment import ROOT


def test_the_rehearsal_in_the_readme_is_what_a_rehearsal_prints(
    request: pytest.FixtureRequest,
) -> None:
    printed = readme.rehearsal()
    if request.config.getoption("--update-snapshots"):
        readme.write(readme.REHEARSAL, printed)

    assert readme.normalised(readme.written(readme.REHEARSAL)) == readme.normalised(printed)


def test_the_backtest_in_the_readme_is_what_a_backtest_prints(
    request: pytest.FixtureRequest,
) -> None:
    if request.config.getoption("--update-snapshots"):
        readme.write(readme.BACKTEST, readme.backtest())

    assert readme.written(readme.BACKTEST) == readme.backtest()


def test_the_alert_in_the_readme_is_what_a_recipient_of_the_rehearsal_reads(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    alerts = readme.alerts(tmp_path)
    for key, markers in readme.ALERTS.items():
        if request.config.getoption("--update-snapshots"):
            readme.write(markers, alerts[key])

        assert readme.normalised(readme.written(markers)) == readme.normalised(alerts[key])


@pytest.mark.parametrize("target", readme.EXPORTS)
def test_the_export_in_the_readme_is_what_is_exported(
    target: str, request: pytest.FixtureRequest
) -> None:
    if request.config.getoption("--update-snapshots"):
        readme.write(readme.EXPORTS[target], readme.export(target))

    assert readme.written(readme.EXPORTS[target]) == readme.export(target)


def test_the_readme_names_every_target_of_the_export() -> None:
    named = set(re.findall(r"export --stack \w+ --to ([\w|]+)", readme.README.read_text()))

    assert "|".join([SIGMA, *TARGETS]) in named


def test_the_config_table_in_the_readme_is_that_of_the_project(
    request: pytest.FixtureRequest,
) -> None:
    if request.config.getoption("--update-snapshots"):
        readme.write(readme.CONFIG_TABLE, readme.config_table())

    assert readme.written(readme.CONFIG_TABLE) == readme.config_table()


def test_the_preset_table_in_the_readme_is_that_of_the_presets(
    request: pytest.FixtureRequest,
) -> None:
    if request.config.getoption("--update-snapshots"):
        readme.write(readme.PRESET_TABLE, readme.preset_table())

    assert readme.written(readme.PRESET_TABLE) == readme.preset_table()


def test_every_make_target_in_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`|\s)make ([a-z-]+)", readme.README.read_text()))

    assert named
    assert named <= targets


def test_every_config_key_that_the_readme_sets_exists() -> None:
    keys = set(re.findall(r"^\| `(\w+)` \|", readme.config_table(), re.MULTILINE))
    commands = re.findall(
        r"pulumi config (?:set|rm)(?: --secret)?(?: --path)? '?([\w:]+)", readme.README.read_text()
    )
    named = {key for key in commands if not key.startswith("aws:")}

    assert named
    assert named <= keys
