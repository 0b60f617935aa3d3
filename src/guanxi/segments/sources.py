"""Reads the fact tables out of the database, for everybody or for a few customers, by the same code.

Days are calendar days of the firm's zone. Orders, lines and events of everybody come from the ledger's frames instead
(frames.py); what is read of them here follows the same rules.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet

from guanxi.consent import queries as consent_queries
from guanxi.consent import rules as consent_rules
from guanxi.culture.profiles import profile_for
from guanxi.firm.queries import the_firm
from guanxi.ledger import event_frames
from guanxi.ledger.models import NOT_ORDERED, Contact, Customer, Event, Order, OrderLine, StockLevel, Trait
from guanxi.segments.holding import Row
from guanxi.segments.models import Membership
from guanxi.tiering.models import Standing

AT_ONCE = 5_000
VOLUNTEERED = ("sex", "age_band", "style")
LARGEST_NUMBER = 1e15


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows, and as of which moment; `customer_ids` None is everybody, `names` the events that are asked for."""

    now: datetime
    customer_ids: Collection[int] | None = None
    names: Collection[str] = ()
    segments: Collection[str] = ()

    @property
    def zone(self) -> ZoneInfo:
        return the_firm().zone

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def of(self, rows: QuerySet[Any], column: str = "customer_id") -> QuerySet[Any]:
        return rows if self.customer_ids is None else rows.filter(Q((f"{column}__in", list(self.customer_ids))))


def customers(scope: Scope) -> Iterator[Row]:
    zone = scope.zone
    for row in _stream(scope.of(Customer.objects.current(), "id").values(*CUSTOMER_COLUMNS)):
        yield row | {
            "customer_id": row["id"],
            "owner": str(row["owner_id"]) if row["owner_id"] else "",
            "created_on": row["created_at"].astimezone(zone).date(),
        }


CUSTOMER_COLUMNS = (
    "id", "name", "kind", "country", "region", "city", "trade", "domain", "source", "owner_id", "is_blocked",
    "created_at", "founded_on", "cooperation_since",
)  # fmt: skip
CONTACT_COLUMNS = (
    "id", "customer_id", "language", "country", "city", "position", "birthday", "is_primary", "email_key",
    "created_at", "fields",
)  # fmt: skip


def contacts(scope: Scope) -> Iterator[Row]:
    """With consent and suppression; `is_first` marks the one of each customer whom we write to first."""
    rows = scope.of(Contact.objects.filter(customer__merged_into__isnull=True)).order_by(
        "customer_id", "-is_primary", "id"
    )
    found = _stream(
        rows.values(*CONTACT_COLUMNS, customer_country=F("customer__country"), customer_kind=F("customer__kind"))
    )
    zone, written_to = scope.zone, -1
    while batch := list(islice(found, AT_ONCE)):
        stands = consent_queries.stands_of([row["id"] for row in batch])
        barred = consent_queries.suppressions_of([row["email_key"] for row in batch if row["email_key"]])
        for row in batch:
            is_first = bool(row["email_key"]) and row["customer_id"] != written_to
            written_to = row["customer_id"] if is_first else written_to
            yield _contact(row, stands, barred.get(row["email_key"] or "", frozenset()), scope.now, zone) | {
                "is_first": is_first
            }


def _contact(
    row: Row,
    stands: Mapping[tuple[int, str], consent_rules.Stand],
    suppressions: frozenset[str],
    now: datetime,
    zone: ZoneInfo,
) -> dict[str, Any]:
    country = row["country"] or row["customer_country"]
    answer = consent_rules.may_send(
        kind=consent_rules.MARKETING,
        permission=stands.get((row["id"], consent_rules.MARKETING)),
        suppressions=suppressions,
        now=now,
        country=country,
    )
    has_address = bool(row["email_key"])
    return {
        **row,
        "contact_id": row["id"],
        "country": country,
        "language": row["language"] or _language_of(country),
        "has_address": has_address,
        "created_on": row["created_at"].astimezone(zone).date(),
        **{f"{purpose}_consent": _state(stands.get((row["id"], purpose)), now) for purpose in consent_rules.PURPOSES},
        "is_suppressed": bool(suppressions),
        "is_mailable": answer.allowed and has_address,
        "mail_reason": answer.reason if has_address else "no_address",
        **_volunteered(row, stands.get((row["id"], consent_rules.PROFILING)), now),
    }


def _language_of(country: str) -> str:
    """The first language of a country that has a profile; empty for others."""
    profile = profile_for(country)
    return "" if "languages" in profile.defaults else profile.languages[0]


def _state(stand: consent_rules.Stand | None, now: datetime) -> str:
    if stand is None:
        return "none"
    if stand.state == consent_rules.GRANTED and not consent_rules.is_in_force(stand, now):
        return consent_rules.EXPIRED
    return stand.state


def _volunteered(row: Row, profiling: consent_rules.Stand | None, now: datetime) -> dict[str, str]:
    """D-25, CN-28: of persons who buy for themselves, while they permit it; of nobody else."""
    if row["customer_kind"] != "b2c" or not consent_rules.is_in_force(profiling, now):
        return dict.fromkeys(VOLUNTEERED, "")
    return {name: _plain(row["fields"].get(name)) for name in VOLUNTEERED}


def labels(scope: Scope) -> Iterator[Row]:
    for row in _stream(scope.of(Customer.objects.current(), "id").exclude(tags=[]).values("id", "tags")):
        for tag in dict.fromkeys(row["tags"]):
            yield {"customer_id": row["id"], "kind": "tag", "value": str(tag)}


