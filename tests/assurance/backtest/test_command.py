"""`python -m assurance backtest`, from the command line."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.assurance.backtest.test_reading import DATA, event, write
from tests.deployment import ROOT

REAL = DATA / "real"


def run(*arguments: object, folder: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "assurance", "backtest", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def report(tmp_path: Path, *arguments: object, stack: str = "dev") -> dict[str, Any]:
    out = tmp_path / "report.json"
    done = run(*arguments, "--stack", stack, "--json", out)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def with_exclusion(folder: Path) -> Path:
    """A project whose dev stack excludes a role's calls."""
    (folder / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
    (folder / "Pulumi.dev.yaml").write_text(
        (ROOT / "Pulumi.dev.yaml").read_text()
        + "  unauthorized-api-calls:exclusions:\n"
        + "    password-data:\n"
        + '      userIdentity.sessionContext.sessionIssuer.arn: "*password-data-role"\n'
        + "      eventName: GetPasswordData\n"
    )
    return folder


def test_real_history_is_replayed(tmp_path: Path) -> None:
    """The counts of invictus-ir's and Stratus Red Team's events, by their own periods."""
    found = report(tmp_path, REAL)

    assert (found["events"], found["matched"], found["duplicates"]) == (3_210, 111, 0)
    assert found["skipped"]["unreadable_files"] == []
    assert found["alarm"]["notifications"] == 6
    states = [change["state"] for change in found["alarm"]["transitions"]]
    assert states == ["ALARM", "OK"] * 6
    assert "tuned" not in found


def test_the_json_holds_together(tmp_path: Path) -> None:
    found = report(tmp_path, REAL)

    alarm = found["alarm"]
    [own] = [
        each
        for each in found["sweep"]
        if (each["period"], each["threshold"]) == (alarm["period"], alarm["threshold"])
    ]
    assert own["notifications"] == alarm["notifications"]
    assert own["seconds_in_alarm"] == alarm["seconds_in_alarm"]
    times = [datetime.fromisoformat(change["time"]) for change in alarm["transitions"]]
    red = sum((ok - up for up, ok in zip(times[::2], times[1::2], strict=True)), timedelta())
    assert alarm["seconds_in_alarm"] == red.total_seconds()
    assert sum(each["events"] for each in found["contributors"]) == found["matched"]
    assert sum(each["share"] for each in found["contributors"]) == pytest.approx(1)
    events = [each["events"] for each in found["contributors"]]
    assert events == sorted(events, reverse=True)
    for time in [found["first_event"], *(change["time"] for change in alarm["transitions"])]:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time)


def test_an_exclusion_that_excludes_nothing_as_it_looks_is_told(tmp_path: Path) -> None:
    stack = with_exclusion(tmp_path) / "Pulumi.dev.yaml"
    stack.write_text(stack.read_text() + "    office:\n      sourceIPAddress: 10.0.0.0/8\n")

    done = run(REAL, "--stack", "dev", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    told = " ".join(done.stdout.split())
    assert "exclusions.office.sourceIPAddress excludes nothing: '10.0.0.0/8' is a range" in told
    assert "password-data excludes" not in told


def test_the_tuned_alarm_stands_beside_the_benchmark(tmp_path: Path) -> None:
    folder = with_exclusion(tmp_path)
    out = folder / "report.json"

    done = run(REAL, "--stack", "dev", "--json", out, folder=folder)

    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text())
    assert (found["matched"], found["tuned"]["matched"], found["pages"]) == (111, 52, "tuned")
    assert {"matched", "alarm", "sweep", "contributors"} == {*found["tuned"]}
    assert "tuned (pages)" in done.stdout


def test_one_call_keeps_the_alarm_red_for_a_period(tmp_path: Path) -> None:
    write(tmp_path / "a.json.gz", event(1), event(2, errorCode=None))

    found = report(tmp_path, tmp_path / "a.json.gz")

    assert found["alarm"]["transitions"] == [
        {"time": "2026-03-02T06:01:00Z", "state": "ALARM"},
        {"time": "2026-03-02T06:06:00Z", "state": "OK"},
    ]
    assert found["alarm"]["seconds_in_alarm"] == 300


def test_a_delay_moves_the_alarm(tmp_path: Path) -> None:
    write(tmp_path / "a.json.gz", event(1))

    found = report(tmp_path, tmp_path / "a.json.gz", "--delay", "5m")

    assert found["alarm"]["transitions"][0]["time"] == "2026-03-02T06:06:00Z"
    assert "300 seconds after" in found["caveats"][0]


