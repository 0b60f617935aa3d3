"""The contract between letters and those who fill them: every name a letter may use. Pure.

`docs/reference/placeholders.md` is written from here by `reference_page`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from guanxi.culture import greeting
from guanxi.culture.reader import Reader
from guanxi.kernel.titles import in_language

OUTBOX, OCCASION = "outbox", "occasion"
BAR = "\\|"  # a bar inside a Markdown table


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`kind`: text, words (a text by language), lines, date, amount, currency, percent, url, code, codes (a list of
    codes) or products.

    `filled_by` is outbox (when the mail is rendered) or occasion (the journey or person that proposes the mail). An
    optional one may be absent or empty: a letter asks for it with `{% if %}`.
    """

    name: str
    kind: str
    sample: Any
    description: str
    filled_by: str = OCCASION
    is_optional: bool = False


_ALL = (
    Placeholder("reader.greeting", "text", "Dear Dr. Schneider,", "Salutation with its punctuation.", OUTBOX),
    Placeholder("reader.closing", "lines", "Kind regards,", "Closing, one or two lines, modest for Japan.", OUTBOX),
    Placeholder("firm.name", "text", "Ningbo Beilun Tools Co., Ltd.", "Who sends.", OUTBOX),
    Placeholder(
        "firm.postal_address", "lines", "88 Mingzhou Road\nBeilun, Ningbo 315800\nChina",
        "Stands at the foot; without it no marketing mail leaves.", OUTBOX, True,
    ),
    Placeholder("firm.website", "url", "https://www.beilun-tools.example/", "Home page or shop.", OUTBOX, True),
    Placeholder("sender.name", "text", "Ada Lin", "The person who signs.", OUTBOX),
    Placeholder(
        "links.preferences", "url", "https://mail.beilun-tools.example/p/preferences/sample",
        "Where the reader chooses what he gets.", OUTBOX,
    ),
    Placeholder(
        "links.unsubscribe", "url", "https://mail.beilun-tools.example/p/u/sample",
        "Ends marketing mail; every marketing letter has it.", OUTBOX,
    ),
    Placeholder(
        "links.share", "url", "https://mail.beilun-tools.example/p/s/sample",
        "What the reader may pass on to a colleague; nobody is added by it.", OUTBOX, True,
    ),
    Placeholder(
        "links.browser", "url", "https://mail.beilun-tools.example/p/v/sample",
        "The same letter as a page, for mail programs that show it badly.", OUTBOX, True,
    ),
    Placeholder("reader.country", "code", "GB", "Where the reader reads, as ISO 3166-1.", OUTBOX, True),
    Placeholder("reader.gender", "code", "f", "As far as it is known; f, m or another.", OUTBOX, True),
    Placeholder("permission.basis", "code", "consent", "What the mail rests on, such as soft_opt_in.", OUTBOX, True),
    Placeholder("customer.name", "text", "Hall & Sons Ltd.", "The firm the reader buys for.", OUTBOX),
    Placeholder("customer.trade", "text", "wholesale", "Its line of business.", OUTBOX, True),
    Placeholder("customer.tier", "text", "Gold", "Its tier, as the journey or campaign knows it.", is_optional=True),
    Placeholder("customer.stage", "text", "repeat", "Its stage in the life of a customer.", is_optional=True),
    Placeholder("customer.need", "text", "price", "What it cares for most.", is_optional=True),
    Placeholder("manager.name", "text", "Lin Ruoxi", "Who looks after this customer.", OUTBOX, True),
    Placeholder("manager.email", "text", "lin.ruoxi@beilun-tools.example", "His or her address.", OUTBOX, True),
    Placeholder("manager.phone", "text", "+86 574 8600 1234", "His or her telephone.", OUTBOX, True),
    Placeholder(
        "recommended.products", "products",
        [
            {"code": "BT-204", "name": "Torque wrench 20–100 Nm", "category": "Hand tools", "price": "38.50",
             "currency": "USD", "kind": "complementary"},
            {"code": "BT-118", "name": "Hex key set, 9 pieces", "category": "Hand tools", "price": "6.20",
             "currency": "USD", "kind": "popular_near"},
            {"code": "BT-331", "name": "Impact socket set 1/2 in", "category": "Sockets", "price": "24.90",
             "currency": "USD", "kind": "new"},
        ],
        "Articles chosen for this customer when the mail is written: code, name, category, price, currency, kind.",
        OUTBOX, True,
    ),
    Placeholder("order.number", "text", "PO-2026-0417", "The number both sides use."),
    Placeholder("order.placed_on", "date", "2026-05-11", "Day of the order.", is_optional=True),
    Placeholder("order.stage", "code", "in_production", "A stage of ledger.stages; `| stage` names it."),
    Placeholder("order.amount", "amount", "18640.00", "Goods value without freight and tax."),
    Placeholder("order.currency", "currency", "USD", "ISO 4217, for `order.amount | money: order.currency`."),
    Placeholder("order.ship_by", "date", "2026-06-19", "Planned day of shipment.", is_optional=True),
    Placeholder(
        "order.progress_url", "url", "https://mail.beilun-tools.example/p/progress/sample",
        "The reader's own page of this order.",
    ),
    Placeholder("order.news", "lines", "Surface treatment began on Tuesday.", "News in words.", is_optional=True),
    Placeholder("order.carrier", "text", "COSCO Shipping", "Who carries.", is_optional=True),
    Placeholder("order.tracking_number", "text", "COSU6412857330", "Number at the carrier.", is_optional=True),
    Placeholder(
        "order.tracking_url", "url", "https://tracking.carrier.example/COSU6412857330", "Page of the carrier.",
        is_optional=True,
    ),
    Placeholder(
        "order.documents", "codes",
        ["commercial_invoice", "packing_list", "bill_of_lading", "certificate_of_origin"],
        "Papers for customs; `| document` names them. Without it the usual ones are named.", is_optional=True,
    ),
    Placeholder(
        "order.after_sales_contact", "lines",
        "Nordservice GmbH, Hamburg\n+49 40 5550 1234\nservice@nordservice.example",
        "Who helps on the spot. Without it the sender is named.", is_optional=True,
    ),
    Placeholder(
        "sign_up.confirm_url", "url", "https://mail.beilun-tools.example/p/confirm/sample",
        "The page with the button that confirms a sign-up; one use, 7 days (RL-06).",
    ),
    Placeholder("sign_up.asked_on", "date", "2026-05-11", "Day on which the address was typed into the form."),
    Placeholder(
        "sign_up.topics", "lines", "New products\nTrade fairs", "What was chosen on the form.", is_optional=True,
    ),
    Placeholder(
        "data.review_url", "url", "https://mail.beilun-tools.example/p/data/sample",
        "The reader's page of the yearly letter: confirm, update, delete (J-20).",
    ),
    Placeholder(
        "data.update_url", "url", "https://mail.beilun-tools.example/p/data/sample#update",
        "The same page where data are corrected (G-08).",
    ),
    Placeholder(
        "data.delete_url", "url", "https://mail.beilun-tools.example/p/data/sample#delete",
        "The same page where data are deleted (G-08).",
    ),
    Placeholder("data.retention_months", "text", "36", "Months after the last contact until data are deleted (DP-19)."),
    Placeholder(
        "data.answer_by", "date", "2026-06-10", "Without an answer marketing rests from this day on (CN-40).",
    ),
    Placeholder(
        "request.url", "url", "https://mail.beilun-tools.example/p/request/sample",
        "The page on which a reader fetches his data, or confirms that they are deleted; 7 days (G-08, RL-08).",
    ),
    Placeholder("request.asked_on", "date", "2026-05-11", "Day on which the reader asked for that."),
    Placeholder(
        "change.confirm_url", "url", "https://mail.beilun-tools.example/p/address/sample",
        "The page with the button that confirms a new address; one use, 7 days (J-20.2).",
    ),
    Placeholder("change.asked_on", "date", "2026-05-11", "Day on which the new address was entered."),
    Placeholder(
        "change.new_address", "text", "c…@hall-sons.example", "Where mails go from now on, veiled.", is_optional=True,
    ),
    Placeholder("coupon.code", "text", "BACK-7KQ2M4XN", "What the reader states when ordering."),
    Placeholder("coupon.percent", "percent", 5, "Percent off the goods value: 5 means five percent off."),
    Placeholder("coupon.valid_until", "date", "2026-07-05", "Latest day of use."),
    Placeholder("offer.code", "text", "BACK-7KQ2M4XN9P", "The reader's personal code of the offer handed out last."),
    Placeholder("offer.words", "words", "5% off", "What the offer gives, in the language of the letter."),
    Placeholder("offer.valid_until", "date", "2026-07-05", "Latest day of use."),
    Placeholder(
        "offer.terms", "words", "Valid until July 5, 2026. For one order. The code is personal.",
        "Its terms in whole sentences, in the language of the letter.",
    ),
    Placeholder("offer.percent", "percent", "5", "Percent off, when the offer is a percentage.", is_optional=True),
    Placeholder("offer.name", "text", "existing-customer-coupon", "The offer's own name.", is_optional=True),
    Placeholder("market.kind", "code", "material", "What moved: exchange_rate or material."),
    Placeholder("market.subject", "text", "Copper", "The currency, as ISO 4217, or the material."),
    Placeholder("market.percent", "percent", "4.2", "By how many percent it moved; negative when it fell."),
    Placeholder("market.order_by", "date", "2026-06-12", "Until this day the present prices hold."),
    Placeholder("project.title", "text", "Bracket for pump housing", "The project made to the reader's specification."),
    Placeholder("project.drawing_by", "date", "2026-05-16", "The drawing is promised for this day."),
    Placeholder("project.sample_by", "date", "2026-05-23", "The sample is promised for this day."),
    Placeholder(
        "prices.rows", "products",
        [
            {"name": "Torque wrench 20–100 Nm", "quantity": "100", "price": "36.90", "currency": "USD"},
            {"name": "Torque wrench 20–100 Nm", "quantity": "500", "price": "34.20", "currency": "USD"},
        ],
        "Price breaks of articles this customer bought: name, quantity from which it holds, price, currency.",
    ),
    Placeholder("rebate.year", "text", "2025", "The year the rebate is for."),
    Placeholder("rebate.turnover", "amount", "412500.00", "Goods value of that year, after credits."),
    Placeholder("rebate.percent", "percent", "2", "The rate reached."),
    Placeholder("rebate.amount", "amount", "8250.00", "What is credited or paid."),
    Placeholder("rebate.currency", "currency", "USD", "ISO 4217, for both amounts."),
    Placeholder("launch.day", "date", "2026-06-15", "Day on which new articles go on sale."),
    Placeholder("launch.products", "lines", "Torque wrench 20–100 Nm\nHex key set, 9 pieces", "The new articles."),
    Placeholder("stock.product", "text", "BT-204", "Number of the article whose stock is low."),
    Placeholder("stock.quantity", "amount", "40", "What the customer has left of it."),
    Placeholder("stock.safety_quantity", "amount", "120", "His safety line."),
    Placeholder("personal.subject", "text", "The drawing of your brackets", "What a member of staff wrote."),
    Placeholder(
        "personal.text", "lines", "the corrected drawing is ready.\nMay we send it to your workshop as well?",
        "The same member's own text, without greeting and closing.",
    ),
    Placeholder("document.title", "text", "Choosing torque wrenches for assembly", "The document chosen for him."),
    Placeholder(
        "document.url", "url", "https://mail.beilun-tools.example/p/document/sample",
        "The reader's own page of that document, from which he takes the file.",
    ),
    Placeholder("interest.category", "text", "Hand tools", "The category of goods that was looked at (J-09)."),
    Placeholder(
        "cart.products", "products",
        [{"code": "BT-204", "name": "Torque wrench 20–100 Nm", "quantity": "2", "price": "38.50"},
         {"code": "BT-118", "name": "Hex key set, 9 pieces", "quantity": "1", "price": "6.20"}],
        "What lies in the cart: code, name, quantity, price.", is_optional=True,
    ),
    Placeholder(
        "booking.url", "url", "https://mail.beilun-tools.example/p/booking/sample",
        "The reader's own page to choose day and hour of a consultation (J-01.3).",
    ),
    Placeholder(
        "survey.url", "url", "https://mail.beilun-tools.example/p/survey/sample",
        "Questionnaire; without it the reader is asked to reply.", is_optional=True,
    ),
)  # fmt: skip
PLACEHOLDERS: dict[str, Placeholder] = {each.name: each for each in _ALL}

