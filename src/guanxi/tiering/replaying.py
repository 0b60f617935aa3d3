"""The replay of a scheme over the workspace's own history; nothing of it is written down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from django.conf import settings

from guanxi.engine import connection
from guanxi.firm.queries import the_firm
from guanxi.kernel.money import NoRate
from guanxi.ledger import frames as ledger_frames
from guanxi.ledger import queries as ledger_queries
from guanxi.scoring import scores
from guanxi.tiering import replay, rules
from guanxi.tiering.replay import Replay


def replay_workspace(scheme: rules.Scheme, *, dates: Sequence[date], now: datetime) -> Replay:
    """What `scheme` would have done at these dates with the orders the firm has now. Raises NoRate.

    Prospects count from the first date on, since the frames do not know when they came.
    """
    folder: Path = settings.GUANXI_DATA / "frames"
    found = ledger_frames.refresh(folder=folder, now=now)
    currency = the_firm().reporting_currency
    table = ledger_queries.rate_table(scheme.currency, [currency])
    try:
        rate, usable = table.rate_for(currency, dates[-1]).value, scheme
    except NoRate:
        if rules.has_amounts(scheme):
            raise
        rate, usable = replay.SAME, rules.without_amounts_in_moves(scheme)
    with connection.open_engine() as engine:
        scores.name_frames(engine, orders=found.orders, customers=found.customers, others=found.others)
        scores.tell_customers_apart(engine)
        return replay.replay(engine, usable, dates=dates, currency=currency, rate=rate)
