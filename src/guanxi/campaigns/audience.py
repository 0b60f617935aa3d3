"""Whom a campaign is for: its segments and lists without its exclusions, as contacts one can write to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from guanxi.campaigns.models import MAIN, Campaign
from guanxi.ledger.models import Contact, Customer
from guanxi.segments.models import CONTACT, Membership, Segment


@dataclass(frozen=True, slots=True)
class Whom:
    """The choice, kept or not yet kept. Nobody is meant unless segments are named or everyone is (T-64)."""

    takes_everyone: bool = False
    includes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    contact_choice: str = MAIN

    @property
    def is_chosen(self) -> bool:
        return self.takes_everyone or bool(self.includes)


def whom_of(campaign: Campaign) -> Whom:
    return Whom(
        campaign.takes_everyone, tuple(campaign.includes), tuple(campaign.excludes), campaign.contact_choice,
    )  # fmt: skip


def contacts_of(whom: Whom) -> QuerySet[Contact]:
    """The readers, each once: contacts with an address, of customers that are neither merged away nor blocked.

    A segment of contacts means these very contacts; of a customer it is the one we write to first, or all.
    """
    contacts = Contact.objects.filter(
        email_key__isnull=False, customer__merged_into__isnull=True, customer__is_blocked=False
    )
    if not whom.is_chosen:
        return contacts.none()
    if not whom.takes_everyone:
        included = _segments(whom.includes)
        contacts = contacts.filter(_is_member(included) | (_is_of_member(included) & _is_chosen_contact(whom)))
    elif whom.contact_choice == MAIN:
        contacts = contacts.filter(_is_chosen_contact(whom))
    if whom.excludes:
        excluded = _segments(whom.excludes)
        contacts = contacts.exclude(_is_member(excluded) | _is_of_member(excluded))
    return contacts


def customers_without_address(whom: Whom) -> int:
    """How many of the meant customers have nobody to write to."""
    customers = Customer.objects.current().filter(is_blocked=False)
    if not whom.is_chosen:
        return 0
    if not whom.takes_everyone:
        meant = Membership.objects.filter(
            segment_id__in=_ids(_segments(whom.includes), of_contacts=False), customer=OuterRef("pk"),
            contact__isnull=True,
        )  # fmt: skip
        customers = customers.filter(Exists(meant))
    reachable = Contact.objects.filter(customer=OuterRef("pk"), email_key__isnull=False)
    return customers.exclude(Exists(reachable)).count()


def missing_segments(whom: Whom) -> list[str]:
    """Keys that name no segment any more."""
    asked = [*whom.includes, *whom.excludes]
    there = set(Segment.objects.filter(key__in=asked).values_list("key", flat=True))
    return [key for key in asked if key not in there]


def _segments(keys: Collection[str]) -> list[tuple[int, str]]:
    return list(Segment.objects.filter(key__in=list(keys)).values_list("id", "level"))


def _ids(segments: list[tuple[int, str]], *, of_contacts: bool) -> list[int]:
    return [pk for pk, level in segments if (level == CONTACT) == of_contacts]


def _is_member(segments: list[tuple[int, str]]) -> Q:
    rows = Membership.objects.filter(segment_id__in=_ids(segments, of_contacts=True), contact=OuterRef("pk"))
    return Q(Exists(rows))


def _is_of_member(segments: list[tuple[int, str]]) -> Q:
    rows = Membership.objects.filter(
        segment_id__in=_ids(segments, of_contacts=False), customer=OuterRef("customer"), contact__isnull=True
    )
    return Q(Exists(rows))


def _is_chosen_contact(whom: Whom) -> Q:
    if whom.contact_choice != MAIN:
        return Q()
    colleagues = Contact.objects.filter(customer=OuterRef("customer"), email_key__isnull=False)
    first = colleagues.order_by("-is_primary", "id").values("id")[:1]
    return Q(id=Subquery(first))
