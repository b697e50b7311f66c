import io
import json
import threading
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pulumi
import pytest

from assurance.aws import Clients, emulator_clients, service_model
from assurance.emulated_aws import (
    NOT_REHEARSED,
    EmulatedAws,
    EmulationError,
    Endpoint,
    InvokeFailedError,
    RefusedByAwsError,
    Resource,
)
from assurance.emulated_aws.alarms import MetricAlarm
from assurance.emulated_aws.emulated_aws import _RESOURCE_TYPES
from assurance.emulated_aws.service_model import _compiled
from assurance.emulated_aws.stand_ins import address_for
from assurance.emulated_aws.subscriptions import TopicSubscription
from assurance.emulated_aws.topics import Topic

PATTERN = '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }'
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "chatbot.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
READ_ONLY = "arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"


def allow(action: str, resource: str, sid: str = "Allow") -> str:
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": action,
        "Resource": resource,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=1)


@pytest.fixture
def aws(clients: Clients) -> EmulatedAws:
    clients.logs.create_log_group(logGroupName="trail", tags={"owner": "security"})
    return EmulatedAws(clients)


@dataclass(frozen=True)
class Case:
    """A type of resource: inputs, and others that an update makes of them."""

    token: str
    inputs: Mapping[str, Any]
    changed: Mapping[str, Any]


