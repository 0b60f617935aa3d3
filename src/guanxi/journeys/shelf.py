"""How the gallery shelves a journey: what it is for, for which customers, what it needs. Pure (journey-grammar.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from guanxi.consent.rules import PURPOSES as CONSENTS
from guanxi.journeys.clockwork import DATES
from guanxi.journeys.conditions import is_fact
from guanxi.journeys.reading import Fields
from guanxi.ledger.event_names import EVENT_NAMES

PURPOSES: dict[str, str] = {
    "win": "Turn prospects and passers-by into customers.",
    "welcome": "Receive those who have registered or ordered for the first time.",
    "orders": "Accompany an order from confirmation to review.",
    "sell-again": "Bring the next order: replenishment, additions, new goods.",
    "keep": "Stay in touch and reward.",
    "occasions": "Festivals, birthdays, seasons.",
    "wake": "Win back those who have gone quiet.",
    "permission": "Look after permissions and addresses.",
    "reviews": "Sort customers and keep clocks; mainly work for people.",
}
CUSTOMER_KINDS = ("b2b", "b2c")
DOCUMENT = re.compile(r"[a-z][a-z0-9_-]{0,39}")
# Where YAML folds a line it puts a space, which Chinese has none of.
INSIDE_CHINESE = re.compile(
    r"(?<=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]) (?=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])"
)


@dataclass(frozen=True, slots=True)
class Needs:
    """`data` are names of events, of facts or of dates of the record; `documents` kinds of papers; `consent` purposes
    a contact must have permitted."""

    data: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    consent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shelf:
    """Titles and descriptions are by language, `en` among them; without a purpose the journey stands apart."""

    titles: Mapping[str, str]
    descriptions: Mapping[str, str]
    purpose: str = ""
    customers: tuple[str, ...] = CUSTOMER_KINDS
    needs: Needs = field(default_factory=Needs)


def read_shelf(fields: Fields) -> Shelf:
    """The keys title, description, purpose, for and needs. Raises GraphError."""
    return Shelf(
        titles=fields.sentences("title"),
        descriptions={
            language: INSIDE_CHINESE.sub("", text) for language, text in fields.sentences("description", {}).items()
        },
        purpose=fields.one_of("purpose", tuple(PURPOSES), ""),
        customers=fields.words("for", CUSTOMER_KINDS, among=CUSTOMER_KINDS),
        needs=_needs(fields),
    )


def _needs(fields: Fields) -> Needs:
    needs = fields.inside(fields.block_of("needs"))
    data = needs.words("data", ())
    for name in data:
        if name not in EVENT_NAMES and name not in DATES and not is_fact(name) and not name[:1].isupper():
            needs.fail(f"`{name}` is no event, no fact and no date of the record; see journey-grammar.md.", "data")
    documents = needs.words("documents", ())
    for name in documents:
        if not DOCUMENT.fullmatch(name):
            needs.fail(f"a kind of document is called {name!r}; write one word such as `price_list`.", "documents")
    found = Needs(data, documents, needs.words("consent", (), among=CONSENTS))
    needs.close()
    return found
