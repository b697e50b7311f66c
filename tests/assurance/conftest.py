"""One emulator for all tests of a session; each test works in an account and region of its own."""

import itertools
import os
from collections.abc import Iterator

import pytest

from assurance.account_reader import read_account
from assurance.aws import Clients, emulator_clients
from assurance.emulated_aws import EmulatedAws
from assurance.emulated_aws.stand_ins import original
from assurance.emulator import Emulator
from assurance.inboxes import Inboxes
from assurance.snapshot import AccountSnapshot
from monitoring import control
from monitoring.endpoints import Kind, SlackChannel
from monitoring.recipients import Recipient
from monitoring.stack_config import StackConfig
from tests.assurance import control_by_hand

_accounts = itertools.count(100_000_000_001)


@pytest.fixture(autouse=True)
def _no_aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture
def account() -> str:
    """An account of the emulator that holds nothing yet."""
    return str(next(_accounts))


@pytest.fixture
def clients(emulator: Emulator, account: str) -> Clients:
    return emulator_clients(emulator.endpoint_url, region="eu-central-1", account=account)


@pytest.fixture
def config(account: str) -> StackConfig:
    """A stack's config with every kind of recipient and both benchmarks."""
    arn = f"eu-central-1:{account}"
    pagerduty = "https://events.pagerduty.com/integration/0123456789abcdef0123456789abcdef/enqueue"
    return StackConfig(
        log_group_name=control_by_hand.LOG_GROUP,
        threshold=5,
        period=300,
        evaluation_periods=3,
        datapoints_to_alarm=2,
        benchmarks=(control.CIS_V3, control.SECURITY_HUB),
        metric_namespace="Security",
        recipients=(
            Recipient("channel", Kind.SLACK, SlackChannel("T07EA123LEP", "C07EZ1ABC23")),
            Recipient("function", Kind.LAMBDA, f"arn:aws:lambda:{arn}:function:on-alarm:live"),
            Recipient("hook", Kind.HTTPS, "https://hooks.your-company.com/sns?key=s3cret"),
            Recipient("mail", Kind.EMAIL, "security@your-company.com"),
            Recipient("mail-json", Kind.EMAIL_JSON, "siem@your-company.com"),
            Recipient("pager", Kind.PAGERDUTY, pagerduty),
            Recipient("phone", Kind.SMS, "+15551234567"),
            Recipient("queue", Kind.SQS, f"arn:aws:sqs:{arn}:alarms"),
        ),
    )


@pytest.fixture
def deployed(
    emulator: Emulator, clients: Clients, account: str, config: StackConfig
) -> AccountSnapshot:
    """The snapshot of an account that holds the control as `config` asks for it."""
    clients.logs.create_log_group(logGroupName=control_by_hand.LOG_GROUP)
    with Inboxes(
        emulator.endpoint_url,
        region=clients.region,
        account=account,
        recipients=config.recipients,
    ) as inboxes:
        control_by_hand.deploy(EmulatedAws(clients, stand_ins=inboxes), config)
        for name in ("hook", "mail", "mail-json"):
            inbox = inboxes.of(name)
            assert inbox is not None
            assert inbox.confirm()
    return read_account(clients, control_by_hand.LOG_GROUP, whose=original)
