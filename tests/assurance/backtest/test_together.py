"""Several exclusions that are proposed at once: which of them can be had, ready to paste."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from ruamel.yaml import YAML

from assurance.alarm_evaluation import AlarmSettings
from assurance.backtest.bursts import newcomers, noticed, protected
from assurance.backtest.history import Contributor, Matches
from assurance.backtest.minute_counts import MinuteCounts
from assurance.backtest.page import page
from assurance.backtest.report import show
from assurance.backtest.results import Backtest, Proposal, Together
from assurance.backtest.together import together
from monitoring import control
from monitoring.exclusions import Exclusion
from monitoring.tuned_pattern import tuned_pattern
from tests.assurance.backtest import examples
from tests.assurance.backtest.histories import DAY, MONDAY, burst, caller, daily, matches
from tests.assurance.backtest.pages import NOON
from tests.assurance.backtest.test_proposals import (
    calls,
    exclusion_of,
    rank_all,
    record,
    settings,
)

KEY = "unauthorized-api-calls:exclusions"
TITLES = ("All of these exclusions", "Those of these exclusions that go together")


def chosen(of: Matches, alarm: AlarmSettings, so_far: Sequence[Exclusion] = ()) -> Together | None:
    return together(
        rank_all(of, alarm, so_far),
        of,
        alarm,
        newcomers=newcomers(of, MONDAY),
        exclusions_so_far=so_far,
    )


def names(found: Together | None) -> list[str]:
    assert found is not None
    return [each.name.partition("-")[0] for each in found.proposals]


def test_fewer_than_two_need_no_choice() -> None:
    assert chosen(matches({caller(): daily(10), caller("new"): burst(8, 8)}), settings()) is None


def test_all_are_taken_where_they_fit() -> None:
    of = matches({caller("a"): daily(10, 2), caller("b"): daily(10), caller("c"): daily(5, at=600)})

    found = chosen(of, settings())

    assert found is not None
    assert names(found) == ["a", "b", "c"]
    assert (found.removes, found.saves, found.no_room, found.unsafe) == (35, 15, [], [])


def test_what_saves_most_for_its_length_has_the_room() -> None:
    long = "r" * 330
    of = matches(
        {
            caller(f"a{long}"): {**daily(10, at=600), **daily(10, at=50_000)},
            caller("b", api="RunInstances"): daily(10, at=7_200),
            caller("c", api="StopInstances"): daily(10, at=30_000),
        }
    )
    so_far = [Exclusion.of("exclusions.own", "own", {"userIdentity.arn": ["r" * 60]})]

    found = chosen(of, settings(), so_far)

    # The long one saves twice as much as either, and takes more than twice the room.
    assert names(found) == ["b", "c"]
    assert found is not None
    assert [name[:2] for name in found.no_room] == ["ar"]
    assert (found.removes, found.saves) == (20, 20)


def test_exclusions_that_only_together_hide_a_burst_are_not_both_taken() -> None:
    noise = daily(10, 2, at=3 * 3_600)
    intrusion = {MONDAY + 8 * DAY + 3 * 3_600: 8}
    of = matches({caller("a"): noise, caller("b"): noise, caller("intruder"): intrusion})

    found = chosen(of, settings(10))

    assert names(found) == ["a"]
    assert found is not None
    assert found.unsafe == ["b-DescribeInstances"]


@given(calls, st.integers(1, 12), st.sampled_from([0, 300, 600]))
def test_what_is_taken_fits_counts_right_and_blinds_nobody(
    of_whom: Mapping[Contributor, Mapping[int, int]], threshold: int, length: int
) -> None:
    of, alarm = matches(of_whom), settings(threshold)
    so_far = [Exclusion.of("exclusions.x", "x", {"userAgent": ["x" * length]})] if length else []
    proposed = [each.proposal for each in rank_all(of, alarm, so_far) if each.proposal]
    before = MinuteCounts.of(of.by_minute).notified(alarm)

    found = chosen(of, alarm, so_far)

    if len(proposed) < 2:
        assert found is None
        return
    assert found is not None
    taken = [exclusion_of(each) for each in found.proposals]
    assert {each.name for each in taken}.isdisjoint([*found.no_room, *found.unsafe])
    assert len(taken) + len(found.no_room) + len(found.unsafe) == len(proposed)
    assert len(tuned_pattern([*so_far, *taken])) <= control.FILTER_PATTERN_LIMIT
    for name in found.no_room:
        [other] = [exclusion_of(each) for each in proposed if each.name == name]
        assert len(tuned_pattern([*so_far, *taken, other])) > control.FILTER_PATTERN_LIMIT
    left: Counter[int] = Counter()
    for who, by_minute in of_whom.items():
        if not any(each.excludes(record(who)) for each in taken):
            left.update(by_minute)
    after = MinuteCounts.of(left).notified(alarm)
    assert found.removes == of.events - left.total()
    assert found.saves == len(before) - len(after)
    for each in protected(newcomers(of, MONDAY)):
        assert noticed(each.by_minute, after, alarm) or not noticed(each.by_minute, before, alarm)


def proposed(number: int, *, has_exclusions: bool = False, left_out: int = 0) -> Backtest:
    """A history of as many contributors, each with an exclusion of its own, and of one without."""
    who = [examples.contributor(f"arn:aws:iam::123456789012:role/r{n}") for n in range(number + 1)]
    proposals = [
        Proposal(f"r{place}", {"eventName": f"List{place}"}, 1, {}, 1) for place in range(number)
    ]
    made = examples.of_matches(
        {NOON: 10},
        {each: 10 - place for place, each in enumerate(who)},
        proposals=dict(zip(who, proposals, strict=False)),
    )
    taken = proposals[: number - left_out]
    out = [each.name for each in proposals[number - left_out :]]
    alarm = replace(
        made.paging, together=Together(taken, 7, 1, no_room=out) if number > 1 else None
    )
    return replace(made, alarms=[alarm], has_exclusions=has_exclusions)


def printed(backtest: Backtest) -> str:
    console = Console(file=StringIO(), width=60)
    show(backtest, console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def block(lines: Sequence[str], *, has_exclusions: bool) -> str:
    """What somebody would mark with the mouse: an exclusion's lines, from the left."""
    pasted = [
        line
        for line in lines
        if line.startswith((f"  {KEY}:", "    r")) or line.strip().startswith("eventName")
    ]
    before = f"config:\n  {KEY}:\n    own:\n      eventName: Decrypt\n" if has_exclusions else ""
    return "\n".join([before or "config:\n  aws:region: us-east-1", *pasted])


