"""How far a long piece of work is, on a terminal's standard error."""

import sys
import time
from types import TracebackType
from typing import Final, Self

_INTERVAL: Final = 0.2
_BAR: Final = 24


class Progress:
    """A line that is drawn anew: how many are done, how fast, and how long it will take yet.

    Nothing is written where standard error is no terminal.
    """

    def __init__(self, things: str) -> None:
        self._things = things
        self._shows = sys.stderr is not None and sys.stderr.isatty()
        self._start = time.monotonic()
        self._drawn = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._shows and self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def __call__(self, done: int, total: int) -> None:
        """Say how many are done of how many that are known of."""
        now = time.monotonic()
        if not self._shows or now - self._drawn < _INTERVAL:
            return
        self._drawn = now
        rate = done / max(now - self._start, 0.001)
        left = (total - done) / rate if rate else 0
        filled = _BAR * done // max(total, 1)
        bar = "━" * filled + " " * (_BAR - filled)
        sys.stderr.write(
            f"\r\x1b[K{bar} {done:,} of {total:,} {self._things}, {rate:,.0f} a second,"
            f" {left:.0f} s left"
        )
        sys.stderr.flush()
