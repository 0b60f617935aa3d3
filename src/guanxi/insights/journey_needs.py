"""What journeys need and whether this workspace has it: letters, data, documents, consent (the gallery)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Count, Q

from guanxi.catalogue.models import Product
from guanxi.consent import queries as consent_queries
from guanxi.content.models import Letter
from guanxi.journeys.clockwork import Launch
from guanxi.journeys.graph import Graph
from guanxi.journeys.steps.offer import Offer as OfferStep
from guanxi.journeys.steps.send import Send
from guanxi.ledger.models import Contact, Customer, Event, Order, Trait
from guanxi.offers import queries as offers_queries
from guanxi.offers.models import PriceBreak
from guanxi.papers import queries as papers_queries
from guanxi.papers.kinds import KINDS
from guanxi.recommendations.models import AffinityRun
from guanxi.segments.models import Segment
from guanxi.tiering.models import Proposal, Standing

LETTER, DATA, DOCUMENT, CONSENT, OFFER = "letter", "data", "document", "consent", "offer"
LAUNCH = "launch"
# A language of fewer readers than FEW is not spoken of; one of more than MANY makes the letter count as missing, the
# others read it in another language.
FEW, MANY = 0.02, 0.2
SAMPLE = 5_000


@dataclass(frozen=True, slots=True)
class Need:
    """One thing a journey cannot do without. `languages` lack a letter; `readers` of `of_readers` permit a purpose."""

    kind: str
    name: str
    is_met: bool
    languages: tuple[str, ...] = ()
    readers: int = 0
    of_readers: int = 0


class Stock:
    """What the workspace has, looked up once for many journeys."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now

    def needs_of(self, graph: Graph) -> list[Need]:
        needs = graph.shelf.needs
        found = [self._letter(key) for key in letters_of(graph)]
        found += [Need(DATA, LAUNCH, self._has(LAUNCH))] if _tells_of_launches(graph) else []
        found += [Need(OFFER, name, name in self.offers) for name in _offers_of(graph)]
        found += [Need(DATA, name, self._has(name)) for name in needs.data]
        found += [Need(DOCUMENT, name, self._has_document(name)) for name in _documents_of(graph)]
        return found + [self._consent(purpose) for purpose in needs.consent]

    # Letters

    @cached_property
    def readers_by_language(self) -> Mapping[str, int]:
        """Contacts with an address by the language of their record, the largest first."""
        rows = Contact.objects.filter(email_key__isnull=False).values_list("language")
        return dict(rows.order_by().annotate(readers=Count("id")).order_by("-readers", "language"))

    @cached_property
    def written_in(self) -> Mapping[str, set[str]]:
        """The languages each letter is published in, by the template's key."""
        found: dict[str, set[str]] = defaultdict(set)
        rows = Letter.objects.filter(published_at__isnull=False).values_list("template__key", "language").distinct()
        for key, language in rows:
            found[key].add(language)
        return found

    def _letter(self, key: str) -> Need:
        written = self.written_in.get(key, set())
        spoken = {name.partition("-")[0] for name in written}
        wanted = {name: n for name, n in self.readers_by_language.items() if name}
        readers = sum(self.readers_by_language.values())
        unwritten = {name: n for name, n in wanted.items() if name.partition("-")[0] not in spoken}
        lacking = tuple(name for name, n in unwritten.items() if n >= readers * FEW)
        is_met = bool(written) and all(n < readers * MANY for n in unwritten.values())
        return Need(LETTER, key, is_met, languages=lacking if written else ())

    # Data, documents, offers

    @cached_property
    def offers(self) -> frozenset[str]:
        return frozenset(each.name for each in offers_queries.active_offers())

    @cached_property
    def documents(self) -> frozenset[str]:
        return papers_queries.kinds_offered(self.now.date())

    def _has_document(self, kind: str) -> bool:
        if kind in KINDS:
            return kind in self.documents
        return kind == "customs_list" and bool(Order.objects.filter(Q(("fields__has_key", "documents"))).exists())

    def _has(self, name: str) -> bool:
        """Whether anything of that name is recorded; what is always known is there."""
        if name not in self._recorded:
            self._recorded[name] = self._is_recorded(name)
        return self._recorded[name]

    @cached_property
    def _recorded(self) -> dict[str, bool]:
        return {}

    def _is_recorded(self, name: str) -> bool:
        head, point, rest = name.partition(".")
        known = RECORDED.get(name) or RECORDED.get(f"{head}{point}")
        if known is not None:
            return known(rest)
        return bool(Event.objects.filter(name=name).exists())

    # Consent

    @cached_property
    def contact_ids(self) -> Collection[int]:
        """The newest of them; a share is a share of many as well as of all."""
        ids = Contact.objects.filter(email_key__isnull=False).order_by("-pk").values_list("pk", flat=True)
        return list(ids[:SAMPLE])

    def _consent(self, purpose: str) -> Need:
        if purpose not in self._permitting:
            ids = consent_queries.permitting(self.contact_ids, purpose=purpose, now=self.now)
            self._permitting[purpose] = len(ids)
        n = self._permitting[purpose]
        return Need(CONSENT, purpose, n > 0, readers=n, of_readers=len(self.contact_ids))

    @cached_property
    def _permitting(self) -> dict[str, int]:
        return {}


