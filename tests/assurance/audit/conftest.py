"""The prod stack, deployed once on an emulator."""

from tests.assurance.drill.conftest import prod

__all__ = ["prod"]
