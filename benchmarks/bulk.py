"""CloudTrail files in bulk: real events, with new times and ids, laid out as CloudTrail does."""

import gzip
import json
import random
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from assurance import cloudtrail

_DATA: Final = Path(__file__).parents[1] / "tests" / "data" / "cloudtrail" / "real"
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
# Of a busy account: most calls in one region, most files small (one every few minutes).
_PLACES: Final = (
    ("111122223333", "us-east-1", 0.45),
    ("111122223333", "eu-west-1", 0.2),
    ("444455556666", "us-east-1", 0.2),
    ("444455556666", "ap-southeast-2", 0.1),
    ("777788889999", "us-west-2", 0.05),
)
_EVENTS_PER_FILE: Final = 15
_DENIED: Final = 0.035


def write(folder: Path, events: int, days: int, *, processes: int) -> None:
    """Write so many events, spread over so many days; the same each time."""
    with ProcessPoolExecutor(processes) as pool:
        for _ in pool.map(partial(_write_day, folder, events // days), range(days)):
            pass


def _templates() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Real events that were let through, and those that were denied."""
    others: list[dict[str, Any]] = []
    denied: list[dict[str, Any]] = []
    for item in cloudtrail.read([str(_DATA)]):
        if isinstance(item, cloudtrail.Record):
            record = json.loads(item.text)
            code = record.get("errorCode") or ""
            is_denied = code.startswith("AccessDenied") or code.endswith("UnauthorizedOperation")
            (denied if is_denied else others).append(record)
    return others, denied


def _write_day(folder: Path, events: int, day: int) -> None:
    chance = random.Random(day)  # noqa: S311 - data to measure with
    others, denied = _templates()
    for account, region, share in _PLACES:
        date = _START + timedelta(days=day)
        place = folder / f"AWSLogs/{account}/CloudTrail/{region}/{date:%Y/%m/%d}"
        place.mkdir(parents=True, exist_ok=True)
        count = round(events * share)
        times = sorted(chance.randrange(86_400) for _ in range(count))
        for number in range(0, count, _EVENTS_PER_FILE):
            records = list(
                _records(times[number : number + _EVENTS_PER_FILE], date, chance, others, denied)
            )
            for record in records:
                record |= {"awsRegion": region, "recipientAccountId": account}
            text = json.dumps({"Records": records}, separators=(",", ":")).encode()
            name = f"{account}_CloudTrail_{region}_{date:%Y%m%d}T0000Z_{number:016}.json.gz"
            (place / name).write_bytes(gzip.compress(text, 6, mtime=0))


def _records(
    times: list[int],
    date: datetime,
    chance: random.Random,
    others: list[dict[str, Any]],
    denied: list[dict[str, Any]],
) -> Iterator[dict[str, Any]]:
    for seconds in times:
        template = chance.choice(denied if chance.random() < _DENIED else others)
        yield {
            **template,
            "eventTime": f"{date + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}",
            "eventID": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        }
