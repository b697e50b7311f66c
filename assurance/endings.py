"""How the program ends when it is told to: with what it began ended too."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

# That the terminal was closed is such a word too.
_ENDINGS: Final = (signal.SIGTERM, signal.SIGHUP)
# Whoever sends them kills after some ten seconds.
_SECONDS_TO_CLEAN_UP: Final = 5


class _ToldToEndError(BaseException):
    """The program was sent a signal that ends it: no error, and nothing is to be made of it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def cleaned_up_at_the_end() -> Iterator[None]:
    """Let SIGTERM end this process only after what it holds is given back: files, processes.

    SIGHUP too. It dies by the signal all the same, so that whoever sent it sees it obeyed: at a
    second one at once, and in any case some seconds later. One that it was started to ignore
    (`nohup`) is ignored.
    """
    # No other thread is told of signals.
    is_main = threading.current_thread() is threading.main_thread()
    heeded = [n for n in _ENDINGS if is_main and signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, _clean_up) for number in heeded}
    try:
        yield
    except _ToldToEndError as told:
        os.kill(os.getpid(), told.number)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _clean_up(number: int, _: FrameType | None) -> None:
    for each in _ENDINGS:
        if signal.getsignal(each) is _clean_up:
            signal.signal(each, signal.SIG_DFL)
    # Some code that is called back (after a fork, by a destructor) loses what it raises.
    signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), number))
    signal.setitimer(signal.ITIMER_REAL, _SECONDS_TO_CLEAN_UP)
    raise _ToldToEndError(number)