def cases(aws: EmulatedAws) -> dict[str, Case]:
    """One case for each type; what a case needs besides is made on the way."""
    account = aws.account
    clients = aws._home.clients
    topic = aws.create("aws:sns/topic:Topic", "needed", {}).id
    queue = aws.create("aws:sqs/queue:Queue", "needed", {})
    keys = [aws.create("aws:kms/key:Key", "needed", {}).id for _ in range(2)]
    role = aws.create("aws:iam/role:Role", "needed", {"assumeRolePolicy": TRUST}).id
    make_function(clients, "on-alarm")
    listed = [
        Case(
            "aws:cloudwatch/logMetricFilter:LogMetricFilter",
            {
                "logGroupName": "trail",
                "pattern": f" {PATTERN} ",
                "metricTransformation": {
                    "name": "Denied",
                    "namespace": "CISBenchmark",
                    "value": "1",
                    "defaultValue": "0",
                },
            },
            {"pattern": "{ $.errorCode = AccessDenied* }"},
        ),
        Case(
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            {
                "alarmDescription": 'who & <what> "where"',
                "namespace": "CISBenchmark",
                "metricName": "Denied",
                "dimensions": {"LogGroupName": "trail"},
                "statistic": "Sum",
                "comparisonOperator": "GreaterThanOrEqualToThreshold",
                "threshold": 1.0,
                "period": 300.0,
                "evaluationPeriods": 3.0,
                "datapointsToAlarm": 2.0,
                "treatMissingData": "notBreaching",
                "alarmActions": [topic],
                "okActions": [topic],
                "tags": {"owner": "security"},
            },
            {"threshold": 5.0, "period": 60.0, "okActions": [], "tags": {"team": "blue"}},
        ),
        Case(
            "aws:cloudwatch/logGroup:LogGroup",
            {"retentionInDays": 30, "tags": {"a": "1", "b": "2"}},
            {"retentionInDays": 90, "tags": {"b": "3"}},
        ),
        Case(
            "aws:cloudwatch/queryDefinition:QueryDefinition",
            {"queryString": "fields @message", "logGroupNames": ["trail"]},
            {"queryString": "fields @timestamp"},
        ),
        Case(
            "aws:sns/topic:Topic",
            {
                "displayName": "Alerts",
                "kmsMasterKeyId": keys[0],
                "signatureVersion": 2,
                "tags": {"a": "1"},
            },
            {"displayName": "Alarms", "kmsMasterKeyId": keys[1], "tags": {"b": "2"}},
        ),
        Case(
            "aws:sns/topicPolicy:TopicPolicy",
            {"arn": topic, "policy": allow("SNS:Publish", topic)},
            {"policy": allow("SNS:Publish", topic, "Other")},
        ),
        Case(
            "aws:sns/topicSubscription:TopicSubscription",
            {
                "topic": topic,
                "protocol": "sqs",
                "endpoint": queue.state["arn"],
                "filterPolicy": '{"NewStateValue": ["ALARM"]}',
                "filterPolicyScope": "MessageBody",
                "rawMessageDelivery": False,
            },
            {
                "rawMessageDelivery": True,
                "filterPolicy": '{"NewStateValue": ["OK"]}',
                "redrivePolicy": json.dumps({"deadLetterTargetArn": queue.state["arn"]}),
            },
        ),
        Case(
            "aws:kms/key:Key",
            {
                "description": "d",
                "enableKeyRotation": True,
                "policy": allow("kms:*", "*"),
                "deletionWindowInDays": 7,
                "tags": {"a": "1"},
            },
            {
                "description": "e",
                "enableKeyRotation": False,
                "policy": allow("kms:Decrypt", "*"),
                "tags": {"a": "2"},
            },
        ),
        Case("aws:kms/alias:Alias", {"targetKeyId": keys[0]}, {"targetKeyId": keys[1]}),
        Case(
            "aws:sqs/queue:Queue",
            {
                "messageRetentionSeconds": 1209600,
                "sqsManagedSseEnabled": True,
                "tags": {"a": "1"},
            },
            {"messageRetentionSeconds": 345600, "tags": {"b": "2"}},
        ),
        Case(
            "aws:sqs/queuePolicy:QueuePolicy",
            {"queueUrl": queue.id, "policy": allow("sqs:SendMessage", queue.state["arn"])},
            {"policy": allow("sqs:SendMessage", queue.state["arn"], "Other")},
        ),
        Case(
            "aws:iam/role:Role",
            {"assumeRolePolicy": TRUST, "description": "d", "tags": {"a": "1"}},
            {"description": "e", "maxSessionDuration": 7200, "tags": {"b": "2"}},
        ),
        Case(
            "aws:iam/rolePolicy:RolePolicy",
            {"role": role, "policy": allow("logs:StartQuery", "*")},
            {"policy": allow("logs:GetQueryResults", "*")},
        ),
        Case(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            {"role": role, "policyArn": READ_ONLY},
            {},
        ),
        Case(
            "aws:lambda/function:Function",
            {
                "handler": "index.handler",
                "runtime": "python3.13",
                "role": f"arn:aws:iam::{account}:role/function",
                "code": code("def handler(event, context): pass"),
                "description": "d",
                "timeout": 120.0,
                "memorySize": 256.0,
                "environment": {"variables": {"TOPIC_ARN": topic}},
                "loggingConfig": {"logFormat": "Text", "logGroup": "trail"},
                "tags": {"a": "1"},
            },
            {
                "description": "e",
                "timeout": 60.0,
                "code": code("def handler(event, context): return 1"),
                "environment": {"variables": {"ALARM_NAME": "other"}},
                "tags": {"b": "2"},
            },
        ),
        Case(
            "aws:lambda/permission:Permission",
            {
                "action": "lambda:InvokeFunction",
                "function": f"arn:aws:lambda:{aws.region}:{account}:function:on-alarm",
                "principal": "sns.amazonaws.com",
                "sourceArn": topic,
            },
            {},
        ),
        Case(
            "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
            {
                "configurationName": "monitor-dev-team",
                "iamRoleArn": f"arn:aws:iam::{account}:role/chat",
                "slackChannelId": "C07EZ1ABC23",
                "slackTeamId": "T07EA123LEP",
                "guardrailPolicyArns": [READ_ONLY],
                "snsTopicArns": [topic],
                "loggingLevel": "ERROR",
                "tags": {"a": "1"},
            },
            {"slackChannelId": "C07EZ1ABC24", "tags": {"b": "2"}},
        ),
    ]
    return {case.token: case for case in listed}


