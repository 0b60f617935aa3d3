"""Who buys from the made-up exporter: firms and shop customers, their contacts, and what these permit. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from guanxi.cli.demo.pools import Country, Word, countries, slug

# Habit and its share: what a buyer's orders look like (trade.py).
FIRM_HABITS = {"anchor": 6, "regular": 22, "seasonal": 19, "trial": 12, "fading": 22, "silent": 5, "prospect": 14}
SHOP_HABITS = {"single": 36, "returning": 34, "fading": 30}
# No buyer is new in the weeks that the demo lives through.
QUIET_DAYS = 45
TAGS = ["trade fair", "private label", "sample sent", "price sensitive", "pays late", "long partner"]
STRICT = {"DE", "FR", "IT", "ES", "NL", "PL", "SE"}  # double opt-in is the custom
WORDINGS = {
    "de": "Ja, ich möchte den Newsletter mit neuen Produkten erhalten. Ich kann ihn jederzeit abbestellen.",
    "ja": "新製品のご案内メールを受け取ることに同意します。いつでも配信を停止できます。",
    "ar": "نعم، أوافق على استلام رسائل عن المنتجات الجديدة. يمكنني إلغاء الاشتراك في أي وقت.",
    "zh-Hans": "我同意接收新产品邮件，并可随时退订。",
}
WORDING = "Yes, please send me news about your products. I can unsubscribe at any time."


@dataclass(frozen=True, slots=True)
class Consent:
    purpose: str
    state: str
    basis: str
    method: str
    at: datetime
    source: str
    wording: str


@dataclass(frozen=True, slots=True)
class Person:
    given_name: str
    family_name: str
    honorific: str
    position: str
    email: str
    phone: str
    language: str
    time_zone: str
    birthday: date | None
    consents: tuple[Consent, ...]

    def permits(self, purpose: str) -> bool:
        statements = [each for each in self.consents if each.purpose == purpose]
        return bool(statements) and max(statements, key=lambda each: each.at).state == "granted"


@dataclass(frozen=True, slots=True)
class Buyer:
    number: str
    name: str
    kind: str
    country: Country
    city: str
    address: str
    domain: str
    trade: str
    habit: str
    since: date
    tags: tuple[str, ...]
    people: tuple[Person, ...] = field(default=())


def buyers(dice: Random, today: date) -> Iterator[Buyer]:
    """Every buyer, country by country; `since` lies within the three years before `today`."""
    maker = Maker(dice, today)
    for country in countries():
        firms = round(country.weight * (1 - country.shops))
        names = [(root, trade) for root in country.roots for trade in country.trades]
        for root, trade in dice.sample(names, firms):
            yield maker.firm(country, root, trade)
        for _ in range(country.weight - firms):
            yield maker.shop_customer(country)


class Maker:
    """Draws buyers; remembers which numbers and addresses are given away."""

    def __init__(self, dice: Random, today: date) -> None:
        self.dice, self.today = dice, today
        self.count = 10000
        self.addresses: set[str] = set()
        self.phones: set[str] = set()

    def firm(self, country: Country, root: Word, trade: Word) -> Buyer:
        city, zone = self.dice.choice(country.cities)
        domain = f"{root.latin}-{trade.latin}.example"
        habit = self.drawn(FIRM_HABITS)
        since = self.first_day(habit)
        staff = self.dice.choices([1, 2, 3], [55, 33, 12])[0]
        return Buyer(
            number=self.number("C"), name=country.form.format(root=root.written, trade=trade.written), kind="b2b",
            country=country, city=city, address=f"{self.dice.randint(1, 180)} {root.written}", domain=domain,
            trade=trade.written, habit=habit, since=since, tags=self.tags(),
            people=tuple(self.person(country, zone, since, domain=domain) for _ in range(staff)),
        )  # fmt: skip

    def shop_customer(self, country: Country) -> Buyer:
        city, zone = self.dice.choice(country.cities)
        habit = self.drawn(SHOP_HABITS)
        since = self.first_day(habit)
        person = self.person(country, zone, since, domain="")
        family_first = country.code in {"JP", "SG"}
        parts = [person.family_name, person.given_name] if family_first else [person.given_name, person.family_name]
        return Buyer(
            number=self.number("S"), name=("" if country.code == "SG" else " ").join(parts), kind="b2c",
            country=country, city=city, address="", domain="", trade="", habit=habit, since=since, tags=(),
            people=(person,),
        )  # fmt: skip

    def number(self, letter: str) -> str:
        self.count += self.dice.randint(1, 4)
        return f"{letter}{self.count}"

    def drawn(self, shares: dict[str, int]) -> str:
        return self.dice.choices(list(shares), list(shares.values()))[0]

    def first_day(self, habit: str) -> date:
        if habit == "prospect":
            return self.today - timedelta(days=self.dice.randint(QUIET_DAYS, 280))
        earliest = 180 if habit in {"single", "trial", "returning"} else 400
        return self.today - timedelta(days=self.dice.randint(earliest, 1000))

    def tags(self) -> tuple[str, ...]:
        return tuple(sorted(self.dice.sample(TAGS, self.dice.choices([0, 1, 2], [60, 30, 10])[0])))

    def person(self, country: Country, zone: str, since: date, *, domain: str) -> Person:
        gender = self.dice.choice("fm")
        given, family = self.dice.choice(country.names.given[gender]), self.dice.choice(country.names.family)
        honorific = country.names.honorific[gender]
        if domain and self.dice.random() < 0.07:
            honorific = country.names.honorific.get(f"{gender}_learned", honorific)
        return Person(
            given_name=given.written, family_name=family.written, honorific=honorific,
            position=self.dice.choice(country.positions) if domain else "",
            email=self.address(given, family, domain), phone=self.phone(country),
            language="en" if self.dice.random() < 0.06 else country.language, time_zone=zone,
            birthday=self.birthday(), consents=tuple(self.consents(country, since)),
        )  # fmt: skip

    def phone(self, country: Country) -> str:
        """One of the numbers set aside for stories, each given away once: a shared one would propose a merge."""
        place = self.dice.randint(100, 999)
        while f"{country.phone}{place}" in self.phones:
            place = place + 1 if place < 999 else 100
        self.phones.add(f"{country.phone}{place}")
        return f"{country.phone}{place}"

    def address(self, given: Word, family: Word, domain: str) -> str:
        """An address nobody else has; `.example` is reserved, so no mail can reach anybody."""
        name = f"{slug(given.latin)}.{slug(family.latin)}".replace("-", "")
        host = domain or "mail.example"
        ending = 1
        while (address := f"{name}{ending if ending > 1 else ''}@{host}") in self.addresses:
            ending += 1
        self.addresses.add(address)
        return address

    def birthday(self) -> date | None:
        if self.dice.random() < 0.75:
            return None
        return date(1996, 1, 1) - timedelta(days=self.dice.randint(0, 12000))

    def consents(self, country: Country, since: date) -> Iterator[Consent]:
        at = self.moment_after(since, 40)
        wording = WORDINGS.get(country.language, WORDING)
        if self.dice.random() < 0.72:
            method = "double_opt_in" if country.code in STRICT else self.dice.choice(["form", "card", "double_opt_in"])
            source = "trade fair, stand 4.1" if method == "card" else "https://www.paperboat.example/newsletter"
            yield Consent("marketing", "granted", "consent", method, at, source, wording)
            if self.dice.random() < 0.7:
                tracking = "Yes, you may see whether I open your mails, to send fewer and better ones."
                yield Consent("tracking", "granted", "consent", method, at, source, tracking)
            if self.dice.random() < 0.09:
                later = self.moment_after(at.date(), 300)
                yield Consent("marketing", "withdrawn", "consent", "one_click", later, "link in a mail", "")

    def moment_after(self, day: date, most_days: int) -> datetime:
        """A moment in office hours of Ningbo after `day`, in the past."""
        chosen = min(day + timedelta(days=self.dice.randint(0, most_days)), self.today - timedelta(days=QUIET_DAYS))
        hour, minute = self.dice.randint(9, 17), self.dice.randint(0, 59)
        return datetime.combine(chosen, time(hour, minute), ZoneInfo("Asia/Shanghai"))
