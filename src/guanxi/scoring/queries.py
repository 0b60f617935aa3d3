"""What the measures found: one customer, the whole distribution."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.conf import settings

from guanxi.engine import connection
from guanxi.scoring.measures import FIGURES
from guanxi.scoring.models import ScoreRun

ScoreRow = dict[str, Decimal | int | None]
# A cell of the matrix: the better of two when the mean of F and M lies between two scores.
FM_SCORE = "(f_score + m_score + 1) // 2"


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """Customers whose last order scores `r_score` and whose orders and spend score `fm_score` on average, rounded up.

    `spend` is lifetime net spend in the run's currency.
    """

    r_score: int
    fm_score: int
    customers: int
    spend: Decimal


def scores_path(run: ScoreRun) -> Path:
    """Where the scores of a run lie; the file of an old run may be gone."""
    path: Path = settings.GUANXI_DATA / run.path
    return path


def latest_run() -> ScoreRun | None:
    """The newest run over the default window whose scores are still there."""
    runs = ScoreRun.objects.order_by("-as_of", "-id")[:5]
    return next((run for run in runs if scores_path(run).exists()), None)


def score_of(customer_id: int, run: ScoreRun | None = None) -> ScoreRow | None:
    """The figures of one customer by name (scoring.measures.FIGURES), in `run` or the latest one; None when not in it.

    A figure that was not measured yet when the run was made is None.
    """
    chosen = run or latest_run()
    if chosen is None or not scores_path(chosen).exists():
        return None
    with _scores(chosen) as engine:
        found = set(connection.columns_of(engine, "scores"))
        columns = [figure for figure in FIGURES if figure in found]
        row = connection.one_row(
            engine, f"SELECT {', '.join(columns)} FROM scores WHERE customer_id = $1", [customer_id]
        )
    return dict.fromkeys(FIGURES) | dict(zip(columns, row, strict=True)) if row else None


def rfm_matrix(run: ScoreRun | None = None) -> list[MatrixCell]:
    """All 25 cells, the most recent and best first; empty when nothing was measured yet."""
    chosen = run or latest_run()
    if chosen is None or not scores_path(chosen).exists():
        return []
    with _scores(chosen) as engine:
        rows = engine.execute(
            f"SELECT r_score, {FM_SCORE}, COUNT(*), SUM(spend_total) FROM scores "
            "WHERE r_score IS NOT NULL GROUP BY 1, 2"
        ).fetchall()
    found = {(r_score, fm_score): (customers, spend) for r_score, fm_score, customers, spend in rows}
    return [
        MatrixCell(r_score, fm_score, *found.get((r_score, fm_score), (0, Decimal(0))))
        for r_score in range(5, 0, -1)
        for fm_score in range(5, 0, -1)
    ]


def customers_in_cell(*, r_score: int, fm_score: int, run: ScoreRun | None = None) -> list[int]:
    """The ids of the customers of one cell of `rfm_matrix`, the largest spend first."""
    chosen = run or latest_run()
    if chosen is None or not scores_path(chosen).exists():
        return []
    with _scores(chosen) as engine:
        rows = engine.execute(
            f"SELECT customer_id FROM scores WHERE r_score = $1 AND {FM_SCORE} = $2 ORDER BY spend_total DESC",
            [r_score, fm_score],
        ).fetchall()
    return [customer_id for (customer_id,) in rows]


def distribution(figure: str, *, run: ScoreRun | None = None) -> list[tuple[Decimal | int, int]]:
    """How often each value of a figure occurs, for those who have one; raises ValueError for an unknown figure."""
    if figure not in FIGURES:
        raise ValueError(f"{figure!r} is no figure; known are {', '.join(FIGURES)}.")
    chosen = run or latest_run()
    if chosen is None or not scores_path(chosen).exists():
        return []
    with _scores(chosen) as engine:
        return engine.execute(
            f"SELECT {figure}, COUNT(*) FROM scores WHERE {figure} IS NOT NULL GROUP BY 1 ORDER BY 1"
        ).fetchall()


@contextmanager
def _scores(run: ScoreRun) -> Iterator[connection.Engine]:
    with connection.open_engine() as engine:
        connection.name_parquet(engine, "scores", scores_path(run))
        yield engine
