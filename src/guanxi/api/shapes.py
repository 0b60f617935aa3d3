"""What goes in and out of the machine door. Amounts are texts, moments are ISO 8601 with a zone."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field, StringConstraints

from guanxi.api.strict_json import is_clean
from guanxi.kernel import places

BIGGEST_ID = 2**63 - 1


def _clean(text: str) -> str:
    if not is_clean(text):
        raise ValueError("holds NUL or a broken character; remove it")
    return text


def _country(text: str) -> str:
    code = places.country_code(text) if text else ""
    if text and not code:
        raise ValueError(f"{text!r} is no country; write an ISO 3166 code such as DE")
    return code


def _currency(text: str) -> str:
    code = places.currency_code(text)
    if not code:
        raise ValueError(f"{text!r} is no currency; write an ISO 4217 code such as EUR")
    return code


def _language(text: str) -> str:
    if text and not places.is_language(text):
        raise ValueError(f"{text!r} is no language; write a BCP 47 tag such as de or zh-Hans")
    return text


def _time_zone(text: str) -> str:
    if text and not places.is_time_zone(text):
        raise ValueError(f"{text!r} is no time zone; write an IANA name such as Europe/Berlin")
    return text


def _no_fraction_of_a_float(value: Any) -> Any:
    """A price written as 0.1 means 0.1, not the nearest binary fraction."""
    return str(value) if isinstance(value, float) else value


CLEAN = AfterValidator(_clean)
Code = Annotated[str, StringConstraints(strip_whitespace=True, max_length=16), CLEAN]
Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40), CLEAN]
Label = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80), CLEAN]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120), CLEAN]
Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), CLEAN]
Search = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), CLEAN]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), CLEAN]
Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=320), CLEAN]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000), CLEAN]
Country = Annotated[Label, AfterValidator(_country)]
Currency = Annotated[Short, AfterValidator(_currency)]
Language = Annotated[Code, AfterValidator(_language)]
TimeZone = Annotated[Label, AfterValidator(_time_zone)]
Id = Annotated[int, Field(ge=1, le=BIGGEST_ID)]
Amount = Annotated[Decimal, BeforeValidator(_no_fraction_of_a_float), Field(max_digits=18, decimal_places=4)]
Price = Annotated[Decimal, BeforeValidator(_no_fraction_of_a_float), Field(max_digits=18, decimal_places=6)]
Quantity = Annotated[Decimal, BeforeValidator(_no_fraction_of_a_float), Field(max_digits=16, decimal_places=4)]


class Incoming(Schema):
    """Unknown fields are refused, so that a misspelt one is not lost in silence (RS-18)."""

    model_config = ConfigDict(extra="forbid")


class CustomerOut(Schema):
    id: int
    name: str
    kind: str
    country: str
    region: str
    city: str
    address: str
    domain: str
    trade: str
    tags: list[str]
    fields: dict[str, Any]
    is_blocked: bool
    owner: str = Field(description="E-mail address of the member of staff; empty when there is none.")
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def resolve_owner(customer: Any) -> str:
        return customer.owner.email if customer.owner else ""


class CustomerChanges(Incoming):
    name: Name | None = None
    kind: Annotated[str, Field(pattern="^(b2b|b2c|unknown)$")] | None = None
    country: Country | None = None
    region: Line | None = None
    city: Line | None = None
    address: Text | None = None
    domain: Search | None = None
    trade: Line | None = None
    tags: list[Label] | None = None
    fields: dict[str, Any] | None = None
    is_blocked: bool | None = None


class CustomerIn(CustomerChanges):
    name: Name
    historical_import: bool = Field(False, description="History: starts no journey.")


class ContactOut(Schema):
    id: int
    customer_id: int
    given_name: str
    family_name: str
    full_name: str
    honorific: str
    position: str
    email: str
    phone: str
    language: str
    country: str
    city: str
    time_zone: str
    is_primary: bool
    created_at: datetime
    updated_at: datetime


class ContactChanges(Incoming):
    given_name: Line | None = None
    family_name: Line | None = None
    full_name: Search | None = None
    honorific: Short | None = None
    position: Line | None = None
    email: Address | None = None
    phone: Short | None = None
    language: Language | None = None
    country: Country | None = None
    city: Line | None = None
    time_zone: TimeZone | None = None
    birthday: date | None = None
    is_primary: bool | None = None


class ContactIn(ContactChanges):
    historical_import: bool = Field(False, description="History: starts no journey.")


class LineIn(Incoming):
    quantity: Quantity
    unit_price: Price
    product_code: Line = ""
    product_name: Name | None = None
    category: Line = ""
    amount: Amount | None = Field(None, description="Net of discounts; quantity × unit price when left out.")
    cost: Amount | None = None


class LineOut(Schema):
    product_code: str
    product_name: str
    category: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal


class OrderIn(Incoming):
    customer_id: Id
    contact_id: Id | None = None
    number: Number
    placed_at: AwareDatetime
    currency: Currency
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=1000)]
    kind: Annotated[str, Field(pattern="^(order|credit)$")] = "order"
    stage: Code = "confirmed"
    is_trial: bool = False
    ship_by: date | None = None
    discount_codes: Annotated[list[Line], Field(max_length=10)] = Field(
        [], description="Personal codes of offers that the customer stated; each is accepted or refused."
    )
    historical_import: bool = Field(False, description="History: starts no journey.")


class OrderOut(Schema):
    id: int
    customer_id: int
    contact_id: int | None
    source: str
    number: str
    kind: str
    placed_at: datetime
    currency: str
    amount: Decimal
    amount_reporting: Decimal | None = Field(description="In the firm's reporting currency; null without a rate.")
    stage: str
    stage_at: datetime | None
    carrier: str
    tracking_number: str
    tracking_url: str
    ship_by: date | None
    lines: list[LineOut]

    @staticmethod
    def resolve_lines(order: Any) -> list[Any]:
        return sorted(order.lines.all(), key=lambda line: line.position)


class StageIn(Incoming):
    stage: Code
    occurred_at: AwareDatetime | None = None
    carrier: Label = ""
    tracking_number: Line = ""
    tracking_url: Annotated[str, Field(max_length=500, pattern="^(https?://[^\\s\\x00]+)?$")] = ""
    historical_import: bool = Field(False, description="History: starts no journey.")


class EventIn(Incoming):
    name: Label
    customer_id: Id | None = None
    contact_id: Id | None = None
    contact_email: Address = ""
    object_kind: Code = ""
    object_id: Label = ""
    properties: dict[str, Any] = {}
    occurred_at: AwareDatetime | None = None
    message_id: Number | None = Field(None, description="Your own id: the same one counts once.")
    historical_import: bool = Field(False, description="History: starts no journey.")


class EventOut(Schema):
    id: int
    name: str
    customer_id: int | None
    contact_id: int | None
    object_kind: str
    object_id: str
    properties: dict[str, Any]
    occurred_at: datetime
    recorded_at: datetime
    source: str
    is_historical: bool


class Recorded(Schema):
    recorded: bool = Field(description="False when this message_id was known already.")
    id: int | None = None


class Mistake(Schema):
    field: str = Field(description="Path of the field; empty when the mistake is not in one.")
    message: str = Field(description="What is wrong, and what to do.")


class Mistakes(Schema):
    errors: list[Mistake]


class NoteIn(Incoming):
    customer_id: Id
    contact_id: Id | None = None
    kind: Annotated[str, Field(pattern="^(note|call|meeting|chat|social)$")] = "note"
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), CLEAN]
    happened_at: AwareDatetime | None = None
    asks_for_custom: bool = Field(False, description="Asked for goods to his own specification.")
    historical_import: bool = Field(False, description="History: starts no journey.")


class NoteOut(Schema):
    id: int
    customer_id: int
    contact_id: int | None
    kind: str
    text: str
    happened_at: datetime


class StockLevelIn(Incoming):
    customer_id: Id
    product_code: Number
    quantity: Quantity
    safety_quantity: Quantity | None = Field(None, description="The line below which he wants to be reminded.")
    as_of: AwareDatetime | None = None
    historical_import: bool = Field(False, description="History: starts no journey.")


class StockLevelOut(Schema):
    customer_id: int
    product_code: str
    quantity: Decimal
    safety_quantity: Decimal
    as_of: datetime = Field(alias="as_of_at")


class ReferralIn(Incoming):
    referrer_id: Id
    referred_id: Id
    introduced_on: date | None = None
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), CLEAN] = ""


class ReferralOut(Schema):
    referrer_id: int
    referred_id: int
    introduced_on: date
    note: str


class MaterialPriceIn(Incoming):
    material: Number
    amount: Amount
    currency: Currency
    on: date | None = None
    categories: Annotated[list[Line], Field(max_length=50)] = []


class Moved(Schema):
    moved: bool = Field(description="Whether the price moved by three percent or more; then market.moved tells it.")
    percent: str = ""


class InterestOut(Schema):
    category: str
    percent: Decimal
    sights: int
    latest_at: datetime


class InterestedOut(Schema):
    customer_id: int
    weight: Decimal
    sights: int


class VisitOut(Schema):
    contact_id: int
    began_at: datetime
    ended_at: datetime
    seconds: int = Field(description="How long pages were in view.")
    pages: list[str]


class CountedOut(Schema):
    name: str
    count: int
    latest_at: datetime


class MailFactsOut(Schema):
    takes_part: bool
    sent: int
    opened: int = Field(description="By people.")
    opened_by_machines: int
    clicked: int
    open_rate: Decimal | None
    click_rate: Decimal | None
    days_since_answer: int | None


class SatisfactionOut(Schema):
    score: Decimal | None = Field(description="Mean of 1 to 5.")
    scored: int
    complaints: int
    returns: int
    return_percent: Decimal | None


class BehaviourOut(Schema):
    """What a customer did in the last year."""

    visit_count: int
    page_count: int
    seconds: int
    visits: list[VisitOut]
    categories: list[InterestOut]
    products: list[CountedOut]
    searches: list[CountedOut]
    carts: list[dict[str, Any]]
    added_to_cart: int
    days_without_order: int = Field(description="Days he came on in the last 30 without ordering; 0 below three.")
    mail: MailFactsOut
    talks: dict[str, int]
    takes_part_in_social_media: bool
    satisfaction: SatisfactionOut
    signals: list[dict[str, Any]]


class MailAnswerOut(Schema):
    message_id: int
    contact_id: int
    customer_id: int
    coupon: str = Field(description="used, opened or not_opened; empty for a letter without a coupon.")
    gift: str = Field(description="claimed or not_claimed.")
    did: str = Field(description="ordered, replied, clicked, visited, opened or nothing.")


class DaysOut(Schema):
    customer_id: int
    days: int
