"""The emulator's process: MiniStack on an inherited socket, until the pipe on stdin closes.

Run as a script by emulator.py, with the socket's file descriptor and the data folder. Its parent
holds the other end of the pipe and never writes: however the parent ends, the kernel closes it.
(Linux's PR_SET_PDEATHSIG would do the same for one system only, and fires as soon as the thread
that started this process ends, the parent being alive.)
"""

import asyncio
import os
import shutil
import signal
import sys
import threading


def _end_with_parent(folder: str) -> None:
    sys.stdin.buffer.read()
    shutil.rmtree(folder, ignore_errors=True)
    # The group: whatever MiniStack has started goes as well.
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main() -> None:
    """Serve until the parent is gone."""
    descriptor, folder = sys.argv[1:]
    threading.Thread(target=_end_with_parent, args=(folder,), daemon=True).start()

    # Imported only now: the import takes a moment, in which the parent may end as well.
    from hypercorn.asyncio import serve  # noqa: PLC0415
    from hypercorn.config import Config  # noqa: PLC0415
    from ministack.app import app  # type: ignore[import-untyped] # noqa: PLC0415 # no stubs

    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.keep_alive_timeout = 75  # longer than boto3 keeps an idle connection
    asyncio.run(serve(app, config))


if __name__ == "__main__":
    main()
