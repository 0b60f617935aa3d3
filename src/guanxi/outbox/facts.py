"""What the gates need to know, gathered for a whole table of messages: one query per kind of fact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from guanxi.consent import queries as consent_queries
from guanxi.consent.paces import paces_of
from guanxi.consent.rules import (
    CONTRACT,
    CORRESPONDENCE,
    DUTY,
    MARKETING,
    NO_CHOICES,
    PROFILING,
    REQUEST,
    Choices,
    Stand,
    is_in_force,
    purpose_of,
)  # fmt: skip
from guanxi.consent.wishes import DOUBLE_OPT_IN
from guanxi.culture.profiles import profile_at, profile_of
from guanxi.culture.zones import Zone, zone_for
from guanxi.firm import queries as firm_queries
from guanxi.firm.models import Firm
from guanxi.kernel.fetching import among
from guanxi.kernel.questions import Question, Rows, Search
from guanxi.ledger.models import Contact, Order
from guanxi.outbox.gates.base import Facts
from guanxi.outbox.gates.frequency import WEEK
from guanxi.outbox.judgement import Judge, Judgement
from guanxi.outbox.letterbook import LetterBook, country_of
from guanxi.outbox.models import Frozen, Message, PausedOrigin, Sender, SendingPolicy, Stream
from guanxi.outbox.routes import all_senders, choose_sender
from guanxi.outbox.states import OUT_OF_THE_HOUSE
from guanxi.transports.addresses import BadAddress, wire_address

# Journeys start by what a reader did or where he stands; of campaigns each message says it (RL-03).
CHOSEN_BY_PROFILE = frozenset({"journey"})
ASKING = "consent"
# What these letters rest on, by the first part of their key; every other one belongs to an order or inquiry.
GROUND_OF = {
    "double-opt-in": REQUEST, "preferences-changed": REQUEST, "data-request": REQUEST, "j-20": DUTY,
    "address-change": REQUEST, "personal": CORRESPONDENCE,
}  # fmt: skip


def the_policy() -> SendingPolicy:
    """The row of caps and switches, or an unsaved one with the defaults."""
    return next(iter(_policies()), SendingPolicy(id=1))


@Search
def _policies() -> QuerySet[SendingPolicy]:
    return SendingPolicy.objects.filter(id=1)


def default_sender(kind: str = "") -> Sender | None:
    """The sender of mails that name none."""
    return choose_sender(all_senders(), kind)


@dataclass(kw_only=True)
class Desk:
    """What a letter is written with: who writes, from which book, and what its readers permit.

    `frozen` are the messages that are handed over again byte by byte.
    """

    now: datetime
    firm: Firm
    policy: SendingPolicy
    senders: Sequence[Sender]
    stands: dict[tuple[int, str], Stand]
    book: LetterBook
    frozen: dict[int, Frozen] = field(default_factory=dict)

    def sender_of(self, message: Message) -> Sender | None:
        """Its own sender, else the default of its kind."""
        if message.sender_id is not None:
            return next((each for each in self.senders if each.id == message.sender_id), None)
        return choose_sender(self.senders, message.kind)

    def may_track(self, contact_id: int) -> bool:
        return is_in_force(self.stands.get((contact_id, "tracking")), self.now)

    def basis_of(self, message: Message) -> str:
        """What a mail of this kind rests on; empty for what needs no permission."""
        stand = self.stands.get((message.contact_id, purpose_of(message.kind) or ""))
        return stand.basis if stand else ""


@dataclass(kw_only=True)
class FactTable(Desk):
    """Facts for messages that were loaded with contact, customer and template.

    `note_marketing` keeps it true while a batch is handed over: two mails to one contact count one another.
    """

    pauses: dict[tuple[str, str], str]
    suppressions: dict[str, frozenset[str]]
    recent: defaultdict[int, list[datetime]]
    customers_with_orders: Collection[int]
    choices: dict[int, Choices]
    paces: dict[int, int]
    paused_streams: dict[tuple[int, str], str]
    fingerprints: dict[str, str] = field(default_factory=dict)
    ahead: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    judge: Judge = field(default_factory=Judge)
    _mails: dict[tuple[Any, ...], tuple[dict[str, Any], tuple[str, ...]]] = field(default_factory=dict)
    _places: dict[tuple[str, ...], dict[str, Any]] = field(default_factory=dict)

    def judged(self, message: Message) -> tuple[Facts, Judgement]:
        """What the gates are told of a message, and what they say."""
        facts = self.facts_of(message)
        return facts, self.judge.judge(facts, expires_at=message.expires_at)

    def facts_of(self, message: Message) -> Facts:
        contact, number, letter = message.contact, message.contact_id, self.book.letter_for(message)
        choices = self.choices.get(number, NO_CHOICES)
        of_mail, missing = self._of_mail(message)
        return Facts(
            **of_mail,
            **self._of_place(contact),
            now=self.now,
            origin_pause=self.pauses.get((message.origin_kind, message.origin_id)) if self.pauses else None,
            permission=self.stands.get((number, purpose_of(message.kind) or "")),
            profiling=self.stands.get((number, PROFILING)),
            suppressions=self.suppressions.get(contact.email_key or "", frozenset()),
            keeps_ramadan_hold=contact.keeps_ramadan_hold,
            recent_marketing=tuple(self.recent[number]) if number in self.recent else (),
            ahead=tuple(self.ahead[number]) if self.ahead else (),
            cap_per_24_hours=_cap(self.policy.cap_per_24_hours, choices),
            cap_per_7_days=self._weekly_cap(contact, choices),
            missing=(*_bad_address(contact), *missing, *(() if letter else ("no_letter",))),
            missing_values=self.book.missing_values(letter, message.values) if letter else (),
            choices=choices,
        )

    def _of_mail(self, message: Message) -> tuple[dict[str, Any], tuple[str, ...]]:
        """What is told alike of all mails of one letter and sender, and what they lack whoever reads them."""
        key = message.template_id, message.sender_id, message.kind, message.origin_kind, message.chosen_by_profile
        if (known := self._mails.get(key)) is None:
            template = message.template
            told = {
                "kind": message.kind,
                "topic": template.topic,
                "occasion": template.occasion,
                "stream_pause": self._stream_pause(message),
                "rests_on_profile": message.chosen_by_profile or message.origin_kind in CHOSEN_BY_PROFILE,
                "ground": ground_of(message),
                "asks_to_confirm": message.origin_kind == ASKING and template.key == DOUBLE_OPT_IN,
                "firm_profile": profile_of(self.firm.country, self.firm.culture) if self.firm.country else None,
                "ramadan_shift_days": self.policy.ramadan_shift_days,
            }
            known = self._mails[key] = told, self._missing(message)
        return known

    def _of_place(self, contact: Contact) -> dict[str, Any]:
        """What is told alike of all who live in one place, as far as it is known."""
        customer = contact.customer
        # Region and city name the part of the country whose days count.
        country, region, city = country_of(contact), customer.region, contact.city or customer.city
        key = country, region, city, contact.time_zone, contact.phone
        if (known := self._places.get(key)) is None:
            place = self.place_of(contact)
            profile = profile_at(country, region, city, overrides=self.firm.culture)
            known = {"country": country, "zone": place.name, "place": place, "profile": profile}
            self._places[key] = known
        return known

    def place_of(self, contact: Contact) -> Zone:
        """Where the reader lives, as far as it is known."""
        return place_of(contact, fallback=self.firm.time_zone)

    def _weekly_cap(self, contact: Contact, choices: Choices) -> int:
        """Prospects get fewest; a member who gave his own consent may get more (L-10); half for who wants fewer."""
        number = contact.customer_id
        is_prospect = number not in self.customers_with_orders and contact.customer.kind == "b2b"
        cap = self.policy.prospect_cap_per_7_days if is_prospect else self.policy.cap_per_7_days
        stand = self.stands.get((contact.id, MARKETING))
        if cap and stand is not None and stand.basis == "consent":
            cap = max(cap, self.paces.get(number, 0))
        return _cap(cap, choices)

    def _stream_pause(self, message: Message) -> str | None:
        if not self.paused_streams or (sender := self.sender_of(message)) is None:
            return None
        return self.paused_streams.get((sender.pk, message.kind))

    def note_marketing(self, message: Message) -> None:
        if message.kind == "marketing":
            self.recent[message.contact_id].append(self.now)

    def note_promised(self, message: Message) -> None:
        """It has passed and leaves before whoever is asked after it."""
        if message.kind == "marketing":
            self.note_marketing(message)
            self.ahead[message.contact_id].append(message.pk)

    def _missing(self, message: Message) -> tuple[str, ...]:
        missing = {
            "no_sender": self.sender_of(message) is None,
            "no_firm_name": not self.firm.name.strip(),
            "no_postal_address": message.kind == "marketing" and not self.firm.postal_address.strip(),
        }
        return tuple(code for code, is_missing in missing.items() if is_missing)


def desk(messages: Sequence[Message], *, now: datetime, book: LetterBook) -> Desk:
    """What the letters of these messages are written with."""
    firm = firm_queries.the_firm()
    book.overrides = firm.culture
    stands = consent_queries.stands_of({message.contact_id for message in messages})
    return Desk(now=now, firm=firm, policy=the_policy(), senders=all_senders(), stands=stands, book=book)


def gather(messages: Sequence[Message], *, now: datetime, book: LetterBook | None = None) -> FactTable:
    """Everything the gates ask about these messages: one query per kind of fact, and one per letter not in `book`."""
    contact_ids = {message.contact_id for message in messages}
    fingerprints = consent_queries.address_keys({key for message in messages if (key := message.contact.email_key)})
    marketing = [message for message in messages if message.kind == "marketing"]
    return FactTable(
        **vars(desk(messages, now=now, book=book or LetterBook())),
        pauses=_pauses(messages),
        fingerprints=fingerprints,
        suppressions=consent_queries.scopes_of(fingerprints),
        recent=_recent_marketing(contact_ids, now),
        customers_with_orders={number for (number,) in _with_orders({message.customer_id for message in messages})},
        paces=paces_of({message.customer_id for message in marketing}),
        choices=_choices(marketing),
        paused_streams={(sender_id, kind): reason for sender_id, kind, reason in _streams_at_rest()},
    )


def _pauses(messages: Sequence[Message]) -> dict[tuple[str, str], str]:
    rows = _paused_among({message.origin_id for message in messages})
    return {(kind, origin): reason for kind, origin, reason in rows}


@Question
def _paused_among(origin_ids: Any) -> Rows:
    return PausedOrigin.objects.filter(among("origin_id", origin_ids)).values_list("origin_kind", "origin_id", "reason")


@Question
def _streams_at_rest() -> Rows:
    return Stream.objects.filter(paused_at__isnull=False).values_list("sender_id", "kind", "reason")


def place_of(contact: Contact, *, fallback: str) -> Zone:
    """The zone a contact lives in, and how that is known; `fallback` is the firm's."""
    customer = contact.customer
    return zone_for(
        contact_zone=contact.time_zone,
        city=contact.city or customer.city,
        region=customer.region,
        phone=contact.phone,
        country=country_of(contact),
        fallback=fallback,
    )


