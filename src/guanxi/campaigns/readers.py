"""What is written down about a reader when the audience is frozen: place, clock, language, tier, edition."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from guanxi.campaigns.models import Campaign, Variant
from guanxi.consent import queries as consent_queries
from guanxi.content import queries as content_queries
from guanxi.firm import queries as firm_queries
from guanxi.ledger.models import Contact
from guanxi.outbox.facts import place_of
from guanxi.outbox.letterbook import languages_of
from guanxi.segments import queries as segments_queries
from guanxi.segments.models import CONTACT, Membership, Segment
from guanxi.tiering import queries as tiering_queries
from guanxi.tiering.models import Standing


def zone_of(contact: Contact, *, fallback: str) -> str:
    """The zone to reckon the reader's clock in; `contact` comes with its customer."""
    return place_of(contact, fallback=fallback).name


class Languages:
    """Which letter of a template a reader gets; each chain of languages is looked up once."""

    def __init__(self, template_id: int) -> None:
        self._published = {letter.language for letter in content_queries.letters_of(template_id)}
        self._template_id = template_id
        self._overrides = firm_queries.the_firm().culture
        self._found: dict[tuple[str, ...], str] = {}

    def of(self, contact: Contact) -> str:
        """The language of his letter; empty when there is none that would do."""
        wanted = self.wanted(contact)
        if wanted not in self._found:
            self._found[wanted] = self._look(wanted)
        return self._found[wanted]

    def wanted(self, contact: Contact) -> tuple[str, ...]:
        """The reader's languages, best first."""
        return languages_of(contact, self._overrides)

    def _look(self, wanted: tuple[str, ...]) -> str:
        try:
            return content_queries.letter_for(template_id=self._template_id, languages=wanted).language
        except content_queries.NoLetter:
            return ""


def tiers_of(customer_ids: Collection[int]) -> dict[int, str]:
    """The tier of each customer in the default scheme."""
    scheme = tiering_queries.default_scheme()
    if scheme is None:
        return {}
    rows = Standing.objects.filter(scheme=scheme, customer_id__in=customer_ids)
    return dict(rows.values_list("customer_id", "tier"))


def editions_of(campaign: Campaign, contacts: Sequence[Contact]) -> dict[int, Variant]:
    """The letter of each contact who is in the segment of an edition, the first edition that fits.

    Who refuses mails chosen by his doings gets the letter that everybody gets (RL-03).
    """
    found: dict[int, Variant] = {}
    editions = list(campaign.variants.exclude(segment_key="").order_by("position"))
    by_profile = segments_queries.resting_on_profile([each.segment_key for each in editions])
    refusing = consent_queries.refusing_profiling([each.pk for each in contacts]) if by_profile else set()
    for edition in editions:
        members = _members(edition.segment_key, contacts)
        members -= refusing if edition.segment_key in by_profile else set()
        found.update({pk: edition for pk in members if pk not in found})
    return found


def _members(segment_key: str, contacts: Sequence[Contact]) -> set[int]:
    segment = Segment.objects.filter(key=segment_key).first()
    if segment is None:
        return set()
    rows = Membership.objects.filter(segment=segment)
    if segment.level == CONTACT:
        ids = rows.filter(contact_id__in=[each.pk for each in contacts]).values_list("contact_id", flat=True)
        return {pk for pk in ids if pk is not None}
    rows = rows.filter(customer_id__in={each.customer_id for each in contacts})
    customers = set(rows.values_list("customer_id", flat=True))
    return {each.pk for each in contacts if each.customer_id in customers}
