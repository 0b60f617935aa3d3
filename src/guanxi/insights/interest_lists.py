"""Who does it: customers by interest in a category, by visits without an order, by the price list they opened.

Read set-wise from the frames of events and orders, never customer by customer (D-05, B-03, B-06).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from guanxi.engine import connection
from guanxi.engine import frames as contracts
from guanxi.firm.queries import the_firm
from guanxi.insights.interest_rules import HALF_LIFE_DAYS
from guanxi.ledger import frames
from guanxi.ledger.models import Event
from guanxi.tracking import signals

# The weights of interest_rules.WEIGHTS.
INTERESTED = """
    SELECT customer_id, SUM(
        CASE name WHEN 'Product Added' THEN 3.0 WHEN 'page.viewed' THEN 0.5 ELSE 1.0 END
        * pow(0.5, greatest(epoch($2::TIMESTAMP - occurred_at), 0) / 86400.0 / $3)
    ) AS weight, COUNT(*), MAX(occurred_at)
    FROM events
    WHERE category = $1 AND customer_id IS NOT NULL
      AND name IN ('Product Viewed', 'Product List Viewed', 'page.viewed', 'Product Added')
      AND occurred_at > $2::TIMESTAMP - INTERVAL 365 DAY
    GROUP BY 1 ORDER BY weight DESC, customer_id LIMIT $4
"""
WITHOUT_ORDER = """
    SELECT customer_id, COUNT(DISTINCT occurred_on) AS days FROM events
    WHERE customer_id IS NOT NULL AND occurred_on BETWEEN $1::DATE - ($2 - 1)::INTEGER AND $1::DATE
      AND name IN ('page.viewed', 'Product Viewed', 'Product List Viewed', 'Products Searched', 'Product Added',
                   'Cart Viewed')
      AND customer_id NOT IN (
          SELECT customer_id FROM orders
          WHERE NOT is_credit AND ordered_on BETWEEN $1::DATE - ($2 - 1)::INTEGER AND $1::DATE
      )
    GROUP BY 1 HAVING COUNT(DISTINCT occurred_on) >= $3 ORDER BY days DESC, customer_id
"""


@dataclass(frozen=True, slots=True)
class Interested:
    """A customer and how strongly a category draws him; one view today weighs 1."""

    customer_id: int
    weight: Decimal
    sights: int


def interested_in(category: str, *, now: datetime, limit: int = 200) -> list[Interested]:
    """Customers by interest in a category, the strongest first (D-05)."""
    moment = now.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
    with _frames(now) as engine:
        rows = engine.execute(INTERESTED, [category, moment, HALF_LIFE_DAYS, limit]).fetchall()
    return [Interested(key, round(Decimal(weight), 2), sights) for key, weight, sights, _ in rows]


def coming_without_order(*, now: datetime) -> list[tuple[int, int]]:
    """Customers who came on at least three days of the last 30 and ordered nothing, with the days (B-06, DP-03)."""
    today = now.astimezone(ZoneInfo(the_firm().time_zone)).date()
    with _frames(now) as engine:
        return list(engine.execute(WITHOUT_ORDER, [today, signals.VISITS_WITHIN_DAYS, signals.VISIT_DAYS]).fetchall())


@contextmanager
def _frames(now: datetime) -> Iterator[connection.Engine]:
    found = frames.refresh(folder=settings.GUANXI_DATA / "frames", now=now)
    with connection.open_engine() as engine:
        connection.name_parquet(engine, "orders", found.orders)
        if found.events:
            connection.name_parquet(engine, "events", *found.events)
        else:
            connection.name_empty(engine, "events", contracts.EVENTS)
        yield engine


def price_list_without_inquiry(*, now: datetime) -> QuerySet[Event]:
    """Price lists opened three days ago or earlier, in the last 90 days, with no inquiry since (B-03)."""
    asked = Event.objects.filter(
        customer=OuterRef("customer"), name="inquiry.received", occurred_at__gte=OuterRef("occurred_at")
    )
    opened = Event.objects.filter(
        name="price_list.clicked", contact__isnull=False, occurred_at__lte=now - signals.NO_INQUIRY_AFTER,
        occurred_at__gte=now - timedelta(days=90),
    )  # fmt: skip
    return opened.filter(~Exists(asked)).order_by("-occurred_at")
