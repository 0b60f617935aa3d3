"""Purchases and inquiries give, renew or end what a reader's country lets them stand for (RL-04, RL-15)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from guanxi.consent import actions, queries
from guanxi.consent.basis import INQUIRY, PURCHASE, Grounds, Relation, grounds_for
from guanxi.consent.models import ConsentPolicy, Permission
from guanxi.consent.rules import EXPIRED, GRANTED, MARKETING
from guanxi.consent.statements import Proof
from guanxi.culture.profiles import profile_of
from guanxi.firm.queries import the_firm
from guanxi.ledger.models import Contact, Event

KIND_OF = {"order.placed": PURCHASE, "inquiry.received": INQUIRY}
COMPUTED = frozenset({"implied", "soft_opt_in", "legitimate_interest"})


def the_policy() -> ConsentPolicy:
    """What the firm says of its sales; unless it says so, no opt-out was offered."""
    return ConsentPolicy.objects.filter(pk=1).first() or ConsentPolicy(pk=1)


def set_policy(*, offers_opt_out_at_sale: bool, advertises_similar_goods: bool, now: datetime) -> ConsentPolicy:
    fields = {
        "offers_opt_out_at_sale": offers_opt_out_at_sale, "advertises_similar_goods": advertises_similar_goods,
        "changed_at": now,
    }  # fmt: skip
    return ConsentPolicy.objects.update_or_create(pk=1, defaults=fields)[0]


@transaction.atomic
def react_to(*, events: Iterable[Event], now: datetime) -> int:
    """Record what new purchases and inquiries stand for; returns how many permissions came of it.

    A reader's own word, yes or no, is never touched by it.
    """
    told = [event for event in events if event.name in KIND_OF and event.customer_id and not event.is_historical]
    policy = the_policy() if told else None
    return sum(_derive(event, contact, policy, now) for event in told if policy for contact in _readers(event))


def _readers(event: Event) -> list[Contact]:
    """Who bought or asked; when the event names nobody, whom we write to first."""
    contacts = Contact.objects.filter(email_key__isnull=False).select_related("customer")
    if event.contact_id:
        return list(contacts.filter(pk=event.contact_id))
    return list(contacts.filter(customer=event.customer).order_by("-is_primary", "pk")[:1])


def _derive(event: Event, contact: Contact, policy: ConsentPolicy, now: datetime) -> int:
    newest = queries.permission_of(contact.pk, MARKETING)
    if not _is_open_to(newest) or queries.is_suppressed(contact.email_key or ""):
        return 0
    grounds = grounds_of(contact, KIND_OF[event.name], event.occurred_at, policy, now)
    if not grounds.basis or _is_no_news(newest, grounds):
        return 0
    proof = Proof(
        method=KIND_OF[event.name], basis=grounds.basis, jurisdiction=contact.country or contact.customer.country,
        source=event.source, evidence={"event": event.pk, event.object_kind or "object": event.object_id},
    )  # fmt: skip
    actions.grant(contact=contact, purpose=MARKETING, proof=proof, now=now, expires_at=grounds.expires_at)
    return 1


def grounds_of(contact: Contact, kind: str, at: datetime, policy: ConsentPolicy, now: datetime) -> Grounds:
    """What a purchase or inquiry of this contact stands for in his country."""
    country = contact.country or contact.customer.country
    relation = Relation(kind, at, policy.advertises_similar_goods, policy.offers_opt_out_at_sale)
    law = profile_of(country, the_firm().culture).law
    return grounds_for(law=law, country=country, customer_kind=contact.customer.kind, relation=relation, now=now)


def _is_open_to(newest: Permission | None) -> bool:
    """Nothing is on record, or only what was computed before: then a newer purchase may speak."""
    return newest is None or (newest.state in (GRANTED, EXPIRED) and newest.basis in COMPUTED)


def _is_no_news(newest: Permission | None, grounds: Grounds) -> bool:
    if newest is None or newest.state != GRANTED or newest.basis != grounds.basis:
        return False
    ends = newest.expires_at
    return ends is None or (grounds.expires_at is not None and grounds.expires_at <= ends)
