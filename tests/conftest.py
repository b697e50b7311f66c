"""What all tests share."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let snapshots and the README be written anew, for a look at the diff."""
    parser.addoption(
        "--update-snapshots",
        action="store_true",
        help="write snapshots and the README's outputs anew instead of comparing with them",
    )
