"""What a condition of a journey may ask, and what can be answered: in words, and as choices of the builder."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from guanxi.console import paper_words
from guanxi.console.journey_events import EVENTS
from guanxi.console.journey_fact_words import (
    CLOSED,
    FACT_GROUPS,
    FACTS,
    FLAG_GROUPS,
    FLAGS,
    NUMBERS,
    OPEN_GROUPS,
    PROPERTIES,
    SHELVES,
    VALUES,
)
from guanxi.console.segment_titles import FIELD_TITLES
from guanxi.console.shipped_words import journey_titles, offer_titles, title_words
from guanxi.content import queries as content_queries
from guanxi.kernel import places
from guanxi.ledger.traits import TRAITS
from guanxi.segments import queries as segments_queries
from guanxi.tiering import queries as tiering_queries

Options = list[tuple[str, str]]


def fact_name(name: str) -> str:
    """A fact, a property of an event or a date of the record in words; an unknown one as it is written."""
    head, point, rest = name.partition(".")
    if point and (words := FACT_GROUPS.get(head)):
        return str(words) % {"name": _member_name(head, rest)}
    return str(FACTS.get(name) or name.replace("_", " "))


def _member_name(head: str, rest: str) -> str:
    """What follows the point: a trait, a kind of document, a scheme, an offer, an event, else as it is written."""
    known = MEMBERS.get(head, dict)()
    return known.get(rest) or rest.replace("_", " ")


def _scheme_titles() -> dict[str, str]:
    return {each.name: tiering_queries.title_of(each) for each in tiering_queries.kept_schemes()}


def _trait_titles() -> dict[str, str]:
    return {name: str(FIELD_TITLES.get(f"trait.{name}", name.replace("_", " "))) for name in TRAITS}


def _event_titles() -> dict[str, str]:
    return {name: str(words) for name, words in EVENTS.items()}


MEMBERS: dict[str, Callable[[], dict[str, str]]] = {
    "trait": _trait_titles,
    "document": lambda: {kind: str(words) for kind, words in paper_words.KINDS.items()},
    "standing": _scheme_titles,
    "offer": offer_titles,
    "happened": _event_titles,
    "project": lambda: {"drawing": _("drawing"), "sample": _("sample")},
    "prefers": lambda: {
        "email": _("e-mail"),
        "whatsapp": "WhatsApp",
        "linkedin": "LinkedIn",
        "phone": _("telephone"),
    },
    "permits": lambda: {"whatsapp": "WhatsApp", "linkedin": "LinkedIn", "phone": _("telephone")},
}


def value_words(name: str, values: Iterable[object]) -> list[str]:
    """What is wanted of a fact, in words."""
    language = get_language() or "en"
    if name == "country":
        return [places.country_name(str(value), language) if value else _("none") for value in values]
    if name == "language":
        return [places.language_name(str(value), language) if value else _("none") for value in values]
    known = dict(choices_for(name, Known()))
    return [
        known.get(str(value)) or str(value).replace("_", " ") if value not in ("", None) else _("none")
        for value in values
    ]


# The choices of the builder


class Known:
    """What this workspace has to choose from, each kind looked up when it is asked for."""

    def __init__(self, came_by: Iterable[str] = ()) -> None:
        """`came_by` is what may have begun the journey that is being built; `steps` are its other cards."""
        self.came_by = tuple(came_by)
        self.steps: Options = []

    @cached_property
    def letters(self) -> dict[str, str]:
        return {key: title_words(title) for key, title in content_queries.titles().items()}

    @cached_property
    def offers(self) -> dict[str, str]:
        return offer_titles()

    @cached_property
    def journeys(self) -> dict[str, str]:
        return journey_titles()

    @cached_property
    def segments(self) -> Options:
        return list(segments_queries.all_segments().values_list("key", "title"))

    @cached_property
    def schemes(self) -> dict[str, tuple[str, Options]]:
        """Title and tiers of each scheme."""
        found = tiering_queries.kept_schemes()
        return {each.name: (tiering_queries.title_of(each), tiering_queries.tiers_of(each)) for each in found}

    @cached_property
    def default_tiers(self) -> Options:
        scheme = tiering_queries.default_scheme()
        return tiering_queries.tiers_of(scheme) if scheme else []


def choices_for(name: str, known: Known) -> Options:
    """The values a fact can have, with their titles; none where anything may be written."""
    head, point, rest = name.removeprefix("event.").partition(".")
    if point and head == "standing":
        return [*known.schemes.get(rest, ("", []))[1], ("", _("none"))]
    if name in LOOKED_UP:
        return LOOKED_UP[name](known)
    found = VALUES.get(f"{head}." if point else head, {})
    return [(value, str(words).lower() if head == "stage" else str(words)) for value, words in found.items()]


def _every_tier(known: Known) -> Options:
    """Of the default scheme, which journeys speak of, then of the others."""
    found = dict(known.default_tiers)
    for _title, tiers in known.schemes.values():
        for tier, title in tiers:
            found.setdefault(tier, title)
    return list(found.items())


LOOKED_UP: dict[str, Callable[[Known], Options]] = {
    "tier": lambda known: known.default_tiers,
    "to": _every_tier,
    "from": _every_tier,
    "scheme": lambda known: [(name, title) for name, (title, _tiers) in known.schemes.items()],
    "segment": lambda known: known.segments,
    "under_way_in": lambda known: list(known.journeys.items()),
    "came_by": lambda known: [(name, _event_titles().get(name, name)) for name in known.came_by],
    "template": lambda known: list(known.letters.items()),
    "offer": lambda known: list(known.offers.items()),
    "survey": lambda known: [(name, str(words)) for name, words in paper_words.SURVEYS.items()],
}
MOST_TO_TICK = 16


@dataclass(frozen=True, slots=True)
class Control:
    """How a value is filled in: `yes`, `ticks` (some of `options`), `number`, or `text` with `options` to draw on."""

    kind: str
    options: Options = field(default_factory=list)


def control_of(name: str, known: Known, *, scheme: str = "") -> Control:
    """`scheme` is the one the same condition names, whose tiers are then meant."""
    if name in FLAGS or name.startswith(FLAG_GROUPS):
        return Control("yes")
    if name in NUMBERS:
        return Control("number")
    if name in {"to", "from"}:
        return Control("ticks", known.schemes[scheme][1] if scheme in known.schemes else known.default_tiers)
    options = choices_for(name, known)
    head = name.partition(".")[0]
    is_closed = name in CLOSED or f"{head}." in CLOSED or head == "standing" or name in LOOKED_UP
    return Control("ticks" if options and is_closed and len(options) <= MOST_TO_TICK else "text", options)


def fact_options(known: Known) -> list[tuple[str, Options]]:
    """Every fact in its group; the last ones are only begun (`field.`)."""
    begun = str(FACT_GROUPS["standing"])
    standing = [(f"standing.{name}", begun % {"name": title}) for name, (title, _tiers) in known.schemes.items()]
    shelves = [(str(title), [(name, fact_name(name)) for name in names]) for title, names in SHELVES]
    shelves[0][1][1:1] = standing
    return [
        *shelves,
        (_("What people have noted"), [(f"trait.{name}", title) for name, title in _trait_titles().items()]),
        (_("Offers"), [(f"offer.{name}", title) for name, title in known.offers.items()]),
        (_("Documents"), [(f"document.{kind}", str(words)) for kind, words in paper_words.KINDS.items()]),
        (_("Anything else"), [(begin, str(words)) for begin, words in OPEN_GROUPS.items()]),
    ]


def property_options() -> list[tuple[str, Options]]:
    """What the events of a trigger tell; `.` stands for another word."""
    return [("", [(name, fact_name(name)) for name in PROPERTIES]), (_("Anything else"), [(".", _("another word …"))])]
