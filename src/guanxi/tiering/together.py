"""Measures the tables of orders and grades by several schemes at once, each after those it asks; no database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from guanxi.engine.connection import Engine
from guanxi.scoring import scores
from guanxi.scoring.measures import measures_for
from guanxi.scoring.policies import Policy
from guanxi.tiering import documents, grading
from guanxi.tiering.grading import Overview
from guanxi.tiering.grammar import Scheme, figures_of, in_order, schemes_asked

# A first answer: nobody stands anywhere yet.
NOBODY = "SELECT customer_id, CAST(NULL AS VARCHAR) AS tier FROM scores WHERE FALSE"


def grade_orders(
    engine: Engine,
    schemes: Mapping[str, Scheme],
    *,
    as_of: date,
    currency: str,
    rates: Mapping[str, Decimal],
    last: str,
) -> dict[str, Overview]:
    """Measure the tables of `engine.frames.TABLES` over each scheme's window and grade. Raises Circular.

    The money of the tables is in `currency`; `rates` says per scheme what one unit of it is worth in the scheme's own.
    Afterwards `graded` is that of `last`.
    """
    measured: set[int | None] = set()
    overviews: dict[str, Overview] = {}
    order = in_order(schemes)
    for name in order if order[-1] == last else [*order, last]:
        scheme = schemes[name]
        if scheme.window_days not in measured:
            _measure(engine, schemes, as_of=as_of, window_days=scheme.window_days)
            measured.add(scheme.window_days)
        _look_at(engine, scheme)
        grading.name_standings(engine, name, NOBODY)
        overviews[name] = grading.grade(engine, scheme, currency=currency, rate=rates.get(name, Decimal(1)))
        grading.name_standings(engine, name, "SELECT customer_id, tier FROM graded")
    return overviews


def figures_of_customer(engine: Engine, scheme: Scheme, customer_id: int) -> dict[str, Any]:
    """One customer's figures as `scheme` sees them after `grade_orders`, those of rfm always among them."""
    _look_at(engine, scheme)
    cursor = engine.execute(
        f"SELECT * FROM ({grading.with_standings(engine, scheme)}) WHERE customer_id = $1", [customer_id]
    )
    names = [column[0] for column in cursor.description or []]
    found = dict(zip(names, (cursor.fetchall() or [()])[0], strict=True))
    # Where he stands by this very answer is no former standing.
    return found | {scheme.own_standing: None}


def _look_at(engine: Engine, scheme: Scheme) -> None:
    engine.execute(f"CREATE OR REPLACE TEMP VIEW scores AS SELECT * FROM {_table(scheme.window_days)}")


def with_asked(scheme: Scheme, known: Mapping[str, Scheme]) -> dict[str, Scheme]:
    """The scheme and, one after another, those whose standings are asked for: of `known`, else of the presets."""
    found = {scheme.name: scheme}
    waiting = sorted(schemes_asked(scheme))
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        if name in known:
            found[name] = known[name]
        elif name in documents.preset_names():
            found[name] = documents.read_preset(name)
        else:
            continue
        waiting += sorted(schemes_asked(found[name]))
    return found


def _measure(engine: Engine, schemes: Mapping[str, Scheme], *, as_of: date, window_days: int | None) -> None:
    wanted = {
        figure for scheme in schemes.values() if scheme.window_days == window_days for figure in figures_of(scheme)
    }
    query = scores.scores_query(Policy(as_of, window_days), measures_for(wanted))
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {_table(window_days)} AS {query}")


def _table(window_days: int | None) -> str:
    return f"scores_{window_days or 'lifetime'}"
