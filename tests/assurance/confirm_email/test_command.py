"""`python -m assurance confirm-email`, from the command line."""

import os
import subprocess
import sys

import pytest

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
    *arguments: str, given: bytes = b"", redirected: str = ""
) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [
            *("sh", "-c", f'exec "$0" "$@" {redirected}'),
            *(sys.executable, "-m", "assurance", "confirm-email", *arguments),
        ],
        cwd=ROOT,
        env=NOBODY,
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
