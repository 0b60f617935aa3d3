"""What he bought, owes and may have: orders, invoices, spend, offers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, Max, Min

from guanxi.firm import queries as firm_queries
from guanxi.journeys import trade
from guanxi.journeys.facts.asking import Asked, Facts, Subject
from guanxi.kernel.fetching import among
from guanxi.ledger import overdue
from guanxi.ledger.models import Invoice, Order
from guanxi.offers import queries as offers_queries
from guanxi.recommendations import queries as recommendations_queries


def orders(asked: Asked) -> list[Facts]:
    rows = Order.objects.filter(among("customer_id", asked.customer_ids), kind="order")
    sums: dict[int, Facts] = {
        each["customer_id"]: dict(each)
        for each in rows.values("customer_id").annotate(n=Count("id"), first=Min("placed_at"), latest=Max("placed_at"))
    }
    recent: dict[int, list[datetime]] = defaultdict(list)
    since = min(each.since_at for each in asked.subjects)
    for customer_id, placed_at in rows.filter(placed_at__gte=since).values_list("customer_id", "placed_at"):
        recent[customer_id].append(placed_at)
    return [
        _of_orders(each, sums.get(each.customer.pk), recent[each.customer.pk], asked.now) for each in asked.subjects
    ]


def _of_orders(subject: Subject, sums: Facts | None, recent: Sequence[datetime], now: datetime) -> Facts:
    began = subject.customer.cooperation_since or (sums["first"].date() if sums else None)
    return {
        "order_count": sums["n"] if sums else 0,
        "days_since_order": (now - sums["latest"]).days if sums else None,
        "orders_since_entry": sum(moment > subject.since_at for moment in recent),
        "cooperation_years": None if began is None else whole_years(began, now.date()),
    }


def whole_years(began: date, on: date) -> int:
    return on.year - began.year - ((on.month, on.day) < (began.month, began.day))


def invoices(asked: Asked) -> list[Facts]:
    numbers = {each.object_id for each in asked.subjects if each.object_kind == "invoice" and each.object_id.isdigit()}
    today = firm_queries.the_firm().day_of(asked.now)
    found = {
        str(each.pk): overdue.state_of(each, today)
        for each in Invoice.objects.filter(among("pk", {int(number) for number in numbers}))
    }
    return [
        {"invoice_state": found.get(each.object_id, "") if each.object_kind == "invoice" else ""}
        for each in asked.subjects
    ]


def spend(asked: Asked) -> list[Facts]:
    spent = trade.spend_of_year(asked.customer_ids, trade.last_year(asked.now))
    return [{"spend_last_year": spent.get(each.customer.pk, Decimal(0))} for each in asked.subjects]


def price_breaks(asked: Asked) -> list[Facts]:
    rows = trade.price_breaks(asked.customer_ids)
    return [{"price_breaks": rows.get(each.customer.pk, [])} for each in asked.subjects]


def complements(asked: Asked) -> list[Facts]:
    """Of each customer by himself: journeys that ask it are few, and each of their letters would ask it again."""
    found = {
        each.customer.pk: recommendations_queries.complements(each.customer, now=asked.now) for each in asked.subjects
    }
    return [{"complements": found[each.customer.pk]} for each in asked.subjects]


def offers(asked: Asked) -> list[Facts]:
    names = asked.below("offer.")
    today = firm_queries.the_firm().day_of(asked.now)
    states = offers_queries.states_of_contacts(asked.contact_ids, names, on=today)
    return [{f"offer.{name}": states.get((each.contact.pk, name), "none") for name in names} for each in asked.subjects]
