"""What all tests share."""

import os
import signal

import hypothesis
import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let snapshots and the README be written anew, for a look at the diff."""
    parser.addoption(
        "--update-snapshots",
        action="store_true",
        help="write snapshots and the README's outputs anew instead of comparing with them",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Settings of all tests."""
    # A shell's background jobs ignore interrupts, and so would the programs that tests interrupt.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # The machine that runs them may be busy.
    hypothesis.settings.register_profile("patient", deadline=None)
    hypothesis.settings.load_profile("patient")
    # The AWS provider's Lambda module warns of a resource of its own when it is imported.
    config.addinivalue_line(
        "filterwarnings", "ignore:aws.lambda/microvmsimage.MicrovmsImage:DeprecationWarning"
    )
    # pySigma's cache leaves it to Python to close its database, which Python 3.13 warns of.
    config.addinivalue_line("filterwarnings", "ignore:unclosed database:ResourceWarning")


@pytest.fixture
def update_snapshots(request: pytest.FixtureRequest) -> bool:
    """Whether snapshots are written anew."""
    return bool(request.config.getoption("--update-snapshots"))


@pytest.fixture(autouse=True)
def _nobodys_aws_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the credentials, the profile or the config of whoever runs it."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "PULUMI_"))]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "nobody")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
