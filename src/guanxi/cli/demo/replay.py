"""The latest weeks lived through with a simulated clock: orders come, goods move, nights pass, mails go out and are
read. What the console shows afterwards was written by the same code that runs every day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from random import Random

from django.db import transaction

from guanxi.cli.demo.books import LIVE_DAYS, SEED, Books
from guanxi.cli.demo.desks import Desks
from guanxi.cli.demo.fill import SOURCE, Progress
from guanxi.cli.demo.floor import ComingBack, Showing
from guanxi.cli.demo.readers import Readers
from guanxi.cli.demo.talk import Happening
from guanxi.cli.demo.trade import NINGBO, Line, Sale
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import profile as ledger_profile
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Customer, Order
from guanxi.pipeline.day import run_day
from guanxi.pipeline.pulse import pulse

NIGHT, NIGHTS_APART = time(3, 0), 3
# Clocks in Ningbo when the Americas, East Asia, and Europe with Africa are at work; the first and the last take turns.
WEST, EAST, EUROPE = time(1, 30), time(8, 30), time(17, 30)
TURNS = ((EAST, EUROPE), (WEST, EAST))
# What is learnt of how many firms, one after the other.
KNOWLEDGE = (
    ("wants_custom", "Asked for his own colours and packing.", 9),
    ("growth_plan", "Opens three more shops next year.", 16),
    ("inefficient_talks", "Asks for prices every month and never decides.", 12),
    ("tries_new_products", "Took every new article of the autumn catalogue.", 14),
    ("price_sensitive", "Compares with Yiwu before each order.", 20),
)


# Days of the replay on which a customer who had slept orders with his code, and on which production is photographed.
COME_BACK_AFTER = (5, 8, 12, 15, 19, 22, 26, 30, 33)
SHOWN_AFTER = (9, 17, 25, 31, 34)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that happens at a moment of the replayed weeks."""

    at: datetime
    do: Callable[[], object]


def replay(books: Books, customers: dict[str, Customer], progress: Progress) -> None:
    """From `books.live_from` to `books.now`, turn by turn, with the order of the day in every third night."""
    readers, desks = Readers(), Desks()
    deeds = sorted(deeds_of(books, customers), key=lambda each: each.at)
    run_day(at=books.live_from)
    pulse(at=books.live_from)
    span = books.now - books.live_from
    for moment, is_night in moments(books):
        progress("Living through the latest weeks", 0.5 + 0.5 * ((moment - books.live_from) / span))
        due = [each for each in deeds if each.at <= moment]
        deeds = deeds[len(due) :]
        with transaction.atomic():
            for deed in due:
                deed.do()
        if is_night:
            run_day(at=moment)
        else:
            pulse(at=moment)
            readers.react(moment)
            desks.work(moment)
    pulse(at=books.now)


def moments(books: Books) -> Iterator[tuple[datetime, bool]]:
    """The nights and turns of each day, in UTC order; the last one is now."""
    today = books.now.astimezone(NINGBO).date()
    for back in range(LIVE_DAYS, -1, -1):
        turns = TURNS[back % 2]
        for clock in turns if back % NIGHTS_APART else sorted((NIGHT, *turns)):
            moment = datetime.combine(today - timedelta(days=back), clock, NINGBO)
            if books.live_from < moment < books.now:
                yield moment, clock == NIGHT
    yield books.now, False


def deeds_of(books: Books, customers: dict[str, Customer]) -> Iterator[Deed]:
    """Every order of these weeks, and every stage that an order reaches in them."""
    for sale in books.live_sales:
        yield Deed(sale.placed_at, Placing(sale, customers[sale.buyer.number]))
    for sale in books.sales:
        for stage, at in sale.stages:
            if stage != "confirmed" and books.live_from < at <= books.now and not sale.is_credit:
                yield Deed(at, Moving(sale, stage, at))
    for happening in books.live_happenings:
        yield Deed(happening.at, Telling(happening, customers[happening.buyer.number]))
    yield from learnt(books, customers)
    for number, days in enumerate(COME_BACK_AFTER):
        at = books.live_from + timedelta(days=days, hours=9)
        yield Deed(at, ComingBack(number, at))
    for number, days in enumerate(SHOWN_AFTER):
        at = books.live_from + timedelta(days=days, hours=4)
        yield Deed(at, Showing(number, at))


def learnt(books: Books, customers: dict[str, Customer]) -> Iterator[Deed]:
    """What the sales people came to know in these weeks, so that the reviews have something to ask."""
    dice = Random(SEED)  # noqa: S311
    firms = [buyer.number for buyer in books.buyers if buyer.kind == "b2b"]
    for days, (trait, reason, count) in enumerate(KNOWLEDGE, 6):
        for number in dice.sample(firms, min(count, len(firms))):
            at = books.live_from + timedelta(days=days, hours=dice.randrange(1, 8))
            if at < books.now:
                yield Deed(at, Learning(customers[number], trait, reason, at))


@dataclass(frozen=True, slots=True)
class Learning:
    customer: Customer
    trait: str
    reason: str
    at: datetime

    def __call__(self) -> None:
        ledger_profile.set_trait(
            customer=self.customer, name=self.trait, reason=self.reason, actor=self.customer.owner, now=self.at
        )


@dataclass(frozen=True, slots=True)
class Placing:
    sale: Sale
    customer: Customer

    def __call__(self) -> None:
        ledger_actions.record_order(
            customer=self.customer, contact=self.customer.contacts.order_by("-is_primary", "id").first(),
            number=self.sale.number, placed_at=self.sale.placed_at, currency=self.sale.buyer.country.currency,
            lines=[facts_of(line) for line in self.sale.lines], source=SOURCE, now=self.sale.placed_at,
            kind="credit" if self.sale.is_credit else "order",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moving:
    sale: Sale
    stage: str
    at: datetime

    def __call__(self) -> None:
        shipped = self.stage == "shipped"
        ledger_actions.change_stage(
            order=Order.objects.get(source=SOURCE, number=self.sale.number), stage=self.stage, occurred_at=self.at,
            now=self.at, source=SOURCE, carrier=self.sale.carrier if shipped else "",
            tracking_number=self.sale.tracking_number if shipped else "",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Telling:
    happening: Happening
    customer: Customer

    def __call__(self) -> None:
        told = self.happening
        ledger_actions.record_event(
            name=told.name, occurred_at=told.at, now=told.at, source=SOURCE, customer=self.customer,
            contact=self.customer.contacts.filter(email_key=told.person.email).first(), object_kind="inquiry",
            object_id=told.properties.get("inquiry", ""), properties=told.properties, message_id=told.key,
        )  # fmt: skip


def facts_of(line: Line) -> LineFacts:
    return LineFacts(
        quantity=Decimal(line.quantity), unit_price=line.unit_price, product_code=line.good.code,
        product_name=line.good.name, category=line.good.category,
    )  # fmt: skip
