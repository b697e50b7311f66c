"""The reader over HTTP: pages, retries and answers that never come."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from assurance.account_reader import read_account
from assurance.aws import Clients, emulator_clients
from assurance.emulator import Emulator
from assurance.snapshot import AccountSnapshot, Key, Unknown
from assurance.topic_reader import TopicReader

GROUP = "trail"
ACCOUNT, REGION = "123456789012", "us-east-1"
# More than a page of DescribeMetricFilters (50), and of ListSubscriptionsByTopic (100).
FILTERS, SUBSCRIPTIONS = 60, 110


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """An account with one alarm on a topic that tells many, and with many metric filters."""
    with Emulator() as emulator:
        clients = emulator_clients(emulator.endpoint_url, region=REGION, account=ACCOUNT)
        clients.logs.create_log_group(logGroupName=GROUP)
        for number in range(FILTERS):
            clients.logs.put_metric_filter(
                logGroupName=GROUP,
                filterName=f"filter-{number:03}",
                filterPattern='{ $.errorCode = "AccessDenied*" }',
                metricTransformations=[
                    {"metricName": "Denied", "metricNamespace": "Test", "metricValue": "1"}
                ],
            )
        topic = clients.sns.create_topic(Name="alerts")["TopicArn"]
        for number in range(SUBSCRIPTIONS):
            clients.sns.subscribe(
                TopicArn=topic,
                Protocol="sqs",
                Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue-{number:03}",
            )
        clients.cloudwatch.put_metric_alarm(
            AlarmName="denied",
            Namespace="Test",
            MetricName="Denied",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            AlarmActions=[topic],
        )
        yield emulator.endpoint_url


def read(endpoint_url: str, attempts: int = 3) -> AccountSnapshot:
    session = boto3.Session(
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="test",
        region_name=REGION,
    )
    config = Config(
        read_timeout=1,
        connect_timeout=1,
        retries={"mode": "standard", "total_max_attempts": attempts},
        proxies={},
    )
    clients = Clients(session, config, endpoint_url=endpoint_url)
    return read_account(clients, GROUP)


Meddle = Callable[[str, int], int | None]


@contextmanager
def before(url: str, meddle: Meddle) -> Iterator[str]:
    """A server before another: `meddle` says with which status it answers itself, 0 for never.

    It is told the request's action and how often it was asked for before.
    """
    asked: dict[str, int] = {}
    ends = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            action = target or _form_value(body, "Action") or self.path.rpartition("/")[2]
            number = asked.get(action, 0)
            asked[action] = number + 1
            status = meddle(action, number)
            if status == 0:
                ends.wait(3)
                return
            if status is not None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            there = HTTPConnection(urlsplit(url).netloc)
            there.request("POST", self.path, body, dict(self.headers))
            answer = there.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            there.close()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        ends.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _form_value(body: bytes, name: str) -> str:
    for part in body.decode(errors="replace").split("&"):
        key, _, value = part.partition("=")
        if key == name:
            return value
    return ""


def test_every_page_is_read(url: str) -> None:
    account = read(url)

    assert isinstance(account.metric_filters, tuple)
    assert len(account.metric_filters) == FILTERS
    [topic] = account.topics
    assert not isinstance(topic.topic, Unknown | None)
    assert isinstance(topic.topic.subscriptions, tuple)
    assert len(topic.topic.subscriptions) == SUBSCRIPTIONS


def test_an_alarm_tells_its_state_and_since_when(url: str) -> None:
    before_it = datetime.now(UTC) - timedelta(seconds=2)
    clients = emulator_clients(url, region=REGION, account=ACCOUNT)
    clients.cloudwatch.set_alarm_state(AlarmName="denied", StateValue="ALARM", StateReason="test")

    account = read(url)

    assert not isinstance(account.alarms[0].alarms, Unknown)
    [alarm] = account.alarms[0].alarms
    assert alarm.state == "ALARM"
    assert alarm.state_since is not None
    assert before_it <= alarm.state_since <= datetime.now(UTC)


def test_a_queue_is_told_with_its_policy_and_its_key(clients: Clients) -> None:
    key = clients.kms.create_key()["KeyMetadata"]
    topic = clients.sns.create_topic(Name="alerts")["TopicArn"]
    queues = []
    encryptions: list[tuple[str, dict[Any, str]]] = [
        ("by-key", {"KmsMasterKeyId": key["KeyId"]}),
        ("by-arn", {"KmsMasterKeyId": key["Arn"]}),
        ("by-aws", {"KmsMasterKeyId": "alias/aws/sqs"}),
        ("by-sqs", {"SqsManagedSseEnabled": "true"}),
    ]
    for name, encryption in encryptions:
        clients.sqs.create_queue(QueueName=name, Attributes={"Policy": "{}", **encryption})
        queues.append(topic.replace(":sns:", ":sqs:").replace(":alerts", f":{name}"))
    reader = TopicReader(clients, lambda endpoint: endpoint)

    by_key, by_arn, by_aws, by_sqs = (reader.queue(arn, ACCOUNT) for arn in queues)

    assert [q.policy for q in (by_key, by_arn, by_aws, by_sqs)] == ["{}"] * 4
    for read_queue in (by_key, by_arn):
        assert isinstance(read_queue.key, Key)
        assert read_queue.key.arn == key["Arn"]
        assert read_queue.key.policy
    assert (by_aws.key_id, by_sqs.key_id) == ("alias/aws/sqs", "")
    assert by_sqs.key is None


@pytest.mark.parametrize("status", [500, 503])
def test_an_answer_that_fails_once_is_asked_for_again(url: str, status: int) -> None:
    def fails_once(action: str, number: int) -> int | None:
        return status if action == "DescribeMetricFilters" and number == 0 else None

    with before(url, fails_once) as endpoint_url:
        account = read(endpoint_url)

    assert isinstance(account.metric_filters, tuple)
    assert len(account.metric_filters) == FILTERS


def test_an_answer_that_never_comes_is_unknown_within_seconds_and_the_rest_is_read(
    url: str,
) -> None:
    def silent(action: str, number: int) -> int | None:
        return 0 if action == "ListSubscriptionsByTopic" else None

    start = time.monotonic()
    with before(url, silent) as endpoint_url:
        account = read(endpoint_url, attempts=2)

    assert time.monotonic() - start < 30
    [topic] = account.topics
    assert not isinstance(topic.topic, Unknown | None)
    assert isinstance(topic.topic.subscriptions, Unknown)
    assert topic.topic.subscriptions.call == "sns:ListSubscriptionsByTopic"
    assert isinstance(account.metric_filters, tuple)


def test_of_the_functions_on_a_topic_those_whose_failures_are_watched_are_told_with_their_alarms(
    clients: Clients,
) -> None:
    clients.logs.create_log_group(logGroupName=GROUP)
    topic = clients.sns.create_topic(Name="alerts")["TopicArn"]
    arn = topic.replace(":sns:", ":lambda:").replace(":alerts", ":function")
    for endpoint in (f"{arn}:details", f"{arn}:unwatched:live"):
        clients.sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=endpoint)
    watched = (
        ("heartbeat", "AWS/Logs", "IncomingLogEvents", "LogGroupName", GROUP),
        ("failures", "AWS/Lambda", "Errors", "FunctionName", "details"),
        ("elsewhere", "AWS/Lambda", "Errors", "FunctionName", "another"),
    )
    for name, namespace, metric, dimension, value in watched:
        clients.cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": dimension, "Value": value}],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            AlarmActions=[topic],
        )

    account = read_account(clients, GROUP)

    found = {str(read.metric): read.alarms for read in account.alarms}
    [failures] = [alarms for metric, alarms in found.items() if "AWS/Lambda" in metric]
    assert isinstance(failures, tuple)
    assert [alarm.name for alarm in failures] == ["failures"]