def code(text: str) -> pulumi.AssetArchive:
    return pulumi.AssetArchive({"index.py": pulumi.StringAsset(text)})


def make_function(clients: Clients, name: str) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("index.py", "def handler(event, context): pass")
    clients.lambda_.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role="arn:aws:iam::123456789012:role/any",
        Handler="index.handler",
        Code={"ZipFile": archive.getvalue()},
    )


def alarm(**changes: Any) -> dict[str, Any]:
    return {
        "namespace": "CISBenchmark",
        "metricName": "Denied",
        "statistic": "Sum",
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
        "threshold": 1.0,
        "period": 300.0,
        "evaluationPeriods": 1.0,
        **changes,
    }


ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
TOPIC = "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"


@pytest.mark.parametrize("token", [kind.token for kind in _RESOURCE_TYPES])
def test_a_resource_lives_from_creation_to_deletion_as_its_inputs_say(
    aws: EmulatedAws, token: str
) -> None:
    case = cases(aws)[token]
    made = aws.create(token, "mine", case.inputs)
    assert aws.read(token, made.id, made.state) == made.state
    assert not aws.changes(token, made.state, case.inputs, case.inputs)

    if case.changed:
        wanted = {**case.inputs, **case.changed}
        changes = aws.changes(token, made.state, wanted, case.inputs)
        assert changes.properties == set(case.changed)
        assert not changes.replacing
        state = aws.update(token, made.id, made.state, wanted)
        assert aws.read(token, made.id, state) == state
        assert not aws.changes(token, state, wanted, wanted)

    aws.delete(token, made.id, made.state)
    gone = aws.read(token, made.id, made.state)
    # A topic is never without a policy: what comes back is the one it was made with.
    assert gone is None or "__default_policy_ID" in gone["policy"]
    aws.delete(token, made.id, made.state)


@pytest.mark.parametrize(
    ("token", "replacing"),
    [
        ("aws:cloudwatch/logMetricFilter:LogMetricFilter", {"name", "logGroupName"}),
        (ALARM, {"name"}),
        (SUBSCRIPTION, {"topic", "protocol", "endpoint"}),
        ("aws:sns/topicPolicy:TopicPolicy", {"arn"}),
        ("aws:sqs/queuePolicy:QueuePolicy", {"queueUrl"}),
        ("aws:kms/key:Key", {"keyUsage"}),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {"role", "policyArn"}),
        ("aws:lambda/function:Function", {"name"}),
        ("aws:lambda/permission:Permission", {"function", "sourceArn"}),
    ],
)
def test_changing_an_identity_replaces_the_resource(
    aws: EmulatedAws, token: str, replacing: set[str]
) -> None:
    case = cases(aws)[token]
    made = aws.create(token, "mine", case.inputs)
    for name in replacing:
        changes = aws.changes(token, made.state, {**case.inputs, name: "other"}, case.inputs)
        assert changes.replacing == {name}
        with pytest.raises(EmulationError, match=f"{name} cannot be changed in place"):
            aws.update(token, made.id, made.state, {**case.inputs, name: "other"})


def test_names_are_made_up_as_pulumi_does_it(aws: EmulatedAws) -> None:
    topic = aws.create(TOPIC, "alerts", {})
    assert topic.id.startswith(f"arn:aws:sns:eu-central-1:{aws.account}:alerts-")
    assert len(topic.state["name"]) == len("alerts-") + 7
    assert aws.create(TOPIC, "alerts", {}).id != topic.id
    assert aws.create(TOPIC, "alerts", {"name": "mine"}).state["name"] == "mine"
    alias = aws.named("aws:kms/alias:Alias", "alerts", {})
    assert alias["name"].startswith("alias/alerts-")
    permission = aws.named("aws:lambda/permission:Permission", "alerts", {})
    assert permission["statementId"].startswith("alerts-")
    assert aws.named(TOPIC, "alerts", {}, known=topic.state)["name"] == topic.state["name"]
    assert "name" not in aws.named("aws:sns/topicPolicy:TopicPolicy", "alerts", {})


