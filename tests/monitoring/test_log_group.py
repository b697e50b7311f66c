"""The trail's log group: looked up first, and told of in the provider's own words."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks

from monitoring.stack_config import ConfigError
from tests import deployment
from tests.deployment import ACCOUNT, Deployment, FakeAws, run, run_stack
from tests.monitoring.configs import FUNCTION, GOOD, KEY, QUEUE, SLACK, TOPIC, cause_of, commands_in
from tests.monitoring.pulumi_config import PulumiConfig

MEND = (
    "pulumi config set logGroupName NAME "
    "(aws cloudtrail describe-trails shows it in CloudWatchLogsLogGroupArn)"
)
HOME = f"account {ACCOUNT}, region us-east-1"


def error_of(aws: FakeAws, region: str | None = "us-east-1", **settings: Any) -> ConfigError:
    """What the program says of an account; it has registered nothing then."""
    config = PulumiConfig({**GOOD, **settings}).handed_over()
    if region is not None:
        config["aws:region"] = region
    registered = Deployment(aws=aws)
    with pytest.raises(pulumi.RunError) as raised:
        run(deployment.main, config, deployment=registered)
    assert registered.names == set()
    return cause_of(raised.value)


@pytest.mark.parametrize(
    "said",
    [
        "reading CloudWatch Logs Log Group (trail): empty result",
        "reading CloudWatch Logs Log Group (trail): couldn't find resource",
        "no matching CloudWatch Logs Log Group found",
    ],
)
def test_a_log_group_that_is_not_there_is_missing_from_an_account_and_a_region(said: str) -> None:
    error = error_of(FakeAws(log_group_missing=said))

    [problem] = error.problems
    assert problem.path == "logGroupName"
    assert problem.why == f"there is no log group trail in account {ACCOUNT}, region us-east-1"
    assert commands_in(error) == [MEND]


def test_where_no_region_is_set_the_providers_is_named_as_such() -> None:
    error = error_of(FakeAws(log_group_missing="empty result"), region=None)

    assert f"in account {ACCOUNT}, region the provider's region" in str(error)


@dataclass
class NobodyKnown(FakeAws):
    """An account that does not even say which one it is."""

    log_group_missing: str | None = "empty result"

    def call(self, args: mocks.MockCallArgs) -> Any:
        if args.token == "aws:index/getCallerIdentity:getCallerIdentity":
            return {}, [("", "ExpiredToken")]
        return super().call(args)


def test_an_account_that_cannot_be_told_is_unknown() -> None:
    assert "in account unknown, region us-east-1" in str(error_of(NobodyKnown()))


@pytest.mark.parametrize(
    "said",
    [
        "reading CloudWatch Logs Log Group (trail): AccessDeniedException: User: arn:aws:iam::1:x",
        "operation error STS: GetCallerIdentity, ExpiredToken: The security token is expired",
        "failed to refresh cached credentials, no EC2 IMDS role found, 404 Not Found",
        "dial tcp: lookup logs.us-east-9.amazonaws.com: host not found",
        "failed to get shared config profile, ci: profile not found",
        "Account ID not allowed: 444455556666",
        "ThrottlingException:\n  Rate exceeded",
    ],
)
def test_a_look_up_that_failed_is_told_in_the_providers_words_and_is_not_a_missing_log_group(
    said: str,
) -> None:
    error = error_of(FakeAws(log_group_missing=said))

    assert "trail could not be looked up: " in str(error)
    assert " ".join(said.split()) in str(error)
    assert "there is no log group" not in str(error)


@pytest.mark.parametrize("log_class", ["INFREQUENT_ACCESS", "DELIVERY"])
def test_a_log_group_whose_class_knows_no_metric_filters_is_refused(log_class: str) -> None:
    error = error_of(FakeAws(log_group_class=log_class))

    [problem] = error.problems
    assert problem.path == "logGroupName"
    assert problem.why.startswith(
        f"trail in account {ACCOUNT}, region us-east-1, is of class {log_class}, and metric "
        "filters need STANDARD"
    )
    assert commands_in(error) == [MEND]


def test_where_aws_knows_no_classes_a_log_group_is_taken() -> None:
    run(
        deployment.main,
        PulumiConfig(GOOD).handed_over(),
        aws=FakeAws(log_group_class="", partition="aws-iso"),
    )


@pytest.mark.parametrize(
    ("settings", "path", "says"),
    [
        (
            {"topicArn": TOPIC.replace("us-east-1", "eu-west-1")},
            "topicArn",
            "is not in us-east-1, the log group's region",
        ),
        (
            {"encryption": KEY.replace("us-east-1", "eu-west-1")},
            "encryption",
            "is not in us-east-1, the log group's region",
        ),
        (
            {"recipients": {"x": {"sqs": QUEUE.replace("us-east-1", "eu-west-1")}}},
            "recipients.x.sqs",
            f"is in account {ACCOUNT}, region eu-west-1, and the log group in {HOME}: its subscr",
        ),
        (
            {"recipients": {"x": {"lambda": FUNCTION.replace(ACCOUNT, "444455556666")}}},
            "recipients.x.lambda",
            f"is in account 444455556666, region us-east-1, and the log group in {HOME}",
        ),
        (
            {"recipients": {"x": {"sqs": QUEUE.replace(ACCOUNT, "444455556666"), "secret": True}}},
            "recipients.x.sqs",
            f"is elsewhere, and the log group in {HOME}",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_the_config_names_must_be_where_the_log_group_is(
    settings: dict[str, Any], path: str, says: str
) -> None:
    [problem] = error_of(FakeAws(), **settings).problems

    assert problem.path == path
    assert says in problem.why


def test_a_key_or_a_topic_of_another_account_may_be_used() -> None:
    other = "444455556666"
    for settings in (
        {"topicArn": TOPIC.replace(ACCOUNT, other)},
        {"encryption": KEY.replace(ACCOUNT, other)},
    ):
        run(deployment.main, PulumiConfig({**GOOD, **settings}).handed_over())


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_slack_is_refused_where_there_are_no_chat_configurations(partition: str) -> None:
    [problem] = error_of(
        FakeAws(partition=partition), recipients={"x": {"slack": SLACK}, "m": {"email": "a@b.co"}}
    ).problems

    assert problem.path == "recipients.x.slack"
    assert f"do not exist in the partition {partition}" in problem.why


def test_all_that_is_in_the_wrong_place_comes_in_one_error() -> None:
    error = error_of(
        FakeAws(log_group_class="DELIVERY", region="eu-west-1"),
        encryption=KEY,
        recipients={"a": {"sqs": QUEUE}, "b": {"lambda": FUNCTION}},
    )

    assert [problem.path for problem in error.problems] == [
        *("logGroupName", "encryption", "recipients.a.sqs", "recipients.b.lambda")
    ]


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_log_group_is_the_first_thing_that_is_asked_for(stack: str) -> None:
    (token, arguments), *_ = run_stack(stack).aws.calls

    assert token == "aws:cloudwatch/getLogGroup:getLogGroup"
    assert arguments == {"name": "aws-cloudtrail-logs"}


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_shipped_stack_without_its_log_group_registers_nothing(stack: str) -> None:
    with pytest.raises(
        pulumi.RunError, match="there is no log group aws-cloudtrail-logs in account"
    ):
        run_stack(stack, aws=FakeAws(log_group_missing="empty result"))