SAMPLE_READERS = {
    "en": Reader(given_name="Ann", family_name="Hall", honorific="Ms.", gender="f", country="GB"),
    "de": Reader(given_name="Lena", family_name="Schneider", honorific="Frau Dr.", gender="f", country="DE"),
    "ja": Reader(given_name="由紀", family_name="田中", position="課長", country="JP"),
    "ar": Reader(given_name="فاطمة", family_name="الحربي", honorific="السيدة", gender="f", country="SA"),
    "es": Reader(given_name="Diego", family_name="Garza", honorific="Sr.", gender="m", country="MX"),
    "zh-Hans": Reader(given_name="芳", family_name="王", position="采购经理", country="CN"),
}


# What an offer says, as the room of offers would write it.
SAMPLE_OFFERS = {
    "en": ("5% off", "Valid until July 5, 2026. For one order. The code is personal."),
    "de": ("5\u00a0% Nachlass", "Gültig bis 5. Juli 2026. Für einen Auftrag. Der Code gilt persönlich."),
    "ja": ("5%割引", "有効期限は2026年7月5日です。ご注文1回に限りご利用いただけます。コードはご本人様専用です。"),
    "ar": ("خصم 5%", "صالح حتى 5 يوليو 2026. لطلب واحد. الرمز شخصي."),
    "es": ("5\u00a0% de descuento", "Válido hasta el 5 de julio de 2026. Para un pedido. El código es personal."),
    "zh-Hans": ("9.5折（立减5%）", "有效期至2026年7月5日。限一次订单使用。优惠码仅限本人使用。"),
}


