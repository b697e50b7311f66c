import threading
from pathlib import Path

import pytest

from assurance import aws
from assurance.emulator import Emulator

HOSTILE = {
    "AWS_PROFILE": "no-such-profile",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ENDPOINT_URL_SNS": "http://127.0.0.1:2",
    "HTTP_PROXY": "http://127.0.0.1:3",
    "http_proxy": "http://127.0.0.1:3",
    "HTTPS_PROXY": "http://127.0.0.1:3",
    "AWS_ACCESS_KEY_ID": "AKIATHEUSERSOWN",
    "AWS_SECRET_ACCESS_KEY": "the-users-own",
    "AWS_SESSION_TOKEN": "the-users-own",
    "AWS_REGION": "eu-west-3",
    "AWS_DEFAULT_REGION": "eu-west-3",
    "AWS_CONFIG_FILE": __file__,
    "AWS_SHARED_CREDENTIALS_FILE": __file__,
    "AWS_CA_BUNDLE": "/no/such/file",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "AWS_USE_DUALSTACK_ENDPOINT": "true",
    "AWS_RETRY_MODE": "no-such-mode",
    "AWS_DEFAULTS_MODE": "no-such-mode",
    "AWS_MAX_ATTEMPTS": "many",
}


def test_clients_of_the_emulator_ignore_the_users_environment(
    emulator: Emulator, account: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".aws").mkdir()
    for name in ("config", "credentials"):
        (tmp_path / ".aws" / name).write_text("this is no configuration")
    clients = aws.emulator_clients(emulator.endpoint_url, region="eu-central-1", account=account)
    assert clients.sts.get_caller_identity()["Account"] == account
    arn = clients.sns.create_topic(Name="alerts")["TopicArn"]
    assert arn == f"arn:aws:sns:eu-central-1:{account}:alerts"
    for service in ("cloudwatch", "iam", "kms", "lambda", "logs", "sns", "sqs", "sts"):
        assert clients.client(service).meta.endpoint_url == emulator.endpoint_url


def test_live_clients_honour_the_endpoint_of_the_environment(
    emulator: Emulator, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    clients = aws.live_clients(region="eu-central-1")
    assert clients.sts.get_caller_identity()["Account"] == account
    assert clients.region == "eu-central-1"


def test_a_client_is_made_once_for_all_threads(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: list[object] = []
    clients = aws.emulator_clients(
        emulator.endpoint_url, region="eu-central-1", prepare=prepared.append
    )
    threads = [threading.Thread(target=lambda: clients.sns) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert prepared == [clients.sns]


def test_service_models_need_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    model = aws.service_model("chatbot")
    assert "CreateSlackChannelConfiguration" in model.operation_names
