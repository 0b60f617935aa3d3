"""Where the customer stands: his tiers, segments and traits."""

from __future__ import annotations

from collections import defaultdict

from guanxi.journeys.facts.asking import Asked, Facts
from guanxi.kernel.fetching import among
from guanxi.ledger.models import Trait
from guanxi.segments.models import Membership
from guanxi.tiering import review_queries, treatment
from guanxi.tiering.models import Standing


def standings(asked: Asked) -> list[Facts]:
    rows = Standing.objects.filter(among("customer_id", asked.customer_ids), scheme__is_active=True)
    found: dict[int, Facts] = defaultdict(dict)
    for customer_id, name, is_default, tier in rows.values_list(
        "customer_id", "scheme__name", "scheme__is_default", "tier"
    ):
        found[customer_id][f"standing.{name}"] = tier
        if is_default:
            found[customer_id]["tier"] = tier
    nowhere = {"tier": "", **{f"standing.{name}": "" for name in asked.below("standing.")}}
    return [nowhere | found.get(each.customer.id, {}) for each in asked.subjects]


def costly(asked: Asked) -> list[Facts]:
    asleep = treatment.without_costly_treatment(asked.customer_ids)
    return [{"costly_treatment": each.customer.pk not in asleep} for each in asked.subjects]


def segments(asked: Asked) -> list[Facts]:
    rows = Membership.objects.filter(among("customer_id", asked.customer_ids))
    found: dict[int, list[tuple[str, int | None]]] = defaultdict(list)
    for customer_id, contact_id, key in rows.values_list("customer_id", "contact_id", "segment__key"):
        found[customer_id].append((key, contact_id))
    return [
        {
            "segment": tuple(
                key for key, contact_id in found.get(each.customer.pk, []) if contact_id in {None, each.contact.pk}
            )
        }
        for each in asked.subjects
    ]


def traits(asked: Asked) -> list[Facts]:
    today = asked.now.date()
    rows = Trait.objects.filter(among("customer_id", asked.customer_ids), name__in=asked.below("trait."), value=True)
    current = rows.exclude(until_on__lt=today).filter(since_on__lte=today)
    held = set(current.values_list("customer_id", "name"))
    names = asked.below("trait.")
    return [{f"trait.{name}": (each.customer.pk, name) in held for name in names} for each in asked.subjects]


def proposals(asked: Asked) -> list[Facts]:
    found = review_queries.open_kinds_of(asked.customer_ids)
    return [{"proposal": tuple(sorted(found.get(each.customer.pk, ())))} for each in asked.subjects]
