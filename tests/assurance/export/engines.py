"""Engines that nobody here wrote, and what they select of records."""

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
from sigma.backends.sqlite.sqlite import sqliteBackend
from sigma.collection import SigmaCollection

from assurance.export import fields as names
from monitoring.exclusion_fields import FIELDS

Record = Mapping[str, Any]

# The columns that AWS documents, of which a record may lack any.
_STRUCTURE: dict[str, Any] = {"eventTime": "VARCHAR"}
for _name in names.ATHENA:
    _node = _STRUCTURE
    *_parents, _last = _name.split(".")
    for _parent in _parents:
        _node = _node.setdefault(_parent, {})
    _node[_last] = "VARCHAR"

_TOKEN = re.compile(r""""(?P<text>[^"]*)"|'(?P<field>[\w.]+)'""")


def value(record: Record, field: str) -> Any:
    """A field's value, None when it is missing."""
    node: Any = record
    for key in field.split("."):
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def by_sqlite(rule: str, records: list[Any]) -> list[bool]:
    """What the first document of a Sigma text selects, by pySigma's back end for SQLite."""
    rows = _run_by_sqlite(rule.partition("\n---\n")[0], records)
    return _told({row["number"] for row in rows}, records)


def alerts_by_sqlite(rule: str, records: list[Any]) -> list[int]:
    """When the correlation of a Sigma text is met, by pySigma's back end for SQLite."""
    return [round(row["occurrence_time"]) for row in _run_by_sqlite(rule, records)]


def _run_by_sqlite(rule: str, records: list[Any]) -> list[sqlite3.Row]:
    back_end = sqliteBackend()  # type: ignore[no-untyped-call] # pySigma's class has no annotations
    [query] = back_end.convert(SigmaCollection.from_yaml(rule))
    columns = ", ".join(f"`{field}`" for field in FIELDS)
    database = sqlite3.connect(":memory:")
    try:
        database.row_factory = sqlite3.Row
        database.execute(f"CREATE TABLE logs ({columns}, timestamp, number)")
        database.executemany(
            f"INSERT INTO logs VALUES (?, ?{', ?' * len(FIELDS)})",  # noqa: S608 - placeholders
            [
                (*(value(record, field) for field in FIELDS), record.get("eventTime"), number)
                for number, record in enumerate(records)
            ],
        )
        return database.execute(str(query)).fetchall()
    finally:
        database.close()


def by_duckdb(query: str, records: list[Any]) -> list[bool]:
    """What a query for Athena selects, run as it stands."""
    with athena_table(records) as database:
        selected = {row[0] for row in database.execute(query).fetchall()}
    return _told(selected, records)


def athena_table(records: list[Any]) -> duckdb.DuckDBPyConnection:
    """DuckDB with the table of CloudTrail records that AWS documents, and a number before each."""
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    database.execute("CREATE MACRO from_iso8601_timestamp(x) AS CAST(x AS TIMESTAMPTZ)")
    database.execute("CREATE TABLE lines (number INTEGER, line JSON)")
    database.execute(
        "INSERT INTO lines SELECT unnest(?), unnest(?)",
        [list(range(len(records))), [json.dumps(record) for record in records]],
    )
    database.execute(
        "CREATE TABLE cloudtrail_logs AS SELECT number, record.* FROM "
        "(SELECT number, json_transform(line, ?) AS record FROM lines)",
        [json.dumps(_STRUCTURE)],
    )
    return database


def by_meaning(target: str, query: str, records: list[Any]) -> list[bool]:
    """What a query selects by the documented meaning of each word, said in DuckDB's SQL."""
    columns = {field: field for field in FIELDS}
    condition = query.partition("where ")[2]
    match target:
        case "splunk":
            condition = _of_splunk(condition)
        case "elasticsearch":
            columns = {field: names.ELASTIC[field] for field in names.ELASTIC if field in FIELDS}
            condition = _of_elasticsearch(condition, columns.values())
        case "sumologic":
            columns = {field: field.replace(".", "_") for field in FIELDS}
            condition = _of_sumologic(condition)
    with duckdb.connect() as database:
        kinds = ", ".join(f'"{column}" VARCHAR' for column in columns.values())
        database.execute(f"CREATE TABLE records (number INTEGER, {kinds})")
        texts = [[value(record, field) for record in records] for field in columns]
        database.execute(
            "INSERT INTO records SELECT unnest(?)" + ", unnest(?)" * len(columns),
            [list(range(len(records))), *texts],
        )
        rows = database.execute(f"SELECT number FROM records WHERE {condition}")  # noqa: S608
        return _told({row[0] for row in rows.fetchall()}, records)


def _of_splunk(condition: str) -> str:
    said = _swapped(condition)
    said = re.sub(r"\bisnull\(([^)]*)\)", r"(\1 IS NULL)", said)
    return said.replace("match(", "regexp_matches(")


def _of_elasticsearch(condition: str, columns: Iterable[str]) -> str:
    dotted = "|".join(re.escape(column) for column in sorted(columns, key=len, reverse=True))
    quoted = re.sub(rf'("[^"]*")|\b({dotted})\b', lambda m: m[1] or f"'{m[2]}'", condition)
    return _swapped(quoted).replace("==", "=").replace("locate(", "instr(")


def _of_sumologic(condition: str) -> str:
    said = re.sub(r"\bisNull\((\w+)\)", r"(\1 IS NULL)", condition)
    said = re.sub(r'matches "([^"]*)"', _like, said)
    return _swapped(re.sub(r"!(?=\()", " NOT ", said))


def _swapped(condition: str) -> str:
    """Texts in single quotes and names in double ones, as SQL has them."""
    return _TOKEN.sub(
        lambda m: f'"{m["field"]}"' if m["field"] else "'" + m["text"].replace("'", "''") + "'",
        condition,
    )


def _like(found: re.Match[str]) -> str:
    escaped = re.sub(r"[\\%_]", lambda m: f"\\{m[0]}", found[1])
    return f'LIKE "{escaped.replace("*", "%")}" ESCAPE "\\"'


def _told(selected: Iterable[int], records: list[Any]) -> list[bool]:
    chosen = set(selected)
    return [number in chosen for number in range(len(records))]
