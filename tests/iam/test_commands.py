"""What the live commands may do, enforced by the emulator on a deployed stack: a row for each."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest
from msgspec.structs import replace

from assurance import stack_settings
from assurance.audit import audit, report
from assurance.aws import Clients
from assurance.snapshot import Unknown
from tests.deployment import ACCOUNT, REGION
from tests.iam.conftest import Limited
from tests.iam.emulation import as_the_emulator_asks
from tests.iam.lives import Declared
from tests.iam.policies import TABLE, VALUES, Policy, filled, together, without
from tests.iam.stacks import files_of

# How a command names a permission that it lacks.
LACKING: Final = "needs the permission "

Findings = list[dict[str, Any]]


@dataclass(frozen=True)
class Command:
    """A command: the policies of whoever runs it, and what it finds by somebody's clients.

    `without_resource` are the actions that the emulator checks against `*`, whatever it is asked.
    """

    policies: tuple[str, ...]
    run: Callable[[Clients], Findings]
    without_resource: frozenset[str] = frozenset()

    def asked(self, policy: Policy) -> Policy:
        """A policy as the emulator asks for it."""
        return as_the_emulator_asks(policy, self.without_resource)

    @property
    def policy(self) -> Policy:
        """All that whoever runs it may do."""
        return together(*map(filled, self.policies))


def run_audit(clients: Clients) -> Findings:
    files = files_of("prod")
    snapshot = audit.read(clients, VALUES["LOG_GROUP"], lambda _: clients)
    if snapshot.trails and not isinstance(snapshot.trails, Unknown):
        # The emulator forgets which log group a trail delivers to.
        group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{VALUES['LOG_GROUP']}:*"
        trails = tuple(replace(trail, log_group_arn=group) for trail in snapshot.trails)
        snapshot = replace(snapshot, trails=trails)
    told = audit.of_stack(snapshot, files, stack_settings.of_files(files))
    findings: Findings = json.loads(report.as_json(told))["checks"]
    return findings


COMMANDS: Final[Mapping[str, Command]] = {
    "audit": Command(
        ("audit.json",),
        run_audit,
        frozenset(
            {
                "cloudtrail:GetEventSelectors",
                "cloudtrail:GetTrailStatus",
                "logs:DescribeMetricFilters",
            }
        ),
    ),
}
UNJUDGED: Final = [
    (name, action) for name in COMMANDS for action in TABLE["commands"][name].get("unjudged", ())
]
JUDGED: Final = [
    (name, action)
    for name in COMMANDS
    for action in TABLE["commands"][name]["actions"]
    if (name, action) not in UNJUDGED
]


@pytest.fixture(scope="module", autouse=True)
def _account(root: Clients, declared: dict[str, Declared]) -> None:
    """The prod stack, deployed; a trail, and the queue of the recipient `siem`."""
    root.cloudtrail.create_trail(Name="trail", S3BucketName="trail")
    root.sqs.create_queue(QueueName="security-events")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_policy_suffices_for_the_command(name: str, limited: Limited) -> None:
    command = COMMANDS[name]
    limited.may(command.asked(command.policy))

    findings = command.run(limited.clients)

    assert len(findings) > 20
    assert LACKING not in json.dumps(findings)


@pytest.mark.parametrize(("name", "action"), JUDGED)
def test_without_one_action_the_command_names_it_and_passes_nothing_that_rests_on_it(
    name: str, action: str, limited: Limited
) -> None:
    command = COMMANDS[name]
    limited.may(command.asked(without(command.policy, action)))

    naming = [
        finding
        for finding in command.run(limited.clients)
        if any(f"{LACKING}{action}" in evidence for evidence in finding["evidence"])
    ]

    assert naming
    assert {finding["status"] for finding in naming} == {"UNKNOWN"}


@pytest.mark.parametrize(("name", "action"), UNJUDGED)
def test_on_what_the_table_calls_unjudged_no_finding_rests(
    name: str, action: str, limited: Limited
) -> None:
    command = COMMANDS[name]
    limited.may(command.asked(without(command.policy, action)))

    assert action not in json.dumps(command.run(limited.clients))
