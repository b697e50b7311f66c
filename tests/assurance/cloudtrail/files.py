"""Files that tests of reading use, and how they read them."""

from pathlib import Path

from assurance.cloudtrail import Item, Problem, Record, Skipped, read

DATA = Path(__file__).parents[2] / "data" / "cloudtrail"
REAL = DATA / "real"
ODDITIES = DATA / "oddities"


def items(*paths: Path, any_object: bool = False) -> list[Item]:
    return list(read(map(str, paths), any_object=any_object))


def records(found: list[Item]) -> list[bytes]:
    return [item.text for item in found if isinstance(item, Record)]


def problems(found: list[Item]) -> list[str]:
    """Say what went wrong, by the file's name in place of its path."""
    return [
        str(item).replace(item.source, Path(item.source).name)
        for item in found
        if isinstance(item, Problem)
    ]


def skipped(found: list[Item]) -> list[str]:
    return [str(item.kind) for item in found if isinstance(item, Skipped)]