def test_an_alarm_changed_behind_pulumis_back_is_noticed(
    aws: EmulatedAws, clients: Clients
) -> None:
    made = aws.create(ALARM, "mine", alarm())
    clients.cloudwatch.put_metric_alarm(
        AlarmName=made.id,
        Namespace="CISBenchmark",
        MetricName="Denied",
        Statistic="Average",
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Threshold=1,
        Period=300,
        EvaluationPeriods=1,
    )
    state = aws.read(ALARM, made.id, made.state)
    assert state is not None
    assert aws.changes(ALARM, state, alarm(), alarm()).properties == {"statistic"}


def test_the_providers_default_tags_reach_every_tagged_resource(clients: Clients) -> None:
    aws = EmulatedAws(clients, default_tags={"owner": "security", "stack": "prod"})
    topic = aws.create(TOPIC, "alerts", {"tags": {"stack": "mine"}})
    assert topic.state["tags"] == {"stack": "mine"}
    assert topic.state["tagsAll"] == {"owner": "security", "stack": "mine"}
    tags = clients.sns.list_tags_for_resource(ResourceArn=topic.id)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == topic.state["tagsAll"]


def test_subscribing_an_endpoint_twice_returns_the_same_subscription(aws: EmulatedAws) -> None:
    topic = aws.create(TOPIC, "alerts", {}).id
    queue = aws.create("aws:sqs/queue:Queue", "alerts", {}).state["arn"]
    inputs = {"topic": topic, "protocol": "sqs", "endpoint": queue}
    first = aws.create(SUBSCRIPTION, "first", inputs)
    assert aws.create(SUBSCRIPTION, "second", inputs).id == first.id
    aws.delete(SUBSCRIPTION, first.id, first.state)
    assert aws.read(SUBSCRIPTION, first.id, first.state) is None


class Stood:
    """Stand-ins that answer nothing: an address on a port of loopback where nobody listens."""

    def stand_in(self, endpoint: Endpoint) -> Endpoint:
        return address_for("http://127.0.0.1:9", endpoint)


def test_a_stand_ins_subscription_is_told_in_the_users_terms_and_stays_pending(
    clients: Clients,
) -> None:
    aws = EmulatedAws(clients, stand_ins=Stood())
    topic = aws.create(TOPIC, "alerts", {}).id
    inputs = {"topic": topic, "protocol": "email", "endpoint": "security+denied@your-company.com"}
    made = aws.create(SUBSCRIPTION, "mail", inputs)
    assert made.state["pendingConfirmation"] is True
    assert {key: made.state[key] for key in inputs} == inputs
    [listed] = clients.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["Endpoint"].startswith("http://127.0.0.1:9/email/")
    aws.delete(SUBSCRIPTION, made.id, made.state)
    assert aws.read(SUBSCRIPTION, made.id, made.state) is not None, (
        "AWS keeps a pending subscription that Pulumi deletes"
    )


def test_an_endpoint_that_should_confirm_by_itself_and_does_not_is_an_error(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TopicSubscription, "confirmation_seconds", 0.1)
    aws = EmulatedAws(clients, stand_ins=Stood())
    topic = aws.create(TOPIC, "alerts", {}).id
    with pytest.raises(RefusedByAwsError, match="did not confirm"):
        aws.create(
            SUBSCRIPTION,
            "pager",
            {
                "topic": topic,
                "protocol": "https",
                "endpoint": "https://events.pagerduty.com/integration/0123456789abcdef0123/enqueue",
                "endpointAutoConfirms": True,
            },
        )