def ground_of(message: Message) -> str:
    """What the mail rests on when it is no marketing; one of consent.rules.GROUNDS."""
    usual = CORRESPONDENCE if message.origin_kind == "person" else CONTRACT
    return GROUND_OF.get(message.template.key.partition(".")[0], usual)


def _recent_marketing(contact_ids: Collection[int], now: datetime) -> defaultdict[int, list[datetime]]:
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    for contact_id, handed_at, kind, state in _lately(contact_ids, now - WEEK):
        if kind == "marketing" and state in OUT_OF_THE_HOUSE:
            found[contact_id].append(handed_at)
    return found


@Question
def _lately(contact_ids: Any, since: Any) -> Rows:
    # Everything a reader got of late lies together in one index; what it was is asked of the rows.
    rows = Message.objects.filter(among("contact_id", contact_ids), handed_at__gt=since)
    return rows.values_list("contact_id", "handed_at", "kind", "state")


@Question
def _with_orders(customer_ids: Any) -> Rows:
    orders = Order.objects.filter(among("customer_id", customer_ids), kind="order")
    return orders.values_list("customer_id").distinct()


def _choices(messages: Sequence[Message]) -> dict[int, Choices]:
    has_topics = any(template.topic for template in {message.template for message in messages})
    return consent_queries.choices_of({message.contact_id for message in messages}, with_topics=has_topics)


def _cap(cap: int, choices: Choices) -> int:
    """Half of it, but not nothing, for a reader who wants fewer mails."""
    return max(min(cap, 1), cap // 2) if choices.fewer else cap


def _bad_address(contact: Contact) -> tuple[str, ...]:
    if not contact.email_key:
        return ("no_address",)
    try:
        wire_address(contact.email)
    except BadAddress:
        return ("bad_address",)
    return ()
