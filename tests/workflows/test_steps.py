"""What the workflows' scripts do, with stand-ins for Pulumi, GitHub and the account."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.workflows import workflows
from tests.workflows.workflows import Done

PREVIEW = workflows.step("preview", "preview", "Preview")
GRAPH = workflows.step("preview", "graph", "Tell how it differs from the base")
COMMENT = workflows.step("preview", "comment", "Write the comment, or write it anew")
APPROVAL = workflows.step("deploy", "approval", "See that prod asks for an approval")
AUDIT = workflows.step("deploy", "dev", "Audit")
CHECK = workflows.step("drift", "check", "Refresh and audit")
ISSUE = workflows.step("drift", "issue", "Open the issue, bring it up to date, or close it")

PROGRAM = "venv/bin/python"
FINE, FOUND, UNKNOWN = "as it should be", "found something", "could not be checked"
BOT = {"login": "github-actions[bot]"}

# Writes down each request, its body as it is sent; answers a listing as `gh api --jq` would.
GH = """
for ((i = 1; i <= $#; i++)); do
  next=$((i + 1))
  case "${!i}" in
    --jq) exec jq --raw-output "${!next}" listing.json ;;
  esac
done
printf '%s\\n' "$*" >> requests.txt
if [[ "$*" == *@body.md* ]]; then cp body.md sent.md; fi
"""


def requests(folder: Path) -> list[str]:
    """What GitHub was asked to change, one line each."""
    file = folder / "requests.txt"
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def exits(status: int, output: str = "told") -> str:
    """A program that says something and ends."""
    return f"echo '{output}'; exit {status}"


def reported(folder: Path, step: workflows.Step, listing: list[dict[str, Any]]) -> Done:
    """A step that reports on both stacks, and what GitHub already has."""
    (folder / "listing.json").write_text(json.dumps(listing), encoding="utf-8")
    return workflows.run(
        step,
        folder,
        {"gh": GH},
        GH_TOKEN="token",
        PULL_REQUEST="7",
        RUN="https://github.com/run",
        STACKS="dev prod",
    )


@pytest.fixture
def told(tmp_path: Path) -> Path:
    folder = tmp_path / "told"
    folder.mkdir()
    return folder


def test_a_preview_is_told(tmp_path: Path) -> None:
    done = workflows.run(PREVIEW, tmp_path, {"pulumi": exits(0, "~ period: 300")}, STACK="dev")

    assert done.status == 0
    assert (tmp_path / "told" / "dev.md").read_text() == done.summary
    assert done.summary.startswith("### dev\n")
    assert "~ period: 300" in done.summary


def test_a_preview_that_fails_is_told_and_fails(tmp_path: Path) -> None:
    done = workflows.run(PREVIEW, tmp_path, {"pulumi": exits(4, "error: no")}, STACK="dev")

    assert done.status == 4
    assert "### dev: the preview failed" in (tmp_path / "told" / "dev.md").read_text()
    assert "error: no" in done.summary


def test_two_long_previews_fit_into_one_comment(tmp_path: Path) -> None:
    program = "printf 'é%.0s' {1..90000}"
    done = workflows.run(PREVIEW, tmp_path, {"pulumi": program}, STACK="dev")
    text = (tmp_path / "told" / "dev.md").read_text(encoding="utf-8")

    assert done.status == 0
    assert "(cut: the whole is in the log of the run)" in text
    assert 2 * len(text) < 65_536 - 1_000


def test_what_registers_otherwise_is_told(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(
            [
                workflows.command("git"),
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@localhost",
                *arguments,
            ],
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )

    snapshots = tmp_path / "tests" / "data" / "snapshots"
    snapshots.mkdir(parents=True)
    (snapshots / "dev.yaml").write_text("period: 300\n")
    git("init", "--quiet")
    git("add", "tests")
    git("commit", "--quiet", "--message", "base")
    git("commit", "--quiet", "--allow-empty", "--message", "merge")

    same = workflows.run(GRAPH, tmp_path, {})
    (tmp_path / "summary.md").unlink()
    (snapshots / "dev.yaml").write_text("period: 600\n")
    (snapshots / "new.yaml").write_text("period: 60\n")
    other = workflows.run(GRAPH, tmp_path, {})

    assert (same.status, other.status) == (0, 0)
    assert same.summary == "### The program would register the same resources\n"
    assert "### What the program would register otherwise" in other.summary
    assert {"-period: 300", "+period: 600", "+period: 60"} <= set(other.summary.splitlines())


def test_the_first_preview_writes_a_comment(tmp_path: Path, told: Path) -> None:
    for stack in ("dev", "prod"):
        (told / f"{stack}.md").write_text(f"### {stack}\n")
    others = [
        {"id": 1, "user": {"login": "mallory"}, "body": "<!-- preview -->"},
        {"id": 2, "user": BOT, "body": "of another workflow"},
    ]

    assert reported(tmp_path, COMMENT, others).status == 0
    (request,) = requests(tmp_path)
    assert "POST repos/organisation/repository/issues/7/comments" in request
    sent = (tmp_path / "sent.md").read_text()
    assert sent.startswith("<!-- preview -->\n")
    assert "### dev\n" in sent
    assert "### prod\n" in sent


def test_the_next_preview_renews_that_comment(tmp_path: Path, told: Path) -> None:
    (told / "dev.md").write_text("### dev\n")
    written = {"id": 3, "user": BOT, "body": "<!-- preview -->\nolder"}

    assert reported(tmp_path, COMMENT, [written]).status == 0
    (request,) = requests(tmp_path)
    assert "PATCH repos/organisation/repository/issues/comments/3" in request


def test_a_stack_without_a_preview_is_told_as_that(tmp_path: Path) -> None:
    assert reported(tmp_path, COMMENT, []).status == 0
    assert "### prod: could not be previewed" in (tmp_path / "sent.md").read_text()


@pytest.mark.parametrize(
    ("status", "said"),
    [(0, ""), (1, "does not pass"), (2, "unknown is no pass"), (3, "unknown is no pass")],
)
def test_the_audit_decides_the_deployment(tmp_path: Path, status: int, said: str) -> None:
    done = workflows.run(AUDIT, tmp_path, {PROGRAM: exits(status, "checks")}, STACK="dev")

    assert done.status == status
    assert "checks" in done.summary
    assert said in done.output
    assert ("::error::" in done.output) == (status != 0)


@pytest.mark.parametrize(
    ("rules", "status"),
    [
        ([{"type": "branch_policy"}, {"type": "required_reviewers", "reviewers": [{}]}], 0),
        ([{"type": "branch_policy"}, {"type": "required_reviewers", "reviewers": []}], 1),
        ([{"type": "branch_policy"}], 1),
        ([], 1),
    ],
)
def test_prod_waits_for_an_approval_or_is_not_deployed(
    tmp_path: Path, rules: list[dict[str, Any]], status: int
) -> None:
    (tmp_path / "listing.json").write_text(json.dumps({"protection_rules": rules}))
    done = workflows.run(APPROVAL, tmp_path, {"gh": GH})

    assert done.status == status
    assert ("has no required reviewers" in done.output) == (status == 1)


def test_an_environment_that_cannot_be_read_is_not_deployed_to(tmp_path: Path) -> None:
    done = workflows.run(APPROVAL, tmp_path, {"gh": exits(1, "{}")})

    assert done.status == 1
    assert "could not be read" in done.output


@pytest.mark.parametrize("audited", [0, 1, 2, 3])
@pytest.mark.parametrize("refreshed", [0, 7, 1, 4, 255])
def test_only_what_is_known_to_be_fine_is_fine(
    tmp_path: Path, refreshed: int, audited: int
) -> None:
    programs = {"pulumi": exits(refreshed, "refreshed"), PROGRAM: exits(audited, "audited")}
    done = workflows.run(CHECK, tmp_path, programs, STACK="dev")
    state = (tmp_path / "told" / "dev.state").read_text().strip()

    if refreshed == 7 or audited == 1:
        assert state == FOUND
    else:
        assert state == (FINE if (refreshed, audited) == (0, 0) else UNKNOWN)
    assert (done.status == 0) == (state == FINE)
    heading = done.summary.splitlines()[0]
    assert heading.count("could not be checked") == (refreshed not in {0, 7}) + (audited > 1)
    assert {"refreshed", "audited"} <= set(done.summary.splitlines())


def test_a_refresh_that_fails_does_not_keep_the_audit_from_being_run(tmp_path: Path) -> None:
    programs = {"pulumi": exits(1), PROGRAM: exits(1, "the topic is gone")}

    assert "the topic is gone" in workflows.run(CHECK, tmp_path, programs, STACK="dev").summary


def states(told: Path, dev: str, prod: str) -> None:
    """What the check of each stack left behind."""
    for stack, state in (("dev", dev), ("prod", prod)):
        (told / f"{stack}.state").write_text(f"{state}\n")
        (told / f"{stack}.md").write_text(f"### {stack}: details\n")


def issue(title: str, **other: Any) -> dict[str, Any]:
    """The open issue, as GitHub lists it."""
    return {"number": 9, "title": title, "user": BOT, "body": "<!-- drift -->\n", **other}


def test_nothing_is_opened_when_all_is_as_it_should_be(tmp_path: Path, told: Path) -> None:
    states(told, FINE, FINE)

    assert reported(tmp_path, ISSUE, []).status == 0
    assert requests(tmp_path) == []


def test_an_issue_is_opened_for_what_was_found(tmp_path: Path, told: Path) -> None:
    states(told, FINE, FOUND)
    others = [
        issue("Drift: prod found something", user={"login": "mallory"}),
        issue("Drift: prod found something", pull_request={}),
        issue("of another workflow", body=None),
    ]

    assert reported(tmp_path, ISSUE, others).status == 0
    (request,) = requests(tmp_path)
    assert "POST repos/organisation/repository/issues " in request
    assert "title=Drift: prod found something " in request
    assert "### prod: details" in (tmp_path / "sent.md").read_text()


def test_the_open_issue_is_brought_up_to_date(tmp_path: Path, told: Path) -> None:
    states(told, FINE, FOUND)

    assert reported(tmp_path, ISSUE, [issue("Drift: prod found something")]).status == 0
    (request,) = requests(tmp_path)
    assert "PATCH repos/organisation/repository/issues/9 " in request


def test_people_hear_of_another_finding(tmp_path: Path, told: Path) -> None:
    states(told, UNKNOWN, FOUND)

    assert reported(tmp_path, ISSUE, [issue("Drift: prod found something")]).status == 0
    edited, comment = requests(tmp_path)
    assert "title=Drift: dev could not be checked, prod found something " in edited
    assert "POST repos/organisation/repository/issues/9/comments" in comment


def test_a_check_that_left_nothing_behind_is_no_pass(tmp_path: Path) -> None:
    assert reported(tmp_path, ISSUE, []).status == 0
    (request,) = requests(tmp_path)
    assert "title=Drift: dev could not be checked, prod could not be checked " in request


def test_the_issue_is_closed_once_all_is_as_it_should_be_again(tmp_path: Path, told: Path) -> None:
    states(told, FINE, FINE)

    assert reported(tmp_path, ISSUE, [issue("Drift: dev found something")]).status == 0
    comment, closed = requests(tmp_path)
    assert "POST repos/organisation/repository/issues/9/comments" in comment
    assert closed.endswith("issues/9 --raw-field state=closed")


@pytest.mark.parametrize("name", ["preview", "deploy", "drift"])
def test_a_role_that_is_not_set_is_told_by_its_variable(name: str, tmp_path: Path) -> None:
    steps = [
        step
        for step in workflows.steps()
        if step.workflow == name and step.content.get("name") == "See that the role is known"
    ]

    assert steps
    for number, step in enumerate(steps):
        folder = tmp_path / str(number)
        folder.mkdir()
        role = "arn:aws:iam::111122223333:role/ci"
        none = workflows.run(step, folder, {}, STACK="dev", ROLE="", REGION="us-east-1")
        nowhere = workflows.run(step, folder, {}, STACK="dev", ROLE=role, REGION="")
        known = workflows.run(step, folder, {}, STACK="dev", ROLE=role, REGION="us-east-1")

        assert (none.status, nowhere.status, known.status) == (1, 1, 0)
        wanted = "AWS_DEPLOY_ROLE" if name == "deploy" else "AWS_READ_ROLE_DEV"
        assert wanted in none.output
