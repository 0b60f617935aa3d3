"""What is known of a customer beside his orders: traits, who introduced him, what he has in stock."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from guanxi.ledger.actions import record_event
from guanxi.ledger.models import Contact, Customer, Referral, StockLevel, Trait
from guanxi.ledger.traits import TRAITS
from guanxi.staff.models import User


class UnknownTrait(ValueError):
    """That is no trait of the vocabulary."""


class OddReferral(ValueError):
    """Nobody introduces himself, and nobody is introduced twice."""


class OddStock(ValueError):
    """A stock cannot be less than nothing."""


def set_trait(
    *,
    customer: Customer,
    name: str,
    now: datetime,
    value: bool = True,
    reason: str = "",
    actor: User | None = None,
    since_on: date | None = None,
    until_on: date | None = None,
    source: str = "console",
    historical: bool = False,
) -> Trait | None:
    """Record a trait with its reason, and the event trait.set; None when the newest says the same already.

    Raises UnknownTrait.
    """
    if name not in TRAITS:
        raise UnknownTrait(f"{name!r} is no trait; use one of {', '.join(TRAITS)}.")
    day = since_on or now.date()
    with transaction.atomic():
        newest = Trait.objects.filter(customer=customer, name=name).order_by("-set_at", "-id").first()
        if newest and newest.value == value and newest.until_on == until_on and newest.since_on <= day:
            return None
        trait = Trait.objects.create(
            customer=customer, name=name, value=value, reason=reason, since_on=day, until_on=until_on, set_by=actor,
            set_at=now,
        )  # fmt: skip
        record_event(
            name="trait.set", occurred_at=now, now=now, source=source, customer=customer,
            properties={"name": name, "value": value, "reason": reason}, historical=historical,
        )  # fmt: skip
    return trait


def record_referral(
    *, referrer: Customer, referred: Customer, introduced_on: date, now: datetime, note: str = ""
) -> Referral:
    """Who introduced whom, with the event referral.made at the referrer (D-30); said again, it changes day and note.

    Raises OddReferral.
    """
    if referrer.pk == referred.pk:
        raise OddReferral("A customer cannot have introduced himself; choose another referrer.")
    with transaction.atomic():
        known = Referral.objects.select_related("referrer").filter(referred=referred).first()
        if known and known.referrer_id != referrer.pk:
            raise OddReferral(f"{referred} was introduced by {known.referrer} already.")
        referral, is_new = Referral.objects.update_or_create(
            referred=referred,
            defaults={"referrer": referrer, "introduced_on": introduced_on, "note": note[:300]},
            create_defaults={
                "referrer": referrer, "introduced_on": introduced_on, "note": note[:300], "created_at": now,
            },
        )  # fmt: skip
        if is_new:
            record_event(
                name="referral.made", occurred_at=now, now=now, source="ledger", customer=referrer,
                object_kind="customer", object_id=str(referred.pk), properties={"customer": referred.name},
            )  # fmt: skip
    return referral


def record_stock_level(
    *,
    customer: Customer,
    product_code: str,
    quantity: Decimal,
    now: datetime,
    safety_quantity: Decimal | None = None,
    as_of_at: datetime | None = None,
    contact: Contact | None = None,
    source: str = "console",
    historical: bool = False,
) -> StockLevel:
    """What the customer has left of an article (D-24), with stock.below_safety once per fall below his line (P-05).

    Without `safety_quantity` the known line stays (0 when none is). A report older than the newest one changes
    nothing. Raises OddStock.
    """
    if quantity < 0 or (safety_quantity is not None and safety_quantity < 0):
        raise OddStock("Write a stock and a safety line of zero or more.")
    moment = min(as_of_at or now, now)
    with transaction.atomic():
        level = (
            StockLevel.objects.select_for_update()
            .filter(customer=customer, product_code=product_code)
            .first()
        )  # fmt: skip
        if level and level.as_of_at > moment:
            return level
        was_below = level is not None and level.quantity < level.safety_quantity
        line = safety_quantity if safety_quantity is not None else level.safety_quantity if level else Decimal(0)
        level, _ = StockLevel.objects.update_or_create(
            customer=customer, product_code=product_code,
            defaults={"quantity": quantity, "safety_quantity": line, "as_of_at": moment},
        )  # fmt: skip
        if quantity < line and not was_below:
            record_event(
                name="stock.below_safety", occurred_at=moment, now=now, source=source, customer=customer,
                contact=contact, object_kind="product", object_id=product_code[:80], historical=historical,
                properties={"product_code": product_code, "quantity": str(quantity), "safety_quantity": str(line)},
            )  # fmt: skip
    return level


def stock_levels_of(customer_id: int) -> list[StockLevel]:
    """By article."""
    return list(StockLevel.objects.filter(customer_id=customer_id).order_by("product_code"))


def introduced_by(customer_id: int) -> Referral | None:
    """Who introduced this customer."""
    return Referral.objects.select_related("referrer").filter(referred_id=customer_id).first()


def introduced(customer_id: int) -> list[Referral]:
    """Whom this customer introduced, the newest first."""
    return list(Referral.objects.select_related("referred").filter(referrer_id=customer_id).order_by("-introduced_on"))


def traits_of(customer_id: int, *, on: date) -> list[Trait]:
    """What counts on that day, the newest of each name, in the order of the vocabulary."""
    newest: dict[str, Trait] = {}
    found = Trait.objects.filter(customer_id=customer_id, since_on__lte=on).select_related("set_by")
    for trait in found.order_by("set_at", "id"):
        newest[trait.name] = trait
    counting = [newest[name] for name in TRAITS if name in newest]
    return [trait for trait in counting if trait.until_on is None or trait.until_on > on]
