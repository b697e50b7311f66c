"""What every workflow keeps to: pinned actions, least permissions, commands that exist."""

import os
import re
import subprocess
import sys
from typing import Any

import pytest

from tests.deployment import ROOT
from tests.workflows import workflows
from tests.workflows.workflows import FILES, NAMES, STACKS

_PINNED = re.compile(r"^\s*(?:- )?uses: (\S+)@([0-9a-f]{40}) # v\d+\.\d+\.\d+$")
_READ = {"contents": "read"}
_AS_A_ROLE = {"contents": "read", "id-token": "write"}

# What each job may do with the token of the repository, and why is said in the workflow.
PERMISSIONS = {
    ("ci", "test"): _READ,
    ("preview", "graph"): _READ,
    ("preview", "preview"): _AS_A_ROLE,
    ("preview", "comment"): {"pull-requests": "write"},
    ("deploy", "dev"): _AS_A_ROLE,
    ("deploy", "approval"): {"actions": "read"},
    ("deploy", "prod"): _AS_A_ROLE,
    ("drift", "check"): _AS_A_ROLE,
    ("drift", "issue"): {"issues": "write"},
}


def test_every_action_is_pinned_by_commit_and_names_its_version() -> None:
    lines = [
        line
        for file in FILES
        for line in file.read_text(encoding="utf-8").splitlines()
        if re.match(r"\s*(- )?uses:", line)
    ]

    assert lines
    assert [line for line in lines if not _PINNED.match(line)] == []


def test_an_action_has_one_commit_in_all_workflows() -> None:
    pins: dict[str, set[str]] = {}
    for step in workflows.steps():
        if step.uses:
            action, commit = step.uses.split("@")
            pins.setdefault(action, set()).add(commit)

    assert {action for action, commits in pins.items() if len(commits) > 1} == set()


def test_each_job_has_the_permissions_it_needs_and_no_other() -> None:
    granted = {(name, job): content.get("permissions") for name, job, content in workflows.jobs()}

    assert granted == PERMISSIONS


@pytest.mark.parametrize("name", NAMES)
def test_no_permission_is_granted_to_a_whole_workflow(name: str) -> None:
    assert workflows.workflow(name)["permissions"] == {}


@pytest.mark.parametrize("name", NAMES)
def test_no_workflow_gives_a_forks_code_the_rights_of_the_base(name: str) -> None:
    assert set(workflows.workflow(name)["on"]) <= {
        "pull_request",
        "push",
        "schedule",
        "workflow_dispatch",
    }


def test_no_expression_is_written_into_a_script() -> None:
    assert [step for step in workflows.steps() if "${{" in step.run] == []


def test_nothing_is_given_a_text_that_an_outsider_writes() -> None:
    given = {
        expression
        for name, _, job in workflows.jobs()
        for part in (job, workflows.workflow(name).get("env"), workflows.workflow(name).get("name"))
        for expression in re.findall(r"\$\{\{\s*(.*?)\s*\}\}", str(part))
    }

    assert {each for each in given if "github." in each} == {
        "github.event.pull_request.number",
        "github.repository",
        "github.run_id",
        "github.server_url",
        "github.token",
    }


def test_no_checkout_leaves_the_token_behind() -> None:
    checkouts = [step for step in workflows.steps() if step.uses.startswith("actions/checkout@")]

    assert checkouts
    assert all(step.content["with"]["persist-credentials"] is False for step in checkouts)


def test_every_job_ends_in_good_time() -> None:
    minutes = [content.get("timeout-minutes", 360) for _, _, content in workflows.jobs()]

    assert max(minutes) <= 30


@pytest.mark.parametrize("name", [name for name in NAMES if name != "deploy"])
def test_runs_of_a_workflow_do_not_meet(name: str) -> None:
    assert "concurrency" in workflows.workflow(name)


def test_no_update_is_cut_off_by_the_next_one() -> None:
    jobs = workflows.workflow("deploy")["jobs"]

    for stack in STACKS:
        assert jobs[stack]["concurrency"] == {
            "group": f"deploy-{stack}",
            "cancel-in-progress": False,
        }


def test_secrets_reach_only_the_steps_that_run_pulumi() -> None:
    for step in workflows.steps():
        assert ("secrets." in str(step.content)) == bool(
            re.search(r"pulumi (preview|up|refresh) ", step.run)
        )
    for _, _, job in workflows.jobs():
        assert "secrets." not in str({key: job[key] for key in job if key != "steps"})


