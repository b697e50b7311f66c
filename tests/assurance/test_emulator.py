import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from assurance import emulator as emulator_module
from assurance.aws import emulator_clients
from assurance.emulator import Emulator, EmulatorError

HOLDER = """
import sys
from assurance.emulator import Emulator
with Emulator() as emulator:
    print(emulator.endpoint_url, flush=True)
    {then}
"""


def is_listening(endpoint_url: str) -> bool:
    parts = urlsplit(endpoint_url)
    try:
        with socket.create_connection((parts.hostname, parts.port), timeout=5):
            return True
    except OSError:
        return False


def ends(endpoint_url: str, folder: Path, within: float = 20) -> bool:
    """Whether the emulator there stops listening and takes its data along."""
    deadline = time.monotonic() + within
    while is_listening(endpoint_url) or list(folder.iterdir()):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@contextmanager
def holder(tmp_path: Path, then: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Another process that holds an emulator; its temporary folders lie in tmp_path."""
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER.format(then=then)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as process:
        try:
            assert process.stdout is not None
            endpoint_url = process.stdout.readline().strip()
            assert is_listening(endpoint_url)
            yield process, endpoint_url
        finally:
            process.kill()


def test_the_emulator_answers_inside_the_block_and_is_gone_after_it() -> None:
    with Emulator() as emulator:
        clients = emulator_clients(emulator.endpoint_url, region="eu-west-1")
        identity = clients.sts.get_caller_identity()
        assert identity["Account"] == "123456789012"
        assert "Ready" in emulator.output()
        endpoint_url = emulator.endpoint_url
    assert not is_listening(endpoint_url)
    with pytest.raises(RuntimeError):
        _ = emulator.process_id


def test_the_emulator_is_gone_after_an_exception(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    seen: list[str] = []

    def fail_inside() -> None:
        with Emulator() as emulator:
            seen.append(emulator.endpoint_url)
            assert list(tmp_path.iterdir())
            raise KeyError

    with pytest.raises(KeyError):
        fail_inside()
    assert ends(seen[0], tmp_path, within=0)


def test_two_emulators_run_side_by_side() -> None:
    with Emulator() as one, Emulator() as other:
        assert one.endpoint_url != other.endpoint_url
        for emulator in (one, other):
            clients = emulator_clients(emulator.endpoint_url, region="eu-west-1")
            assert clients.sns.list_topics()["Topics"] == []
            clients.sns.create_topic(Name="mine")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_emulator_is_gone_when_its_parent_is_killed(
    tmp_path: Path, number: signal.Signals
) -> None:
    with holder(tmp_path, then="sys.stdin.read()") as (process, endpoint_url):
        process.send_signal(number)
        assert ends(endpoint_url, tmp_path)
        assert process.wait(20) != 0


def test_the_emulator_is_gone_when_its_parent_ends_without_leaving_the_block(
    tmp_path: Path,
) -> None:
    then = "import os; sys.stdin.readline(); os._exit(0)"
    with holder(tmp_path, then) as (process, endpoint_url):
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
        assert ends(endpoint_url, tmp_path)
        assert process.wait(20) == 0


def test_an_emulator_that_does_not_come_up_says_what_it_printed_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit('no such emulator here')")
    monkeypatch.setattr(emulator_module, "_CHILD", broken)
    folders = tmp_path / "folders"
    folders.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folders))
    with pytest.raises(EmulatorError, match="no such emulator here"), Emulator():
        pass
    assert not list(folders.iterdir())


def test_an_emulator_that_hangs_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = tmp_path / "hanging.py"
    hanging.write_text("import sys; sys.stdin.read()")
    monkeypatch.setattr(emulator_module, "_CHILD", hanging)
    with pytest.raises(EmulatorError, match="TimeoutError"), Emulator(start_timeout=0.2):
        pass


def test_nothing_of_the_users_environment_reaches_the_emulator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTPS_PROXY", "AUTH"):
        monkeypatch.setenv(name, "the-users-own")
    with Emulator() as emulator:
        environment = Path(f"/proc/{emulator.process_id}/environ")
        if not environment.exists():
            pytest.skip("this system does not show the environment of a process under /proc")
        assert b"the-users-own" not in environment.read_bytes()


def test_an_emulator_with_auth_refuses_unknown_access_keys() -> None:
    with Emulator(auth=True) as emulator:
        known = emulator_clients(emulator.endpoint_url, region="eu-west-1", account="123456789012")
        unknown = emulator_clients(emulator.endpoint_url, region="eu-west-1", account="AKIANOBODY")
        assert known.sns.list_topics()["Topics"] == []
        with pytest.raises(unknown.sns.exceptions.ClientError):
            unknown.sns.list_topics()
