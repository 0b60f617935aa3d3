"""The events that start and end journeys, in groups as the builder offers them, in words."""

from __future__ import annotations

import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from guanxi.ledger.event_names import EVENT_NAMES

Words = str | Promise

GROUPS: tuple[tuple[Words, dict[str, Words]], ...] = (
    (gettext_lazy("Orders"), {
        "order.placed": gettext_lazy("an order is placed"),
        "order.stage_changed": gettext_lazy("the order reaches a new stage"),
        "order.news": gettext_lazy("there is news about the order"),
        "order.credited": gettext_lazy("a credit or a return is recorded"),
        "invoice.issued": gettext_lazy("an invoice is issued"),
        "invoice.paid": gettext_lazy("an invoice is paid"),
        "invoice.overdue": gettext_lazy("an invoice is overdue"),
        "payment.overdue": gettext_lazy("the shop reports an overdue payment"),
        "project.accepted": gettext_lazy("a custom project is accepted"),
        "project.drawn": gettext_lazy("the drawing is with the customer"),
        "project.sampled": gettext_lazy("the sample is made"),
        "project.checked": gettext_lazy("a check of a custom project is recorded"),
    }),
    (gettext_lazy("Talks"), {
        "inquiry.received": gettext_lazy("an inquiry comes in"),
        "inquiry.answered": gettext_lazy("an inquiry is answered"),
        "quotation.sent": gettext_lazy("a quotation goes out"),
        "sample.shipped": gettext_lazy("a sample goes out"),
        "note.written": gettext_lazy("somebody writes down a call or a meeting"),
        "consultation.booked": gettext_lazy("a consultation is booked"),
        "feedback.given": gettext_lazy("the customer rates us"),
        "survey.answered": gettext_lazy("a questionnaire is answered"),
        "complaint.opened": gettext_lazy("the customer complains"),
        "complaint.solved": gettext_lazy("a complaint is settled"),
        "referral.made": gettext_lazy("the customer introduces another one"),
    }),
    (gettext_lazy("Mail and visits"), {
        "email.sent": gettext_lazy("a mail is accepted by the reader's server"),
        "email.opened": gettext_lazy("a mail is opened"),
        "email.clicked": gettext_lazy("a mail is clicked"),
        "email.replied": gettext_lazy("a mail is answered"),
        "email.bounced": gettext_lazy("a mail comes back"),
        "mails.opened": gettext_lazy("three different mails have been opened"),
        "mail.shared": gettext_lazy("the share link of a mail is opened"),
        "page.viewed": gettext_lazy("a page is visited"),
        "category.interest": gettext_lazy("one category is looked at three times in a row"),
        "price_list.clicked": gettext_lazy("the price list is opened"),
        "document.downloaded": gettext_lazy("a document is taken"),
        "cart.abandoned": gettext_lazy("a cart is left full"),
        "visits.without_order": gettext_lazy("several visits came without an order"),
        "webinar.registered": gettext_lazy("a contact signs up for an event"),
        "webinar.attended": gettext_lazy("a contact takes part in an event"),
    }),
    (gettext_lazy("The customer"), {
        "contact.registered": gettext_lazy("a visitor registers"),
        "contact.created": gettext_lazy("a contact is entered"),
        "contact.changed": gettext_lazy("data of a contact are changed"),
        "contact.erased": gettext_lazy("a person is erased"),
        "customer.created": gettext_lazy("a customer is entered"),
        "standing.changed": gettext_lazy("the customer's tier changes"),
        "segment.joined": gettext_lazy("a segment is joined"),
        "segment.left": gettext_lazy("a segment is left"),
        "trait.set": gettext_lazy("a trait is recorded"),
        "consent.granted": gettext_lazy("a permission is given"),
        "consent.withdrawn": gettext_lazy("a permission is withdrawn"),
        "consent.expired": gettext_lazy("a permission runs out"),
        "data.confirmed": gettext_lazy("the yearly letter about data is answered"),
        "data.requested": gettext_lazy("somebody asks for his data"),
    }),
    (gettext_lazy("What the figures show"), {
        "purchase.expected": gettext_lazy("the next order is expected soon"),
        "rhythm.slowed": gettext_lazy("the customer falls behind his own rhythm"),
        "rhythm.shrunk": gettext_lazy("the customer's orders become smaller"),
        "stock.below_safety": gettext_lazy("the customer's stock falls below his safety line"),
        "market.moved": gettext_lazy("a rate or a material's price moves"),
        "review.due": gettext_lazy("a review of the tiers is due"),
        "proposal.accepted": gettext_lazy("a proposal of a review is accepted"),
    }),
    (gettext_lazy("What journeys and people do"), {
        "offer.granted": gettext_lazy("a personal code is handed out"),
        "offer.redeemed": gettext_lazy("a personal code is used"),
        "journey.entered": gettext_lazy("a journey is entered"),
        "journey.left": gettext_lazy("a journey is left"),
        "task.opened": gettext_lazy("a task is opened"),
        "task.done": gettext_lazy("a task is done"),
        "task.breached": gettext_lazy("a task is not done in time"),
    }),
)  # fmt: skip
EVENTS: dict[str, Words] = {name: words for _, events in GROUPS for name, words in events.items()}


def event_name(name: str) -> str:
    """An event in words: those one builds with from GROUPS, the others by their sentence, foreign ones as written."""
    if name in EVENTS:
        return str(EVENTS[name])
    return re.split(r"[;:.(]", EVENT_NAMES.get(name, name), maxsplit=1)[0].strip() if name in EVENT_NAMES else name


def event_options() -> list[tuple[str, list[tuple[str, str]]]]:
    return [(str(group), [(name, str(words)) for name, words in events.items()]) for group, events in GROUPS]
