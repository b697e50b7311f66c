"""deploy.json, deploy-lambda.json and preview.json, enforced by the emulator on a real life."""

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from assurance.aws import Clients
from assurance.emulated_aws import NOT_REHEARSED, EmulatedAws, RefusedByAwsError
from tests.iam.conftest import Limited
from tests.iam.emulation import (
    ASKED_BY_EMULATED_AWS_ALONE,
    ASKED_UNDER_UNKNOWN_KEYS,
    ASKED_WITHOUT_RESOURCE,
    as_the_emulator_asks,
    with_the_emulations_own,
)
from tests.iam.lives import REFUSAL, Declared, Lives, RecordingAws
from tests.iam.policies import (
    TABLE,
    VALUES,
    Policy,
    filled,
    of_type,
    only,
    together,
    without,
)
from tests.iam.stacks import default_tags, deploy, files_of

GET_LOG_GROUP = "aws:cloudwatch/getLogGroup:getLogGroup"

PAIRS = {(token, action) for token in TABLE["types"] for action in of_type(token)}
UNASKED = sorted(
    (token, action) for token, row in TABLE["types"].items() for action in row.get("unasked", ())
)
ASKED = sorted(PAIRS - set(UNASKED))
ASKED_OTHERWISE = [
    (token, action)
    for token, action in ASKED
    if action in ASKED_WITHOUT_RESOURCE | ASKED_UNDER_UNKNOWN_KEYS
]
ASKED_TO_READ = [
    (token, action) for token, action in ASKED if action in TABLE["types"][token]["read"]
]


def whole_policy(stack: str = "prod") -> Policy:
    return together(of_a_stack(stack), filled("deploy-lambda.json"))


def of_a_stack(stack: str) -> Policy:
    """What its deployment takes; only prod has alert details."""
    details = [filled("deploy-details.json", STACK=stack)] if stack == "prod" else []
    return together(filled("deploy.json", STACK=stack), *details)


def asked(policy: Policy) -> Policy:
    return with_the_emulations_own(as_the_emulator_asks(policy))


@pytest.fixture(scope="module")
def lives(limited: Limited, root: Clients) -> Lives:
    emulated = EmulatedAws(limited.clients, default_tags=default_tags(files_of("prod")))
    return Lives(emulated, limited.clients, root)


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_policy_suffices_to_deploy_read_change_and_destroy_a_stack(
    stack: str, limited: Limited, root: Clients
) -> None:
    files = files_of(stack)
    limited.may(asked(of_a_stack(stack)))
    emulated = RecordingAws(limited.clients, default_tags=default_tags(files))
    lives = Lives(emulated, limited.clients, root)

    deploy(files, emulated)
    made = list(emulated.made)
    for one in made:
        lives.change(one)
        lives.read(one)
    for one in reversed(made):
        lives.delete(one)

    assert len({one.token for one in made}) >= 5
    gone = EmulatedAws(root)
    assert [one for one in made if gone.read(one.token, one.made.id, one.made.state)] == []


@pytest.mark.parametrize(("token", "action"), ASKED)
def test_without_one_action_a_resource_cannot_live_and_the_error_names_the_action(
    token: str, action: str, limited: Limited, lives: Lives, declared: dict[str, Declared]
) -> None:
    limited.may(asked(without(whole_policy(), action)))

    with pytest.raises((RefusedByAwsError, ClientError), match=REFUSAL + action):
        lives.live(declared[token])


@pytest.mark.parametrize(("token", "action"), UNASKED)
def test_what_the_table_calls_unasked_the_emulator_does_not_ask_for(
    token: str, action: str, limited: Limited, lives: Lives, declared: dict[str, Declared]
) -> None:
    limited.may(asked(without(whole_policy(), action)))
    one = declared[token]
    # A chat configuration's name is its own, and there is one already.
    another = {"configurationName": "another"} if "configurationName" in one.inputs else {}

    lives.live(replace(one, inputs={**one.inputs, **another}))


@pytest.mark.parametrize(("token", "action"), ASKED_OTHERWISE)
def test_the_emulator_asks_otherwise_than_aws_for_what_is_adapted_to_it(
    token: str, action: str, limited: Limited, lives: Lives, declared: dict[str, Declared]
) -> None:
    policy = whole_policy()
    limited.may(together(asked(without(policy, action)), only(policy, action)))

    with pytest.raises((RefusedByAwsError, ClientError), match=REFUSAL + action):
        lives.live(declared[token])


def test_the_emulation_calls_what_the_provider_does_not_to_find_a_subscription(
    limited: Limited, lives: Lives, declared: dict[str, Declared]
) -> None:
    limited.may(as_the_emulator_asks(whole_policy()))

    with pytest.raises(RefusedByAwsError, match=REFUSAL + ASKED_BY_EMULATED_AWS_ALONE):
        lives.live(declared["aws:sns/topicSubscription:TopicSubscription"])


def test_a_program_that_lacks_an_action_fails_and_names_it(limited: Limited) -> None:
    limited.may(asked(without(of_a_stack("prod"), "sns:SetTopicAttributes")))
    files = files_of("prod")
    emulated = EmulatedAws(limited.clients, default_tags=default_tags(files))

    with pytest.raises(RefusedByAwsError, match=REFUSAL + "sns:SetTopicAttributes"):
        deploy(files, emulated)


@pytest.mark.parametrize("name", ["deploy.json", "preview.json"])
@pytest.mark.parametrize("action", TABLE["functions"][GET_LOG_GROUP]["read"])
def test_without_one_action_the_log_group_is_not_found_and_the_error_names_the_action(
    name: str, action: str, limited: Limited
) -> None:
    limited.may(asked(without(filled(name), action)))

    with pytest.raises(RefusedByAwsError, match=REFUSAL + action):
        EmulatedAws(limited.clients).invoke(GET_LOG_GROUP, {"name": VALUES["LOG_GROUP"]})


def test_a_preview_may_read_every_resource_and_make_none(
    limited: Limited, lives: Lives, declared: dict[str, Declared]
) -> None:
    limited.may(asked(filled("preview.json")))
    emulated = EmulatedAws(limited.clients)

    emulated.invoke(GET_LOG_GROUP, {"name": VALUES["LOG_GROUP"]})
    for one in declared.values():
        if one.token not in NOT_REHEARSED:
            lives.read(one)
            with pytest.raises(RefusedByAwsError, match=REFUSAL):
                emulated.create(one.token, one.logical_name, one.inputs)


@pytest.mark.parametrize(("token", "action"), ASKED_TO_READ)
def test_without_one_action_a_preview_cannot_read_and_the_error_names_the_action(
    token: str, action: str, limited: Limited, lives: Lives, declared: dict[str, Declared]
) -> None:
    limited.may(asked(without(filled("preview.json"), action)))

    with pytest.raises((RefusedByAwsError, ClientError), match=REFUSAL + action):
        lives.read(declared[token])
