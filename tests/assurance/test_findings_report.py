"""Findings as people read them."""

from io import StringIO

from rich.console import Console

from assurance.checks.finding import Finding, Status
from assurance.findings_report import render


def printed(*findings: Finding) -> list[str]:
    file = StringIO()
    Console(file=file, width=80).print(render(findings))
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_checks_that_say_the_same_say_it_once() -> None:
    why = ("no trail delivers",)

    assert printed(
        Finding("trail-delivers", Status.FAIL, why, "let one"),
        Finding("trail-logging", Status.UNKNOWN, why),
        Finding("alarm-state", Status.UNKNOWN, ("not judged",)),
        Finding("trail-multi-region", Status.UNKNOWN, why),
    ) == [
        "FAIL     trail-delivers",
        "         no trail delivers",
        "         Mend: let one",
        "UNKNOWN  trail-logging, trail-multi-region",
        "         no trail delivers",
        "UNKNOWN  alarm-state",
        "         not judged",
    ]


def test_what_passed_is_named_and_its_notes_are_told() -> None:
    assert printed(
        Finding("heartbeat", Status.PASS, ("rings",)),
        Finding("recipient-confirmed", Status.PASS, ("a: yes", "b: by a click"), "", ("b: hm",)),
    ) == ["PASS:", "heartbeat recipient-confirmed", "Note, recipient-confirmed: b: hm"]
