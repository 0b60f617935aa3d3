"""The ways that lead from a table to a person, by its foreign keys."""

from __future__ import annotations

from collections import deque
from functools import cache

from django.apps import apps
from django.db import models
from django.db.models import Q

from guanxi.intake.models import BeforeImage
from guanxi.ledger.models import Contact, Customer
from guanxi.privacy.people import Person
from guanxi.privacy.registry import BY_MODEL, Entry, entry_of

Model = type[models.Model]


def told_models() -> list[tuple[Model, Entry]]:
    """Every table that stands in a database, with its entry, those of libraries too."""
    return [
        (model, entry_of(model._meta.label))
        for model in apps.get_models()
        if model._meta.managed and (model.__module__.startswith("guanxi.") or model._meta.label in BY_MODEL)
    ]


@cache
def way_to(model: Model, target: Model) -> str:
    """The shortest way by foreign keys, e.g. `message__contact`; empty when there is none. Itself is `pk`."""
    if model is target:
        return "pk"
    waiting: deque[tuple[Model, str]] = deque([(model, "")])
    seen = {model}
    while waiting:
        at, way = waiting.popleft()
        for field in at._meta.concrete_fields:
            aim = field.related_model
            if not isinstance(field, models.ForeignKey) or not isinstance(aim, type) or aim in seen:
                continue
            step = f"{way}__{field.name}" if way else field.name
            if aim is target:
                return step
            if aim._meta.app_label not in {"staff"}:
                seen.add(aim)
                waiting.append((aim, step))
    return ""


def of_person(model: Model, person: Person) -> Q:
    """The rows of this table that hang on the person; none when no way leads to him."""
    found = Q(pk__in=[])
    if way := way_to(model, Contact):
        found |= Q(**{f"{way}__in": person.contact_ids})
    if person.takes_customer and (way := way_to(model, Customer)):
        found |= Q(**{f"{way}__in": person.customer_ids})
    return found


def of_others(model: Model, person: Person) -> Q:
    """The rows of this table that hang on other customers."""
    way = way_to(model, Customer)
    if not way or way == "pk":
        return Q(pk__in=[]) if not way else ~Q(pk__in=person.customer_ids)
    return Q(**{f"{way}__isnull": False}) & ~Q(**{f"{way}__in": person.customer_ids})


def of_firm(model: Model, person: Person) -> Q:
    """The rows of this table that are the person's firm's, those an import keeps to take itself back too."""
    if model is BeforeImage:
        return Q(kind="customer", row_id__in=person.customer_ids)
    way = way_to(model, Customer)
    return Q((f"{way}__in", person.customer_ids)) if way else Q(pk__in=[])
