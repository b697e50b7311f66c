"""How the program ends when it is told to: with what it began ended too."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

# That a terminal was closed is such a word too (Windows does not know it).
_ENDINGS: Final = [getattr(signal, n) for n in ("SIGTERM", "SIGHUP") if hasattr(signal, n)]


class _ToldToEndError(BaseException):
    """The program was sent a signal that ends it: no error, and nothing is to be made of it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def cleaned_up_at_the_end() -> Iterator[None]:
    """Let SIGTERM end this process only after what it holds is given back: files, processes.

    SIGHUP too. It dies by the signal all the same, so that whoever sent it sees it obeyed. A second
    one ends it at once; one that it was started to ignore (`nohup`) is ignored.
    """
    # No other thread is told of signals.
    is_main = threading.current_thread() is threading.main_thread()
    heeded = [n for n in _ENDINGS if is_main and signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, _raise) for number in heeded}
    try:
        yield
    except _ToldToEndError as told:
        os.kill(os.getpid(), told.number)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _raise(number: int, _: FrameType | None) -> None:
    for each in _ENDINGS:
        if signal.getsignal(each) is _raise:
            signal.signal(each, signal.SIG_DFL)
    raise _ToldToEndError(number)