def test_without_a_stand_in_no_endpoint_outside_loopback_is_subscribed(aws: EmulatedAws) -> None:
    topic = aws.create(TOPIC, "alerts", {}).id
    for address in ("https://events.pagerduty.com/x", "http://localhost/x", "https://10.0.0.1/x"):
        with pytest.raises(EmulationError, match="nobody stands in") as caught:
            aws.create(
                SUBSCRIPTION,
                "pager",
                {"topic": topic, "protocol": address.partition(":")[0], "endpoint": address},
            )
        assert address not in str(caught.value)


def test_unknown_types_properties_functions_and_regions_cannot_be_applied(
    aws: EmulatedAws,
) -> None:
    with pytest.raises(EmulationError, match="aws:s3/bucket:Bucket is not emulated"):
        aws.create("aws:s3/bucket:Bucket", "mine", {})
    with pytest.raises(EmulationError, match="metricQueries cannot be emulated"):
        aws.create(ALARM, "mine", alarm(metricQueries=[{"id": "m1"}]))
    with pytest.raises(EmulationError, match="aws:index/getAmi:getAmi is not emulated"):
        aws.invoke("aws:index/getAmi:getAmi", {})
    with pytest.raises(EmulationError, match="only the region eu-central-1"):
        aws.create(TOPIC, "mine", {"region": "us-east-1"})
    assert aws.create(TOPIC, "mine", {"region": "eu-central-1"}).state["region"] == "eu-central-1"


def test_an_input_that_the_emulator_drops_is_an_error(
    aws: EmulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = MetricAlarm.read

    def forgetful(self: MetricAlarm, physical_id: str, known: Any) -> Any:
        return {**(read(self, physical_id, known) or {}), "treatMissingData": "missing"}

    monkeypatch.setattr(MetricAlarm, "read", forgetful)
    with pytest.raises(EmulationError, match="does not keep treatMissingData"):
        aws.create(ALARM, "mine", alarm(treatMissingData="breaching"))


def test_a_call_that_the_emulator_lacks_is_no_refusal_of_awss(
    aws: EmulatedAws, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Topic, "create", lambda self, inputs: self.clients.logs.describe_query_definitions()
    )
    with pytest.raises(EmulationError, match="DescribeQueryDefinitions"):
        aws.create(TOPIC, "mine", {})


@pytest.mark.parametrize(
    ("token", "inputs", "why"),
    [
        (ALARM, alarm(period=90.0), "Period must be"),
        (ALARM, alarm(period=300.0, evaluationPeriods=289.0), "86700 seconds"),
        (ALARM, alarm(period=3600.0, evaluationPeriods=169.0), "608400 seconds"),
        (ALARM, alarm(evaluationPeriods=2.0, datapointsToAlarm=3.0), "DatapointsToAlarm"),
        (ALARM, alarm(treatMissingData="ignored"), "TreatMissingData"),
        (ALARM, alarm(statistic="sum"), "Statistic must be one of"),
        (ALARM, alarm(comparisonOperator=">="), "ComparisonOperator must be one of"),
        (ALARM, alarm(comparisonOperator=None), "ComparisonOperator is required"),
        (ALARM, alarm(alarmDescription="x" * 1025), "AlarmDescription is 1025 long"),
        (ALARM, alarm(alarmActions=[f"arn:{n}" for n in range(6)]), "AlarmActions is 6 long"),
        (ALARM, alarm(alarmActions=["alerts"]), "alerts is not an ARN"),
        (ALARM, alarm(namespace="CIS:Benchmark"), "no colon"),
        (ALARM, alarm(statistic=None), "exactly one of Statistic"),
        (ALARM, alarm(name="a\nb"), "control characters"),
        (TOPIC, {"name": "no spaces"}, "Name must be"),
        (TOPIC, {"signatureVersion": 3}, "SignatureVersion must be 1 or 2"),
        (TOPIC, {"tags": {"": "x"}}, "Tags.0..Key, value: 0"),
        ("aws:sqs/queue:Queue", {"name": "x" * 81}, "QueueName must be"),
        ("aws:sqs/queue:Queue", {"messageRetentionSeconds": 1209601}, "MessageRetentionPeriod"),
        ("aws:kms/key:Key", {"policy": "{"}, "Policy is not JSON"),
        ("aws:kms/key:Key", {"keyUsage": "ANY"}, "KeyUsage must be one of"),
        ("aws:kms/alias:Alias", {"name": "alias/aws/sns", "targetKeyId": "k"}, "alias/aws/"),
        ("aws:iam/role:Role", {"name": "r" * 65, "assumeRolePolicy": TRUST}, "RoleName is 65"),
        (
            "aws:cloudwatch/queryDefinition:QueryDefinition",
            {"queryString": "x" * 10_001},
            "queryString is 10001 long",
        ),
        (
            "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
            {
                "configurationName": "no spaces",
                "iamRoleArn": "arn:aws:iam::123456789012:role/x",
                "slackChannelId": "C1",
                "slackTeamId": "T1",
            },
            "ConfigurationName does not match",
        ),
        (
            "aws:cloudwatch/logMetricFilter:LogMetricFilter",
            {
                "logGroupName": "trail",
                "pattern": "{ $.errorCode = }",
                "metricTransformation": {"name": "n", "namespace": "s", "value": "1"},
            },
            "filterPattern is invalid",
        ),
        (
            "aws:cloudwatch/logMetricFilter:LogMetricFilter",
            {
                "logGroupName": "no-such-group",
                "pattern": PATTERN,
                "metricTransformation": {"name": "n", "namespace": "s", "value": "1"},
            },
            "ResourceNotFoundException",
        ),
    ],
)
def test_what_aws_would_refuse_is_refused(
    aws: EmulatedAws, token: str, inputs: dict[str, Any], why: str
) -> None:
    with pytest.raises(RefusedByAwsError, match=why):
        aws.create(token, "mine", inputs)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ({"Resource": "*"}, "Resource must be"),
        ({"Action": "SNS:*"}, "out of service scope"),
        ({"Action": ["SNS:Publish", "sqs:SendMessage"]}, "out of service scope"),
    ],
)
def test_a_topic_policy_must_be_about_its_topic(
    aws: EmulatedAws, statement: dict[str, Any], why: str
) -> None:
    topic = aws.create(TOPIC, "alerts", {}).id
    policy = json.loads(allow("SNS:Publish", topic))
    policy["Statement"][0].update(statement)
    with pytest.raises(RefusedByAwsError, match=why):
        aws.create(
            "aws:sns/topicPolicy:TopicPolicy", "p", {"arn": topic, "policy": json.dumps(policy)}
        )


