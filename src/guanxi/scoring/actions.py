"""Runs of the measures over the workspace."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings

from guanxi.catalogue import queries as catalogue_queries
from guanxi.engine import connection
from guanxi.firm.queries import the_firm
from guanxi.ledger import frames as ledger_frames
from guanxi.ledger import queries as ledger_queries
from guanxi.scoring import scores
from guanxi.scoring.models import ScoreRun
from guanxi.scoring.policies import WINDOW_DAYS, Policy
from guanxi.scoring.queries import scores_path

# Runs whose per-customer results stay on disk; of older ones the totals remain.
KEPT_RUNS = 40
# With what Python and Arrow hold beside the engine, a run over a million customers stays below 1 GB.
ENGINE_MEMORY = "800MB"


def run_scores(*, as_of: datetime, now: datetime, window_days: int | None = WINDOW_DAYS) -> ScoreRun:
    """Measure every customer as of a moment, which counts as the day it is at the firm.

    The result is a Parquet file per run (columns of scoring.measures.SCORES), amounts in the reporting currency.
    Nothing is computed again when neither the orders nor the day nor the window have changed.
    """
    firm = the_firm()
    folder: Path = settings.GUANXI_DATA / "frames"
    newest_event_id = ledger_queries.newest_event_id()
    found = ledger_frames.refresh(folder=folder, now=now)
    references = catalogue_queries.margin_references()
    fingerprint = _fingerprint(found.fingerprint, references)
    policy = Policy(firm.day_of(as_of), window_days)
    same = ScoreRun.objects.filter(
        as_of=as_of, window_days=window_days, fingerprint=fingerprint, currency=firm.reporting_currency
    ).last()
    if same and scores_path(same).exists():
        return same
    relative = f"frames/scores/{policy.as_of_on}-{window_days or 'lifetime'}-{fingerprint[:16]}.parquet"
    path = settings.GUANXI_DATA / relative
    margins = folder / f"margin_references-{fingerprint[:16]}.parquet"
    scores.write_margin_references(references, margins)
    _measure(found, margins, policy=policy, path=path)
    margins.unlink(missing_ok=True)
    with connection.open_engine() as engine:
        connection.name_parquet(engine, "scores", path)
        totals = connection.one_row(
            engine, "SELECT COUNT(*), COALESCE(SUM(order_count), 0), COALESCE(SUM(spend_total), 0) FROM scores"
        )
    customers, orders, spend = totals or (0, 0, 0)
    run = ScoreRun.objects.create(
        as_of=as_of, window_days=window_days, currency=firm.reporting_currency, policy=policy.as_document(),
        customers=customers, orders=orders, spend=spend, path=relative, fingerprint=fingerprint,
        newest_event_id=newest_event_id, created_at=now,
    )  # fmt: skip
    _forget_old_files()
    return run


def _measure(found: ledger_frames.Frames, margins: Path, *, policy: Policy, path: Path) -> None:
    """On Spark when the installation names a master, else in this process."""
    others = found.others | {"margin_references": (margins,)}
    if settings.GUANXI_SPARK_MASTER:
        scores.write_scores_on_spark(
            settings.GUANXI_SPARK_MASTER, orders=found.orders, customers=found.customers, others=others,
            policy=policy, path=path,
        )  # fmt: skip
        return
    with connection.open_engine(memory_limit=ENGINE_MEMORY) as engine:
        scores.name_frames(engine, orders=found.orders, customers=found.customers, others=others)
        scores.write_scores(engine, policy=policy, path=path)


def _fingerprint(frames: str, references: Sequence[scores.MarginReference]) -> str:
    """Of everything a run reads."""
    if not references:
        return frames
    return hashlib.sha256(f"{frames} {references}".encode()).hexdigest()


def _forget_old_files() -> None:
    kept = set(ScoreRun.objects.order_by("-id").values_list("path", flat=True)[:KEPT_RUNS])
    for path in (settings.GUANXI_DATA / "frames" / "scores").glob("*.parquet"):
        if f"frames/scores/{path.name}" not in kept:
            path.unlink(missing_ok=True)
