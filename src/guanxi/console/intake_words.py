"""Kinds of files, our fields, phases and states of an import in the reader's language."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

KIND_NAMES: dict[str, Words] = {
    "customers": _("customers"),
    "contacts": _("contacts"),
    "orders": _("orders"),
    "lines": _("lines of orders"),
    "products": _("products"),
    "invoices": _("invoices"),
    "payments": _("payments"),
    "events": _("events"),
    "rates": _("exchange rates"),
    "consents": _("permissions"),
    "mixed": _("several kinds"),
    "auto": _("found out by itself"),
}
PHASE_NAMES: dict[str, Words] = {
    "reading": _("reading and checking rows"),
    "customers": _("writing customers"),
    "orders": _("writing orders"),
    "lines": _("writing the lines of orders"),
    "invoices": _("writing invoices"),
    "payments": _("writing payments"),
    "events": _("writing events"),
    "rates": _("writing rates"),
    "products": _("writing products"),
    "consents": _("writing permissions"),
}
FIELD_NAMES: dict[str, Words] = {
    "customer": _("number of the customer"),
    "customer_name": _("name of the customer"),
    "customer_kind": _("company or private"),
    "country": _("country"),
    "region": _("state or region"),
    "city": _("city"),
    "address": _("address"),
    "website": _("website"),
    "trade": _("line of business"),
    "tags": _("tags"),
    "cooperation_since": _("customer since"),
    "email": _("e-mail"),
    "contact_name": _("name of the contact"),
    "given_name": _("given name"),
    "family_name": _("family name"),
    "honorific": _("title"),
    "position": _("position"),
    "phone": _("phone"),
    "language": _("language"),
    "time_zone": _("time zone"),
    "birthday": _("birthday"),
    "order_number": _("number of the order"),
    "ordered_at": _("when it was ordered"),
    "amount": _("amount of the row"),
    "order_amount": _("amount of the whole order"),
    "refunded": _("amount paid back"),
    "quantity": _("quantity"),
    "unit_price": _("unit price"),
    "discount": _("discount, as an amount"),
    "discount_rate": _("discount, as a part"),
    "currency": _("currency"),
    "status": _("stage of the order"),
    "order_kind": _("order or credit"),
    "cancelled_at": _("when it was cancelled"),
    "record_source": _("where it came from"),
    "carrier": _("carrier"),
    "tracking_number": _("tracking number"),
    "product_code": _("number of the article"),
    "product_name": _("name of the article"),
    "category": _("category"),
    "cost": _("cost"),
    "is_available": _("can be ordered"),
    "invoice_number": _("number of the invoice"),
    "issued_on": _("date of the invoice"),
    "due_on": _("due on"),
    "paid_on": _("paid on"),
    "payment_number": _("number of the payment"),
    "event": _("name of the event"),
    "occurred_at": _("when it happened"),
    "message_id": _("the sender's number"),
    "purpose": _("purpose"),
    "state": _("granted or withdrawn"),
    "basis": _("legal basis"),
    "obtained_at": _("when it was given"),
    "consent_source": _("where it was given"),
    "wording": _("wording"),
    "method": _("way it was given"),
    "rate_on": _("day of the rate"),
    "rate_currency": _("currency of the rate"),
    "rate_into": _("currency it is given in"),
    "rate": _("rate"),
}

# Figures of the answer that count new records.
NEW_NAMES: dict[str, Words] = {
    "customers_created": _("Customers"),
    "contacts_created": _("Contacts"),
    "orders_created": _("Orders"),
    "others_created": _("Others"),
}
# Kinds of known rows that an import changes.
ROW_NAMES: dict[str, Words] = {
    "customer": _("Customer"),
    "contact": _("Contact"),
    "order": _("Order"),
    "lines": _("Lines of order"),
    "invoice": _("Invoice"),
    "payment": _("Payment"),
    "product": _("Article"),
    "rate": _("Rate"),
}
# Columns of the ledger that are called otherwise than the field of a file.
COLUMN_NAMES: dict[str, Words] = {
    "name": _("name"),
    "full_name": _("name of the contact"),
    "placed_at": _("when it was ordered"),
    "stage": _("stage of the order"),
    "stage_at": _("stage since"),
    "kind": _("kind"),
    "country_as_given": _("country as given"),
    "domain": _("website"),
    "value": _("rate"),
    "lines": _("lines"),
    "fields": _("other columns"),
    "contact_id": _("contact"),
    "order_id": _("order"),
    "invoice_id": _("invoice"),
    "ship_by": _("ships by"),
    "delivered_at": _("delivered"),
    "paid_at": _("paid"),
}


def column_name(column: str) -> Words:
    """A column of the ledger, or a field of a file, in words."""
    return COLUMN_NAMES.get(column) or FIELD_NAMES.get(column, column)