def exclusions_in(stack_file: str) -> Any:
    found = YAML(typ="safe").load(stack_file)["config"][KEY]
    found.pop("own", None)
    return found


@pytest.mark.parametrize("has_exclusions", [False, True])
def test_all_that_is_proposed_can_be_pasted_at_once(*, has_exclusions: bool) -> None:
    text = printed(proposed(3, has_exclusions=has_exclusions))

    where = "below the exclusions that are there" if has_exclusions else "below 'config:'"
    title = f"{TITLES[0]}, to paste {where}:"
    assert title in " ".join(text.split())
    lines = text[text.index(TITLES[0]) :].splitlines()
    lines = lines[: lines.index("Suggested settings")]
    assert exclusions_in(block(lines, has_exclusions=has_exclusions)) == {
        f"r{place}": {"eventName": f"List{place}"} for place in range(3)
    }
    assert "removes 7 denied calls" in " ".join(lines)


@pytest.mark.parametrize("has_exclusions", [False, True])
def test_one_that_is_proposed_can_be_pasted_as_it_stands(*, has_exclusions: bool) -> None:
    text = printed(proposed(1, has_exclusions=has_exclusions))

    assert exclusions_in(block(text.splitlines(), has_exclusions=has_exclusions)) == {
        "r0": {"eventName": "List0"}
    }
    where = "below the exclusions that are there" if has_exclusions else "below 'config:'"
    assert f"pasted into the stack file, {where}." in " ".join(text.split())


def test_one_exclusion_is_not_told_twice() -> None:
    for title in TITLES:
        assert title not in printed(proposed(1))
        assert title not in page(proposed(1))


def test_which_do_not_go_together_with_the_others_is_said() -> None:
    made = proposed(4, left_out=2)
    text = " ".join(printed(made).split())
    html = page(made)

    assert TITLES[0] not in text + html
    assert TITLES[1] in text
    assert "without r2, r3: a filter pattern has no room for them besides" in text
    assert TITLES[1] in html
    assert "r2, r3: a filter pattern has no room for them besides" in html


def test_which_would_hide_somebody_new_with_the_others_is_said() -> None:
    made = proposed(3)
    assert made.paging.together is not None
    chosen = replace(made.paging.together, unsafe=["r2"])
    made = replace(made, alarms=[replace(made.paging, together=chosen)])

    said = "r2: with them a burst from somebody new would have gone unnoticed"
    assert f"without {said}" in " ".join(printed(made).split())
    assert said in page(made)


def test_the_page_has_them_all_too() -> None:
    html = page(proposed(2))

    pasted = (
        html[html.index(TITLES[0]) :].partition('<pre class="together">')[2].partition("</pre>")[0]
    )
    assert list(exclusions_in(f"config:\n{pasted}")) == ["r0", "r1"]