def test_an_unknown_protocol_is_refused(aws: EmulatedAws) -> None:
    topic = aws.create(TOPIC, "alerts", {}).id
    with pytest.raises(RefusedByAwsError, match="Protocol must be one of"):
        aws.create(SUBSCRIPTION, "s", {"topic": topic, "protocol": "pigeon", "endpoint": "roof"})


def test_what_the_emulator_lacks_is_listed_and_kept_as_declared(aws: EmulatedAws) -> None:
    assert {
        "aws:cloudwatch/queryDefinition:QueryDefinition",
        "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
    } == NOT_REHEARSED
    case = cases(aws)["aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration"]
    made = aws.create(case.token, "chat", case.inputs)
    assert aws.declared(case.token) == (made.state,)
    with pytest.raises(RefusedByAwsError, match="exists already"):
        aws.create(case.token, "again", case.inputs)
    aws.delete(case.token, made.id, made.state)
    assert aws.declared(case.token) == aws.declared(TOPIC) == ()


def test_the_workspace_of_a_chat_configuration_cannot_be_changed(aws: EmulatedAws) -> None:
    case = cases(aws)["aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration"]
    made = aws.create(case.token, "chat", case.inputs)
    with pytest.raises(RefusedByAwsError, match="slackTeamId"):
        aws.update(case.token, made.id, made.state, {**case.inputs, "slackTeamId": "T2"})


