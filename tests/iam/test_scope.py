"""What whoever deploys may not do, refused by the emulator."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from assurance.aws import Clients
from monitoring import control
from tests.deployment import ACCOUNT, REGION
from tests.iam.conftest import Limited
from tests.iam.emulation import as_the_emulator_asks
from tests.iam.lives import REFUSAL
from tests.iam.policies import filled

OURS: Final[Any] = [{"TagKey": "service", "TagValue": "unauthorized-api-calls"}]
THEIRS: Final[Any] = [{"TagKey": "service", "TagValue": "payments"}]
ALARM: Final[Any] = {
    "Namespace": "Anywhere",
    "MetricName": "Denied",
    "Statistic": "Sum",
    "Period": 300,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
}
FILTER: Final[Any] = {
    "filterName": "somebody-elses",
    "filterPattern": "",
    "metricTransformations": [
        {"metricName": "Denied", "metricNamespace": "Anywhere", "metricValue": "1"}
    ],
}
# By action: a call on what is not the stack's; they are told a key that is somebody else's.
REFUSED: Final[Mapping[str, Callable[[Clients, str], object]]] = {
    "cloudwatch:PutMetricAlarm": lambda clients, _: clients.cloudwatch.put_metric_alarm(
        AlarmName="somebody-elses", **ALARM
    ),
    "iam:CreateRole": lambda clients, _: clients.iam.create_role(
        RoleName="somebody-elses", AssumeRolePolicyDocument="{}"
    ),
    "iam:PutRolePolicy": lambda clients, _: clients.iam.put_role_policy(
        RoleName=f"{control.FILTER_NAME}-prod-chat-1234567", PolicyName="p", PolicyDocument="{}"
    ),
    "kms:CreateKey": lambda clients, _: clients.kms.create_key(),
    "kms:GenerateDataKey": lambda clients, key: clients.kms.generate_data_key(KeyId=key),
    "kms:PutKeyPolicy": lambda clients, key: clients.kms.put_key_policy(KeyId=key, Policy="{}"),
    "kms:ScheduleKeyDeletion": lambda clients, key: clients.kms.schedule_key_deletion(KeyId=key),
    "kms:TagResource": lambda clients, key: clients.kms.tag_resource(KeyId=key, Tags=OURS),
    "logs:PutMetricFilter": lambda clients, _: clients.logs.put_metric_filter(
        logGroupName="somebody-elses", **FILTER
    ),
    "sns:CreateTopic": lambda clients, _: clients.sns.create_topic(Name="somebody-elses"),
    "sns:Publish": lambda clients, _: clients.sns.publish(
        TopicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:{control.TOPIC_NAME}-prod-1234567", Message="x"
    ),
    "sns:SetTopicAttributes": lambda clients, _: clients.sns.set_topic_attributes(
        TopicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:{control.TOPIC_NAME}-dev-1234567",
        AttributeName="DisplayName",
        AttributeValue="x",
    ),
    "sqs:CreateQueue": lambda clients, _: clients.sqs.create_queue(QueueName="somebody-elses"),
}


@pytest.fixture(scope="module")
def somebody_elses_key(root: Clients) -> str:
    return root.kms.create_key(Tags=THEIRS)["KeyMetadata"]["KeyId"]


@pytest.mark.parametrize("action", sorted(REFUSED))
def test_whoever_deploys_may_not_touch_what_is_not_the_stacks(
    action: str, limited: Limited, somebody_elses_key: str
) -> None:
    limited.may(as_the_emulator_asks(filled("deploy.json")))

    with pytest.raises(ClientError, match=f"{REFUSAL}{action} "):
        REFUSED[action](limited.clients, somebody_elses_key)


def test_a_new_key_may_be_made_with_the_stacks_tag_alone(limited: Limited) -> None:
    limited.may(as_the_emulator_asks(filled("deploy.json")))

    limited.clients.kms.create_key(Tags=OURS)

    with pytest.raises(ClientError, match=f"{REFUSAL}kms:CreateKey "):
        limited.clients.kms.create_key(Tags=THEIRS)


def test_what_has_no_arn_is_allowed_in_the_stacks_region_alone(limited: Limited) -> None:
    limited.may(as_the_emulator_asks(filled("deploy.json", REGION="eu-central-1")))

    with pytest.raises(ClientError, match=f"{REFUSAL}kms:ListAliases "):
        limited.clients.kms.list_aliases()
