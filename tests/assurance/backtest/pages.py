"""Pages to look at: of real records, of a busy month, hostile ones and nearly empty ones."""

from collections.abc import Callable
from functools import cache

from assurance.backtest.history import Contributor, Skipped
from assurance.backtest.page import page
from assurance.backtest.results import Backtest, Outcome, Proposal, Suggestion
from tests.assurance.backtest import examples

NOON = 1_767_268_800

HOSTILE = (
    "<script>document.title='owned'</script><img src=http://192.0.2.1/x onerror=alert(1)>",
    "arn:aws:iam::1:role/\"'></td></table><style>*{display:none}</style>",
    "arn:aws:sts::123456789012:assumed-role/" + "x" * 10_000,
    "\u202egnp.exe\u2066\x00\x1b[31m\x07\r\n\u2028",
    "-->]]>{{ 7 * 7 }}{% raw %}$\\frac{1}{2}$",
    "\ud800 alone",
    "ﷺ" * 100 + "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L" * 20,
)


def hostile() -> Backtest:
    """Whoever is denied chooses some of these."""
    whose = {Contributor(value, value, value, value, value, examples.ROLE): 10 for value in HOSTILE}
    proposals = {
        who: Proposal(who.principal[:300], {examples.ROLE: who.principal}, 20, whose, 1)
        if place % 2
        else who.principal
        for place, who in enumerate(whose)
    }
    made = examples.of_matches(
        {NOON: 10 * len(whose)},
        whose,
        proposals=proposals,
        history={
            "skipped": Skipped(unreadable=tuple((value, value) for value in HOSTILE)),
            "caveats": HOSTILE,
        },
    )
    return Backtest(
        HOSTILE[0], made.history, made.alarms, Suggestion(Outcome(60, 5, 1, 60), HOSTILE[1])
    )


def nothing() -> Backtest:
    return examples.of_matches({}, history={"files": 0})


def one_event() -> Backtest:
    return examples.of_matches({NOON: 1})


def only_duplicates() -> Backtest:
    return examples.of_matches({}, history={"duplicates": 40, "files": 3})


def only_unreadable() -> Backtest:
    unreadable = tuple((f"AWSLogs/{n}.json.gz", "the gzip data ends early") for n in range(60))
    return examples.of_matches({}, history={"files": 60, "skipped": Skipped(unreadable)})


ALL: dict[str, Callable[[], Backtest]] = {
    "real": examples.of_real_records,
    "month": examples.of_a_long_history,
    "hostile": hostile,
    "nothing": nothing,
    "one": one_event,
    "duplicates": only_duplicates,
    "unreadable": only_unreadable,
}


@cache
def page_of(name: str) -> str:
    return page(ALL[name]())
