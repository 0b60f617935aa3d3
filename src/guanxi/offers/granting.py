"""Hands out personal codes: one per occasion, within the limits and the budget, every refusal with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from guanxi.firm import queries as firm_queries
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Event
from guanxi.offers import documents, queries
from guanxi.offers.codes import code_for
from guanxi.offers.models import Grant, Offer, OfferVersion
from guanxi.offers.reasons import Reason, because
from guanxi.offers.rules import END_OF_MONTH, CodeTerms, why_not_grant

PERSON, CAMPAIGN, JOURNEY, API, ORDER = "person", "campaign", "journey", "api", "order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A code for one contact; the same `key` is the same occasion. `valid_for` replaces the offer's own time."""

    key: str
    offer: str
    contact: Contact
    origin_kind: str
    origin: str = ""
    origin_id: str = ""
    valid_for: timedelta | None = None


class NotGranted(Exception):
    """No code was handed out; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(str(reason))


def grant(*, wish: Wish, now: datetime) -> Grant:
    """The code of this occasion. Raises NotGranted."""
    found = grant_many(wishes=[wish], now=now)[wish.key]
    if isinstance(found, Reason):
        raise NotGranted(found)
    return found


@transaction.atomic
def grant_many(*, wishes: Sequence[Wish], now: datetime) -> dict[str, Grant | Reason]:
    """By key the code, new or handed out before, or the reason why there is none; an event tells of each new one."""
    names = {wish.offer for wish in wishes}
    # The rows are locked first: two workers with the same occasion shall find one code.
    rows = Offer.objects.select_for_update().filter(name__in=names).order_by("pk")
    offers = {each.name: each for each in rows}
    found: dict[str, Grant | Reason] = dict(queries.grants_by_key([wish.key for wish in wishes]))
    open_wishes = [wish for wish in {each.key: each for each in wishes}.values() if wish.key not in found]
    if not open_wishes:
        return found
    desk = _Desk(offers, open_wishes, now)
    found |= {wish.key: desk.look_at(wish, now) for wish in open_wishes}
    new = [each for each in (found[wish.key] for wish in open_wishes) if isinstance(each, Grant)]
    Grant.objects.bulk_create(new)
    ledger_actions.record_events([_note(each, now) for each in new])
    return found


class _Desk:
    """What is asked of each wish of a batch, gathered once; counts what it hands out itself."""

    def __init__(self, offers: dict[str, Offer], wishes: Sequence[Wish], now: datetime) -> None:
        self.today = firm_queries.the_firm().day_of(now)
        self.offers = offers
        self.read = {name: documents.read_offer(each.document) for name, each in offers.items()}
        self.facts = queries.facts_of_contacts([wish.contact for wish in wishes], on=self.today)
        self.given = queries.given(
            {offers[wish.offer].pk: self.read[wish.offer] for wish in wishes if wish.offer in offers},
            {wish.contact.customer_id for wish in wishes}, on=self.today,
        )  # fmt: skip
        self.versions: dict[str, OfferVersion] = {}

    def look_at(self, wish: Wish, now: datetime) -> Grant | Reason:
        record = self.offers.get(wish.offer)
        if record is None:
            return because("no_offer")
        if not record.is_active:
            return because("switched_off")
        offer, facts = self.read[wish.offer], self.facts[wish.contact.pk]
        counted = self.given.of(record.pk, wish.contact.customer_id, facts.standings.get(offer.budget, ""))
        if reason := why_not_grant(offer, facts, counted):
            return reason
        self.given.count(record.pk, wish.contact.customer_id)
        terms = offer.code or CodeTerms(until=END_OF_MONTH if offer.terms.in_birthday_month else "")
        if wish.valid_for:
            terms = replace(terms, days=max(wish.valid_for.days, 1), until="")
        valid_until = terms.valid_until(self.today)
        if offer.terms.until_on:
            valid_until = min(valid_until, offer.terms.until_on)
        return Grant(
            version=self._version(record), offer=record, customer_id=wish.contact.customer_id, contact=wish.contact,
            code=code_for(settings.SECRET_KEY, wish.key, terms.prefix), key=wish.key, origin_kind=wish.origin_kind,
            origin=wish.origin, origin_id=wish.origin_id, uses=terms.uses, granted_at=now, granted_on=self.today,
            valid_until=valid_until,
        )  # fmt: skip

    def _version(self, record: Offer) -> OfferVersion:
        if record.name not in self.versions:
            self.versions[record.name], _ = OfferVersion.objects.get_or_create(
                offer=record, number=record.version, defaults={"document": record.document}
            )
        return self.versions[record.name]


def withdraw(*, grant: Grant, because: str, now: datetime) -> None:
    """Take a code back that was not used; what it was used for stays."""
    Grant.objects.filter(pk=grant.pk, withdrawn_at=None).update(withdrawn_at=now, withdrawn_because=because[:200])


def _note(grant: Grant, now: datetime) -> Event:
    return Event(
        name="offer.granted", occurred_at=now, recorded_at=now, source="offers", customer_id=grant.customer_id,
        contact_id=grant.contact_id, object_kind="grant", object_id=str(grant.pk or ""),
        properties={"offer": grant.offer.name, "valid_until": grant.valid_until.isoformat(),
                    "origin_kind": grant.origin_kind, "origin": grant.origin},
    )  # fmt: skip
