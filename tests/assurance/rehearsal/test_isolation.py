"""A rehearsal touches nothing but loopback, and leaves nothing running."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.assurance.processes import children, wait_until_gone
from tests.assurance.rehearsal.test_broken_programs import copy_of_program
from tests.deployment import ROOT

EVERY_KIND = """
  unauthorized-api-calls:notifyRecovery: true
  unauthorized-api-calls:recipients:
    mail: {email: security@real-company.net}
    mail-json: {emailJson: security@real-company.net}
    phone: {sms: "+12065550100"}
    hook: {https: "https://hooks.real-company.net/sns?key=s3cret"}
    pager:
      pagerduty:
        secure: v1:abcdefgh:ijklmnop
    queue: {sqs: "arn:aws:sqs:us-east-1:123456789012:security-events"}
    function: {lambda: "arn:aws:lambda:us-east-1:123456789012:function:on-alarm:live"}
    channel: {slack: {teamId: T0123ABCD, channelId: C0123ABCD}}
"""

# Runs in every Python of the rehearsal, the emulator's too: what leads elsewhere is noted, refused.
GUARD = """
import ipaddress, os, socket

def _check(host):
    try:
        inside = ipaddress.ip_address(host).is_loopback
    except ValueError:
        inside = host in ("localhost", "", None)
    if not inside:
        with open(os.environ.get("GUARD_LOG", {log!r}), "a") as log:
            print(host, file=log)
        raise OSError(f"{{host}} is not on this machine")

_connect, _look_up = socket.socket.connect, socket.getaddrinfo

def connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        _check(address[0])
    return _connect(self, address)

def getaddrinfo(host, *rest, **more):
    _check(host.decode() if isinstance(host, bytes) else host)
    return _look_up(host, *rest, **more)

socket.socket.connect, socket.getaddrinfo = connect, getaddrinfo
"""


def project(folder: Path) -> Path:
    """A copy of the program whose dev stack tells every kind of recipient."""
    copy_of_program(folder)
    stack = folder / "Pulumi.dev.yaml"
    before = stack.read_text().partition("  unauthorized-api-calls:recipients:")[0]
    stack.write_text(before + EVERY_KIND)
    return folder


def command(folder: Path, *path: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "assurance", "rehearse", "--stack", "dev"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, [*path, ROOT]))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_nothing_but_loopback_is_contacted(tmp_path: Path) -> None:
    log = tmp_path / "elsewhere.txt"
    guard = tmp_path / "guard"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(GUARD.format(log=str(log)))
    folder = tmp_path / "project"
    folder.mkdir()

    printed, errors = (rehearsal := command(project(folder), guard)).communicate(timeout=120)

    assert rehearsal.returncode == 0, printed + errors
    assert not log.exists(), log.read_text()
    for recipient in ("mail", "mail-json", "phone", "hook", "pager", "queue", "function"):
        assert f"What {recipient} (" in printed
    assert "s3cret" not in printed + errors


def test_the_guard_of_that_test_would_notice(tmp_path: Path) -> None:
    log = tmp_path / "elsewhere.txt"
    (tmp_path / "sitecustomize.py").write_text(GUARD.format(log=str(log)))
    call = "import socket; socket.create_connection(('192.0.2.1', 443), timeout=1)"

    done = subprocess.run(
        [sys.executable, "-c", call],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 1
    assert "192.0.2.1" in log.read_text()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for child processes in /proc")
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (signal.SIGINT, 130),
        (signal.SIGTERM, -signal.SIGTERM),
        (signal.SIGKILL, -signal.SIGKILL),
    ],
    ids=["SIGINT", "SIGTERM", "SIGKILL"],
)
def test_the_emulator_is_gone_when_the_command_is_ended(
    sent: signal.Signals, status: int, tmp_path: Path
) -> None:
    rehearsal = command(project(tmp_path))
    try:
        emulator = None
        deadline = time.monotonic() + 30
        while emulator is None and time.monotonic() < deadline:
            emulator = next(children(rehearsal.pid), None)
            time.sleep(0.01)
        assert emulator is not None
        rehearsal.send_signal(sent)
        _, errors = rehearsal.communicate(timeout=30)
    finally:
        rehearsal.kill()
        rehearsal.wait()

    assert rehearsal.returncode == status
    assert "Traceback" not in errors
    assert wait_until_gone(emulator)
