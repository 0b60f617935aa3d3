"""What the measures found: one customer, the whole distribution."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.conf import settings

from guanxi.engine import connection
from guanxi.scoring.measures import FIGURES
from guanxi.scoring.models import ScoreRun
from guanxi.scoring.policies import QUARTERS, WINDOW_DAYS, Policy

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
    """The run over the default window that was measured last and whose scores are still there.

    Measured last, not of the latest day: whoever measures as of a past day wants to see it, until the next run.
    """
    runs = ScoreRun.objects.filter(window_days=WINDOW_DAYS).order_by("-id")[:5]
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


def beyond_hope(*, silent_days: int, unread_mails: int, run: ScoreRun) -> list[int]:
    """Customers who neither read nor bought for so long, although they were written to so often (G-17)."""
    if not scores_path(run).exists():
        return []
    with _scores(run) as engine:
        rows = engine.execute(
            "SELECT customer_id FROM scores WHERE mails_unread >= $1 "
            "AND COALESCE(days_since_last_reading, days_since_first_mail) >= $2 ORDER BY customer_id",
            [unread_mails, silent_days],
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


@dataclass(frozen=True, slots=True)
class Bar:
    """Customers whose figure lies between `low` and `high`, which belongs to the next bar except in the last."""

    low: Decimal
    high: Decimal
    customers: int


def histogram(figure: str, *, bars: int = 40, run: ScoreRun | None = None) -> list[Bar]:
    """The customers who have a figure, in bars of equal width; raises ValueError for an unknown figure.

    The first and the last bar also take the hundredth that lies far out on either side, so that a few giants do not
    press everybody else into one bar.
    """
    if figure not in FIGURES:
        raise ValueError(f"{figure!r} is no figure; known are {', '.join(FIGURES)}.")
    chosen = run or latest_run()
    if chosen is None or not scores_path(chosen).exists():
        return []
    with _scores(chosen) as engine:
        if figure not in connection.columns_of(engine, "scores"):
            return []
        borders = connection.one_row(
            engine,
            f"SELECT QUANTILE_DISC({figure}, 0.01), QUANTILE_DISC({figure}, 0.99), MIN({figure}), MAX({figure}) "
            "FROM scores",
        )
        if borders is None or borders[0] is None:
            return []
        low, high, least, most = map(Decimal, borders)
        if low == high:
            low, high = least, most
        width = (high - low) / bars
        if not width:
            return [Bar(low, high, _known(engine, figure))]
        place = f"LEAST(GREATEST(CAST(FLOOR(({figure} - {low}) / {width:f}) AS BIGINT), 0), {bars - 1})"
        rows = engine.execute(f"SELECT {place}, COUNT(*) FROM scores WHERE {figure} IS NOT NULL GROUP BY 1").fetchall()
    found: dict[int, int] = dict(rows)
    return [Bar(low + width * place, low + width * (place + 1), found.get(place, 0)) for place in range(bars)]


def _known(engine: connection.Engine, figure: str) -> int:
    row = connection.one_row(engine, f"SELECT COUNT({figure}) FROM scores")
    return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True)
class Quarter:
    """A closed calendar quarter of one customer; `spend` is net, in the run's currency."""

    first_on: date
    last_on: date
    spend: Decimal
    order_count: int


def quarters_of(customer_id: int, run: ScoreRun | None = None) -> list[Quarter]:
    """The last eight closed quarters, the oldest first; empty when the customer was not measured."""
    return quarters_of_many([customer_id], run).get(customer_id, [])


def quarters_of_many(customer_ids: Iterable[int], run: ScoreRun | None = None) -> dict[int, list[Quarter]]:
    """`quarters_of` for the customers of a page at once."""
    chosen = run or latest_run()
    if chosen is None or not scores_path(chosen).exists():
        return {}
    spans = Policy(date.fromisoformat(chosen.policy["as_of_on"])).closed_quarters()
    columns = [f"{name}_quarter_{place}" for place in range(1, QUARTERS + 1) for name in ("spend", "order_count")]
    with _scores(chosen) as engine:
        if not set(columns) <= set(connection.columns_of(engine, "scores")):
            return {}
        rows = engine.execute(
            f"SELECT customer_id, {', '.join(columns)} FROM scores WHERE list_contains($1, customer_id)",
            [list(customer_ids)],
        ).fetchall()
    return {
        customer_id: [Quarter(*spans[place], values[2 * place], values[2 * place + 1]) for place in range(QUARTERS)][
            ::-1
        ]
        for customer_id, *values in rows
    }


@contextmanager
def _scores(run: ScoreRun) -> Iterator[connection.Engine]:
    with connection.open_engine() as engine:
        connection.name_parquet(engine, "scores", scores_path(run))
        yield engine
