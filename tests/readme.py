"""The parts of the README that are made from the project itself."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from monitoring.exclusion_presets import PRESETS
from tests.deployment import ROOT

README: Final = ROOT / "README.md"
REHEARSAL: Final = ("<!-- rehearsal:dev -->\n```console\n", "```\n")
BACKTEST: Final = ("<!-- backtest -->\n```console\n", "```\n")
EXPORTS: Final = {
    target: (f"<!-- export:{target} -->\n```console\n", "```\n")
    for target in ("splunk", "elasticsearch", "sumologic")
}
ALERTS: Final = {key: (f"<!-- alert:{key} -->\n```text\n", "```\n") for key in ("before", "after")}
PRESET_TABLE: Final = ("<!-- preset-table -->\n", "<!-- /preset-table -->\n")
CONFIG_TABLE: Final = ("<!-- config-table -->\n", "<!-- /config-table -->\n")


def written(markers: tuple[str, str]) -> str:
    """What stands in the README between two markers."""
    begin, end = markers
    return README.read_text(encoding="utf-8").partition(begin)[2].partition(end)[0]


def write(markers: tuple[str, str], text: str) -> None:
    """Put a text between two markers of the README."""
    begin, end = markers
    whole = README.read_text(encoding="utf-8")
    before, _, rest = whole.partition(begin)
    _, _, after = rest.partition(end)
    README.write_text(f"{before}{begin}{text}{end}{after}", encoding="utf-8")


def rehearsal() -> str:
    """What `make rehearse` prints for the dev stack, at 80 columns, without colour."""
    return _printed("make rehearse", ["rehearse", "--stack", "dev"])


def backtest() -> str:
    """What the backtest prints of the real events in tests/data, at 80 columns, without colour."""
    arguments = ["backtest", "tests/data/cloudtrail/real", "--stack", "dev"]
    return _printed(f"venv/bin/python -m assurance {' '.join(arguments)}", arguments)


def export(target: str) -> str:
    """What is exported of the prod stack to a system."""
    arguments = ["export", "--stack", "prod", "--to", target]
    return _printed(f"venv/bin/python -m assurance {' '.join(arguments)}", arguments)


def alerts(folder: Path) -> dict[str, str]:
    """The e-mail of the prod stack's first alarm in a rehearsal, before and after its details."""
    report = folder / "report.json"
    _printed("", ["rehearse", "--stack", "prod", "--json", str(report)])
    told = json.loads(report.read_text(encoding="utf-8"))
    before, after = (
        next(each["received"] for each in told[key] if each["recipient"] == "security-team")
        for key in ("messages", "digests")
    )
    return {"before": f"{before.rstrip()}\n", "after": f"{after.rstrip()}\n"}


def _printed(command: str, arguments: list[str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "assurance", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    lines = (line.rstrip() for line in done.stdout.splitlines())
    return "\n".join([f"$ {command}", *lines]) + "\n"


def normalised(text: str) -> str:
    """The text without what differs from run to run: random suffixes, the time of day, wrapping."""
    text = re.sub(r"-[0-9a-f]{7}\b", "-0000000", text)
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "2026-01-01T00:00:00Z", text)


def config_table() -> str:
    """The config keys of Pulumi.yaml, as a table."""
    project = YAML(typ="safe").load(ROOT / "Pulumi.yaml")
    rows = ["| key | type, default | meaning |", "|---|---|---|"]
    rows += [_row(key, declared) for key, declared in project["config"].items()]
    return "\n".join(rows) + "\n"


def preset_table() -> str:
    """The exclusion presets, as a table."""
    rows = ["| preset | what it quiets | what goes unnoticed with it |", "|---|---|---|"]
    rows += [
        f"| `{name}` | {_inline(preset.noise)} | {_inline(preset.cost)} |"
        for name, preset in PRESETS.items()
    ]
    return "\n".join(rows) + "\n"


def _inline(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _row(key: str, declared: dict[str, Any]) -> str:
    default = declared.get("default")
    shown = "required" if default is None else f"`{_yaml(default)}`"
    description = declared["description"].replace("|", "\\|")
    return f"| `{key}` | {declared['type']}, {shown} | {description} |"


def _yaml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return str(value) if value != "" else '""'