ESTABLISHED = [
    event(day, eventTime=f"2026-03-{day:02}T06:00:30Z", eventName=name, eventID=f"{name}-{day}")
    for day in range(2, 12)
    for name in ("DescribeInstances", "DescribeVolumes")
]


@pytest.mark.parametrize(
    ("config", "has_exclusions"),
    [
        ("", False),
        ("  unauthorized-api-calls:exclusionPresets: [config-recorder]\n", False),
        ("  unauthorized-api-calls:exclusions:\n    own:\n      eventName: MyAction\n", True),
    ],
    ids=["none", "presets", "exclusions"],
)
def test_what_a_backtest_proposes_is_taken_by_the_stack(
    config: str, *, has_exclusions: bool, tmp_path: Path
) -> None:
    history, out, stack = tmp_path / "a.json.gz", tmp_path / "out", tmp_path / "Pulumi.dev.yaml"
    (tmp_path / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
    stack.write_text((ROOT / stack.name).read_text() + config)
    write(history, *ESTABLISHED)

    def backtest() -> tuple[str, dict[str, Any]]:
        done = run(history, "--stack", "dev", "--json", out, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(out.read_text())
        return done.stdout, found.get("tuned", found)

    printed, before = backtest()

    together = before["exclusions_together"]
    assert (len(together["names"]), together["removes"], before["matched"]) == (2, 20, 20)
    _, _, behind = printed.partition("All of these exclusions")
    pasted = behind.partition("\n")[2].partition("      removes")[0]
    assert ("unauthorized-api-calls:exclusions:" in pasted) is not has_exclusions
    stack.write_text(stack.read_text() + pasted)
    _, after = backtest()
    assert after["matched"] == 0


def test_a_selection_counts_nothing_else(tmp_path: Path) -> None:
    found = report(tmp_path, REAL, "--since", "2024-07-30", "--until", "2024-08-02")

    assert found["first_event"] >= "2024-07-30T00:00:00Z"
    assert found["last_event"] < "2024-08-02T00:00:00Z"
    assert 0 < found["events"] < 310
    everything = report(tmp_path, REAL)
    left_out = found["skipped"]["not_selected"]
    assert found["events"] + found["duplicates"] + left_out == (
        everything["events"] + everything["duplicates"]
    )
    assert everything["skipped"]["not_selected"] == 0


@pytest.mark.parametrize("extra", [{}, {"recipientAccountId": None}], ids=["plain", "unusual"])
def test_a_selection_that_leaves_nothing_says_so(tmp_path: Path, extra: dict[str, Any]) -> None:
    write(tmp_path / "a.json.gz", *(event(number) | extra for number in range(3)))

    out = tmp_path / "report.json"

    done = run(tmp_path / "a.json.gz", "--stack", "dev", "--region", "eu-nord-1", "--json", out)

    assert done.returncode == 3, done.stderr
    found = json.loads(out.read_text())
    assert (found["events"], found["skipped"]["not_selected"]) == (0, 3)
    assert "3 events read, of which the options left none" in " ".join(done.stdout.split())


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    nameless = {name: value for name, value in event(1).items() if name != "eventID"}
    file = tmp_path / "one.json"
    file.write_text(json.dumps(nameless))

    found = report(tmp_path, file, file)

    assert (found["events"], found["duplicates"]) == (1, 0)


def test_standard_input_is_read(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assurance", "backtest", "-", "--stack", "dev"],
        cwd=ROOT,
        input=json.dumps(event(1)),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    assert "1 event " in done.stdout


def test_no_events_are_nothing_to_go_by(tmp_path: Path) -> None:
    write(tmp_path / "a.json.gz")

    done = run(tmp_path / "a.json.gz", "--stack", "dev")

    assert done.returncode == 0
    assert "Nothing to go by" in done.stdout


def test_a_selection_that_leaves_nothing_is_nothing_beside_an_empty_file_too(
    tmp_path: Path,
) -> None:
    write(tmp_path / "a.json.gz", event(1))
    write(tmp_path / "b.json.gz")

    assert run(tmp_path, "--stack", "dev").returncode == 0
    assert run(tmp_path, "--stack", "dev", "--region", "eu-nord-1").returncode == 3


@pytest.mark.parametrize("name", ["", "notes.txt"])
def test_where_nothing_of_cloudtrail_is_found_nothing_is_known(name: str, tmp_path: Path) -> None:
    if name:
        (tmp_path / name).write_text("AccessDenied")

    done = run(tmp_path, "--stack", "dev")

    assert done.returncode == 3
    assert "Nothing to go by" in done.stdout


def test_files_that_are_no_cloudtrail_are_named(tmp_path: Path) -> None:
    write(tmp_path / "a.json.gz", event(1))
    names = [str(tmp_path / f"{letter}.txt") for letter in "gfedcb"]
    for name in names:
        Path(name).write_text("AccessDenied")
    out, page = tmp_path / "report.json", tmp_path / "page.html"

    done = run(tmp_path, "--stack", "dev", "--json", out, "--html", page)

    assert done.returncode == 0
    named = sorted(names)[:5]
    assert json.loads(out.read_text())["skipped"]["others"] == named
    assert page.read_text().count("6 other files or values, no CloudTrail, such as ") == 1
    said = "".join(done.stdout.split())
    assert f"6otherfilesorvalues,noCloudTrail,suchas{','.join(named)}" in said
    assert all(name in page.read_text() for name in named)


def test_what_cannot_be_read_is_named_and_the_status_says_so(tmp_path: Path) -> None:
    write(tmp_path / "whole.json.gz", event(1))
    cut = write(tmp_path / "cut.json.gz", event(2))
    cut.write_bytes(cut.read_bytes()[:60])
    out = tmp_path / "report.json"

    done = run(tmp_path, tmp_path / "missing.json", "--stack", "dev", "--json", out)

    assert done.returncode == 3
    said = " ".join(done.stdout.split())
    assert "cut.json.gz" in said
    assert "missing.json" in said
    found = json.loads(out.read_text())
    assert (found["events"], found["matched"]) == (1, 1)
    assert len(found["skipped"]["unreadable_files"]) == 2


def test_a_file_with_a_record_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    path = tmp_path / "cut.jsonl"
    path.write_text(f"{json.dumps(event(1))}\n{json.dumps(event(2))[:40]}")

    done = run(path, "--stack", "dev", "--json", out)

    assert done.returncode == 3
    assert "cut.jsonl: invalid records: 1" in " ".join(done.stdout.split())
    found = json.loads(out.read_text())
    assert (found["events"], found["skipped"]["bad_records"]) == (1, 1)
    assert found["skipped"]["files_with_bad_records"] == [str(path)]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--stack", "dev"], "say which files or folders"),
        (["x", "--stack", "absent"], "the stacks here are dev, prod"),
        (["x", "--stack", "dev", "--since", "yesterday"], "--since: 'yesterday' is no time"),
        (["x", "--stack", "dev", "--until", "soon"], "--until: 'soon' is no time"),
        (["x", "--stack", "dev", "--delay", "5"], "--delay: '5' is no duration"),
        (["x", "--stack", "dev", "--since", "1d", "--until", "2d"], "no event is left"),
        (["--query-only", "--stack", "dev", "--json", "x.json"], "leave --json, --html,"),
        (["--query-only", "--stack", "dev", "--html", "x.html"], "leave --json, --html,"),
        (["--query-only", "--stack", "dev", "--dry-run"], "asks nothing: leave"),
        (["--query-only", "--stack", "dev", "--price-per-gb", "1"], "asks nothing: leave"),
        (["x", "--query-only", "--stack", "dev"], "and files out"),
        (["x", "--stack", "dev", "--price-per-gb", "1"], "go with --log-group"),
    ],
)
def test_an_option_that_cannot_be_used_is_named(arguments: list[str], says: str) -> None:
    done = run(*arguments)

    assert done.returncode == 2
    assert says in done.stderr
    assert not done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("option", ["--json", "--html"])
def test_a_report_that_cannot_be_written_is_a_usage_error(option: str, tmp_path: Path) -> None:
    write(tmp_path / "a.json.gz", event(1))

    done = run(tmp_path / "a.json.gz", "--stack", "dev", option, tmp_path / "no" / "report")

    assert done.returncode == 2
    assert f"{option}: " in done.stderr
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_page_is_written(tmp_path: Path) -> None:
    page = tmp_path / "report.html"

    done = run(REAL, "--stack", "dev", "--html", page)

    assert done.returncode == 0, done.stderr
    assert page.read_text().lower().startswith("<!doctype html>")


def test_nothing_is_said_on_standard_error_when_it_is_no_terminal(tmp_path: Path) -> None:
    assert run(REAL, "--stack", "dev").stderr == ""


def test_since_may_be_so_long_ago(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    write(
        tmp_path / "a.json.gz",
        event(1, eventTime=(now - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")),
        event(2, eventTime=(now - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")),
    )

    assert report(tmp_path, tmp_path / "a.json.gz", "--since", "2d")["events"] == 1