def attributes(scope: Scope) -> Iterator[Row]:
    for row in _stream(scope.of(Customer.objects.current(), "id").exclude(fields={}).values("id", "fields")):
        for name, value in row["fields"].items():
            text = _plain(value)
            if text:
                yield {"customer_id": row["id"], "name": name, "value": text, "number": _number(text)}


def traits(scope: Scope) -> Iterator[Row]:
    """Of each name the newest row, while it counts."""
    rows = scope.of(Trait.objects.filter(since_on__lte=scope.today)).order_by("customer_id", "set_at", "id")
    newest: dict[tuple[int, str], Row] = {}
    for row in _stream(rows.values("customer_id", "name", "value", "until_on")):
        newest[row["customer_id"], row["name"]] = row
    return (row for row in newest.values() if row["until_on"] is None or row["until_on"] > scope.today)


def standings(scope: Scope) -> Iterator[Row]:
    zone = scope.zone
    for row in _stream(
        scope.of(Standing.objects.all()).values("customer_id", "tier", "since_at", name=F("scheme__name"))
    ):
        yield row | {"scheme": row["name"], "since_on": row["since_at"].astimezone(zone).date()}


def stock(scope: Scope) -> Iterator[Row]:
    """One row per customer: whether any article of his is below its line (P-05)."""
    below: dict[int, bool] = {}
    for row in _stream(scope.of(StockLevel.objects.all()).values("customer_id", "quantity", "safety_quantity")):
        below[row["customer_id"]] = below.get(row["customer_id"], False) or row["quantity"] < row["safety_quantity"]
    return ({"customer_id": customer_id, "is_below": is_below} for customer_id, is_below in below.items())


def memberships(scope: Scope) -> Iterator[Row]:
    """Of the segments that are asked for."""
    rows = scope.of(Membership.objects.filter(segment__key__in=list(scope.segments)))
    for row in _stream(rows.values("customer_id", "contact_id", key=F("segment__key"))):
        yield row | {"segment": row["key"]}


def orders(scope: Scope) -> Iterator[Row]:
    zone = scope.zone
    rows = scope.of(Order.objects.exclude(stage__in=NOT_ORDERED))
    for row in _stream(rows.values("id", "customer_id", "placed_at", "amount", "amount_reporting", "kind", "currency")):
        yield row | {
            "order_id": str(row["id"]),
            "ordered_on": row["placed_at"].astimezone(zone).date(),
            "amount": Decimal(0) if row["amount"] == 0 else row["amount_reporting"],
            "is_credit": row["kind"] == "credit",
        }


def lines(scope: Scope) -> Iterator[Row]:
    zone = scope.zone
    rows = OrderLine.objects.exclude(order__stage__in=NOT_ORDERED).filter(order__rate__isnull=False)
    found = scope.of(rows, "order__customer_id").values(
        "product_code", "category", "amount", "order_id", customer_id=F("order__customer_id"),
        placed_at=F("order__placed_at"), kind=F("order__kind"), rate=F("order__rate"),
    )  # fmt: skip
    for row in _stream(found):
        yield row | {
            "order_id": str(row["order_id"]),
            "ordered_on": row["placed_at"].astimezone(zone).date(),
            "amount": round(row["amount"] * row["rate"], 4),
            "is_credit": row["kind"] == "credit",
        }


def events(scope: Scope) -> Iterator[Row]:
    """Those whose names are asked for."""
    zone = scope.zone
    found = scope.of(Event.objects.filter(name__in=list(scope.names))).values(
        "customer_id", "contact_id", "name", "occurred_at", "object_kind", "object_id", "source", "properties"
    )
    rows = _stream(found)
    while batch := list(islice(rows, AT_ONCE)):
        said = event_frames.said([json.dumps(row["properties"]) for row in batch])
        columns = {name: values if isinstance(values, list) else values.to_pylist() for name, values in said.items()}
        for place, row in enumerate(batch):
            own = {name: values[place] for name, values in columns.items()}
            yield row | own | {"occurred_on": row["occurred_at"].astimezone(zone).date()}


SOURCES: Mapping[str, Callable[[Scope], Iterator[Row]]] = {
    "customers": customers, "contacts": contacts, "labels": labels, "attributes": attributes, "traits": traits,
    "standings": standings, "stock": stock, "memberships": memberships, "orders": orders, "lines": lines,
    "events": events,
}  # fmt: skip
# Of everybody these come from the ledger's own frames.
LEDGER_FRAMES = ("orders", "lines", "events")


def _stream(rows: QuerySet[Any]) -> Iterator[dict[str, Any]]:
    return rows.iterator(chunk_size=AT_ONCE)


def _plain(value: object) -> str:
    """What an import carried, as a text; a list or mapping has no place in a rule."""
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()[:200]


def _number(text: str) -> float | None:
    try:
        number = float(text.replace(",", ""))
    except ValueError:
        return None
    return number if abs(number) < LARGEST_NUMBER else None


def grouped(rows: Iterator[Row], customer_ids: Sequence[int]) -> dict[int, list[Row]]:
    """The rows by customer; every customer has a place."""
    found: dict[int, list[Row]] = {customer_id: [] for customer_id in customer_ids}
    for row in rows:
        if row["customer_id"] in found:
            found[row["customer_id"]].append(row)
    return found
