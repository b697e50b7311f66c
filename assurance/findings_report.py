"""Findings as people read them: what is amiss in full, what is well by its name."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from assurance.checks import worst
from assurance.checks.finding import Finding, Status

STYLES: Final[Mapping[Status, str]] = {
    Status.PASS: "green",
    Status.FAIL: "bold red",
    Status.UNKNOWN: "yellow",
}


def render(findings: Sequence[Finding]) -> Group:
    """What is wrong or unknown, whole; what passed, by its name.

    Checks that say the same, for one cause, say it once.
    """
    parts: list[RenderableType] = []
    amiss = [finding for finding in findings if finding.status is not Status.PASS]
    if amiss:
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        alike: dict[tuple[Status, tuple[str, ...], str], list[str]] = {}
        for finding in amiss:
            said = (finding.status, finding.evidence, finding.mend)
            alike.setdefault(said, []).append(finding.check)
        for (status, evidence, mend), checks in alike.items():
            text = Text(", ".join(checks), style="bold")
            text.append("".join(f"\n{line}" for line in evidence), style="not bold")
            if mend:
                text.append(f"\nMend: {mend}", style="not bold cyan")
            table.add_row(Text(status, style=STYLES[status]), text)
        parts.append(table)
    passed = [finding.check for finding in findings if finding.status is Status.PASS]
    if passed:
        parts.append(Text(f"{Status.PASS}:", style=STYLES[Status.PASS]))
        parts.append(Columns([Text(name, style="dim") for name in passed], column_first=True))
    parts += [
        Text(f"Note, {finding.check}: {note}") for finding in findings for note in finding.notes
    ]
    return Group(*parts)


def verdict(findings: Iterable[Finding], what: str) -> Text:
    """The worst of the findings, and how many pass."""
    counted = list(findings)
    found = Counter(finding.status for finding in counted)
    told = f"{found[Status.PASS]} of {len(counted)} {what} pass"
    if found[Status.UNKNOWN]:
        told += f", {found[Status.UNKNOWN]} unknown"
    status = worst(counted)
    return Text(f"{status}: {told}", style=STYLES[status])
