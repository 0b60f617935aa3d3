"""The letters of a play: proposed with the values the live ones carry, judged by the live gates, never written out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from guanxi.content.models import Template
from guanxi.journeys.advancing import Taken, Walk
from guanxi.journeys.steps.base import Wish
from guanxi.journeys.values import letter_values, order_values
from guanxi.ledger.models import Contact, Order
from guanxi.outbox.facts import FactTable, the_policy
from guanxi.outbox.gates.frequency import WEEK
from guanxi.outbox.judgement import judge
from guanxi.outbox.letterbook import LetterBook, country_of, languages_of
from guanxi.outbox.models import Message
from guanxi.outbox.routes import all_senders
from guanxi.outbox.states import EXPIRED, HELD, QUEUED, SUPPRESSED
from guanxi.papers import queries as papers_queries
from guanxi.rehearsal.coupons import Coupons
from guanxi.rehearsal.papers import Papers
from guanxi.rehearsal.past import Past
from guanxi.rehearsal.play import Letter, Mail, Play, Traveller
from guanxi.tiering.plain import NAMES as STANDING_NAMES
from guanxi.tiering.plain import beside

MINUTE = timedelta(minutes=1)


class _Lenient(FactTable):
    """The facts of the gates; nobody is asked for a sender or an address of the firm, which a new workspace has not
    set up yet.
    """

    def _missing(self, message: Message) -> tuple[str, ...]:
        return ()


class Post:
    """Takes proposals, and judges each at its moment and again when a hold is over."""

    def __init__(self, past: Past, play: Play, coupons: Coupons, papers: Papers) -> None:
        self.past, self.play, self.coupons, self.papers = past, play, coupons, papers
        self.templates = {each.key: each for each in Template.objects.all()}
        self.local_help = papers_queries.local_lines_of()
        self.schemes = {name.removeprefix("customer."): name.removeprefix("customer.") for name in STANDING_NAMES}
        self.schemes["tier"] = past.default_scheme
        self.told: dict[tuple[int, int], dict[str, Any]] = {}
        self.languages: dict[int, str] = {}
        self.is_foreign: dict[tuple[int, int], bool] = {}
        self.gates = _Lenient(
            now=past.begin, firm=past.firm, policy=the_policy(), senders=all_senders(), pauses={},
            stands=past.stands, suppressions=past.suppressions, recent=defaultdict(list),
            book=LetterBook(past.firm.culture), customers_with_orders=frozenset(past.orders), choices=past.choices,
            paused_streams={}, paces=past.paces,
        )  # fmt: skip

    def propose(self, found: Walk, taken: Taken, wish: Wish, now: datetime) -> tuple[Mail, Letter] | None:
        """Write the proposal down; None when there is no such letter."""
        enrolment = found.enrolment
        contact, customer = enrolment.contact, enrolment.customer
        template = self.templates.get(wish.template_key)
        letter = Letter(
            journey=enrolment.journey.key, step=taken.step, customer_id=customer.id, contact_id=contact.id,
            country=country_of(contact), tier=self.past.tier_of(customer.id, self.past.default_scheme, now),
            template=wish.template_key, kind=template.kind if template else "", language=self.language(contact),
            proposed_at=now.astimezone(self.past.zone), discount=str(self.coupons.costs.get(enrolment.pk, "")),
        )  # fmt: skip
        self.play.letters.append(letter)
        if template is None:
            letter.dropped_by = "no_template"
            return None
        mail = Mail(
            contact, customer, template, template.kind, str(enrolment.pk), wish.expires_at,
            self._values(found, wish, now),
        )  # fmt: skip
        self._note_language(template, mail)
        return mail, letter

    def judge(self, mail: Mail, letter: Letter, traveller: Traveller, now: datetime) -> datetime | None:
        """What becomes of the letter at this moment; answers when to judge it again, if it waits."""
        if traveller.state == "left":
            letter.dropped_by = f"recalled_{traveller.end_reason}"
            return None
        message = cast(Message, mail)
        self.gates.now = now
        recent = self.gates.recent[mail.contact.id]
        recent[:] = [moment for moment in recent if moment > now - WEEK]
        judgement = judge(self.gates.facts_of(message), expires_at=mail.expires_at)
        if judgement.state == HELD:
            letter.held_by.append(_reason(judgement.opinions, "hold"))
            return max(judgement.due_at, now + MINUTE)
        if judgement.state == QUEUED:
            letter.left_at = now.astimezone(self.past.zone)
            self.gates.note_marketing(message)
        elif judgement.state in (SUPPRESSED, EXPIRED):
            letter.dropped_by = _reason(judgement.opinions, "drop")
        return None

    def language(self, contact: Contact) -> str:
        """The one he would like to read best."""
        if contact.id not in self.languages:
            self.languages[contact.id] = next(iter(languages_of(contact, self.past.firm.culture)), "")
        return self.languages[contact.id]

    def _values(self, found: Walk, wish: Wish, now: datetime) -> dict[str, Any]:
        enrolment, order = found.enrolment, found.around.order
        values = self.coupons.values.get(enrolment.pk, {}) | letter_values(
            enrolment=enrolment, wanted=wish.values, order=None, survey=wish.survey, local_help=self.local_help,
            facts=found.around.facts, zone=found.around.zone,
        )  # fmt: skip
        if order is not None:
            values["order"] = self._of_order(order, enrolment.contact, found.around.news)
        if wish.document:
            values["document"] = self.papers.give(enrolment.contact.id, wish.document)
        return beside(values, self._standing(enrolment.customer.id, now))

    def _of_order(self, order: Order, contact: Contact, news: str) -> dict[str, Any]:
        """What a letter tells of the order, put together once for each reader: its record stays as it is today."""
        key = (order.id, contact.id)
        if key not in self.told:
            local_help = self.local_help.get(country_of(contact), "")
            self.told[key] = order_values(order, contact_id=contact.id, local_help=local_help)
        return self.told[key] | ({"news": news} if news else {})

    def _standing(self, customer_id: int, now: datetime) -> dict[str, str]:
        """What tiering.plain tells a letter of the customer, as of that moment."""
        told = {name: self.past.tier_of(customer_id, scheme, now) for name, scheme in self.schemes.items()}
        return {name: tier for name, tier in told.items() if tier}

    def _note_language(self, template: Template, mail: Mail) -> None:
        """What the reader would have had to read in another language than his own."""
        key, language = (mail.contact_id, template.id), self.language(mail.contact)
        if key not in self.is_foreign:
            letter = self.gates.book.letter_for(cast(Message, mail))
            self.is_foreign[key] = letter is None or bool(
                language and letter.language.partition("-")[0] != language.partition("-")[0]
            )
        if self.is_foreign[key]:
            self.play.missing_letters[template.key, language] += 1


def _reason(opinions: Sequence[tuple[str, Any]], outcome: str) -> str:
    """The code of the gate that decided: of several holds the one that lasts longest."""
    mine = [opinion for _, opinion in opinions if opinion.outcome == outcome]
    if outcome == "hold":
        mine = sorted(mine, key=lambda opinion: opinion.until.timestamp() if opinion.until else float("inf"))
        return str(mine[-1].reason)
    last = mine[-1]
    return str(last.detail.get("reason") or last.reason) if last.reason == "hold_outlasts_expiry" else str(last.reason)
