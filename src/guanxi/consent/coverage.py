"""How many readers may be written to, and why not the others: by country and by basis (G-12, RL-04)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When

from guanxi.consent.models import Permission
from guanxi.consent.rules import EXPIRED, GRANTED, MARKETING
from guanxi.ledger.models import Contact

NOTHING = "none"


@dataclass(frozen=True, slots=True)
class Row:
    """The contacts of one country; `states` counts them by what they last said, `bases` those with a yes."""

    country: str
    contacts: int
    allowed: int
    states: dict[str, int]
    bases: dict[str, int]


def by_country(*, now: datetime) -> list[Row]:
    """One row per country with contacts who have an address, the largest first; one query."""
    counted: dict[str, list[tuple[str, str, int]]] = {}
    for country, state, basis, count in _counts(now):
        counted.setdefault(country, []).append((state or NOTHING, basis or "", count))
    rows = [_row(country, cells) for country, cells in counted.items()]
    return sorted(rows, key=lambda row: (-row.contacts, row.country))


def _counts(now: datetime) -> QuerySet[Contact, tuple[str, str | None, str | None, int]]:
    newest = Permission.objects.filter(
        contact=OuterRef("pk"), purpose=MARKETING, channel="email", topic=""
    ).order_by("-obtained_at", "-id")  # fmt: skip
    ran_out = Q(said=GRANTED, ends__lte=now)
    contacts = Contact.objects.filter(email_key__isnull=False).annotate(
        where=Case(When(country="", then=F("customer__country")), default=F("country")),
        said=Subquery(newest.values("state")[:1]), on=Subquery(newest.values("basis")[:1]),
        ends=Subquery(newest.values("expires_at")[:1]),
    )  # fmt: skip
    stated = contacts.annotate(stands=Case(When(ran_out, then=Value(EXPIRED)), default=F("said")))
    grouped = stated.order_by().values("where", "stands", "on").annotate(count=Count("pk"))
    return grouped.values_list("where", "stands", "on", "count")


def _row(country: str, cells: list[tuple[str, str, int]]) -> Row:
    states: dict[str, int] = {}
    bases: dict[str, int] = {}
    for state, basis, count in cells:
        states[state] = states.get(state, 0) + count
        if state == GRANTED:
            bases[basis] = bases.get(basis, 0) + count
    return Row(country, sum(states.values()), states.get(GRANTED, 0), states, bases)
