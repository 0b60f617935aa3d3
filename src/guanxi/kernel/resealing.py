"""Sealing everything anew with the newest key, and counting what each key still holds (RE-06).

The state of the work is the rows themselves: what carries the newest key's id is done. So it may be stopped at any
moment and begun again, also by two processes at once; each row is changed by a conditional update.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

from guanxi.kernel import keys, sealing
from guanxi.kernel.sealed_field import SealedText, SealedTextField, Unreadable

ROWS_AT_ONCE = 500
UNREADABLE = "unreadable"

Column = tuple[type[models.Model], SealedTextField]


def sealed_columns() -> Iterator[Column]:
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, SealedTextField):
                yield model, field


def counts() -> dict[str, int]:
    """How many texts each key holds, by its id; `""` counts what is in no known form."""
    found: Counter[str] = Counter()
    for model, field in sealed_columns():
        texts = model._base_manager.exclude(_empty(field)).values_list(field.name, flat=True)
        found.update(sealing.kid_of(text) for text in texts.iterator())
    return dict(found)


def reseal() -> dict[str, int]:
    """Seal anew what an older key holds; returns how many by column, and those that do not open."""
    done: Counter[str] = Counter()
    for model, field in sealed_columns():
        done[f"{model._meta.label}.{field.name}"] += 0
        for row in _waiting(model, field):
            sealed = row.__dict__[field.attname]
            text = field.opened(row, sealed)
            if isinstance(text, Unreadable):
                done[UNREADABLE] += 1
            else:
                done[f"{model._meta.label}.{field.name}"] += _replace(row, field, sealed, text)
    return dict(done)


def lost_kids() -> set[str]:
    """Ids of keys that hold texts, but are not in the key file any more."""
    known = set(keys.ring().keys)
    return {kid for kid in counts() if kid and kid not in known}


def clear_lost() -> int:
    """Empty what no key opens any more, for good; returns how many texts went."""
    lost, gone = lost_kids(), 0
    for model, field in sealed_columns():
        for kid in lost:
            texts = model._base_manager.filter(**{f"{field.name}__startswith": SealedText(f"{sealing.VERSION}.{kid}.")})
            gone += texts.update(**{field.name: ""})
    return gone


def _waiting(model: type[models.Model], field: SealedTextField) -> Iterator[Any]:
    """Rows that do not carry the newest key's id, in order."""
    done = f"{sealing.VERSION}.{keys.ring().current}."
    rows = model._base_manager.exclude(_empty(field)).exclude(**{f"{field.name}__startswith": SealedText(done)})
    rows, newest = rows.order_by("pk").only("pk", "uid", field.name), 0
    while chunk := list(rows.filter(pk__gt=newest)[:ROWS_AT_ONCE]):
        yield from chunk
        newest = chunk[-1].pk


def _replace(row: models.Model, field: SealedTextField, sealed: SealedText, text: str) -> int:
    """Unless somebody has written another text meanwhile."""
    same = type(row)._base_manager.filter(**{"pk": row.pk, field.name: sealed})
    return same.update(**{field.name: field.sealed(row, text)})


def _empty(field: SealedTextField) -> Q:
    return Q(**{field.name: ""}) | Q(**{f"{field.name}__isnull": True})
