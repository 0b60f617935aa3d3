"""What stands in the rows of customer and reader, and what the reader permits and prefers."""

from __future__ import annotations

from guanxi.consent import queries as consent_queries
from guanxi.consent import reaching
from guanxi.consent.rules import MARKETING, is_in_force, may_send
from guanxi.journeys.facts.asking import Asked, Facts, Subject
from guanxi.ledger.models import Order


def records(asked: Asked) -> list[Facts]:
    """What stands in the rows themselves."""
    told, fields = asked.below("event."), asked.below("field.")
    return [
        _of_rows(each, asked.orders.get(each.object_id) if each.object_kind == "order" else None)
        | {f"event.{name}": each.told(name) for name in told}
        | {f"field.{name}": each.contact.fields.get(name, each.customer.fields.get(name)) for name in fields}
        for each in asked.subjects
    ]


def _of_rows(subject: Subject, order: Order | None) -> Facts:
    customer, contact = subject.customer, subject.contact
    return {
        "came_by": subject.occasion.get("by", ""),
        "stage": order.stage if order else "",
        "order_amount": order.amount_reporting if order else None,
        "is_trial": bool(order and order.is_trial),
        "country": contact.country or customer.country,
        "language": contact.language,
        "customer_kind": customer.kind,
        "trade": customer.trade,
        "tag": tuple(customer.tags),
    }


def permissions(asked: Asked) -> list[Facts]:
    stands = consent_queries.stands_of(asked.contact_ids)
    keys = {each.contact.email_key for each in asked.subjects if each.contact.email_key}
    barred = consent_queries.suppressions_of(keys)
    return [
        {
            "permits_marketing": may_send(
                kind=MARKETING,
                permission=stands.get((each.contact.pk, MARKETING)),
                suppressions=barred.get(each.contact.email_key or "", frozenset()),
                now=asked.now,
            ).allowed
        }
        for each in asked.subjects
    ]


def channels(asked: Asked) -> list[Facts]:
    """Nothing permitted by mail holds for another channel (CN-55)."""
    found: list[Facts] = [{} for _ in asked.subjects]
    for channel in asked.below("permits."):
        stands = consent_queries.stands_of(asked.contact_ids, channel)
        for facts, each in zip(found, asked.subjects, strict=True):
            facts[f"permits.{channel}"] = is_in_force(stands.get((each.contact.pk, MARKETING)), asked.now)
    return found


def preferences(asked: Asked) -> list[Facts]:
    liked = reaching.preferred_of(asked.contact_ids)
    names = asked.below("prefers.")
    return [{f"prefers.{name}": liked.get(each.contact.pk) == name for name in names} for each in asked.subjects]
