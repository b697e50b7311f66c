"""The prod stack, deployed once on an emulator that enforces IAM; each test has its own time."""

import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from assurance import account_reader, stack_files
from assurance.aws import Caller, Clients, emulator_clients
from assurance.drill.drill import Ready, Setting, find_target
from assurance.emulated_aws import EmulatedAws
from assurance.emulator import Emulator
from assurance.inboxes import Inbox, Inboxes
from assurance.rehearsal import program, surroundings
from assurance.stack_settings import of_files
from monitoring.stack_config import StackConfig
from tests.assurance.drill.stand_in import StandIn
from tests.deployment import ACCOUNT, REGION, ROOT

# MiniStack evaluates alarms on its own when data come in, by what is recent: these times are not.
_times = itertools.count(int(time.time()) - 10 * 86_400 + 37, 3 * 3_600)


@dataclass(frozen=True)
class Deployed:
    """An account that holds the prod stack, and the recipients' inboxes."""

    url: str
    clients: Clients
    config: StackConfig
    inboxes: Sequence[Inbox]
    role_arn: str


@pytest.fixture(scope="session")
def prod() -> Iterator[Deployed]:
    files = stack_files.read("prod", ROOT)
    config = of_files(files)
    with Emulator(auth=True) as emulator:
        url = emulator.endpoint_url
        clients = emulator_clients(url, region=REGION, account=ACCOUNT)
        with Inboxes(url, region=REGION, account=ACCOUNT, recipients=config.recipients) as inboxes:
            aws = EmulatedAws(clients, stand_ins=inboxes)
            surroundings.build(aws, config, ())
            program.deploy(ROOT, files, aws)
            for inbox in inboxes:
                if inbox.confirmed_by_people:
                    inbox.confirm()
            role = clients.iam.create_role(
                RoleName="drill", AssumeRolePolicyDocument=json.dumps(trust_of_the_account())
            )
            yield Deployed(url, clients, config, list(inboxes), role["Role"]["Arn"])


def trust_of_the_account() -> dict[str, Any]:
    """A trust policy: whoever the account allows may assume the role."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }


@dataclass(frozen=True)
class Stage:
    """A drill's setting on a stand-in's clock, and the alarm that it is for."""

    setting: Setting
    ready: Ready
    stand_in: StandIn


@pytest.fixture
def set_up(prod: Deployed) -> Iterator[Callable[..., Stage]]:
    """Makes the setting of a drill, whose alarm is at rest."""
    numbers = itertools.count()

    def of(*, config: StackConfig = prod.config, timeout: float = 1_800, **options: Any) -> Stage:
        snapshot = account_reader.read_alarms(prod.clients, config.log_group_name)
        ready = find_target(snapshot, config)
        if ready.target is not None:
            prod.clients.cloudwatch.set_alarm_state(
                AlarmName=ready.target.alarm.name, StateValue="OK", StateReason="a test begins"
            )
            snapshot = account_reader.read_alarms(prod.clients, config.log_group_name)
            ready = find_target(snapshot, config)
        stand_in = StandIn(prod.clients, next(_times), **options)
        if ready.target is not None:
            stand_in.plays(ready.target.alarm, ready.target.metric_filter)
        setting = Setting(
            stack="prod",
            config=config,
            clients=stand_in.clients,
            caller=Caller(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"),
            clock=stand_in.clock,
            drill_id=f"{time.time_ns():x}{next(numbers)}",
            timeout=timeout,
            progress=lambda doing: None,
        )
        return Stage(setting, ready, stand_in)

    yield of
    snapshot = account_reader.read_alarms(prod.clients, prod.config.log_group_name)
    for on_metric in snapshot.alarms:
        assert isinstance(on_metric.alarms, tuple)
        for alarm in on_metric.alarms:
            prod.clients.cloudwatch.set_alarm_state(
                AlarmName=alarm.name, StateValue="OK", StateReason="a test has ended"
            )
