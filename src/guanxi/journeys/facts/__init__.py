"""What the conditions of journeys may ask, gathered for a whole batch: one query per kind of fact that is asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from guanxi.journeys.facts import answers, money, people, standing, work
from guanxi.journeys.facts.asking import Asked, Facts, Kind, Subject
from guanxi.ledger.models import Order

KINDS: tuple[tuple[frozenset[str], Kind], ...] = (
    (
        frozenset({
            "came_by", "event", "stage", "order_amount", "is_trial", "country", "language", "customer_kind", "trade",
            "tag", "field",
        }),
        people.records,
    ),
    (frozenset({"invoice_state"}), money.invoices),
    (frozenset({"tier", "standing"}), standing.standings),
    (frozenset({"costly_treatment"}), standing.costly),
    (frozenset({"segment"}), standing.segments),
    (frozenset({"trait"}), standing.traits),
    (frozenset({"order_count", "days_since_order", "orders_since_entry", "cooperation_years"}), money.orders),
    (frozenset({"answered", "opened"}), answers.signs),
    (frozenset({"happened"}), answers.happenings),
    (frozenset({"offer"}), money.offers),
    (frozenset({"permits_marketing"}), people.permissions),
    (frozenset({"permits"}), people.channels),
    (frozenset({"prefers"}), people.preferences),
    (frozenset({"spend_last_year"}), money.spend),
    (frozenset({"price_breaks"}), money.price_breaks),
    (frozenset({"project"}), work.projects),
    (frozenset({"proposal"}), standing.proposals),
    (frozenset({"under_way_in"}), work.under_way),
    (frozenset({"complements"}), money.complements),
    (frozenset({"task_waits"}), work.tasks),
    (frozenset({"open_complaint"}), answers.complaints),
    (frozenset({"document"}), work.documents),
)  # fmt: skip


def gather(
    subjects: Sequence[Subject], names: Collection[str], *, orders: Mapping[str, Order], now: datetime
) -> list[Facts]:
    """The facts called `names` of each subject, in order; a name nobody asks for costs no query."""
    asked = Asked(subjects, frozenset(names), orders, now)
    heads = {name.partition(".")[0] for name in asked.names}
    found: list[Facts] = [{} for _ in subjects]
    for wanted, kind in KINDS:
        if wanted & heads:
            for facts, more in zip(found, kind(asked), strict=True):
                facts |= more
    return found


def orders_of(objects: Iterable[tuple[str, str]]) -> dict[str, Order]:
    """The orders among these (kind, id), by id as text, with what a letter tells of them."""
    ids = {int(object_id) for kind, object_id in objects if kind == "order" and object_id.isdigit()}
    if not ids:
        return {}
    rows = Order.objects.filter(pk__in=ids).select_related("customer__owner")
    rows = rows.prefetch_related("lines", "customs_papers")
    return {str(order.pk): order for order in rows}
