"""`python -m assurance confirm-email`, from the command line."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import MappingProxyType
from typing import Any

import pytest

from assurance.aws import Clients
from assurance.emulator import Emulator
from tests.deployment import ROOT

TOKEN = "2336412f37fb687f5d51e6e2425dacbbffff"
LINK = (
    "https://sns.us-east-1.amazonaws.com/confirmation.html"
    f"?TopicArn=arn:aws:sns:us-east-1:111122223333:alerts&Token={TOKEN}&Endpoint=a@b.org"
)
# Whoever has no credentials is told so before AWS is asked.
NOBODY = {
    **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_CONFIG_FILE": os.devnull,
}


def confirm(
    *arguments: str,
    given: bytes = b"",
    redirected: str = "",
    environment: Mapping[str, str] = MappingProxyType({}),
) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [
            *("sh", "-c", f'exec "$0" "$@" {redirected}'),
            *(sys.executable, "-m", "assurance", "confirm-email", *arguments),
        ],
        cwd=ROOT,
        env={**NOBODY, **environment},
        input=given,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [(), ("--token", TOKEN), (LINK, "--token", TOKEN)],
    ids=["nothing", "half", "both"],
)
def test_either_the_link_or_its_parts_are_wanted(arguments: tuple[str, ...]) -> None:
    done = confirm(*arguments)

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"error: say either the mail's link, or both --topic-arn and --token\n"


@pytest.mark.parametrize(
    ("given", "redirected"),
    [(b"", ""), (b"\xff\xfe\n", ""), (b"hello\n", ""), (b"", "<&-")],
    ids=["empty", "no-text", "no-link", "closed"],
)
def test_what_is_no_link_on_standard_input_is_told_in_a_line(given: bytes, redirected: str) -> None:
    done = confirm("-", given=given, redirected=redirected)

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"error: this is not a link")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        ((LINK,), b""),
        (("-",), f"{LINK}\n".encode()),
        (("--topic-arn", "arn:aws:sns:us-east-1:111122223333:alerts", "--token", TOKEN), b""),
    ],
    ids=["link", "standard-input", "parts"],
)
def test_without_credentials_nothing_is_confirmed_and_no_token_told(
    arguments: tuple[str, ...], given: bytes
) -> None:
    done = confirm(*arguments, given=given)

    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr.startswith(b"error: there are no AWS credentials: ")
    assert TOKEN.encode() not in done.stderr


def pending(clients: Clients) -> dict[str, Any]:
    """What the emulator sends to confirm a subscription; it has tokens for web hooks alone."""
    received: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    server.timeout = 20
    waiting = threading.Thread(target=server.handle_request)
    waiting.start()
    topic = clients.sns.create_topic(Name="alerts")["TopicArn"]
    clients.sns.subscribe(
        TopicArn=topic, Protocol="http", Endpoint=f"http://127.0.0.1:{server.server_port}/hook"
    )
    waiting.join()
    server.server_close()
    [message] = received
    return message


def test_a_subscription_is_confirmed_for_good(
    emulator: Emulator, clients: Clients, account: str
) -> None:
    message = pending(clients)
    parts = ("--topic-arn", message["TopicArn"], "--token", message["Token"])
    somebody = {
        "AWS_ENDPOINT_URL": emulator.endpoint_url,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "x",
    }

    done = confirm(*parts, environment=somebody)
    again = confirm(*parts, environment=somebody)

    assert (done.returncode, done.stderr) == (0, b"")
    assert b"no click can unsubscribe it" in done.stdout
    assert (again.returncode, again.stdout) == (1, b"")
    assert b"AWS does not know the token" in again.stderr
    assert message["Token"].encode() not in done.stdout + again.stderr
