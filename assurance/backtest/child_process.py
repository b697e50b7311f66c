"""What the processes that a backtest forks have in common: their end."""

import os
import signal
import threading
from multiprocessing import parent_process


def end_with_parent() -> None:
    """End this process when the one that forked it does, be it killed.

    It is left to the parent to be interrupted: a terminal tells both. To clean up is the parent's
    too.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
