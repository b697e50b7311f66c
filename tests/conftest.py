"""What all tests share."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let committed snapshots and the README's outputs be written anew, to be looked at in a diff."""
    parser.addoption(
        "--update-snapshots",
        action="store_true",
        help="write snapshots and the README's outputs anew instead of comparing with them",
    )
