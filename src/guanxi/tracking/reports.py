"""Carries out what a shop or a program reports: an order, a refund, a shipment, a payment, a permission.

Each leaves the ledger's own events, so that journeys start from it as from any other source; history starts none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from guanxi.consent import actions as consent_actions
from guanxi.consent.rules import MARKETING, PURPOSES
from guanxi.consent.statements import Proof
from guanxi.firm.queries import the_firm
from guanxi.kernel import places
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import payments
from guanxi.ledger.models import Contact, Event, Order
from guanxi.ledger.stages import ALL_STAGES
from guanxi.tracking.calls import Sender, Taken
from guanxi.tracking.order_reports import lines_of, number_of, text_of

COMPLETED = "Order Completed"


@dataclass(frozen=True, slots=True)
class Report:
    """An event of a known contact, from a key that may report deeds."""

    event: Event
    contact: Contact
    sender: Sender
    now: datetime
    taken: Taken

    @property
    def shop(self) -> str:
        """Under this source the shop's orders are numbered."""
        return f"shop:{self.sender.name}"[:60]

    def order(self) -> Order | None:
        """The customer's order with the number the shop names; the shop's own first."""
        number = text_of(self.event.properties, "order_id", "order_number", "number")
        if not number:
            return None
        orders = Order.objects.filter(customer_id=self.contact.customer_id, number=number, kind="order")
        found = sorted(orders.select_related("customer", "contact"), key=lambda each: each.source != self.shop)
        if not found:
            self.taken.warnings.append(f"properties.order_id: {number!r} is no order of this customer.")
        return found[0] if found else None


def carry_out(report: Report) -> None:
    """Do what the event tells of; events that tell of no deed do nothing."""
    deed = DEEDS.get(report.event.name)
    if deed:
        deed(report)


def _order_completed(report: Report) -> None:
    properties, event = report.event.properties, report.event
    number = text_of(properties, "order_id", "order_number", "checkout_id")
    lines = lines_of(properties)
    if not number or not lines:
        report.taken.warnings.append("properties: an order needs order_id and products with price, or a total.")
        return
    currency = places.currency_code(text_of(properties, "currency"))
    if not currency:
        currency = the_firm().reporting_currency
        report.taken.warnings.append(f"properties.currency: missing or unknown; {currency} is assumed.")
    coupon = text_of(properties, "coupon", longest=80)
    try:
        ledger_actions.record_order(
            customer=report.contact.customer, contact=report.contact, number=number, placed_at=event.occurred_at,
            currency=currency, lines=lines, source=report.shop, historical=event.is_historical, now=report.now,
            fields={"coupon": coupon} if coupon else {},
        )  # fmt: skip
    except ledger_actions.NumberTaken:
        report.taken.warnings.append(f"properties.order_id: {number!r} was recorded before.")


def _order_refunded(report: Report) -> None:
    """A credit over the products named, else over `total`, else over the whole order."""
    order = report.order()
    if order is None:
        return
    properties = dict(report.event.properties)
    lines = lines_of(properties if properties.get("products") or number_of(properties, "total", "value") else {
        "total": str(order.amount)
    }, sign=-1)  # fmt: skip
    if not lines:
        return
    count = Order.objects.filter(customer_id=order.customer_id, kind="credit", number__startswith=f"{order.number}/R")
    ledger_actions.record_order(
        customer=order.customer, contact=order.contact, number=f"{order.number}/R{count.count() + 1}", kind="credit",
        placed_at=report.event.occurred_at, currency=order.currency, lines=lines, source=order.source,
        stage="completed", historical=report.event.is_historical, now=report.now,
    )  # fmt: skip


def _moves_to(stage: str) -> Callable[[Report], None]:
    def move(report: Report) -> None:
        order = report.order()
        if order is not None:
            properties = report.event.properties
            ledger_actions.change_stage(
                order=order, stage=stage, occurred_at=report.event.occurred_at, source=report.sender.source,
                historical=report.event.is_historical, now=report.now,
                carrier=text_of(properties, "carrier", longest=80), tracking_url=_web_address(report),
                tracking_number=text_of(properties, "tracking_number"),
            )  # fmt: skip

    return move


def _web_address(report: Report) -> str:
    address = text_of(report.event.properties, "tracking_url", longest=500)
    return address if address.startswith(("https://", "http://")) else ""


def _production_updated(report: Report) -> None:
    """A new stage when one is named, else news that change none (J-04.2)."""
    order, properties = report.order(), report.event.properties
    if order is None:
        return
    stage = text_of(properties, "stage").lower().replace(" ", "_")
    if stage in ALL_STAGES and stage != order.stage:
        _moves_to(stage)(report)
        return
    ledger_actions.record_event(
        name="order.news", occurred_at=report.event.occurred_at, now=report.now, source=report.sender.source,
        contact=report.contact, customer=order.customer, object_kind="order", object_id=str(order.pk),
        properties={"text": text_of(properties, "text", "message", "note", longest=2000)},
        historical=report.event.is_historical,
    )  # fmt: skip


def _payment_received(report: Report) -> None:
    properties = report.event.properties
    number = text_of(properties, "invoice_number", "invoice_id")
    found = number and payments.record_payment(
        customer=report.contact.customer, invoice_number=number, paid_at=report.event.occurred_at, now=report.now,
        amount=number_of(properties, "amount"), source=report.shop, historical=report.event.is_historical,
        number=text_of(properties, "payment_id"),
    )  # fmt: skip
    if not found:
        report.taken.warnings.append("properties.invoice_number: no invoice of this customer has it.")


def _consent_confirmed(report: Report) -> None:
    """The shop's word that he said yes; the event itself is the evidence."""
    properties = report.event.properties
    purpose = text_of(properties, "purpose") or MARKETING
    if purpose not in PURPOSES:
        report.taken.warnings.append(f"properties.purpose: write one of {', '.join(PURPOSES)}.")
        return
    proof = Proof(
        method=text_of(properties, "method", longest=24) or "form", source=report.shop,
        wording=text_of(properties, "wording", longest=2000), jurisdiction=report.contact.customer.country,
        evidence={"event": report.event.pk, "url": text_of(properties, "url", longest=500)},
    )  # fmt: skip
    consent_actions.grant(
        contact=report.contact, purpose=purpose, proof=proof, now=report.now, obtained_at=report.event.occurred_at,
        historical=report.event.is_historical,
    )  # fmt: skip


DEEDS: dict[str, Callable[[Report], None]] = {
    COMPLETED: _order_completed,
    "Order Refunded": _order_refunded,
    "Order Cancelled": _moves_to("cancelled"),
    "Shipment Dispatched": _moves_to("shipped"),
    "Goods Arrived": _moves_to("arrived"),
    "Production Updated": _production_updated,
    "Payment Received": _payment_received,
    "Consent Confirmed": _consent_confirmed,
}
