"""An engine that stays open per process with the latest scores in memory, so that a preview answers while one watches.

The scores of one run and the standings as they are written down; both are read again when they have changed. One user
at a time: a preview takes a few hundredths of a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from guanxi.engine import connection
from guanxi.scoring import queries as scoring_queries
from guanxi.scoring.models import ScoreRun
from guanxi.tiering import grading
from guanxi.tiering.models import Standing, StandingChange

# Above so many customers the scores stay in their file, which is slower but costs no memory.
MOST_IN_MEMORY = 500_000
THREADS = 2


@dataclass(slots=True)
class _Kept:
    stack: ExitStack = field(default_factory=ExitStack)
    engine: connection.Engine | None = None
    scores: object = None
    standings: dict[str, object] = field(default_factory=dict)
    spreads: dict[str, Any] = field(default_factory=dict)


_kept = _Kept()
_lock = Lock()


@contextmanager
def scores_in_memory(run: ScoreRun, schemes: Iterable[str]) -> Iterator[connection.Engine]:
    """The engine with the table `scores` of `run`, and what `schemes` decided as their named standings."""
    with _lock:
        try:
            engine = _engine_for(run)
            for name in schemes:
                _name_standings(engine, name)
            yield engine
        except connection.EngineError:
            _close()
            raise


def spreads() -> dict[str, Any]:
    """What was found out about the scores in memory, by figure; goes with them."""
    return _kept.spreads


def _engine_for(run: ScoreRun) -> connection.Engine:
    path = scoring_queries.scores_path(run)
    mark = (str(path), path.stat().st_mtime_ns)
    if _kept.engine is not None and _kept.scores == mark:
        return _kept.engine
    _close()
    engine = _kept.stack.enter_context(connection.open_engine(threads=THREADS))
    connection.name_parquet(engine, "scores_on_disk", path)
    kind = "TEMP TABLE" if run.customers <= MOST_IN_MEMORY else "TEMP VIEW"
    engine.execute(f"CREATE OR REPLACE {kind} scores AS SELECT * FROM scores_on_disk")
    _kept.engine, _kept.scores = engine, mark
    return engine


def _name_standings(engine: connection.Engine, name: str) -> None:
    mark = StandingChange.objects.filter(scheme__name=name).order_by("-id").values_list("id", flat=True).first()
    if name in _kept.standings and _kept.standings[name] == mark:
        return
    engine.execute("CREATE OR REPLACE TEMP TABLE found_standings (customer_id BIGINT, tier VARCHAR)")
    rows = Standing.objects.filter(scheme__name=name).values_list("customer_id", "tier")
    columns: tuple[list[Any], list[Any]] = ([], [])
    for customer_id, tier in rows.iterator(chunk_size=20_000):
        columns[0].append(customer_id)
        columns[1].append(tier)
    if columns[0]:
        connection.append_columns(engine, "found_standings", columns)
    grading.name_standings(engine, name, "SELECT customer_id, tier FROM found_standings")
    _kept.standings[name] = mark


def _close() -> None:
    _kept.stack.close()
    _kept.stack, _kept.engine, _kept.scores = ExitStack(), None, None
    _kept.standings.clear()
    _kept.spreads.clear()