def letters_of(graph: Graph) -> list[str]:
    """The letters its steps send, in order."""
    return list(dict.fromkeys(step.template_key for step in graph.steps.values() if isinstance(step, Send)))


def _offers_of(graph: Graph) -> list[str]:
    return list(dict.fromkeys(step.offer_name for step in graph.steps.values() if isinstance(step, OfferStep)))


def _tells_of_launches(graph: Graph) -> bool:
    return any(isinstance(each.clockwork, Launch) for each in graph.triggers)


def _documents_of(graph: Graph) -> list[str]:
    handed = (step.document for step in graph.steps.values() if isinstance(step, Send) and step.document)
    return list(dict.fromkeys((*graph.shelf.needs.documents, *handed)))


def _any(*rows: Iterable[object]) -> bool:
    return any(each.exists() for each in rows)  # type: ignore[attr-defined]


def _any_field(name: str) -> bool:
    key = Q(("fields__has_key", name))
    return _any(Customer.objects.filter(key), Contact.objects.filter(key))


RECORDED: dict[str, Callable[[str], bool]] = {
    "birthday": lambda _: _any(Contact.objects.filter(birthday__isnull=False)),
    "founded_on": lambda _: _any(Customer.objects.filter(founded_on__isnull=False)),
    "cooperation_since": lambda _: _any(Customer.objects.filter(cooperation_since__isnull=False)),
    "first_order": lambda _: _any(Order.objects.all()),
    "latest_order": lambda _: _any(Order.objects.all()),
    "order_count": lambda _: _any(Order.objects.all()),
    "cooperation_years": lambda _: _any(Order.objects.all()),
    "spend_last_year": lambda _: _any(Order.objects.all()),
    "complements": lambda _: _any(AffinityRun.objects.all()),
    "price_breaks": lambda _: _any(PriceBreak.objects.all()),
    "proposal": lambda _: _any(Proposal.objects.all()),
    "trait.": lambda name: _any(Trait.objects.filter(name=name)),
    "days_since_order": lambda _: _any(Order.objects.all()),
    "order.placed": lambda _: _any(Order.objects.all()),
    "tier": lambda _: _any(Standing.objects.filter(scheme__is_default=True)),
    "standing.changed": lambda _: _any(Standing.objects.all()),
    "standing.": lambda scheme: _any(Standing.objects.filter(scheme__name=scheme)),
    "segment": lambda _: _any(Segment.objects.all()),
    "tag": lambda _: _any(Customer.objects.exclude(tags=[])),
    "trade": lambda _: _any(Customer.objects.exclude(trade="")),
    "country": lambda _: _any(Contact.objects.exclude(country=""), Customer.objects.exclude(country="")),
    "language": lambda _: _any(Contact.objects.exclude(language="")),
    "field.": _any_field,
    LAUNCH: lambda _: _any(Product.objects.filter(launches_on__isnull=False)),
    **{name: (lambda _: True) for name in ("answered", "customer_kind", "permits_marketing", "open_complaint")},
}
