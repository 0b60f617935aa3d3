"""Everything the customer page shows beside the timeline, gathered from the rooms below as plain values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from guanxi.consent import queries as consent_queries
from guanxi.consent import rules as consent_rules
from guanxi.culture import greeting, profiles, windows, zones
from guanxi.firm import queries as firm_queries
from guanxi.firm.models import Firm
from guanxi.journeys import queries as journeys_queries
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger import stages
from guanxi.ledger.models import Contact, Customer, Invoice, Order
from guanxi.outbox import filling, letterbook
from guanxi.outbox import queries as outbox_queries

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock there. `safe_until` is set while it is fitting to write, else `fits_at` with its reasons. `note` says
    what was wrong with an entry that could not be used."""

    zone: str
    source: str
    confidence: str
    safe_until: datetime | None
    fits_at: datetime
    reasons: tuple[windows.Reason, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Mandate:
    """What a contact allows for marketing: a key of consent.rules.REASONS (or no_address), on which basis."""

    allowed: bool
    reason: str
    basis: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """A reader; `language` is the one letters are chosen by, `greeting` how one of them would begin."""

    id: int
    name: str
    position: str
    email: str
    phone: str
    language: str
    greeting: str
    is_primary: bool
    mandate: Mandate


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """One order or credit of the list."""

    id: int
    number: str
    kind: str
    placed_at: datetime
    amount: Decimal
    currency: str
    stage: str
    is_open: bool
    is_trial: bool


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """A bill; `days_late` counts to today while it is open, to the payment when it was paid late."""

    number: str
    due_on: Any
    paid_on: Any
    amount: Decimal
    currency: str
    days_late: int


@dataclass(frozen=True, slots=True)
class JourneyFacts:
    """An enrolment of one of the contacts."""

    id: int
    key: str
    title: Mapping[str, str]
    contact: str
    state: str
    step: str
    due_at: datetime
    ended_at: datetime | None
    end_reason: str


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """One statement with its evidence."""

    contact: str
    purpose: str
    state: str
    basis: str
    method: str
    jurisdiction: str
    wording: str
    source: str
    actor: str
    obtained_at: datetime
    expires_at: datetime | None
    evidence: dict[str, Any] = field(default_factory=dict)
    channel: str = "email"


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """One customer, as the page needs him; money is in `currency`, the reporting currency."""

    customer: dict[str, Any]
    currency: str
    figures: ledger_queries.OrderFigures
    days_since_last_order: int | None
    clock: Clock
    contacts: list[ContactFacts]
    orders: list[OrderFacts]
    order_total: int
    invoices: list[InvoiceFacts]
    late_invoices: int
    journeys: list[JourneyFacts]
    consents: list[ConsentFacts]

    @property
    def average(self) -> Decimal | None:
        return self.figures.spend_total / self.figures.order_count if self.figures.order_count else None

    @property
    def first_contact(self) -> ContactFacts | None:
        return self.contacts[0] if self.contacts else None


def facts_of(customer: Customer, *, now: datetime) -> CustomerFacts:
    """The facts of a customer the reader may see; a fixed number of queries."""
    firm = firm_queries.the_firm()
    contacts = list(Contact.objects.filter(customer=customer).select_related("customer").order_by("-is_primary", "id"))
    figures = ledger_queries.order_figures(customer.pk)
    orders = Order.objects.filter(customer=customer)
    invoices = invoices_of(customer, today=now.astimezone(ZoneInfo(firm.time_zone)).date())
    return CustomerFacts(
        customer=_head(customer),
        currency=firm.reporting_currency,
        figures=figures,
        days_since_last_order=(now.date() - figures.last_order_at.date()).days if figures.last_order_at else None,
        clock=clock_of(customer, contacts[0] if contacts else None, now=now, firm=firm),
        contacts=_contacts(contacts, now=now, firm=firm),
        orders=[_order(each) for each in orders.order_by("-placed_at", "-id")[:SHOWN]],
        order_total=orders.count(),
        invoices=invoices[:SHOWN],
        late_invoices=sum(1 for each in invoices if each.days_late and not each.paid_on),
        journeys=[_journey(each) for each in journeys_queries.journeys_of(customer.pk)[:SHOWN]],
        consents=_consents(contacts),
    )


def _head(customer: Customer) -> dict[str, Any]:
    return {
        "id": customer.pk, "name": customer.name, "kind": customer.kind, "country": customer.country,
        "country_as_given": customer.country_as_given, "region": customer.region, "city": customer.city,
        "address": customer.address, "domain": customer.domain, "trade": customer.trade,
        "owner": str(customer.owner) if customer.owner else "", "owner_id": customer.owner_id,
        "tags": list(customer.tags), "is_blocked": customer.is_blocked, "since": customer.cooperation_since,
        "source": customer.source, "fields": dict(customer.fields), "created_at": customer.created_at,
    }  # fmt: skip


def clock_of(customer: Customer, contact: Contact | None, *, now: datetime, firm: Firm) -> Clock:
    """What time it is at the first contact's and whether one may write now, as for a marketing mail."""
    country = (contact.country if contact else "") or customer.country
    zone = zones.zone_for(
        contact_zone=contact.time_zone if contact else "",
        city=(contact.city if contact else "") or customer.city,
        region=customer.region,
        phone=contact.phone if contact else "",
        country=country,
        fallback=firm.time_zone,
    )
    city = (contact.city if contact else "") or customer.city
    profile = profiles.profile_at(country, customer.region, city, overrides=firm.culture)
    fitting = windows.next_fitting_moment(
        now=now,
        country=country,
        zone=zone.name,
        kind=windows.MARKETING,
        keeps_hold=contact.keeps_ramadan_hold if contact else True,
        ramadan_shift_days=outbox_queries.policy().ramadan_shift_days,
        profile=profile,
        firm=profiles.profile_of(firm.country, firm.culture) if firm.country else None,
    )
    is_safe = fitting.moment <= now
    return Clock(
        zone=zone.name,
        source=zone.source,
        confidence=zone.confidence,
        safe_until=_end_of_work(now, zone.name, profile) if is_safe else None,
        fits_at=fitting.moment,
        reasons=fitting.reasons,
        note=zone.note,
    )


def _end_of_work(now: datetime, zone: str, profile: profiles.Profile) -> datetime:
    hours = profile.working_hours
    local = now.astimezone(ZoneInfo(zone))
    end = datetime.combine(local.date(), hours.end, tzinfo=local.tzinfo)
    return end if hours.begin <= hours.end or local.time() < hours.end else end + timedelta(days=1)


def _contacts(contacts: Collection[Contact], *, now: datetime, firm: Firm) -> list[ContactFacts]:
    stands = consent_queries.stands_of([each.pk for each in contacts])
    scopes = consent_queries.suppressions_of([each.email_key for each in contacts if each.email_key])
    return [_contact(each, _mandate(each, stands, scopes, now), firm) for each in contacts]


def _mandate(contact: Contact, stands: Any, scopes: Any, now: datetime) -> Mandate:
    if not contact.email_key:
        return Mandate(allowed=False, reason="no_address")
    stand = stands.get((contact.pk, consent_rules.MARKETING))
    answer = consent_rules.may_send(
        kind=consent_rules.MARKETING,
        permission=stand,
        suppressions=scopes.get(contact.email_key, frozenset()),
        now=now,
        country=contact.country or contact.customer.country,
    )
    return Mandate(answer.allowed, answer.reason, answer.basis, stand.expires_at if stand else None)


def _contact(contact: Contact, mandate: Mandate, firm: Firm) -> ContactFacts:
    reader = filling.reader_of(contact)
    language = letterbook.languages_of(contact, firm.culture)[0]
    opening = greeting.greeting_for(reader, language, profiles.profile_of(reader.country, firm.culture))
    return ContactFacts(
        id=contact.pk, name=str(contact), position=contact.position, email=contact.email, phone=contact.phone,
        language=language, greeting=opening, is_primary=contact.is_primary,
        mandate=mandate,
    )  # fmt: skip


def _order(order: Order) -> OrderFacts:
    return OrderFacts(
        id=order.pk, number=order.number, kind=order.kind, placed_at=order.placed_at, amount=order.amount,
        currency=order.currency, stage=order.stage,
        is_open=order.kind == "order" and stages.is_open(order.stage), is_trial=order.is_trial,
    )  # fmt: skip


def invoices_of(customer: Customer, *, today: Any) -> list[InvoiceFacts]:
    """The bills, open ones first, then the newest."""
    rows = Invoice.objects.filter(customer=customer).order_by("-issued_on", "-id")
    facts = [
        InvoiceFacts(
            number=each.number, due_on=each.due_on, paid_on=each.paid_on, amount=each.amount,
            currency=each.currency, days_late=_days_late(each, today),
        )
        for each in rows
    ]  # fmt: skip
    return sorted(facts, key=lambda each: each.paid_on is not None)


def _days_late(invoice: Invoice, today: Any) -> int:
    return max(0, ((invoice.paid_on or today) - invoice.due_on).days) if invoice.due_on else 0


def _journey(enrolment: Any) -> JourneyFacts:
    return JourneyFacts(
        id=enrolment.pk, key=enrolment.journey.key, title=enrolment.journey.names, contact=str(enrolment.contact),
        state=enrolment.state, step=enrolment.step, due_at=enrolment.due_at, ended_at=enrolment.ended_at,
        end_reason=enrolment.end_reason,
    )  # fmt: skip


def _consents(contacts: Iterable[Contact]) -> list[ConsentFacts]:
    names = {each.pk: str(each) for each in contacts}
    rows = consent_queries.history_of_all(names)
    return [
        ConsentFacts(
            contact=names[each.contact_id], purpose=each.purpose, state=each.state, basis=each.basis,
            method=each.method, jurisdiction=each.jurisdiction, wording=each.wording, source=each.source,
            actor=str(each.actor) if each.actor else "", obtained_at=each.obtained_at,
            expires_at=each.expires_at, evidence=dict(each.evidence), channel=each.channel,
        )
        for each in rows
    ]  # fmt: skip
