"""The events as Parquet files, one per month of UTC: only months whose rows have changed are written anew (house B0).

A month's rows are known from afar by how many they are, their highest id and the sum of their customers, which an index
answers; events are append-only, and what may still change is whom they belong to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pyarrow as pa
from django.db import connection

from guanxi.engine.frames import EVENTS
from guanxi.ledger.frame_columns import (
    MONEY,
    chunks,
    days,
    money,
    schema_of,
    sql_seconds,
    write_table,
)

SCHEMA = schema_of(EVENTS)
LONGEST_TEXT = 500
# Properties under the names that shops and sites use for them (Segment's among them), the first that is there counts.
SAID = {
    "kind": ("kind",),
    "category": ("category",),
    "product_code": ("product_code", "sku", "product_id"),
    "verdict": ("verdict",),
    "session_id": ("session_id",),
    "url_path": ("path", "url"),
    "search_query": ("query", "search_query", "search"),
    "dwell_seconds": ("dwell_seconds", "seconds", "duration"),
    "value": ("value", "amount", "total", "revenue", "price"),
    "score": ("score",),
}
# The column of each of these names, and all names of that column when there are several.
COLUMN_OF = {name: (column, names if len(names) > 1 else ()) for column, names in SAID.items() for name in names}
NUMBERS = {"dwell_seconds": pa.int32(), "value": MONEY, "score": pa.int32()}
LARGEST_WHOLE = 2**31 - 1
LARGEST_MONEY = 10**13

_MONTH = {
    "sqlite": "substr(occurred_at, 1, 7)",
    "postgresql": "to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM')",
}

Mark = list[int]  # rows, highest id, sum of the customers, lowest id


def marks() -> dict[str, Mark]:
    """What each month's rows look like from afar, by month."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_MONTH[connection.vendor]}, COUNT(*), MAX(id), COALESCE(SUM(customer_id), 0), MIN(id) "
            "FROM ledger_event GROUP BY 1 ORDER BY 1"
        )
        return {month: [int(number) for number in numbers] for month, *numbers in cursor.fetchall()}


def refresh(*, folder: Path, zone: ZoneInfo, marks: Mapping[str, Mark], before: Mapping[str, Mark]) -> list[Path]:
    """The files of all months in `folder`; those whose mark differs from `before` are written, gone months go."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {month: folder / f"{month}.parquet" for month in marks}
    for month, mark in marks.items():
        if before.get(month) != mark or not paths[month].exists():
            write_table(paths[month], SCHEMA, _month(month, mark, zone))
    for path in set(folder.glob("*.parquet")) - set(paths.values()):
        path.unlink(missing_ok=True)
    return list(paths.values())


def _month(month: str, mark: Mark, zone: ZoneInfo) -> Iterator[pa.Table]:
    _, highest, _, lowest = mark
    statement = f"""
        SELECT id, customer_id, contact_id, anonymous_id, name, object_kind, object_id, properties, source,
               {sql_seconds("occurred_at")}
        FROM ledger_event
        WHERE id BETWEEN {lowest} AND {highest} AND {_MONTH[connection.vendor]} = '{month}' ORDER BY id
    """
    for key, customer, contact, visitor, name, object_kind, object_id, properties, source, seconds in chunks(statement):
        columns = {
            "event_id": key, "customer_id": customer, "contact_id": contact, "anonymous_id": visitor, "name": name,
            "object_kind": object_kind, "object_id": object_id, "source": source,
            "occurred_at": pa.array(seconds, pa.int64()).cast(pa.timestamp("s")).cast(pa.timestamp("us")),
            "occurred_on": days(seconds, zone),
            **said(properties),
        }  # fmt: skip
        yield pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def said(properties: Sequence[str | None]) -> dict[str, Any]:
    """The columns that stand in the events' properties."""
    columns: dict[str, list[Any]] = {column: [None] * len(properties) for column in SAID}
    for place, text in enumerate(properties):
        found = json.loads(text) if text and text != "{}" else None
        if isinstance(found, dict):
            for name in COLUMN_OF.keys() & found.keys():
                column, others = COLUMN_OF[name]
                if others and columns[column][place] is not None:
                    continue
                columns[column][place] = _first(found, others) if others else found[name]
    columns["url_path"] = [None if url is None else _path(url) for url in columns["url_path"]]
    return {
        **{column: _texts(columns[column]) for column in SAID if column not in NUMBERS},
        "dwell_seconds": pa.array(_wholes(columns["dwell_seconds"]), pa.int32()),
        "score": pa.array(_wholes(columns["score"]), pa.int32()),
        "value": money([None if value is None else _number(value, LARGEST_MONEY) for value in columns["value"]]),
    }


def _first(found: Mapping[str, Any], names: Sequence[str]) -> Any:
    for name in names:
        if (value := found.get(name)) not in (None, ""):
            return value
    return None


def _texts(values: Sequence[Any]) -> list[str | None]:
    return [None if value is None else _text(value) for value in values]


def _text(value: Any) -> str | None:
    return None if value == "" or isinstance(value, dict | list) else str(value)[:LONGEST_TEXT]


def _path(url: Any) -> str:
    """The path of an address without what follows it: query strings may carry personal data."""
    try:
        return urlsplit(str(url)).path or "/"
    except ValueError:
        return ""


def _wholes(values: Sequence[Any]) -> list[int | None]:
    numbers = (None if value is None else _number(value, LARGEST_WHOLE) for value in values)
    return [None if number is None else round(number) for number in numbers]


def _number(value: Any, largest: int) -> float | None:
    """Foreign events may carry anything; what is no sensible number is unknown."""
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if abs(number) <= largest else None
