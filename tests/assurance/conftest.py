"""One emulator for all tests of a session; each test works in an account and region of its own."""

import itertools
import os
from collections.abc import Iterator

import pytest

from assurance.aws import Clients, emulator_clients
from assurance.emulator import Emulator

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
