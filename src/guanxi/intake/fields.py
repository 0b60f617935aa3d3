"""The fields a foreign column can stand for: how its cells are read, and which kinds of file have it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("customers", "contacts", "orders", "lines", "products", "invoices", "payments", "events", "rates", "consents")

PARTY = ("customers", "contacts", "orders")
SALES = ("orders", "lines")
MONEY = ("orders", "lines", "invoices", "payments", "products")


@dataclass(frozen=True, slots=True)
class Field:
    """`reading` is id, text, number, moment, country, currency, email, flag or word."""

    reading: str
    kinds: tuple[str, ...]
    meaning: str


FIELDS: dict[str, Field] = {
    "customer": Field("id", (*PARTY, "invoices", "payments", "events", "consents"), "The customer's number."),
    "customer_name": Field("text", (*PARTY, "invoices", "payments"), "Name of the firm or person who buys."),
    "customer_kind": Field("word", PARTY, "b2b or b2c."),
    "country": Field("country", PARTY, "Country, as a name in English or Chinese or as a code."),
    "region": Field("text", PARTY, "State or province."),
    "city": Field("text", PARTY, "City."),
    "address": Field("text", PARTY, "Street and house."),
    "website": Field("text", PARTY, "Website of the customer."),
    "trade": Field("text", PARTY, "Line of business."),
    "tags": Field("text", PARTY, "Tags, separated by commas."),
    "cooperation_since": Field("moment", ("customers",), "First day of working together."),
    "email": Field("email", (*PARTY, "events", "consents"), "E-mail address of the contact."),
    "contact_name": Field("text", PARTY, "Name of the contact, in one cell."),
    "given_name": Field("text", PARTY, "Given name of the contact."),
    "family_name": Field("text", PARTY, "Family name of the contact."),
    "honorific": Field("text", ("customers", "contacts"), "Ms, Herr Dr., 様 …"),
    "position": Field("text", ("customers", "contacts"), "What the contact does in the firm."),
    "phone": Field("text", PARTY, "Telephone number."),
    "language": Field("text", ("customers", "contacts"), "Language tag such as de or zh-Hans."),
    "time_zone": Field("text", ("customers", "contacts"), "IANA name such as Europe/Berlin."),
    "birthday": Field("moment", ("customers", "contacts"), "Birthday of the contact."),
    "order_number": Field("id", (*SALES, "invoices"), "Number of the order."),
    "ordered_at": Field("moment", SALES, "When the order was placed."),
    "amount": Field("number", MONEY, "Amount of this row; rows of one order are added up."),
    "order_amount": Field("number", ("orders",), "Amount of the whole order, without freight and tax."),
    "refunded": Field("number", ("orders",), "What was paid back on the order, as a positive number."),
    "quantity": Field("number", SALES, "Number of pieces."),
    "unit_price": Field("number", (*SALES, "products"), "Price of one piece."),
    "discount": Field("number", SALES, "Discount on this row, as an amount."),
    "discount_rate": Field("number", SALES, "Discount on this row, as a part of one (0.15)."),
    "currency": Field("currency", MONEY, "Currency, as a code, a sign or a name."),
    "status": Field("word", ("orders",), "Stage of the order."),
    "order_kind": Field("word", ("orders",), "order or credit."),
    "cancelled_at": Field("moment", ("orders",), "When the order was cancelled."),
    "carrier": Field("text", ("orders",), "Who carries the goods."),
    "tracking_number": Field("id", ("orders",), "Number of the shipment."),
    "product_code": Field("id", (*SALES, "products"), "Number of the article."),
    "product_name": Field("text", (*SALES, "products"), "Name of the article."),
    "category": Field("text", (*SALES, "products"), "Category of the article."),
    "cost": Field("number", (*SALES, "products"), "What the row (of a product: the piece) cost us."),
    "is_available": Field("flag", ("products",), "Whether the article can be ordered."),
    "invoice_number": Field("id", ("invoices", "payments"), "Number of the invoice."),
    "issued_on": Field("moment", ("invoices",), "Date of the invoice."),
    "due_on": Field("moment", ("invoices",), "Day by which it must be paid."),
    "paid_on": Field("moment", ("invoices", "payments"), "Day on which it was paid."),
    "payment_number": Field("id", ("payments",), "Number of the payment."),
    "event": Field("text", ("events",), "Name of the event."),
    "occurred_at": Field("moment", ("events",), "When it happened."),
    "message_id": Field("id", ("events",), "The sender's own number of the event."),
    "purpose": Field("word", ("consents",), "marketing, tracking or profiling."),
    "state": Field("word", ("consents",), "granted or withdrawn."),
    "basis": Field("word", ("consents",), "Legal basis: consent, soft_opt_in, contract …"),
    "obtained_at": Field("moment", ("consents",), "When the contact said so."),
    "consent_source": Field("text", ("consents",), "Where the permission was given."),
    "wording": Field("text", ("consents",), "The text the contact agreed to."),
    "method": Field("word", ("consents",), "form, double_opt_in, card, verbal …"),
    "rate_on": Field("moment", ("rates",), "Day of the rate."),
    "rate_currency": Field("currency", ("rates",), "Currency whose price is given."),
    "rate_into": Field("currency", ("rates",), "Currency in which the price is given."),
    "rate": Field("number", ("rates",), "Price of one unit."),
}

# Cells of the order, not of the line: an export that fills them on the first row of an order only means all rows.
OF_THE_ORDER = frozenset(
    name
    for name, field in FIELDS.items()
    if "orders" in field.kinds
    and name
    not in {"amount", "quantity", "unit_price", "discount", "discount_rate", "cost",
            "product_code", "product_name", "category", "order_number"}
)  # fmt: skip
