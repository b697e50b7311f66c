"""One host for all tests of the plugin: it takes a while to start, and keeps nothing."""

from collections.abc import Iterator

import pytest

from tests.plugin import host


@pytest.fixture(scope="package")
def component_host() -> Iterator[host.Host]:
    """The host, as the engine starts it."""
    with host.running() as running:
        yield running