class NotPlain(Exception):
    """A value is neither text, number, date, list nor dictionary of these; a letter takes plain values only."""


@cache
def _parts(name: str) -> tuple[str, ...]:
    return tuple(name.split("."))


def value_of(values: Mapping[str, Any], name: str) -> Any:
    """The value of a dotted name, or None."""
    found: Any = values
    for part in _parts(name):
        # Asking for the type is much faster than asking whether it is a mapping.
        found = found.get(part) if type(found) is dict or isinstance(found, Mapping) else None
    return found


def in_letter(name: str, value: Any, language: str) -> Any:
    """The value as a letter in `language` takes it: of texts by language its own."""
    if PLACEHOLDERS[name].kind != "words" or not isinstance(value, Mapping):
        return value
    return in_language(value, language)


def is_usable(name: str, value: Any) -> bool:
    """Whether a value can stand in a letter: not empty, and a URL is absolute http or https (RP-14)."""
    if value is None or value in ("", [], ()):
        return False
    return PLACEHOLDERS[name].kind != "url" or str(value).startswith(("https://", "http://"))


def sample_values(language: str, *, only_required: bool = False) -> dict[str, Any]:
    """Values for a proof in `language`, as the outbox would hand them over."""
    reader = SAMPLE_READERS.get(language, SAMPLE_READERS["en"])
    words, terms = SAMPLE_OFFERS.get(language, SAMPLE_OFFERS["en"])
    own = {
        "offer.words": words,
        "offer.terms": terms,
        "reader.greeting": greeting.greeting_for(reader, language),
        "reader.closing": greeting.closing_for(reader, language),
    }
    chosen = (each for each in _ALL if not (only_required and each.is_optional))
    return _nested({each.name: own.get(each.name, each.sample) for each in chosen})


