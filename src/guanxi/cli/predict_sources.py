"""Where the orders of `guanxi predict` come from: a file, without any database, or the workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from guanxi.cli.failure import fail
from guanxi.cli.tier_answer import Worth, rejected
from guanxi.cli.tier_sources import _first_reject, _mapping_in, later_than_today
from guanxi.engine.connection import Engine
from guanxi.intake.rows import Reject
from guanxi.scoring import forecasts, order_lines, scores
from guanxi.scoring.forecasts import Forecast, Outlook

COLUMNS = (
    "customer", "chance_alive", "expected_orders", "expected_value", "next_order_from", "next_order_to",
    "cycle_days", "cycle_basis", "chance_of_order_90_days", "currency",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asked for; None where he left it open."""

    until: date | None
    horizon_days: int
    unit_days: int
    currency: str | None
    rates: Mapping[str, Decimal]
    date_order: str = ""

    def outlook(self, until: date) -> Outlook:
        return Outlook(until, self.horizon_days, self.unit_days)


@dataclass(frozen=True, slots=True)
class Prediction:
    """`rows` has COLUMNS, the highest expected value first; amounts are in `currency`, empty when nobody named one."""

    forecast: Forecast
    rows: Any
    currency: str
    rejects: Sequence[Reject] = ()
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """The JSON answer."""
        outlook = self.forecast.outlook
        return {
            "customers": self.rows.num_rows,
            "until": outlook.as_of_on.isoformat(),
            "horizon_days": outlook.horizon_days,
            **self.forecast.documents(),
            "expected_orders": round(pc.sum(self.rows["expected_orders"]).as_py() or 0.0, 4),
            "expected_value": round(float(pc.sum(self.rows["expected_value"]).as_py() or 0), 2),
            "currency": self.currency,
            **rejected(self.rejects),
            "notes": [*self.notes, *self.forecast.notes],
        }


def of_file(engine: Engine, path: Path, wishes: Wishes, *, mapping: Path | None) -> Prediction:
    """Read an order file and look ahead. Touches no database."""
    from guanxi.intake import tables
    from guanxi.intake.rows import UnusableFile

    try:
        found = tables.order_table(
            path, mapping=_mapping_in(mapping), currency=wishes.currency or "", date_order=wishes.date_order,
            days_will_do=True,
        )  # fmt: skip
    except UnusableFile as error:
        fail(str(error))
    latest_on = order_lines.latest_day(engine, found.table)
    if latest_on is None:
        fail(f"{path.name} holds no order with a customer and a date{_first_reject(found.rejects)}.")
    until = wishes.until or latest_on
    notes = list(found.notes)
    if wishes.until is None:
        notes.append(f"Until {until}, the day of the last order; choose another day with --until.")
    if ahead := later_than_today(engine, found.table, path.name):
        notes.append(ahead)
    currencies = order_lines.currencies_of(engine, found.table)
    into = wishes.currency or next((each for each in currencies if each), "")
    worth = Worth(into, wishes.rates)
    worth.check(currencies, into)
    order_lines.name_frames(
        engine, found.table, as_of_on=until, worth={each: worth.of(each or into, into) for each in currencies}
    )
    return _answer(engine, wishes.outlook(until), into, rejects=found.rejects, notes=notes)


def of_workspace(engine: Engine, wishes: Wishes) -> Prediction:
    """Look ahead from the workspace's own orders; writes frames only."""
    from guanxi.cli.workspace import open_workspace

    open_workspace()
    from django.conf import settings

    from guanxi.firm.queries import the_firm
    from guanxi.kernel.clock import utc_now
    from guanxi.ledger import frames as ledger_frames

    now, reporting = utc_now(), the_firm().reporting_currency
    frames = ledger_frames.refresh(folder=settings.GUANXI_DATA / "frames", now=now)
    into = wishes.currency or reporting
    scores.name_frames(
        engine, orders=frames.orders, customers=frames.customers, others=frames.others,
        worth=Worth(into, wishes.rates).of(reporting, into),
    )  # fmt: skip
    scores.tell_customers_apart(engine)
    return _answer(engine, wishes.outlook(wishes.until or now.date()), into)


def _answer(
    engine: Engine, outlook: Outlook, currency: str, *, rejects: Sequence[Reject] = (), notes: list[str] | None = None
) -> Prediction:
    found = forecasts.forecast(engine, outlook)
    if not found.customers:
        fail(
            f"nobody has ordered until {outlook.as_of_on} (credits and returns are no orders); choose a later day with "
            "--until."
        )
    named = engine.sql("SELECT customer_id, name AS customer FROM customers").to_arrow_table()
    rows = found.rows.join(named, "customer_id", join_type="inner")
    rows = rows.append_column("currency", pa.array([currency] * rows.num_rows, pa.string()))
    order = [("expected_value", "descending"), ("customer", "ascending")]
    return Prediction(found, rows.sort_by(order).select(COLUMNS), currency, rejects, tuple(notes or ()))
