"""The fields a foreign column can stand for: how its cells are read, and which kinds of file have it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("customers", "contacts", "orders", "lines", "products", "invoices", "payments", "events", "rates", "consents")

PARTY = ("customers", "contacts", "orders")
PEOPLE = ("customers", "contacts")
SAID = ("consents", *PEOPLE)
SALES = ("orders", "lines")
MONEY = ("orders", "lines", "invoices", "payments", "products")


@dataclass(frozen=True, slots=True)
class Field:
    """`reading` is id, text, line, number, moment, birthday, country, currency, email, flag or word."""

    reading: str
    kinds: tuple[str, ...]
    meaning: str


FIELDS: dict[str, Field] = {
    "customer": Field("id", (*PARTY, "invoices", "payments", "events", "consents"), "The customer's number."),
    "customer_name": Field("line", (*PARTY, "invoices", "payments"), "Name of the firm or person who buys."),
    "customer_kind": Field("word", PARTY, "b2b or b2c."),
    "country": Field("country", PARTY, "Country, as a name in English or Chinese or as a code."),
    "region": Field("line", PARTY, "State or province."),
    "city": Field("line", PARTY, "City."),
    "address": Field("text", PARTY, "Street and house."),
    "website": Field("text", PARTY, "Website of the customer."),
    "trade": Field("line", PARTY, "Line of business."),
    "tags": Field("text", PARTY, "Tags, separated by commas."),
    "cooperation_since": Field("moment", ("customers",), "First day of working together."),
    "founded_on": Field("birthday", ("customers",), "Founding day of the firm."),
    "email": Field("email", (*PARTY, "events", "consents"), "E-mail address of the contact."),
    "contact_name": Field("line", PARTY, "Name of the contact, in one cell."),
    "given_name": Field("line", PARTY, "Given name of the contact."),
    "family_name": Field("line", PARTY, "Family name of the contact."),
    "honorific": Field("line", ("customers", "contacts"), "Ms, Herr Dr., 様 …"),
    "position": Field("line", ("customers", "contacts"), "What the contact does in the firm."),
    "phone": Field("text", PARTY, "Telephone number."),
    "language": Field("text", ("customers", "contacts"), "Language tag such as de or zh-Hans."),
    "time_zone": Field("text", ("customers", "contacts"), "IANA name such as Europe/Berlin."),
    "birthday": Field("birthday", PEOPLE, "Birthday of the contact; without a year it is kept in 1904."),
    "gender": Field("word", PEOPLE, "f or m, or a word for it."),
    "attributes": Field("text", PEOPLE, "Further attributes, as a JSON object."),
    "order_number": Field("id", (*SALES, "invoices", "payments"), "Number of the order."),
    "ordered_at": Field("moment", SALES, "When the order was placed."),
    "amount": Field("number", MONEY, "Amount of this row; rows of one order are added up."),
    "order_amount": Field("number", ("orders",), "Amount of the whole order, without freight and tax."),
    "order_total": Field("number", ("orders",), "What the customer paid for the whole order, with freight and tax."),
    "freight": Field("number", ("orders",), "Freight in `order_total`; it is taken off."),
    "tax": Field("number", ("orders",), "Tax in `order_total`; it is taken off."),
    "refunded": Field("number", ("orders",), "What was paid back on the order, as a positive number."),
    "quantity": Field("number", SALES, "Number of pieces."),
    "unit_price": Field("number", (*SALES, "products"), "Price of one piece."),
    "gross_amount": Field("number", SALES, "Amount of this row before `discount`."),
    "discount": Field("number", SALES, "Discount on this row, as an amount."),
    "discount_rate": Field("number", SALES, "Discount on this row, as a part of one (0.15)."),
    "currency": Field("currency", MONEY, "Currency, as a code, a sign or a name."),
    "status": Field("word", ("orders",), "Stage of the order."),
    "order_kind": Field("word", ("orders",), "order or credit."),
    "cancelled_at": Field("moment", ("orders",), "When the order was cancelled."),
    "paid_at": Field("moment", ("orders",), "When the order was paid."),
    "ship_by": Field("moment", ("orders",), "Day by which it must leave."),
    "delivered_at": Field("moment", ("orders",), "When the goods arrived."),
    "record_source": Field(
        "text", ("orders", "lines", "invoices", "payments"), "Where the record came from; in files of Guanxi's own."
    ),
    "discount_code": Field("text", ("orders",), "Codes of offers used for the order; several stand beside commas."),
    "carrier": Field("text", ("orders",), "Who carries the goods."),
    "tracking_number": Field("id", ("orders",), "Number of the shipment."),
    "product_code": Field("id", (*SALES, "products"), "Number of the article."),
    "product_name": Field("line", (*SALES, "products"), "Name of the article."),
    "category": Field("line", (*SALES, "products"), "Category of the article."),
    "cost": Field("number", (*SALES, "products"), "What the row (of a product: the piece) cost us."),
    "unit_cost": Field("number", SALES, "What one piece cost us."),
    "is_custom": Field("flag", SALES, "Whether it was made to the customer's own specification."),
    "is_available": Field("flag", ("products",), "Whether the article can be ordered."),
    "launches_on": Field("moment", ("products",), "Day on which the article goes on sale."),
    "edition": Field("word", ("products",), "season or limited, of an article that some customers may have first."),
    "invoice_number": Field("id", ("invoices", "payments"), "Number of the invoice."),
    "issued_on": Field("moment", ("invoices",), "Date of the invoice."),
    "due_on": Field("moment", ("invoices", "orders"), "Day by which it must be paid; of an order it makes an invoice."),
    "paid_on": Field("moment", ("invoices", "payments"), "Day on which it was paid."),
    "payment_number": Field("id", ("payments",), "Number of the payment."),
    "event": Field("text", ("events",), "Name of the event."),
    "occurred_at": Field("moment", ("events",), "When it happened."),
    "message_id": Field("id", ("events",), "The sender's own number of the event."),
    "purpose": Field("word", SAID, "marketing, tracking or profiling."),
    "state": Field("word", SAID, "granted or withdrawn."),
    "channel": Field("word", SAID, "By which way: email (unless told), phone, sms, whatsapp, wechat, linkedin …"),
    "basis": Field("word", SAID, "Legal basis: consent, soft_opt_in, contract …"),
    "obtained_at": Field("moment", SAID, "When the contact said so."),
    "consent_source": Field("text", SAID, "Where the permission was given."),
    "wording": Field("text", SAID, "The text the contact agreed to."),
    "method": Field("word", SAID, "form, double_opt_in, card, verbal …"),
    "ip_address": Field("text", SAID, "Address of the machine from which it was said."),
    "suppression": Field("word", PEOPLE, "Why the address gets no mail: unsubscribed, hard_bounce, complaint …"),
    "suppression_detail": Field("text", PEOPLE, "More about that, in words."),
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
    not in {"amount", "gross_amount", "quantity", "unit_price", "discount", "discount_rate", "cost", "unit_cost",
            "is_custom", "product_code", "product_name", "category", "order_number"}
)  # fmt: skip

# Parts of headings that speak of a person. Such a column is not kept with an order, from which nobody would erase it.
PERSONAL = (
    "name", "phone", "mobile", "fax", "street", "address", "zip", "postal", "postcode", "mail", "useragent", "note",
    "comment", "message", "passport", "姓名", "电话", "手机", "地址", "邮编", "邮箱", "备注", "收件", "联系", "住所",
)  # fmt: skip

# How files say whether somebody permits mails.
STATE_WORDS = {
    "granted": "granted", "subscribed": "granted", "subscribe": "granted", "yes": "granted", "opt-in": "granted",
    "同意": "granted", "已订阅": "granted",
    "withdrawn": "withdrawn", "unsubscribed": "withdrawn", "no": "withdrawn", "opt-out": "withdrawn",
    "退订": "withdrawn", "已退订": "withdrawn", "pending": "pending", "unconfirmed": "pending",
}  # fmt: skip
