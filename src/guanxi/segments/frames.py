"""The fact tables of everybody as Parquet, and an engine in which all of them can be asked.

Orders, lines and events are the ledger's frames, figures and predictions those of the latest run; the rest is written
here. A table is written anew when its rows have changed, or when the day is another one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db.models import Count, Max

from guanxi.consent.models import Permission, Suppression
from guanxi.engine import connection
from guanxi.ledger import frames as ledger_frames
from guanxi.ledger.frame_columns import replace_text, write_table
from guanxi.ledger.models import Contact, Customer, StockLevel, Trait
from guanxi.scoring import predictions
from guanxi.scoring import queries as scoring_queries
from guanxi.segments import arrow, sources
from guanxi.segments.naming import name_files, name_measured
from guanxi.segments.sources import LEDGER_FRAMES, SOURCES, Scope
from guanxi.tiering.models import Standing, StandingChange

SHAPE = 1  # of the files; a change here makes all of them stale
OWN = tuple(name for name in SOURCES if name not in (*LEDGER_FRAMES, "memberships"))
# A preview takes frames as they are for so long; the nightly refresh never does.
FRESH_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Frames:
    """Where the files lie, as of which day of the firm, and when they were looked after."""

    files: dict[str, list[str]]
    as_of_on: date
    written_at: datetime


def refresh(*, now: datetime, fresh_for: timedelta = timedelta(0)) -> Frames:
    """The frames; those not looked after within `fresh_for` are compared with the rows and written anew."""
    folder = _folder()
    before = _marked()
    scope = Scope(now)
    if before and before["today"] == scope.today.isoformat():
        written_at = datetime.fromisoformat(before["written_at"])
        if timedelta(0) <= now - written_at < fresh_for and _are_there(before["files"]):
            return Frames(before["files"], scope.today, written_at)
    ledger = ledger_frames.refresh(folder=settings.GUANXI_DATA / "frames", now=now)
    marks, paths = _marks(scope), {name: folder / f"{name}.parquet" for name in OWN}
    known = before.get("marks", {})
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in paths.items():
        if known.get(name) != marks[name] or not path.exists():
            write_table(path, arrow.schema_of(name), arrow.in_chunks(name, SOURCES[name](scope)))
    files = {name: [str(path)] for name, path in paths.items()} | {
        "orders": [str(ledger.orders)],
        "lines": [str(ledger.lines)],
        "events": [str(path) for path in ledger.events],
        **_measured(),
    }
    replace_text(
        folder / "frames.json",
        json.dumps({"files": files, "marks": marks, "today": scope.today.isoformat(), "written_at": now.isoformat()}),
    )
    return Frames(files, scope.today, now)


def _folder() -> Path:
    folder: Path = settings.GUANXI_DATA / "frames" / "segments"
    return folder


def _marked() -> dict[str, Any]:
    try:
        return dict(json.loads((_folder() / "frames.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _are_there(files: dict[str, list[str]]) -> bool:
    return all(Path(path).exists() for paths in files.values() for path in paths)


def _measured() -> dict[str, list[str]]:
    """The files of the latest scores and predictions, where there are any."""
    scored, predicted = scoring_queries.latest_run(), predictions.latest_prediction()
    found = {"scores": [str(scoring_queries.scores_path(scored))]} if scored else {}
    return found | ({"predictions": [str(predictions.path_of(predicted))]} if predicted else {})


def _marks(scope: Scope) -> dict[str, Any]:
    """What the rows of each table look like from afar."""
    customers = [*Customer.objects.current().aggregate(Count("id"), Max("id"), Max("updated_at")).values()]
    contacts = [*Contact.objects.aggregate(Count("id"), Max("id"), Max("updated_at")).values()]
    consents = [
        number
        for model in (Permission, Suppression)
        for number in model.objects.aggregate(Count("id"), Max("id")).values()
    ]
    clock = [SHAPE, scope.zone.key, scope.today]
    found = {
        "customers": [SHAPE, scope.zone.key, *customers],
        "contacts": [*clock, *customers, *contacts, *consents],
        "labels": [SHAPE, *customers],
        "attributes": [SHAPE, *customers],
        "traits": [*clock, *Trait.objects.aggregate(Count("id"), Max("id")).values()],
        "standings": [
            SHAPE, scope.zone.key, *Standing.objects.aggregate(Count("id"), Max("id"), Max("since_at")).values(),
            *StandingChange.objects.aggregate(Count("id"), Max("id")).values(),
        ],
        "stock": [SHAPE, *StockLevel.objects.aggregate(Count("id"), Max("id"), Max("as_of_at")).values()],
    }  # fmt: skip
    marks: dict[str, Any] = json.loads(json.dumps(found, default=str))
    return marks


@contextmanager
def open_frames(
    frames: Frames, *, segments: frozenset[str] = frozenset(), now: datetime
) -> Iterator[connection.Engine]:
    """An engine with every fact table by its name; `memberships` holds those of `segments`, fresh from the database."""
    with connection.open_engine() as engine:
        name_files(engine, frames.files)
        name_memberships(engine, segments, now=now)
        yield engine


def name_memberships(engine: connection.Engine, segments: frozenset[str], *, now: datetime) -> None:
    """Make the table `memberships` of these segments, as the database has them."""
    rows = sources.memberships(Scope(now, segments=segments)) if segments else iter(())
    engine.register("memberships", arrow.whole("memberships", rows))


def measured_rows(name: str, customer_ids: Sequence[int]) -> list[dict[str, Any]]:
    """The latest figures (`scores`) or predictions of a few customers; those not measured yet have no row."""
    paths = [Path(path) for path in _measured().get(name, ())]
    if not paths:
        return []
    with connection.open_engine(threads=1) as engine:
        name_measured(engine, name, paths)
        engine.register("wanted", pa.table({"customer_id": pa.array(customer_ids, pa.int64())}))
        found = engine.execute(f"SELECT * FROM {name} WHERE customer_id IN (SELECT customer_id FROM wanted)")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
