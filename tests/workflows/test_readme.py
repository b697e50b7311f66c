"""What the README says of the CI is what the workflows ask for."""

import json
import re
from typing import Any

import pytest

from tests.deployment import ROOT
from tests.readme import README, written
from tests.workflows import workflows

TRUST_POLICY = ("   <!-- trust-policy -->\n   ```json\n", "   ```\n")
REPOSITORY = "repo:ORGANISATION/REPOSITORY"


@pytest.fixture(scope="module")
def section() -> str:
    """The README's section on the CI."""
    return (
        README.read_text(encoding="utf-8").partition("\n## In your CI\n")[2].partition("\n## ")[0]
    )


@pytest.fixture(scope="module")
def condition() -> Any:
    """What the role that reads asks of a token."""
    (statement,) = json.loads(written(TRUST_POLICY))["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    return statement["Condition"]


def test_the_section_is_the_one_that_the_workflows_name(section: str) -> None:
    named = {
        title
        for step in workflows.steps()
        for title in re.findall(r'README[^\n]*?\\"([^\n"\\]+)\\"', step.run)
    }

    assert section
    assert named == {"In your CI"}


def test_every_variable_and_secret_has_its_row(section: str) -> None:
    texts = [file.read_text(encoding="utf-8") for file in workflows.FILES]
    read = {name for text in texts for name in re.findall(r"\b(?:vars|secrets)\.(\w+)", text)}
    rows = [line for line in section.splitlines() if re.match(r" +\| `", line)]

    assert read
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])} == read


def test_the_role_that_reads_trusts_the_tokens_of_the_jobs_that_read(condition: Any) -> None:
    asked = set()
    for name, _, job in workflows.jobs():
        if "AWS_READ_ROLE" in str(job):
            triggers = workflows.workflow(name)["on"]
            asked.add("pull_request" if "pull_request" in triggers else "ref:refs/heads/main")
            assert "environment" not in job, "its token would be that of the environment"

    assert condition == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": sorted(
                f"{REPOSITORY}:{each}" for each in asked
            ),
        }
    }


def test_the_role_that_deploys_trusts_the_environments_alone(section: str) -> None:
    deploying = [job for _, _, job in workflows.jobs() if "AWS_DEPLOY_ROLE" in str(job)]

    assert deploying
    assert all("environment" in job for job in deploying)
    assert f"`{REPOSITORY}:environment:prod`" in section


def test_every_workflow_has_its_row(section: str) -> None:
    told = set(re.findall(r"`(\w+)\.yml`\]\(\.github/workflows/\1\.yml\)", section))

    assert told | {"ci"} == set(workflows.NAMES)


def test_the_policies_that_the_section_names_exist(section: str) -> None:
    named = set(re.findall(r"\((iam/[\w.-]+)\)", section))

    assert named
    assert all((ROOT / each).exists() for each in named)
