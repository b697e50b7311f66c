"""Several exclusions that are proposed at once: one key of a stack file holds them all."""

from io import StringIO

from rich.console import Console
from ruamel.yaml import YAML

from assurance.backtest.page import page
from assurance.backtest.report import show
from assurance.backtest.results import Backtest, Proposal
from tests.assurance.backtest import examples
from tests.assurance.backtest.pages import NOON

ALL = "All of these exclusions"


def proposed(number: int) -> Backtest:
    """A history of as many contributors, each with an exclusion of its own, and of one without."""
    who = [examples.contributor(f"arn:aws:iam::123456789012:role/r{n}") for n in range(number + 1)]
    return examples.of_matches(
        {NOON: 10},
        {each: 10 - place for place, each in enumerate(who)},
        proposals={
            each: Proposal(f"r{place}", {"eventName": f"List{place}"}, 1, {}, 1)
            for place, each in enumerate(who[:number])
        },
    )


def printed(backtest: Backtest) -> str:
    console = Console(file=StringIO(), width=60)
    show(backtest, console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_all_that_is_proposed_can_be_pasted_at_once() -> None:
    text = printed(proposed(3))

    lines = text[text.index(ALL) :].splitlines()[1:]
    pasted = [line for line in lines[: lines.index("Suggested settings")] if line]
    config = YAML(typ="safe").load("\n".join(["config:", "  aws:region: us-east-1", *pasted]))
    assert config["config"]["unauthorized-api-calls:exclusions"] == {
        f"r{place}": {"eventName": f"List{place}"} for place in range(3)
    }


def test_one_exclusion_is_not_told_twice() -> None:
    assert ALL not in printed(proposed(1))
    assert ALL not in page(proposed(1))


def test_the_page_has_them_all_too() -> None:
    html = page(proposed(2))

    block = html[html.index(ALL) :].partition("<pre>")[2].partition("</pre>")[0]
    config = YAML(typ="safe").load(f"config:\n{block}")
    assert list(config["config"]["unauthorized-api-calls:exclusions"]) == ["r0", "r1"]
