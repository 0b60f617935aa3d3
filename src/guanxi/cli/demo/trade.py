"""Orders, credits, invoices and payments of a buyer, as his habit has it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from guanxi.cli.demo.buyers import Buyer
from guanxi.cli.demo.pools import Good, goods
from guanxi.kernel.money import round_money

HISTORY_DAYS = 730
FIRST_NUMBER = 40001
NINGBO = ZoneInfo("Asia/Shanghai")
# One unit of the currency in USD, about; rates.csv lets it drift.
WORTH = {"USD": Decimal("1"), "EUR": Decimal("1.09"), "GBP": Decimal("1.27"), "JPY": Decimal("0.0067")}


@dataclass(frozen=True, slots=True)
class Habit:
    """Days between orders, lines of an order, pieces of a line; `until` days before today the last order comes.

    `lately` is the part that fell silent so that half a year passes in the weeks the demo replays.
    """

    every: tuple[int, int]
    lines: tuple[int, int]
    pieces: tuple[int, int]
    until: tuple[int, int] = (0, 0)
    at_most: int = 999
    lately: float = 0


HABITS = {
    "anchor": Habit((17, 31), (4, 8), (220, 900)),
    "regular": Habit((44, 86), (2, 6), (80, 420)),
    "seasonal": Habit((115, 185), (3, 6), (150, 520)),
    "trial": Habit((30, 120), (1, 2), (20, 90), (15, 170), at_most=2),
    "fading": Habit((40, 95), (2, 5), (60, 380), (120, 330), lately=0.4),
    "silent": Habit((60, 120), (2, 4), (60, 240), (430, 680)),
    "single": Habit((400, 500), (1, 3), (1, 4), (2, 560), at_most=1),
    "returning": Habit((35, 130), (1, 4), (1, 5)),
}
SHOP_FADING = Habit((35, 110), (1, 3), (1, 4), (120, 420), lately=0.25)
HALF_A_YEAR_AGO = (181, 212)
STAGE_DAYS = {
    "b2b": (("in_production", 2, 4), ("packed", 9, 16), ("shipped", 1, 3), ("arrived", 18, 32), ("delivered", 2, 5),
            ("completed", 14, 20)),
    "b2c": (("packed", 1, 2), ("shipped", 0, 1), ("delivered", 5, 11), ("completed", 10, 16)),
}  # fmt: skip
CARRIERS = {"b2b": ("COSCO", "Maersk", "Evergreen"), "b2c": ("DHL", "SF Express", "FedEx")}


@dataclass(frozen=True, slots=True)
class Line:
    good: Good
    quantity: int
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class Sale:
    """An order with the moments at which it reaches each stage, or a credit (negative quantities)."""

    buyer: Buyer
    number: str
    placed_at: datetime
    lines: tuple[Line, ...]
    stages: tuple[tuple[str, datetime], ...]
    carrier: str
    is_credit: bool = False

    @property
    def amount(self) -> Decimal:
        total = sum((line.quantity * line.unit_price for line in self.lines), Decimal(0))
        return round_money(total, self.buyer.country.currency)

    @property
    def tracking_number(self) -> str:
        return f"PB{self.number.rpartition('-')[2]}{self.buyer.country.code}"

    def stage_at(self, moment: datetime) -> str:
        """The stage it has reached by `moment`."""
        reached = [stage for stage, at in self.stages if at <= moment]
        return reached[-1] if reached else "confirmed"


@dataclass(frozen=True, slots=True)
class Bill:
    sale: Sale
    number: str
    issued_on: date
    due_on: date
    paid_on: date | None


class Trader:
    """Draws the business of one buyer after the other; `numbered` gives the numbers when all is drawn."""

    def __init__(self, dice: Random, now: datetime) -> None:
        self.dice, self.now, self.today = dice, now, now.astimezone(NINGBO).date()

    def sales(self, buyer: Buyer) -> list[Sale]:
        """His orders of the last two years, oldest first, now and then followed by a credit."""
        if buyer.habit == "prospect":
            return []
        habit = SHOP_FADING if (buyer.kind, buyer.habit) == ("b2c", "fading") else HABITS[buyer.habit]
        found = []
        for day in self.days(buyer, habit):
            sale = self.sale(buyer, habit, day)
            if sale.placed_at < self.now:
                found.append(sale)
                found += self.credit(sale)
        return found

    def days(self, buyer: Buyer, habit: Habit) -> list[date]:
        """Backwards from his latest order, so that a fading buyer fades on time."""
        least, most = HALF_A_YEAR_AGO if self.dice.random() < habit.lately else habit.until
        back = self.dice.randint(least, most) if most else self.dice.randint(0, habit.every[1])
        pace = self.dice.randint(*habit.every)
        first = max(buyer.since, self.today - timedelta(days=HISTORY_DAYS))
        days: list[date] = []
        day = self.today - timedelta(days=back)
        while day >= first and len(days) < habit.at_most:
            days.append(day)
            day -= timedelta(days=max(1, round(pace * self.dice.uniform(0.7, 1.4))))
        return days[::-1]

    def sale(self, buyer: Buyer, habit: Habit, day: date) -> Sale:
        if buyer.kind == "b2b":
            day -= timedelta(days=max(0, day.weekday() - 4))
        placed_at = datetime.combine(day, time(self.dice.randint(8, 19), self.dice.randint(0, 59)), NINGBO)
        chosen = self.dice.sample(goods(), self.dice.randint(*habit.lines))
        return Sale(
            buyer=buyer, number="", placed_at=placed_at,
            lines=tuple(self.line(buyer, habit, good) for good in chosen),
            stages=tuple(self.stages(buyer, placed_at)), carrier=self.dice.choice(CARRIERS[buyer.kind]),
        )  # fmt: skip

    def line(self, buyer: Buyer, habit: Habit, good: Good) -> Line:
        currency = buyer.country.currency
        markup = Decimal("2.4") if buyer.kind == "b2c" else Decimal(str(round(self.dice.uniform(0.94, 1.08), 2)))
        pieces = self.dice.randint(*habit.pieces)
        quantity = pieces if pieces < 20 else round(pieces, -1)
        return Line(good, quantity, round_money(good.price * markup / WORTH[currency], currency))

    def stages(self, buyer: Buyer, placed_at: datetime) -> Iterator[tuple[str, datetime]]:
        at = placed_at + timedelta(hours=self.dice.randint(0, 3))
        yield "confirmed", placed_at
        for stage, least, most in STAGE_DAYS[buyer.kind]:
            at += timedelta(days=self.dice.randint(least, most), hours=self.dice.randint(0, 5))
            yield stage, at

    def credit(self, sale: Sale) -> list[Sale]:
        """One order in thirty is partly taken back."""
        at = sale.placed_at + timedelta(days=self.dice.randint(25, 70))
        if self.dice.random() > 0.033 or at >= self.now - timedelta(days=30):
            return []
        line = sale.lines[0]
        back = Line(line.good, -max(1, line.quantity // self.dice.randint(3, 8)), line.unit_price)
        return [Sale(sale.buyer, "", at, (back,), (("completed", at),), "", is_credit=True)]

    def bill(self, sale: Sale) -> Bill | None:
        """Firms pay on an invoice, most of them on time."""
        if sale.is_credit or sale.buyer.kind == "b2c":
            return None
        issued_on = (sale.placed_at + timedelta(days=self.dice.randint(1, 4))).date()
        if issued_on > self.today:
            return None
        due_on = issued_on + timedelta(days=self.dice.choice([30, 30, 45, 60]))
        late = self.dice.choices(
            [-self.dice.randint(0, 12), self.dice.randint(1, 9), self.dice.randint(10, 70)], [78, 14, 8]
        )
        paid_on: date | None = due_on + timedelta(days=late[0])
        if (paid_on and paid_on >= self.today) or self.dice.random() < 0.006:
            paid_on = None
        return Bill(sale, f"PI-{sale.number.rpartition('-')[2]}", issued_on, due_on, paid_on)


def numbered(sales: Iterable[Sale]) -> list[Sale]:
    """All sales, oldest first, with numbers that rise with time."""
    ordered = sorted(sales, key=lambda each: each.placed_at)
    return [
        replace(sale, number=f"{'CN' if sale.is_credit else 'SO'}-{number}")
        for number, sale in enumerate(ordered, start=FIRST_NUMBER)
    ]
