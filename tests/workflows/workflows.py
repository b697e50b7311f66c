"""The workflows as data, and their steps run as a runner runs them, on a machine that is none."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from tests.deployment import ROOT

FILES: Final = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
NAMES: Final = [file.stem for file in FILES]
STACKS: Final = {
    file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in ROOT.glob("Pulumi.*.yaml")
}


@dataclass(frozen=True)
class Step:
    """A step, and where it stands."""

    workflow: str
    job: str
    content: dict[str, Any]

    @property
    def run(self) -> str:
        """Its script, empty for an action's step."""
        return str(self.content.get("run", ""))

    @property
    def uses(self) -> str:
        """Its action, empty for a script's step."""
        return str(self.content.get("uses", ""))


def workflow(name: str) -> Any:
    """A workflow as GitHub reads it, anchors resolved."""
    return YAML(typ="safe").load(ROOT / ".github" / "workflows" / f"{name}.yml")


def jobs() -> Iterator[tuple[str, str, Any]]:
    """Each job with its workflow's name and its own."""
    for name in NAMES:
        for job, content in workflow(name)["jobs"].items():
            yield name, job, content


def steps() -> Iterator[Step]:
    """Each step of each job."""
    for name, job, content in jobs():
        for step in content["steps"]:
            yield Step(name, job, step)


def step(name: str, job: str, title: str) -> Step:
    """The one step of a job that has this name."""
    (found,) = (
        Step(name, job, each)
        for each in workflow(name)["jobs"][job]["steps"]
        if each.get("name") == title
    )
    return found


@dataclass(frozen=True)
class Done:
    """What a step's script did."""

    status: int
    output: str
    summary: str


def run(step: Step, folder: Path, programs: Mapping[str, str], **variables: str) -> Done:
    """Run a step's script in a folder, as GitHub does for `shell: bash`.

    `programs` are the scripts that stand in for what is not to be called; a name with a `/` is a
    path in the folder, any other a command. `variables` is all of the environment there is.
    """
    commands = folder / "commands"
    for name, script in programs.items():
        file = folder / name if "/" in name else commands / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/usr/bin/env bash\n{script}\n", encoding="utf-8")
        file.chmod(0o755)
    summary = folder / "summary.md"
    command("jq")
    done = subprocess.run(
        [command("bash"), "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step.run],
        cwd=folder,
        env={
            "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_REPOSITORY": "organisation/repository",
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    told = summary.read_text(encoding="utf-8") if summary.exists() else ""
    return Done(done.returncode, done.stdout + done.stderr, told)


def command(name: str) -> str:
    """Where a command is; skips the test on a machine that lacks it."""
    return shutil.which(name) or pytest.skip(f"no {name}, which GitHub's runners have")


def words(script: str, command: str) -> list[list[str]]:
    """The words after each use of a command in a script; quotes and redirections stay words."""
    joined = re.sub(r"\\\n\s*", " ", script)
    return [line.split() for line in re.findall(rf"(?:^|\s){re.escape(command)} ([^\n]*)", joined)]
