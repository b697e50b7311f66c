"""What the program's tests share."""

import asyncio
from collections.abc import Callable, Iterator

import pulumi
import pytest

Later = Callable[[str], pulumi.Output[str]]


@pytest.fixture
def later() -> Iterator[Later]:
    """Makes outputs of another resource, outside a program: they need an event loop."""
    with asyncio.Runner() as runner:
        runner.get_loop()
        yield pulumi.Output.from_input
