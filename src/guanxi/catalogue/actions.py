"""Changes to the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import transaction

from guanxi.catalogue.models import Product
from guanxi.kernel.bulk import insert_rows, update_rows

FIELDS = ("name", "category", "unit_price", "cost", "currency", "is_available", "launches_on", "edition")
EMPTY: dict[str, Any] = {"unit_price": None, "cost": None, "is_available": True, "launches_on": None}
AT_ONCE = 500
Keep = Callable[[int, str, Mapping[str, Any], Mapping[str, Any]], None]


def forget(product_id: int, code: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Keeps nothing."""


@dataclass(frozen=True, slots=True)
class ProductRecord:
    """An article by its code; `fields` (see FIELDS) hold what the source says of it."""

    code: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def record_products(
    *, records: Iterable[ProductRecord], batch: int | None = None, keep: Keep = forget
) -> tuple[int, int]:
    """Create products with new codes and write what changed on the others; returns how many of each.

    `keep` is told of a known product before it is changed: its id, code, and the changed fields before and after.
    """
    created = updated = 0
    iterator = iter(records)
    while chunk := {each.code[:120]: each for each in islice(iterator, AT_ONCE)}:
        known = {product.code: product for product in Product.objects.filter(code__in=list(chunk))}
        fresh = {code: each.fields for code, each in chunk.items() if code not in known}
        insert_rows(Product, ("code", *FIELDS, "batch"), (
            (code, *(_fitted(name, fields.get(name, EMPTY.get(name, ""))) for name in FIELDS), batch)
            for code, fields in fresh.items()
        ))  # fmt: skip
        created += len(fresh)
        updated += sum(_bring_up_to_date(product, chunk[code].fields, keep) for code, product in known.items())
    return created, updated


def _fitted(name: str, value: Any) -> Any:
    longest = getattr(Product._meta.get_field(name), "max_length", None)
    return value[:longest] if longest and isinstance(value, str) else value


def _bring_up_to_date(product: Product, fields: Mapping[str, Any], keep: Keep) -> bool:
    changes = {
        name: _fitted(name, value) for name, value in fields.items() if getattr(product, name) != _fitted(name, value)
    }
    if changes:
        keep(product.pk, product.code, {name: getattr(product, name) for name in changes}, changes)
        update_rows(Product, tuple(changes), [(product.pk, *changes.values())])
    return bool(changes)


def withdraw_batch(*, batch: int) -> int:
    """Delete the products that an import created; returns how many."""
    return Product.objects.filter(batch=batch).delete()[0]


@transaction.atomic
def put_back(*, product_id: int, before: Mapping[str, Any], still: Callable[[str, Any], bool]) -> list[str]:
    """Give a product the values it had `before`, where `still` says of a field and its value that nobody changed it
    since; returns the fields that stay. A product that is gone stays gone.
    """
    product = Product.objects.filter(pk=product_id).first()
    if product is None:
        return []
    fields = {name: value for name, value in before.items() if still(name, getattr(product, name))}
    columns = {column.name: column for column in Product._meta.concrete_fields}
    for name, value in fields.items():
        setattr(product, name, columns[name].to_python(value))
    product.save(update_fields=list(fields))
    return [name for name in before if name not in fields]
