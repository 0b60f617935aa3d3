"""Which events come from the customer, for reading and interaction (CN-10, CN-44). No measure itself.

Our own sending never counts, nor what a machine opened or clicked. Of our own event names only those below count; a
name that is not ours was sent by a shop or a site, and is a visit.
"""

from __future__ import annotations

from guanxi.ledger.event_names import EVENT_NAMES
from guanxi.scoring.measures.base import sql_texts

# What a contact does with mails and pages, and what follows from it.
READ = frozenset({
    "order.placed", "email.clicked", "email.replied", "email.opened", "page.viewed", "document.downloaded",
    "price_list.clicked", "inquiry.received", "contact.registered", "consent.granted", "feedback.given",
    "complaint.opened", "webinar.registered", "webinar.attended", "survey.answered", "consultation.booked",
})  # fmt: skip
TALKED = frozenset({"note.written"})
# A plain note is ours alone; a call, a meeting or a visit takes two.
NOTES_OF_TALKS = ("call", "meeting", "visit", "chat")

_IS_NO_MACHINE = """(
    CASE name WHEN 'email.opened' THEN COALESCE(verdict, '') = 'human' ELSE COALESCE(verdict, '') <> 'machine' END
)"""
IS_READING = f"(name NOT IN ({sql_texts(EVENT_NAMES.keys() - READ)}) AND {_IS_NO_MACHINE})"
IS_TALK = f"(name IN ({sql_texts(TALKED)}) AND kind IN ({sql_texts(NOTES_OF_TALKS)}))"
IS_INTERACTION = f"({IS_READING} OR {IS_TALK})"
