"""What is said between the exporter and a buyer: newsletters, inquiries, notes and calls. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from guanxi.cli.demo.buyers import Buyer, Person
from guanxi.cli.demo.pools import goods

NEWSLETTERS = (
    (690, "Spring catalogue"), (610, "New vacuum bottles"), (520, "Canton fair invitation"), (430, "Solar lanterns"),
    (340, "Autumn catalogue"), (250, "Trade fair in Frankfurt"), (160, "Planters from recycled plastic"),
    (90, "Summer stock list"), (38, "New cookware range"),
)  # fmt: skip
NOTES = (
    "Asked for FOB Ningbo prices on {category}; wants an answer before the end of the month.",
    "Prefers cartons of 24 with his own label. Artwork is in the folder.",
    "Needs a test report for {category} before the next order.",
    "Will pay 30 % in advance, the rest against copy of the bill of lading.",
    "Compares us with a supplier in Yiwu; price matters less than delivery on time.",
    "Complained about scratched lids in the last delivery; promised replacements with the next container.",
    "New warehouse from next quarter, deliveries go there.",
)
CALLS = (
    "Called about the {category}: satisfied with the samples, decides next week.",
    "Nobody there; left a message with the office.",
    "Talked about next season's quantities, {category} first.",
    "Explained the delay at the port; took it well.",
    "Asked whether a mixed container is possible. Yes, from 12 pallets.",
)
MEETINGS = (
    "Met at the fair; showed {category}, took two samples home.",
    "Visited our factory; saw the powder coating line.",
)
QUESTIONS = (
    "Price and lead time for {category}?",
    "Can {category} be made in our colours?",
    "Sample of {category}, please.",
)


@dataclass(frozen=True, slots=True)
class Happening:
    """A row of events.csv; `properties` become columns of their own."""

    name: str
    at: datetime
    buyer: Buyer
    person: Person
    key: str
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Memo:
    kind: str
    text: str
    at: datetime
    buyer: Buyer


class Talker:
    """Draws the talk of one buyer after the other."""

    def __init__(self, dice: Random, now: datetime) -> None:
        self.dice, self.now = dice, now

    def happenings(self, buyer: Buyer) -> Iterator[Happening]:
        for person in buyer.people:
            if any(each.purpose == "marketing" for each in person.consents):
                yield from self.newsletters(buyer, person)
        yield from self.inquiries(buyer)

    def newsletters(self, buyer: Buyer, person: Person) -> Iterator[Happening]:
        granted = min(each.at for each in person.consents)
        stopped = max((each.at for each in person.consents if each.state == "withdrawn"), default=self.now)
        keen = self.dice.uniform(0.1, 0.7)
        for number, (back, subject) in enumerate(NEWSLETTERS, start=1):
            sent = self.now - timedelta(days=back, minutes=self.dice.randint(0, 300))
            if not granted < sent < stopped:
                continue
            about = {"subject": subject, "campaign": f"newsletter-{number}"}
            key = f"{person.email}-{number}"
            yield Happening("email.sent", sent, buyer, person, f"{key}-sent", about)
            if not person.permits("tracking") or self.dice.random() > keen:
                continue
            opened = sent + timedelta(minutes=self.dice.randint(8, 2600))
            yield Happening("email.opened", opened, buyer, person, f"{key}-opened", about | {"verdict": "human"})
            if self.dice.random() < 0.3:
                url = f"https://www.paperboat.example/{subject.lower().replace(' ', '-')}"
                clicked = opened + timedelta(minutes=self.dice.randint(1, 9))
                told = about | {"verdict": "human", "url": url}
                yield Happening("email.clicked", clicked, buyer, person, f"{key}-clicked", told)

    def inquiries(self, buyer: Buyer) -> Iterator[Happening]:
        likely = 0.85 if buyer.habit == "prospect" else 0.25 if buyer.kind == "b2b" else 0.06
        person = buyer.people[0]
        for turn in range(2):
            if self.dice.random() > likely:
                continue
            at = self.now - timedelta(days=self.dice.randint(2, 200), minutes=self.dice.randint(0, 1400))
            if at.date() < buyer.since:
                at = self.now - timedelta(days=self.dice.randint(1, 5), minutes=self.dice.randint(0, 1400))
            key = f"{buyer.number}-inquiry-{turn}"
            text = self.dice.choice(QUESTIONS).format(category=self.category())
            yield Happening("inquiry.received", at, buyer, person, key, {"inquiry": key, "text": text})
            answered = at + timedelta(hours=self.dice.randint(1, 60))
            if answered < self.now - timedelta(days=6) or self.dice.random() < 0.3:
                yield Happening(
                    "inquiry.answered", min(answered, self.now), buyer, person, f"{key}-a", {"inquiry": key}
                )

    def memos(self, buyer: Buyer) -> Iterator[Memo]:
        if buyer.kind == "b2c":
            return
        for _ in range(self.dice.choices([0, 1, 2, 3, 5], [35, 25, 20, 14, 6])[0]):
            kind, texts = self.dice.choices(
                [("note", NOTES), ("call", CALLS), ("meeting", MEETINGS)], [50, 40, 10]
            )[0]  # fmt: skip
            age = (self.now.date() - buyer.since).days
            at = self.now - timedelta(
                days=self.dice.randint(1, max(2, min(age, 500))), minutes=self.dice.randint(0, 500)
            )
            yield Memo(kind, self.dice.choice(texts).format(category=self.category()), at, buyer)

    def category(self) -> str:
        return self.dice.choice(goods()).category.lower()
