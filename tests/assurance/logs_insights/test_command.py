"""`backtest --log-group`, from the command line."""

import pytest

from assurance.filter_pattern import parse
from assurance.logs_insights.queries import queries
from monitoring import control
from tests.assurance.audit.test_faults import KEYS, run

ASK = ("backtest", "--stack", "prod", "--log-group", "trail", "--since", "1d")


def test_the_queries_are_printed_without_credentials() -> None:
    done = run("backtest", "--stack", "prod", "--query-only")

    assert done.returncode == 0, done.stderr
    for key in (control.CIS_V3, control.SECURITY_HUB):
        asked = queries(parse(control.PATTERNS[key]))
        assert asked.by_minute in done.stdout
        assert asked.by_contributor in done.stdout
    # 10,000 minutes are six days and some hours.
    assert "by minute for 6 days at a time" in done.stdout


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_without_credentials_or_network_nothing_is_known(more: tuple[str, ...]) -> None:
    nobody = run(*ASK, *more)
    nowhere = run(*ASK, *more, **KEYS, AWS_ENDPOINT_URL="http://127.0.0.1:9")

    assert (nobody.returncode, nowhere.returncode) == (3, 3)
    assert "aws sso login" in nobody.stderr
    assert "AWS cannot be reached" in nowhere.stderr
    assert "Traceback" not in nobody.stderr + nowhere.stderr
    assert not nobody.stdout + nowhere.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--log-group", "trail"), "needs --since"),
        (("--log-group", "trail", "--since", "1d", "--delay", "5m"), "are for files"),
        (("--log-group", "trail", "--since", "1d", "--region", "eu-west-1"), "are for files"),
        (("--log-group", "trail", "--since", "1d", "files"), "not both"),
        (("files", "--dry-run"), "--dry-run and --price-per-gb go with --log-group"),
        ((), "say which files"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments: tuple[str, ...], says: str) -> None:
    done = run("backtest", "--stack", "prod", *arguments)

    assert done.returncode == 2
    assert says in done.stderr
    assert not done.stdout