def test_functions_of_the_provider_look_up_what_there_is(aws: EmulatedAws) -> None:
    group = aws.invoke("aws:cloudwatch/getLogGroup:getLogGroup", {"name": "trail"})
    assert group["arn"] == f"arn:aws:logs:eu-central-1:{aws.account}:log-group:trail"
    assert group["logGroupClass"] == "STANDARD"
    assert group["tags"] == {"owner": "security"}
    identity = aws.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})
    assert identity["accountId"] == aws.account
    assert aws.invoke("aws:index/getRegion:getRegion", {})["region"] == "eu-central-1"
    partition = aws.invoke("aws:index/getPartition:getPartition", {})
    assert (partition["partition"], partition["dnsSuffix"]) == ("aws", "amazonaws.com")
    with pytest.raises(InvokeFailedError, match="couldn't find resource"):
        aws.invoke("aws:cloudwatch/getLogGroup:getLogGroup", {"name": "tra"})


def test_many_threads_apply_resources_at_once(aws: EmulatedAws) -> None:
    made: list[Resource] = []
    threads = [
        threading.Thread(target=lambda n=n: made.append(aws.create(ALARM, f"a{n}", alarm())))
        for n in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({resource.id for resource in made}) == 16


def test_an_endpoint_that_does_not_answer_is_no_refusal() -> None:
    class Broken(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(500)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Broken) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        clients = emulator_clients(f"http://127.0.0.1:{server.server_port}", region="eu-west-1")
        with pytest.raises(EmulationError):
            EmulatedAws(clients).create(TOPIC, "mine", {})
        server.shutdown()


@pytest.mark.parametrize(
    "service", ["chatbot", "cloudwatch", "iam", "kms", "lambda", "logs", "sns", "sqs"]
)
def test_every_pattern_of_the_service_models_is_understood(service: str) -> None:
    model = service_model(service)
    shapes = [model.shape_for(name) for name in model.shape_names]
    patterns = [shape.metadata["pattern"] for shape in shapes if "pattern" in shape.metadata]
    for pattern in patterns:
        _compiled(pattern)
    if service == "iam":
        tags = _compiled(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+")
        assert tags.search("Équipe 1/sécurité")
        assert not tags.search("a<b")


FUNCTION = "aws:lambda/function:Function"


def test_a_functions_code_changed_behind_pulumis_back_is_noticed(
    aws: EmulatedAws, clients: Clients
) -> None:
    inputs = cases(aws)[FUNCTION].inputs
    made = aws.create(FUNCTION, "mine", inputs)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("index.py", "def handler(event, context): raise SystemExit")
    clients.lambda_.update_function_code(FunctionName=made.id, ZipFile=archive.getvalue())

    state = aws.read(FUNCTION, made.id, made.state)

    assert state is not None
    assert aws.changes(FUNCTION, state, inputs).properties == {"code"}


def test_the_same_texts_and_files_are_the_same_code(aws: EmulatedAws, tmp_path: Path) -> None:
    inputs = cases(aws)[FUNCTION].inputs
    made = aws.create(FUNCTION, "mine", inputs)
    file = tmp_path / "elsewhere.py"
    file.write_text("def handler(event, context): pass")
    same = pulumi.AssetArchive({"index.py": pulumi.FileAsset(str(file))})

    assert not aws.changes(FUNCTION, made.state, {**inputs, "code": same})


@pytest.mark.parametrize(
    "code_of_another_form",
    [
        None,
        pulumi.FileArchive("code.zip"),
        pulumi.AssetArchive({"index.py": pulumi.RemoteAsset("https://example.com/index.py")}),
    ],
)
def test_code_of_another_form_cannot_be_emulated(
    aws: EmulatedAws, code_of_another_form: pulumi.Archive | None
) -> None:
    inputs = {**cases(aws)[FUNCTION].inputs, "code": code_of_another_form}

    with pytest.raises(EmulationError, match="archive"):
        aws.create(FUNCTION, "mine", inputs)
