"""Which document fits whom, who got it, what was answered, who helps where."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from guanxi.content import queries as content_queries
from guanxi.culture.profiles import profile_of
from guanxi.firm.queries import the_firm
from guanxi.kernel.signing import sign
from guanxi.ledger.models import Contact, Event, Order
from guanxi.papers.fitting import Candidate, Fit, Reader, best
from guanxi.papers.models import Answer, CustomsPaper, Document, Given, LocalContact

# How long a look at a category of goods says what a reader is interested in.
INTEREST_LASTS = timedelta(days=30)
DOCUMENT, SURVEY, BOOKING = "document", "survey", "booking"


@dataclass(frozen=True, slots=True)
class Cabinet:
    """The documents that are offered, and what is known of some readers; chooses without asking again."""

    documents: Mapping[int, Document]
    candidates: tuple[Candidate, ...]
    readers: Mapping[int, Reader]
    on: date

    def fit(self, contact_id: int, kind: str) -> Fit | None:
        reader = self.readers.get(contact_id)
        return best(self.candidates, kind, reader, on=self.on) if reader else None

    def values(self, contact_id: int, kind: str) -> dict[str, Any]:
        """What a letter may name: `document.title`, `document.url`; empty when nothing fits."""
        fit = self.fit(contact_id, kind)
        if fit is None:
            return {}
        document = self.documents[fit.document_id]
        return {"title": document.title, "url": document_url(document_id=document.pk, contact_id=contact_id)}


def cabinet(contacts: Iterable[Contact], *, kinds: Collection[str] = (), now: datetime) -> Cabinet:
    """What can be given to these readers now; a few queries, however many they are. All kinds when none is named."""
    found = {contact.pk: contact for contact in contacts}
    rows = offered(now.date())
    documents = {each.pk: each for each in (rows.filter(kind__in=kinds) if kinds else rows)}
    has_got: dict[int, set[int]] = defaultdict(set)
    interests: dict[int, str] = {}
    if documents and found:
        for contact_id, document_id in Given.objects.filter(contact_id__in=found).values_list("contact", "document"):
            has_got[contact_id].add(document_id)
    if any(each.categories for each in documents.values()):
        looked = Event.objects.filter(
            contact_id__in=found, name="category.interest", occurred_at__gt=now - INTEREST_LASTS, occurred_at__lte=now
        ).order_by("occurred_at")
        interests = {pk: str(told.get("category", "")) for pk, told in looked.values_list("contact_id", "properties")}
    overrides = the_firm().culture
    return Cabinet(
        documents=documents,
        candidates=tuple(_candidate(each) for each in documents.values()),
        readers={
            pk: _reader(contact, overrides, interests.get(pk, ""), frozenset(has_got[pk]))
            for pk, contact in found.items()
        },
        on=now.date(),
    )


def offered(on: date) -> QuerySet[Document]:
    """The documents that may be given on a day."""
    valid = Q(valid_until__isnull=True) | Q(valid_until__gte=on)
    return Document.objects.filter(valid, withdrawn_at__isnull=True)


def _candidate(document: Document) -> Candidate:
    return Candidate(
        id=document.pk, kind=document.kind, language=document.language, markets=frozenset(document.markets),
        trades=frozenset(document.trades), categories=frozenset(document.categories), added_at=document.uploaded_at,
        valid_until=document.valid_until,
    )  # fmt: skip


def _reader(contact: Contact, overrides: Any, interest: str, has_got: frozenset[int]) -> Reader:
    country = contact.country or contact.customer.country
    languages = (contact.language,) if contact.language else profile_of(country, overrides).languages
    return Reader(
        languages=tuple(content_queries.fallback_chain(languages)), market=country, trade=contact.customer.trade,
        interest=interest, has_got=has_got,
    )  # fmt: skip


def document_url(*, document_id: int, contact_id: int) -> str:
    """The reader's own page of a document."""
    return f"{settings.PUBLIC_URL}/p/document/{sign(settings.SECRET_KEY, DOCUMENT, f'{document_id}:{contact_id}')}"


def survey_url(*, survey: str, contact_id: int, occasion: str) -> str:
    """The reader's own questionnaire about `occasion`: `order:12`, or the round of a journey."""
    return f"{settings.PUBLIC_URL}/p/survey/{sign(settings.SECRET_KEY, SURVEY, f'{survey}|{contact_id}|{occasion}')}"


def local_lines(market: str) -> str:
    """Who helps buyers of this market on the spot, in lines; empty when nobody is named."""
    return LocalContact.objects.filter(market=market).values_list("lines", flat=True).first() or ""


def local_lines_of() -> dict[str, str]:
    """The same for every market that has somebody."""
    return dict(LocalContact.objects.values_list("market", "lines"))


def customs_papers(order: Order) -> list[CustomsPaper]:
    """The order's list of papers for customs, in the order they were put on it."""
    return list(order.customs_papers.order_by("id"))


def answers() -> QuerySet[Answer]:
    """What readers answered, the newest first."""
    rows = Answer.objects.select_related("contact__customer", "order")
    return rows.order_by("-answered_at", "-id")


def leaving_reasons(given: QuerySet[Answer]) -> list[tuple[str, int]]:
    """Why customers buy no more, as these answers say; the most frequent reason first (R-06)."""
    counts: Counter[str] = Counter()
    for choices in given.filter(survey="leaving").values_list("choices", flat=True):
        counts.update(choices.get("reason", ()))
    return counts.most_common()


def given_counts() -> dict[int, int]:
    """How many readers were given each document, by its id."""
    return dict(Given.objects.values_list("document").annotate(count=Count("id")))


def kinds_offered(on: date) -> frozenset[str]:
    """The kinds of which at least one document may be given on a day."""
    return frozenset(offered(on).values_list("kind", flat=True))


def booking_url(*, contact_id: int, occasion: str) -> str:
    """The reader's own page to choose day and hour of a consultation (J-01.3)."""
    return f"{settings.PUBLIC_URL}/p/booking/{sign(settings.SECRET_KEY, BOOKING, f'{contact_id}|{occasion}')}"
