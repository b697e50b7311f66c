"""An embedded AWS: MiniStack as a child process on loopback, for as long as a `with` block runs."""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_LOOPBACK: Final = "127.0.0.1"
_CHILD: Final = Path(__file__).with_name("emulator_child.py")
_STOP_TIMEOUT: Final = 10.0
_LINES_IN_ERROR: Final = 20

# All that the child may know of the user's environment: neither credentials and profiles, nor a
# proxy or an endpoint that would lead elsewhere.
_INHERITED: Final = (
    "PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "LANG",
    "LC_ALL",
)


class EmulatorError(Exception):
    """The emulator did not come up; the message ends with what it said last."""


class Emulator:
    """MiniStack, ready for requests at `endpoint_url` inside the `with` block and gone after it.

    It is gone, too, when this process ends in any other way, SIGKILL included: the child watches a
    pipe that the kernel closes with this process. Its data lie in a temporary folder of its own
    that goes with it. `auth` makes it enforce IAM policies.
    """

    def __init__(self, *, auth: bool = False, start_timeout: float = 60.0) -> None:
        self._auth = auth
        self._start_timeout = start_timeout
        self._child: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self._port = 0

    @property
    def endpoint_url(self) -> str:
        """Where every AWS service answers."""
        return f"http://{_LOOPBACK}:{self._port}"

    @property
    def process_id(self) -> int:
        """The child's; raises RuntimeError outside the `with` block."""
        if self._child is None:
            raise RuntimeError("the emulator is not running")
        return self._child.pid

    def output(self) -> str:
        """What the child has printed so far."""
        if self._folder is None:
            return ""
        return self._log_file(self._folder).read_text(encoding="utf-8", errors="replace")

    def __enter__(self) -> Self:
        try:
            self._start()
            self._wait_until_ready()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def _start(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="emulated-aws-"))
        # The child inherits a socket that listens already. So no other process can take the port in
        # between, and the first request waits in the backlog until the child accepts it.
        with socket.create_server((_LOOPBACK, 0)) as listener:
            self._port = listener.getsockname()[1]
            with self._log_file(self._folder).open("wb") as log:
                self._child = subprocess.Popen(  # noqa: S603 - our own file, by our own Python
                    # -P: the folder of the script must not shadow the modules MiniStack imports.
                    [sys.executable, "-P", _CHILD, str(listener.fileno()), self._folder],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=self._environment(self._folder),
                    pass_fds=[listener.fileno()],
                    # Ctrl-C in the terminal is for this process, which then ends the child.
                    start_new_session=True,
                )

    def _environment(self, folder: Path) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        return {
            **inherited,
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "STATE_DIR": str(folder),
            "BIND_HOST": _LOOPBACK,
            "GATEWAY_PORT": str(self._port),
            "MINISTACK_HOST": _LOOPBACK,
            "AUTH": str(self._auth).lower(),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            # MiniStack removes other emulators' containers when it finds a Docker daemon.
            "DOCKER_HOST": f"unix://{folder}/no-docker.sock",
            # Also keeps Python on macOS from asking the system's proxy settings.
            "NO_PROXY": "*",
        }

    def _wait_until_ready(self) -> None:
        connection = http.client.HTTPConnection(_LOOPBACK, self._port, timeout=self._start_timeout)
        try:
            connection.request("GET", "/_ministack/ready")
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            raise EmulatorError(self._failure(type(error).__name__)) from error
        finally:
            connection.close()
        if status != http.HTTPStatus.OK:
            raise EmulatorError(self._failure(f"HTTP status {status}"))

    def _failure(self, why: str) -> str:
        said = "\n".join(self.output().splitlines()[-_LINES_IN_ERROR:]) or "(nothing)"
        return f"The AWS emulator did not come up ({why}). It said last:\n{said}"

    def _stop(self) -> None:
        child, self._child = self._child, None
        folder, self._folder = self._folder, None
        if child is not None and child.stdin is not None:
            child.stdin.close()
            try:
                child.wait(_STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    @staticmethod
    def _log_file(folder: Path) -> Path:
        return folder / "output.log"
