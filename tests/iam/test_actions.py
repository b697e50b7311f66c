"""The policies allow what the table says is needed, neither more nor less."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from pulumi.runtime import mocks

from assurance import stack_files
from tests.deployment import ROOT, FakeAws, main, run
from tests.iam.policies import LIFE, NAMES, TABLE, actions, filled, of_type

OF_A_FUNCTION_THAT_IS_TOLD = "aws:lambda/permission:Permission"
OF_THE_ALERT_DETAILS = {
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:lambda/function:Function",
    OF_A_FUNCTION_THAT_IS_TOLD,
}


@dataclass
class AskedAws(FakeAws):
    functions: set[str] = field(default_factory=set)

    def call(self, args: mocks.MockCallArgs) -> Any:
        self.functions.add(args.token)
        return super().call(args)


def of_both_stacks() -> tuple[set[str], set[str]]:
    """The types that the shipped stacks register, and the functions that they call."""
    types, functions = set(), set()
    for stack in ("dev", "prod"):
        files = stack_files.read(stack, ROOT)
        aws = AskedAws()
        deployment = run(main, files.config, stack=stack, secret_keys=files.secret_keys, aws=aws)
        types |= {key.split(" ", 1)[0] for key in deployment.inputs if key.startswith("aws:")}
        functions |= aws.functions
    return types, functions


def of_functions(functions: set[str]) -> set[str]:
    return {action for token in functions for action in TABLE["functions"][token]["read"]}


def test_the_table_has_a_row_for_all_that_the_stacks_use_and_no_other() -> None:
    types, functions = of_both_stacks()

    assert set(TABLE["types"]) == types
    assert set(TABLE["functions"]) == functions


def test_deploying_is_allowed_what_both_stacks_resources_need_and_no_more() -> None:
    types, functions = of_both_stacks()
    always = types - OF_THE_ALERT_DETAILS
    needed = {action for token in always for action in of_type(token)} | of_functions(functions)

    assert actions(filled("deploy.json")) == needed


def test_deploying_alert_details_is_allowed_what_these_need_besides_and_no_more() -> None:
    needed = {action for token in OF_THE_ALERT_DETAILS for action in of_type(token)}

    assert actions(filled("deploy-details.json")) == needed - {"logs:DescribeLogGroups"}
    assert "logs:DescribeLogGroups" in actions(filled("deploy.json"))


def test_deploying_for_a_function_is_allowed_what_its_permission_needs_and_no_more() -> None:
    assert actions(filled("deploy-lambda.json")) == of_type(OF_A_FUNCTION_THAT_IS_TOLD)


def test_previewing_is_allowed_what_reading_needs_and_no_more() -> None:
    reads = {action for row in TABLE["types"].values() for action in row["read"]}

    assert actions(filled("preview.json")) == reads | of_functions(set(TABLE["functions"]))


@pytest.mark.parametrize("command", sorted(TABLE["commands"]))
def test_a_command_is_allowed_what_it_needs_and_no_more(command: str) -> None:
    assert actions(filled(f"{command}.json")) == set(TABLE["commands"][command]["actions"])


def test_every_policy_stands_in_the_table() -> None:
    of_commands = {f"{command}.json" for command in TABLE["commands"]}

    assert (
        set(NAMES)
        == {*("deploy.json", "deploy-details.json", "deploy-lambda.json", "preview.json")}
        | of_commands
    )


def test_every_row_names_its_source_and_what_it_leaves_to_it() -> None:
    for rows in ("types", "functions", "commands"):
        assert all(row["source"] for row in TABLE[rows].values())
    for token, row in TABLE["types"].items():
        assert set(row) <= {"source", "unasked", *LIFE}
        assert set(row.get("unasked", ())) <= of_type(token)
