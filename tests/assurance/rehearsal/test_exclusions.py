"""A stack with exclusions, rehearsed: what is excluded wakes nobody, and nothing else is hidden."""

from pathlib import Path

import pytest

from monitoring.exclusion_presets import PRESETS
from tests.assurance.rehearsal.test_broken_programs import copy_of_program, rehearse

RED_TEAM = """
  unauthorized-api-calls:exclusionPresets: [config-recorder]
  unauthorized-api-calls:exclusions:
    red-team:
      userIdentity.arn: "*:user/bert-jan"
    two-fields:
      userIdentity.sessionContext.sessionIssuer.userName: nightly-scanner
      eventName: ["Describe*", "List*"]
"""


def stack_with(settings: str, folder: Path) -> Path:
    """A copy of the program whose dev stack has these settings too."""
    copy_of_program(folder)
    with (folder / "Pulumi.dev.yaml").open("a") as stack:
        stack.write(settings)
    return folder


def test_what_is_excluded_wakes_nobody_and_reaches_the_record(tmp_path: Path) -> None:
    done, report = rehearse(stack_with(RED_TEAM, tmp_path), "dev")

    assert done.returncode == 0, done.stdout
    passed = {check["check"] for check in report["checks"]}
    assert {
        "probe-exclusion-red-team",
        "probe-exclusion-two-fields",
        "probe-exclusion-config-recorder",
        "probe-record",
    } <= passed
    matched = {
        name.partition("-dev-")[2].rpartition("-")[0]: n for name, n in report["matched"].items()
    }
    # Fifteen of the sixty denied calls in the replayed set are this user's.
    assert matched == {"cis-v3.0": 60, "tuned": 45}
    told = {message["recipient"] for message in report["messages"] if "tuned" in message["alarm"]}
    assert told == {"developer"}
    on_record = {m["recipient"] for m in report["messages"] if "cis-v3.0" in m["alarm"]}
    assert on_record == {None}


def test_all_presets_together_hide_nothing_else(tmp_path: Path) -> None:
    presets = f"\n  unauthorized-api-calls:exclusionPresets: [{', '.join(PRESETS)}]\n"

    done, _ = rehearse(stack_with(presets, tmp_path), "dev")

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "fields",
    [
        "eventSource: ec2.amazonaws.com",
        "awsRegion: us-east-1",
        "awsRegion: us-gov-west-1",
        'sourceIPAddress: "1*"',
        "userIdentity.type: IAMUser",
        'eventName: "Describe*"',
        'userIdentity.invokedBy: "*.amazonaws.com"',
        'userIdentity.arn: "arn:*"',
        # Of an account that the config does not name: it may be the stack's own.
        'recipientAccountId: "999988887777"',
        'userIdentity.accountId: "123456789012"',
        'userIdentity.sessionContext.sessionIssuer.arn: "arn:aws:iam::999988887777:role/*"',
        '{recipientAccountId: "123456789012", errorCode: AccessDeniedException}',
        'vpcEndpointId: "vpce-*"',
        '{userAgent: "Boto3/*", "userIdentity.type": AssumedRole}',
    ],
)
def test_an_exclusion_that_hides_strangers_is_too_broad(fields: str, tmp_path: Path) -> None:
    settings = f"\n  unauthorized-api-calls:exclusions:\n    broad:\n      {fields}\n"

    done, report = rehearse(stack_with(settings, tmp_path), "dev")

    failed = [check for check in report["checks"] if check["status"] == "FAIL"]
    assert done.returncode == 1
    assert any(
        check["check"].startswith("probe-unknown-principal-")
        and "too broad" in check["mend"]
        and any("hidden by exclusions.broad" in each for each in check["evidence"])
        for check in failed
    )


@pytest.mark.parametrize(("excluded", "status"), [("111122223333", 1), ("999988887777", 0)])
def test_another_account_of_the_organisation_may_be_excluded_and_the_stacks_own_may_not(
    excluded: str, status: int, tmp_path: Path
) -> None:
    settings = (
        '\n  aws:allowedAccountIds: ["111122223333"]'
        "\n  unauthorized-api-calls:exclusions:"
        f'\n    sandbox: {{recipientAccountId: "{excluded}"}}\n'
    )

    done, _ = rehearse(stack_with(settings, tmp_path), "dev")

    assert done.returncode == status, done.stdout
