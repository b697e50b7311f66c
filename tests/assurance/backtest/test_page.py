import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from assurance.backtest.contributors import exclusions_yaml
from assurance.backtest.history import Contributor, Skipped
from assurance.backtest.page import page
from assurance.backtest.results import Backtest
from assurance.backtest.words import duration
from tests.assurance.backtest import examples
from tests.assurance.backtest.pages import (
    ALL,
    NOON,
    nothing,
    one_event,
    only_duplicates,
    only_unreadable,
    page_of,
)

ROOT = Path(__file__).parents[3]


class _Reader(HTMLParser):
    """The text that a reader sees, and the tags with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self._hidden = "", 0
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._hidden += tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag == "style"
        if tag != "bdi":
            self.text += " "

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text += data


def read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.text = " ".join(reader.text.split())
    return reader


def text_of(backtest: Backtest) -> str:
    return read(page(backtest)).text


def test_the_headline_says_what_the_paging_alarm_would_have_done() -> None:
    # Two bursts of one minute, ten days apart: an alarm of 5 minutes is red for 5 minutes each.
    text = text_of(examples.of_matches({NOON: 3, NOON + 10 * 86_400: 4}, history={"events": 99}))
    assert "Quiet 0.2 notifications a day, in ALARM < 1 % of the time." in text
    assert "The alarm that pages: cis-v3.0, Sum ≥ 1 in 5 min" in text
    assert "Notifications a day 0.2 2 in 10 d 1 h" in text
    assert "Time in ALARM < 1 % 10 min" in text
    assert "Longest in ALARM 5 min" in text
    assert "Denied calls counted 7 of 99 events" in text
    assert "from 2026-01-01 12:00 to 2026-01-11 13:00 UTC (10 d 1 h)" in text


def test_calls_that_come_while_the_alarm_is_red_are_counted_as_told_to_nobody() -> None:
    # The first minute turns it red at its end; the next three find it red, the last finds it OK.
    by_minute = {NOON: 1, NOON + 60: 20, NOON + 120: 300, NOON + 240: 4_000, NOON + 7_200: 50_000}
    assert "Came while red 4,320 8 % of them told nobody anew" in text_of(
        examples.of_matches(by_minute)
    )


def test_an_alarm_that_never_recovers_is_not_called_quiet() -> None:
    always = examples.of_matches(dict.fromkeys(range(NOON, NOON + 2 * 86_400, 60), 1))
    text = text_of(always)
    assert "Red most of the time" in text
    assert "Quiet" not in text


def test_an_alarm_that_tells_often_is_called_noisy() -> None:
    hourly = examples.of_matches(dict.fromkeys(range(NOON, NOON + 2 * 86_400, 3_600), 1))
    assert "Noisy 24 notifications a day" in text_of(hourly)


def test_denied_calls_that_nobody_is_told_of_are_no_good_news() -> None:
    made = examples.of_matches({NOON: 3}, of=examples.settings(300, 100))
    assert "Told nobody 3 denied calls, and never 100 in 5 min: no notification." in text_of(made)


def test_a_history_shorter_than_a_day_is_not_extrapolated() -> None:
    text = text_of(one_event())
    assert "Notifications in all 1" in text
    assert "Less than a day 1 notification for 1 denied call, in ALARM 8 % of the time" in text
    assert "notifications a day" not in text


def test_the_sweep_has_each_setting_and_marks_the_stacks_and_the_suggested_one() -> None:
    made = examples.of_a_long_history()
    cells = re.findall(r'<td class="(level-\d[^"]*)" title="([^"]*)">(.*?)</td>', page(made), re.S)
    assert len(cells) == len(made.paging.sweep)
    chosen = [title for classes, title, _ in cells if "chosen" in classes]
    suggested = [title for classes, title, _ in cells if "suggested" in classes]
    days = (made.paging.replay.end - made.paging.replay.start) / 86_400
    told = made.paging.outcome.notifications / days
    red = 100 * made.paging.outcome.seconds_in_alarm / 86_400 / days
    expected = (
        f"at least 1 in 5 min: {told:.0f} notifications a day, in ALARM {red:.0f} % of the time"
        f" ({duration(made.paging.outcome.seconds_in_alarm)})"
    )
    assert chosen == [expected]
    assert len(suggested) == 1
    assert suggested[0].startswith("at least 50 in 5 min")


def test_what_is_red_more_than_half_of_the_time_is_striped_however_rarely_it_tells() -> None:
    made = examples.of_matches(dict.fromkeys(range(NOON, NOON + 2 * 86_400, 1_800), 1))
    cells = re.findall(r'<td class="level-(\d)([^"]*)" title="([^"]*)"', page(made))
    by_title = {title.split(":")[0]: (level, classes) for level, classes, title in cells}
    assert by_title["at least 1 in 1 h"] == ("2", " red")
    assert by_title["at least 1 in 5 min"] == ("6", " chosen")


def test_a_setting_that_was_not_tried_is_named_below_the_sweep() -> None:
    made = examples.of_matches({NOON: 1}, of=examples.settings(120, 7))
    html = page(made)
    assert 'class="level-0 chosen' not in html
    assert "setting, Sum ≥ 7 in 2 min, is not in this table." in text_of(made)


def test_contributors_come_with_an_exclusion_to_paste_or_the_reason_why_not() -> None:
    made = examples.of_a_long_history(contributors=400)
    text = text_of(made)
    first = made.paging.contributors[0]
    assert first.proposal is not None
    assert f"removes {first.proposal.removes:,} denied calls" in text
    assert f"saves 30 notifications of {made.paging.outcome.notifications:,}." in text
    assert "It also hides: 7 calls: arn:aws:iam::123456789012:role/service-000000" in text
    assert "9 calls of 3 more contributors" in text
    assert (
        "No exclusion of its own: its calls are all in one burst: an attack looks the same" in text
    )


def test_the_contributors_that_are_not_listed_are_counted() -> None:
    made = examples.of_a_long_history(contributors=400)
    beyond = sum(ranked.events for ranked in made.paging.contributors[25:])
    html = page(made)
    assert html.count('scope="row" data-label="Principal"') == 25
    assert f"375 more contributors made {beyond:,} denied calls" in text_of(made)


def test_what_a_record_does_not_say_is_told_as_such() -> None:
    html = page(
        examples.of_matches({NOON: 1}, {Contributor("", "", "", "", "", "userIdentity"): 1})
    )
    (row,) = re.findall(r'<tr role="row"><td role="cell" data-label="Calls".*?</tr>', html)
    assert read(row).text == "1 100 % not said not said not said not said"


@given(st.text(min_size=1), st.text(min_size=1))
def test_an_exclusion_pasted_into_a_stack_file_is_what_was_proposed(name: str, value: str) -> None:
    proposed = {name: {"eventName": value, "errorCode": "yes"}}
    key = "unauthorized-api-calls:exclusions"
    made = one_event()

    for has_exclusions, before in (
        (False, "config:\n  aws:region: us-east-1\n"),
        (True, f"config:\n  {key}:\n    other:\n      eventName: Decrypt\n"),
    ):
        pasted = exclusions_yaml(proposed, replace(made, has_exclusions=has_exclusions))
        assert pasted.isascii()
        found = YAML(typ="safe").load(before + pasted)["config"][key]
        if name != "other":
            found.pop("other", None)
        assert found == proposed


def test_what_could_not_be_read_is_named_and_the_page_says_that_it_is_incomplete() -> None:
    text = text_of(only_unreadable())
    assert "Incomplete" in text
    assert "AWSLogs/49.json.gz the gzip data ends early" in text
    assert "AWSLogs/50.json.gz" not in text
    assert "and 10 more files." in text
    assert "Incomplete" not in text_of(one_event())


def test_bad_records_alone_make_a_page_incomplete() -> None:
    made = examples.of_matches(
        {NOON: 1}, history={"skipped": Skipped(bad_records_of=(("a.json", 2),))}
    )
    text = text_of(made)
    assert "Incomplete" in text
    assert "2 invalid records" in text


def test_what_was_not_read_whole_is_never_called_quiet_alone() -> None:
    bursts = {NOON: 3, NOON + 10 * 86_400: 4}
    skipped = Skipped(unreadable=(("a.json.gz", "not JSON"),))
    text = text_of(examples.of_matches(bursts, history={"skipped": skipped}))
    assert "? Quiet, as far as could be read" in text
    assert "✓ Quiet 0.2" in text_of(examples.of_matches(bursts))


def test_what_was_read_and_is_no_event_is_counted_by_its_kind() -> None:
    skipped = Skipped(digest_files=1, insights_events=2, empty_files=3, not_cloudtrail=4)
    text = text_of(examples.of_matches({NOON: 1}, history={"skipped": skipped}))
    for told in (
        "1 digest file",
        "2 Insights events",
        "3 empty files",
        "4 other files or values, no CloudTrail",
    ):
        assert told in text


@pytest.mark.parametrize("make", [nothing, only_duplicates, only_unreadable])
def test_a_history_without_events_claims_nothing(make: Callable[[], Backtest]) -> None:
    text = text_of(make())
    assert "There is no event in this history" in text
    assert "Quiet" not in text
    assert "Silent" not in text
    assert "notifications" not in text.lower()
    assert "Other periods" not in text


def test_days_without_any_event_are_not_called_silent() -> None:
    without = examples.of_matches({}, history={"events": 0}, span=(NOON, NOON + 10 * 86_400))
    assert "Nothing to go by No event was read" in text_of(without)
    quiet = examples.of_matches({}, history={"events": 9}, span=(NOON, NOON + 10 * 86_400))
    assert "Silent No call in this history would have counted." in text_of(quiet)


@pytest.mark.parametrize("name", ALL)
def test_a_page_is_whole_by_itself(name: str) -> None:
    tags = read(page_of(name)).tags
    names = {tag for tag, _ in tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    for _, attributes in tags:
        assert not [given for given in attributes if given.startswith("on") or given == "src"]
        for link in ("href", "xlink:href"):
            assert (attributes.get(link) or "#").startswith("#")
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", ALL)
def test_a_page_is_text_that_can_be_written_and_that_nothing_in_a_record_can_steer(
    name: str,
) -> None:
    html = page_of(name)
    html.encode("utf-8")
    assert not [letter for letter in html if not letter.isprintable() and letter != "\n"]
    assert "{{" not in html.replace("{{ 7 * 7 }}", "")


def test_the_same_backtest_is_the_same_page_in_any_surroundings(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text("font.size: 30\nsvg.fonttype: path\naxes.grid: True\n")
    made = page(examples.of_real_records()).encode()
    program = (
        "import hashlib; from assurance.backtest.page import page;"
        "from tests.assurance.backtest.examples import of_real_records;"
        "print(hashlib.sha256(page(of_real_records()).encode()).hexdigest())"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ
        | {
            "PYTHONHASHSEED": "7",
            "TZ": "Asia/Kolkata",
            "MATPLOTLIBRC": str(tmp_path),
            "MPLCONFIGDIR": str(tmp_path),
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert elsewhere.stdout.strip() == hashlib.sha256(made).hexdigest()


def test_a_year_of_minutes_by_a_hundred_thousand_contributors_makes_a_small_page_soon() -> None:
    made = examples.of_a_long_history(days=365, contributors=100_000, thresholds=(50,))
    begun = time.process_time()
    html = page(made)
    assert time.process_time() - begun < 10
    assert len(html.encode()) < 1_000_000
