"""The replay of schemes over the workspace's own history; nothing of it is written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
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

AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class _Asked:
    """One scheme with the dates to walk and what one unit of the firm's currency is in its own."""

    scheme: rules.Scheme
    dates: Sequence[date]
    currency: str
    rate: Decimal


def replay_workspace(scheme: rules.Scheme, *, dates: Sequence[date], now: datetime) -> Replay:
    """What `scheme` would have done at these dates with the orders the firm has now. Raises NoRate.

    Prospects count from the first date on, since the frames do not know when they came.
    """
    frames = ledger_frames.refresh(folder=_folder(), now=now)
    return _play(_asked(scheme, dates), frames)


def replay_several(
    schemes: Sequence[tuple[rules.Scheme, Sequence[date]]], *, now: datetime
) -> Mapping[str, Replay | NoRate]:
    """The same of several schemes, two at a time, by their names; of one that lacks a rate, what it lacks."""
    frames = ledger_frames.refresh(folder=_folder(), now=now)
    found: dict[str, Replay | NoRate] = {}
    asked: list[_Asked] = []
    for scheme, dates in schemes:
        try:
            asked.append(_asked(scheme, dates))
        except NoRate as problem:
            found[scheme.name] = problem
    with ThreadPoolExecutor(AT_ONCE) as pool:
        played = pool.map(lambda each: _play(each, frames, threads=1), asked)
        return found | {each.scheme.name: one for each, one in zip(asked, played, strict=True)}


def _folder() -> Path:
    folder: Path = settings.GUANXI_DATA / "frames"
    return folder


def _asked(scheme: rules.Scheme, dates: Sequence[date]) -> _Asked:
    currency = the_firm().reporting_currency
    table = ledger_queries.rate_table(scheme.currency, [currency])
    try:
        return _Asked(scheme, dates, currency, table.rate_for(currency, dates[-1]).value)
    except NoRate:
        if rules.has_amounts(scheme):
            raise
        return _Asked(rules.without_amounts_in_moves(scheme), dates, currency, replay.SAME)


def _play(asked: _Asked, frames: ledger_frames.Frames, *, threads: int | None = None) -> Replay:
    """Asks the engine alone, so that it may run beside others."""
    with connection.open_engine(threads=threads) as engine:
        scores.name_frames(engine, orders=frames.orders, customers=frames.customers, others=frames.others)
        scores.tell_customers_apart(engine)
        return replay.replay(engine, asked.scheme, dates=asked.dates, currency=asked.currency, rate=asked.rate)
