"""Customers who may be one: looked for by equal boxes, phones and domains, judged by identity.likeness."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from guanxi.kernel.parts import in_parts
from guanxi.ledger import identity
from guanxi.ledger.identity import Likeness, Party
from guanxi.ledger.models import Contact, Customer, NotTheSame

# A box, number or domain that more customers share says nothing about them.
MOST_IN_A_GROUP = 12
LAST_DIGITS = 8
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two customers by their ids, the lower one first."""

    first: int
    second: int
    likeness: Likeness


def proposals(customers: QuerySet[Customer]) -> list[Proposal]:
    """Pairs among `customers` that may be one, the likeliest first; those told apart by a person are left out."""
    pairs = _candidates(customers) - set(NotTheSame.objects.values_list("first_id", "second_id"))
    parties = _parties({each for pair in pairs for each in pair})
    found = []
    for first, second in pairs:
        if first in parties and second in parties:
            alike = identity.likeness(parties[first], parties[second])
            if alike and alike.score >= identity.PROPOSED_FROM:
                found.append(Proposal(first, second, alike))
    return sorted(found, key=lambda each: (-each.likeness.score, each.first, each.second))


@transaction.atomic
def tell_apart(*, one: Customer, other: Customer, now: datetime) -> None:
    """Remember that a person found the two different; they are not proposed again."""
    first, second = sorted((one.pk, other.pk))
    NotTheSame.objects.get_or_create(first_id=first, second_id=second, defaults={"decided_at": now})


def _candidates(customers: QuerySet[Customer]) -> set[tuple[int, int]]:
    seen = customers.order_by().values("pk")
    contacts = Contact.objects.filter(customer__in=seen)
    groups: dict[Any, set[int]] = defaultdict(set)
    for customer_id, email in contacts.exclude(email_key=None).values_list("customer_id", "email_key").iterator():
        groups["mail", identity.mailbox(str(email))].add(customer_id)
    for customer_id, phone in contacts.exclude(phone="").values_list("customer_id", "phone").iterator():
        digits = "".join(char for char in phone if char.isdigit())
        if len(digits) >= LAST_DIGITS:
            groups["phone", digits[-LAST_DIGITS:]].add(customer_id)
    for customer_id, domain in customers.exclude(domain="").order_by().values_list("pk", "domain").iterator():
        groups["domain", domain].add(customer_id)
    return set(_pairs(groups.values()))


def _pairs(groups: Iterable[set[int]]) -> Iterator[tuple[int, int]]:
    for group in groups:
        if 2 <= len(group) <= MOST_IN_A_GROUP:
            yield from combinations(sorted(group), 2)


def _parties(ids: set[int]) -> dict[int, Party]:
    mailboxes: dict[int, set[str]] = defaultdict(set)
    phones: dict[int, set[str]] = defaultdict(set)
    rows: list[tuple[int, str, str, str]] = []
    for chunk in in_parts(sorted(ids), AT_ONCE):
        rows += Customer.objects.filter(pk__in=chunk).values_list("pk", "name", "country", "domain")
        for customer_id, email, phone, own, country in Contact.objects.filter(customer__in=chunk).values_list(
            "customer_id", "email_key", "phone", "country", "customer__country"
        ):
            if email:
                mailboxes[customer_id].add(identity.mailbox(email))
            if phone and (number := identity.canonical_phone(phone, own or country)):
                phones[customer_id].add(number)
    return {
        pk: Party(pk, name, country, domain, frozenset(mailboxes[pk]), frozenset(phones[pk]))
        for pk, name, country, domain in rows
    }