def test_credentials_come_from_oidc_and_a_variable() -> None:
    uses = [step for step in workflows.steps() if "configure-aws-credentials" in step.uses]

    assert {(step.workflow, step.job) for step in uses} == {
        key for key, granted in PERMISSIONS.items() if granted == _AS_A_ROLE
    }
    for step in uses:
        assert set(step.content["with"]) == {"role-to-assume", "aws-region"}
        assert step.content["with"]["role-to-assume"] in {
            "${{ matrix.role }}",
            "${{ vars.AWS_DEPLOY_ROLE }}",
        }


def test_what_is_installed_gets_no_credentials() -> None:
    for _, _, job in workflows.jobs():
        used = [str(step.get("run", "")) + str(step.get("uses", "")) for step in job["steps"]]
        assumed = next((i for i, each in enumerate(used) if "aws-credentials" in each), len(used))

        assert not [each for each in used[assumed:] if re.search(r"install|make", each)]


def test_a_fork_is_not_promised_a_preview() -> None:
    condition = workflows.workflow("preview")["jobs"]["preview"]["if"]

    assert "github.event.pull_request.head.repo.full_name == github.repository" in condition
    assert "if" not in workflows.workflow("preview")["jobs"]["graph"]


@pytest.mark.parametrize(("name", "job"), [("preview", "preview"), ("drift", "check")])
def test_every_stack_is_looked_at_with_a_role_of_its_own(name: str, job: str) -> None:
    matrix = workflows.workflow(name)["jobs"][job]["strategy"]["matrix"]["include"]

    assert {each["stack"]: each["role"] for each in matrix} == {
        stack: f"${{{{ vars.AWS_READ_ROLE_{stack.upper()} }}}}" for stack in STACKS
    }


@pytest.mark.parametrize(("name", "job"), [("preview", "comment"), ("drift", "issue")])
def test_every_stack_is_told_of(name: str, job: str) -> None:
    told = [
        step.content["env"]["STACKS"]
        for step in workflows.steps()
        if (step.workflow, step.job) == (name, job) and "STACKS" in step.content.get("env", {})
    ]

    assert [set(each.split()) for each in told] == [STACKS]


def test_prod_is_deployed_as_dev_is_after_it_and_once_it_is_approved() -> None:
    jobs: dict[str, Any] = workflows.workflow("deploy")["jobs"]

    assert {(job["env"]["STACK"], job["environment"]) for job in jobs.values() if "env" in job} == {
        (stack, stack) for stack in STACKS
    }
    assert set(jobs["prod"]["needs"]) == {"dev", "approval"}
    assert "if" not in jobs["prod"]
    assert jobs["prod"]["steps"] == jobs["dev"]["steps"]


def test_the_audit_follows_the_deployment() -> None:
    titles = [step.get("name") for step in workflows.workflow("deploy")["jobs"]["dev"]["steps"]]

    assert titles[-2:] == ["Deploy", "Audit"]


def test_only_a_deployment_changes_anything() -> None:
    for step in workflows.steps():
        for command in workflows.words(step.run, "pulumi"):
            if command[0] in {"install", "preview"}:
                continue
            assert (command[0], step.workflow) in {("up", "deploy"), ("refresh", "drift")}
            if command[0] == "refresh":
                assert {"--preview-only", "--expect-no-changes"} <= set(command)


def test_the_cli_is_of_the_sdks_version() -> None:
    wanted = re.search(r"^pulumi>=([\d.]+),", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    installed = {
        step.content["with"]["pulumi-version"]
        for step in workflows.steps()
        if step.uses.startswith("pulumi/actions@")
    }

    assert wanted
    assert installed == {f"^{wanted[1]}.0"}


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([\w./-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {words[0] for step in workflows.steps() for words in workflows.words(step.run, "make")}

    assert named
    assert named <= targets


def test_every_script_exists_and_can_be_run() -> None:
    named = {word for step in workflows.steps() for word in re.findall(r"^\.ci/\S+", step.run)}

    assert named
    assert all(os.access(ROOT / each, os.X_OK) for each in named)


def test_every_command_of_the_companion_exists() -> None:
    uses = [
        words
        for step in workflows.steps()
        for words in workflows.words(step.run, "venv/bin/python -m assurance")
    ]

    assert uses
    for command, *rest in uses:
        told = subprocess.run(
            [sys.executable, "-m", "assurance", command, "--help"],
            cwd=ROOT,
            env={**os.environ, "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        options = {word for word in rest if word.startswith("--")}
        assert {option for option in options if option not in told} == set()


def test_the_graph_is_that_of_every_stack() -> None:
    script = workflows.step("preview", "graph", "Write down what each stack registers").run
    (arguments,) = workflows.words(script, "venv/bin/python -m pytest")
    told = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            *arguments,
            "--collect-only",
            "-q",
            "-p",
            "no:cacheprovider",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout

    assert {stack for stack in STACKS if f"[{stack}]" in told} == STACKS
