"""What an audit shows: for people in a terminal, for programs as JSON."""

import json
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assurance import findings_report
from assurance.audit.audit import Audit
from assurance.audit.auditors import Opinion
from assurance.snapshot import Unknown


def show(audit: Audit, console: Console) -> None:
    """Print the findings, what other auditors would say, and the verdict."""
    snapshot = audit.snapshot
    account = "unknown" if isinstance(snapshot.account, Unknown) else snapshot.account
    console.print(
        Text(f"Audit of account {account}, {snapshot.region}, log group {snapshot.log_group_name}")
    )
    console.print(findings_report.render(audit.findings))
    console.print(Text("\nWhat others would say", style="bold"))
    console.print(_opinions(audit.opinions))
    console.print()
    console.print(findings_report.verdict(audit.findings, "checks"))


def as_json(audit: Audit) -> str:
    """The audit for a program or an audit file; no credential is in it."""
    account = audit.snapshot.account
    return json.dumps(
        {
            "status": audit.status,
            "account": None if isinstance(account, Unknown) else account,
            "region": audit.snapshot.region,
            "log_group": audit.snapshot.log_group_name,
            "taken_at": f"{audit.snapshot.taken_at:%Y-%m-%dT%H:%M:%SZ}",
            "checks": [finding.as_dict() for finding in audit.findings],
            "others": [
                {"auditor": each.auditor, "status": each.status, "why": each.why}
                for each in audit.opinions
            ],
        },
        indent=2,
    )


def _opinions(opinions: Sequence[Opinion]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_column(overflow="fold")
    for each in opinions:
        table.add_row(
            Text(each.status, style=findings_report.STYLES[each.status]), each.auditor, each.why
        )
    return table
