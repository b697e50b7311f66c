"""An emulated AWS that enforces IAM: its account's root user, and one whom a policy limits."""

import json
import os
from collections.abc import Iterator

import boto3
import pytest
from botocore.config import Config

from assurance.aws import Clients, emulator_clients
from assurance.emulator import Emulator
from tests.deployment import ACCOUNT, REGION
from tests.iam import stacks
from tests.iam.lives import Declared, RecordingAws
from tests.iam.policies import VALUES, Policy

_NAME = "limited"


@pytest.fixture(scope="package", autouse=True)
def _no_aws_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            monkeypatch.setenv(name, os.devnull)
        yield


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(auth=True) as running:
        yield running


@pytest.fixture(scope="module")
def root(emulator: Emulator) -> Clients:
    """The account's root user, whom nothing limits; the trail's log group is there already."""
    clients = emulator_clients(emulator.endpoint_url, region=REGION, account=ACCOUNT)
    clients.logs.create_log_group(logGroupName=VALUES["LOG_GROUP"])
    return clients


class Limited:
    """A user of the account who may do what one policy allows, and nothing else."""

    def __init__(self, root: Clients, endpoint_url: str) -> None:
        self._iam = root.iam
        self._iam.create_user(UserName=_NAME)
        key = self._iam.create_access_key(UserName=_NAME)["AccessKey"]
        session = boto3.Session(
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            region_name=REGION,
        )
        once = Config(retries={"mode": "standard", "total_max_attempts": 1}, proxies={})
        self.clients = Clients(session, once, endpoint_url=endpoint_url)

    def may(self, policy: Policy) -> None:
        """Replace what the user may do."""
        self._iam.put_user_policy(
            UserName=_NAME, PolicyName=_NAME, PolicyDocument=json.dumps(policy)
        )


@pytest.fixture(scope="module")
def limited(root: Clients, emulator: Emulator) -> Limited:
    return Limited(root, emulator.endpoint_url)


@pytest.fixture(scope="module")
def declared(root: Clients) -> dict[str, Declared]:
    """One resource of each type that a stack can have: prod's, and a function's that is told."""
    files = stacks.with_a_function(stacks.files_of("prod"), root)
    emulated = RecordingAws(root, default_tags=stacks.default_tags(files))
    stacks.deploy(files, emulated)
    return {one.token: one for one in emulated.made}
