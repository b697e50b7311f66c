"""`export`, from the command line."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from assurance.export.targets import TARGETS
from tests.assurance.export.exported import DATA
from tests.deployment import ROOT

WITHOUT = """
import sys
for name in {names!r}:
    sys.modules[name] = None
from assurance.cli import app
app({arguments!r})
"""


def run(
    *arguments: str, without: Sequence[str] = (), folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run the program, without some packages."""
    code = WITHOUT.format(names=list(without), arguments=["export", *arguments])
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_rule_goes_to_standard_output_and_notes_beside_it() -> None:
    done = run("--stack", "prod", "--to", "sigma")

    assert done.returncode == 0, done.stderr
    assert done.stdout == (DATA / "export" / "prod.yml").read_text(encoding="utf-8")
    assert done.stderr.startswith("note: The alarm goes off")


def test_the_query_goes_to_standard_output_and_its_schedule_beside_it() -> None:
    done = run("--stack", "prod", "--to", "elasticsearch")

    assert done.returncode == 0, done.stderr
    assert done.stdout == (DATA / "export" / "prod.esql").read_text(encoding="utf-8")
    assert "additional look-back time of 9 minutes, 10 minutes in all" in done.stderr


def test_the_rule_needs_nothing_besides() -> None:
    done = run("--stack", "dev", "--to", "sigma", without=["sigma"])

    assert done.returncode == 0, done.stderr
    assert done.stdout == (DATA / "export" / "dev.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("target", "without"),
    [
        *((target, "sigma") for target in TARGETS),
        ("splunk", "sigma.backends.splunk"),
        ("elasticsearch", "sigma.backends.elasticsearch"),
    ],
)
def test_a_missing_package_says_what_to_install(target: str, without: str) -> None:
    done = run("--stack", "dev", "--to", target, without=[without])

    assert done.returncode == 2
    assert done.stderr.startswith(f"error: --to {target} needs pySigma")
    assert done.stderr.endswith("pip install -r requirements-export.txt\n")
    assert not done.stdout


def test_the_help_names_every_target() -> None:
    told = " ".join(run("--help").stdout.replace("│", " ").split())

    assert f"sigma, {', '.join(TARGETS)}".replace(", athena", " or athena") in told


@pytest.mark.parametrize("target", TARGETS)
def test_how_to_schedule_it_is_said_in_the_stacks_period(target: str, tmp_path: Path) -> None:
    project(tmp_path, "  unauthorized-api-calls:period: 60\n")
    done = run("--stack", "mine", "--to", target, folder=tmp_path)

    assert done.returncode == 0
    assert "1 minute" in done.stderr
    assert "{" not in done.stderr


def test_an_unknown_target_names_those_there_are() -> None:
    done = run("--stack", "dev", "--to", "qradar")

    assert done.returncode == 2
    assert done.stderr == (
        "error: --to qradar: there is no such target; there are sigma, splunk, elasticsearch, "
        "sumologic, athena\n"
    )


def test_a_stack_that_is_not_there_is_an_error() -> None:
    done = run("--stack", "nowhere", "--to", "sigma")

    assert done.returncode == 2
    assert done.stderr.startswith("error: there is no file Pulumi.nowhere.yaml")


def project(folder: Path, settings: str) -> None:
    (folder / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
    (folder / "Pulumi.mine.yaml").write_text(
        "config:\n"
        "  unauthorized-api-calls:logGroupName: trail\n"
        "  unauthorized-api-calls:recipients: {me: {email: me@your-company.com}}\n" + settings
    )


def test_what_a_target_cannot_express_is_an_error_that_names_it(tmp_path: Path) -> None:
    project(tmp_path, "  unauthorized-api-calls:exclusions: {a: {userIdentity.userName: ci}}\n")
    refused = run("--stack", "mine", "--to", "elasticsearch", folder=tmp_path)
    said = run("--stack", "mine", "--to", "splunk", folder=tmp_path)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("error: --to elasticsearch cannot express it: userIdentity.us")
    assert said.returncode == 0
    assert "NOT 'userIdentity.userName'=\"ci\"" in said.stdout


def test_where_the_rule_may_differ_is_said_beside_it(tmp_path: Path) -> None:
    project(
        tmp_path,
        "  unauthorized-api-calls:exclusions: {a: {eventName: '*Bucket'}}\n"
        "  unauthorized-api-calls:evaluationPeriods: 3\n"
        "  unauthorized-api-calls:datapointsToAlarm: 2\n",
    )
    done = run("--stack", "mine", "--to", "sigma", folder=tmp_path)

    assert done.returncode == 0
    assert "first occurs" in done.stderr
    assert "waits until 2 of 3 periods" in done.stderr


def test_settings_that_are_wrong_are_told_as_the_program_tells_them(tmp_path: Path) -> None:
    project(tmp_path, "  unauthorized-api-calls:threshold: 0\n")
    done = run("--stack", "mine", "--to", "sigma", folder=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert "pulumi config set threshold" in done.stderr
    assert "Traceback" not in done.stderr
