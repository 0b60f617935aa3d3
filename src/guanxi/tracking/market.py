"""What moves on the market: exchange rates of the rate table, material prices that people enter (B-20)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from guanxi.firm.queries import the_firm
from guanxi.kernel.money import NoRate
from guanxi.kernel.parts import in_parts
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Customer, Event
from guanxi.staff.models import User
from guanxi.tracking import signals
from guanxi.tracking.models import MaterialPrice

NAME = "market.moved"
RATE, MATERIAL = "exchange_rate", "material"
BOUGHT_WITHIN = timedelta(days=365)
AT_ONCE = 2_000


def notice_rates(*, now: datetime) -> int:
    """Tell of currencies that moved by three percent or more in 30 days, once in that time; returns how many."""
    into = the_firm().reporting_currency
    told = {
        str(event.properties.get("subject"))
        for event in _moves(RATE).filter(occurred_at__gt=now - timedelta(days=signals.MARKET_DAYS))
    }
    found = 0
    for rate in ledger_queries.latest_rates(into):
        before = _rate_before(rate.currency, into, rate.on)
        if rate.currency in told or before is None:
            continue
        percent = signals.percent_moved(before, rate.value)
        if signals.is_market_move(percent):
            _tell(RATE, rate.currency, percent, now=now, before=str(before), after=str(rate.value), into=into)
            found += 1
    return found


def _rate_before(currency: str, into: str, on: date) -> Decimal | None:
    try:
        rate = ledger_queries.rate_table(into, {currency}).rate_for(currency, on - timedelta(days=signals.MARKET_DAYS))
    except NoRate:
        return None
    return Decimal(rate.value)


@transaction.atomic
def enter_material_price(
    *,
    actor: User | None,
    material: str,
    amount: Decimal,
    currency: str,
    on: date,
    now: datetime,
    categories: Sequence[str] = (),
) -> Event | None:
    """Keep what a material costs; the event when that is three percent or more from the price before, else None."""
    before = (
        MaterialPrice.objects.filter(material__iexact=material, currency=currency, on__lt=on).order_by("-on").first()
    )
    named = list(categories) or (before.categories if before else [])
    MaterialPrice.objects.update_or_create(
        material=before.material if before else material.strip(), on=on,
        defaults={
            "amount": amount, "currency": currency, "categories": named, "entered_by": actor, "entered_at": now,
        },
    )  # fmt: skip
    percent = signals.percent_moved(before.amount, amount) if before else Decimal(0)
    if not signals.is_market_move(percent):
        return None
    return _tell(
        MATERIAL, material.strip(), percent, now=now, categories=named, before=str(before.amount if before else ""),
        after=str(amount), currency=currency,
    )  # fmt: skip


def _tell(kind: str, subject: str, percent: Decimal, *, now: datetime, **facts: Any) -> Event | None:
    return ledger_actions.record_event(
        name=NAME, occurred_at=now, now=now, source="signals", object_kind="market", object_id=subject[:80],
        properties={"kind": kind, "subject": subject, "percent": str(percent), **facts},
    )  # fmt: skip


def tell_customers(*, events: Sequence[Event], now: datetime) -> int:
    """Tell each customer whom a move concerns of it, by an event of his own (J-27); answers how many were told."""
    told = 0
    for event in events:
        if event.name != NAME or event.customer_id is not None or event.is_historical:
            continue
        for some in in_parts(customers_touched(event, now=now).values_list("pk", flat=True), AT_ONCE):
            ledger_actions.record_events([
                Event(
                    name=NAME, customer_id=customer_id, occurred_at=event.occurred_at, recorded_at=now,
                    source="signals", object_kind="market", object_id=event.object_id, properties=event.properties,
                )
                for customer_id in some
            ])  # fmt: skip
            told += len(some)
    return told


def _moves(kind: str) -> QuerySet[Event]:
    return Event.objects.filter(name=NAME, customer__isnull=True, properties__kind=kind)


def customers_touched(event: Event, *, now: datetime) -> QuerySet[Customer]:
    """Whom a move concerns: who ordered in that currency, or bought goods of the material, in the last year."""
    since = now - BOUGHT_WITHIN
    customers = Customer.objects.current()
    if event.properties.get("kind") == RATE:
        bought = customers.filter(orders__currency=event.properties.get("subject"), orders__placed_at__gte=since)
    else:
        categories = event.properties.get("categories") or []
        bought = customers.filter(orders__lines__category__in=categories, orders__placed_at__gte=since)
    return bought.distinct().order_by("id")


def recent_moves(*, now: datetime) -> list[Event]:
    """The moves of the last 90 days, the newest first."""
    moves = Event.objects.filter(name=NAME, customer__isnull=True, occurred_at__gte=now - timedelta(days=90))
    return list(moves.order_by("-occurred_at", "-id")[:50])