def check_plain(value: Any) -> None:
    """Raises NotPlain for anything a letter must not be handed, such as a model, a function or a float (RS-06)."""
    if type(value) is str:
        return
    if isinstance(value, Mapping):
        for key, each in value.items():
            if type(key) is not str:
                check_plain(key)
            if type(each) is not str:
                check_plain(each)
    elif isinstance(value, list | tuple):
        for each in value:
            check_plain(each)
    elif value is not None and not hasattr(value, "isoformat") and not isinstance(value, str | int | Decimal):
        raise NotPlain(f"{type(value).__name__} is no plain value for a letter.")


def reference_page(required: Mapping[str, Iterable[str]]) -> str:
    """The text of docs/reference/placeholders.md; `required` names the values each letter of the library needs."""
    lines = [
        "# Placeholders", "",
        "Every name that a letter may use, in Liquid: `{{ order.number }}`. Written from `content/placeholders.py` by",
        "`content.placeholders.reference_page`; a test keeps both equal.", "",
        "Filters: `| date` (or `| date: 'short'`), `| money: order.currency`, `| number`, `| percent`, `| stage`,",
        "`| document`, `| recommended_because`, `| ltr` and `| isolate` (keep a number or a Latin name together in",
        "right-to-left text),",
        "`| newline_to_br`, and Liquid's own for text. An optional name may be empty: ask with",
        "`{% if order.ship_by %}`. A link is an absolute address; any other counts as absent.", "",
        "| Name | Kind | Filled by | Optional | Sample | What it is |", "| --- | --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    lines += [
        f"| `{each.name}` | {each.kind} | {each.filled_by} | {'yes' if each.is_optional else ''} "
        f"| {_shown(each.sample)} | {each.description.replace('|', BAR)} |"
        for each in _ALL
    ]
    lines += [
        "",
        "## What each letter of the library needs from its occasion",
        "",
        "| Letter | Values |",
        "| --- | --- |",
    ]
    lines += [f"| `{key}` | {', '.join(f'`{name}`' for name in names)} |" for key, names in required.items()]
    return "\n".join(lines) + "\n"


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for name, value in flat.items():
        group, _, rest = name.partition(".")
        nested.setdefault(group, {})[rest] = value
    return nested


def _shown(sample: Any) -> str:
    listed = sample if isinstance(sample, list) else [sample]
    text = ", ".join(str(each["name"] if isinstance(each, Mapping) else each) for each in listed)
    return text.replace("\n", " / ")
