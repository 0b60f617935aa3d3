"""Two customers found to be one, and told apart again.

Whatever hangs on a customer, in every room, is moved by its foreign key, as a database moves rows when the key they
point to changes. A row that would stand twice (a second standing in one scheme) stays with the one that went.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from guanxi.kernel.parts import in_parts
from guanxi.ledger.actions import record_event
from guanxi.ledger.changes import plain
from guanxi.ledger.models import Contact, Customer, Merge, NotTheSame
from guanxi.staff.models import User

# Rows about the merging itself.
LEFT_ALONE: tuple[type[models.Model], ...] = (Merge, NotTheSame)
# An empty field of the one that is kept takes the value of the one that goes.
FILLED = ("country", "country_as_given", "region", "city", "address", "domain", "trade", "founded_on", "owner_id")
AT_ONCE = 500


class NotToBeMerged(ValueError):
    """Two different customers can be merged, and none of them may have been merged already."""

    def __init__(self) -> None:
        super().__init__("Only two different customers that have not been merged yet can be merged.")


class NotToBeSplit(ValueError):
    """A merge can be split once, and a later merge of the kept customer must be split before."""

    def __init__(self) -> None:
        super().__init__("This merge was split already, or the customer was merged again since; split that one first.")


@dataclass(frozen=True, slots=True)
class Relation:
    """A foreign key to Customer."""

    model: type[models.Model]
    field: str

    @property
    def name(self) -> str:
        return f"{self.model._meta.db_table}.{self.field}"

    def rows(self, **conditions: Any) -> QuerySet[Any]:
        return self.model._base_manager.filter(**conditions)


def relations() -> list[Relation]:
    """Every foreign key to Customer, in every room."""
    found = [
        Relation(model, field.name)
        for model in apps.get_models()
        if model not in LEFT_ALONE and model._meta.managed
        for field in model._meta.concrete_fields
        if field.remote_field is not None and field.remote_field.model is Customer
    ]
    return sorted(found, key=lambda each: each.name)


@transaction.atomic
def merge_customers(*, kept: Customer, gone: Customer, now: datetime, user: User | None, reason: str = "") -> Merge:
    """Move everything that hangs on `gone` to `kept`, with the event customer.merged. Raises NotToBeMerged.

    Both rows are locked first; a row that another process hangs on `gone` afterwards is moved by sweep.
    """
    kept, gone = _locked(kept.pk, gone.pk)
    changed = _filled(kept, gone)
    changed["primaries"] = _one_primary(kept, gone)
    moved = {each.name: ids for each in relations() if (ids := _move(each, gone.pk, kept.pk))}
    kept.updated_at = gone.updated_at = now
    kept.save()
    gone.merged_into = kept
    gone.save(update_fields=["merged_into", "updated_at"])
    merge = Merge.objects.create(
        kept=kept, gone=gone, moved=moved, changed=changed, reason=reason[:200], merged_by=user, merged_at=now
    )
    _tell("customer.merged", merge, now)
    return merge


@transaction.atomic
def split_customers(*, merge: Merge, now: datetime) -> dict[str, int]:
    """Give the one that went back exactly the rows that were moved, with the event customer.split.

    Rows that came later stay with the kept one, as do fields somebody has changed since. Returns how many rows went
    back, by table. Raises NotToBeSplit.
    """
    merge = Merge.objects.select_for_update(of=("self",)).get(pk=merge.pk)
    rows = _lock([merge.kept_id, merge.gone_id])
    kept, gone = rows[merge.kept_id], rows[merge.gone_id]
    if merge.split_at or kept.merged_into_id or gone.merged_into_id != kept.pk:
        raise NotToBeSplit
    back = {each.name: _move_back(each, merge.moved.get(each.name, []), kept.pk, gone.pk) for each in relations()}
    _restore(kept, merge.changed)
    Contact.objects.filter(pk__in=merge.changed.get("primaries", []), customer=gone).update(is_primary=True)
    kept.updated_at = gone.updated_at = merge.split_at = now
    gone.merged_into = None
    kept.save()
    gone.save(update_fields=["merged_into", "updated_at"])
    merge.save(update_fields=["split_at"])
    _tell("customer.split", merge, now)
    return {name: count for name, count in back.items() if count}


@transaction.atomic
def sweep() -> int:
    """Move rows that came to hang on merged customers after their merge; returns how many."""
    count = 0
    if not Customer.objects.filter(merged_into__isnull=False).exists():
        return 0
    for each in relations():
        if each.model is Customer:
            continue
        late = each.rows(**{f"{each.field}__merged_into__isnull": False})
        owners = late.order_by().values_list(f"{each.field}_id", f"{each.field}__merged_into_id").distinct()
        count += sum(len(_move(each, gone, kept)) for gone, kept in list(owners))
    return count


def merges_of(customer: Customer) -> QuerySet[Merge]:
    """The merges that went into a customer and can be split, the latest first."""
    return Merge.objects.filter(kept=customer, split_at__isnull=True).select_related("gone").order_by("-id")


def _locked(kept_id: int, gone_id: int) -> tuple[Customer, Customer]:
    rows = _lock([kept_id, gone_id])
    if len(rows) != 2 or any(each.merged_into_id for each in rows.values()):
        raise NotToBeMerged
    return rows[kept_id], rows[gone_id]


def _lock(ids: Sequence[int]) -> dict[int, Customer]:
    """The rows, locked in the order of their ids, so that two merges never wait for each other."""
    return {
        each.pk: each for each in Customer.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    }


def _filled(kept: Customer, gone: Customer) -> dict[str, Any]:
    """Complete `kept` from `gone`; what each changed field was and became."""
    wanted: dict[str, Any] = {name: getattr(kept, name) or getattr(gone, name) for name in FILLED}
    wanted["kind"] = kept.kind if kept.kind != "unknown" else gone.kind
    wanted["cooperation_since"] = min(filter(None, (kept.cooperation_since, gone.cooperation_since)), default=None)
    wanted["tags"] = list(dict.fromkeys([*kept.tags, *gone.tags]))
    wanted["fields"] = {**gone.fields, **kept.fields}
    wanted["is_blocked"] = kept.is_blocked or gone.is_blocked
    changed: dict[str, Any] = {}
    for name, value in wanted.items():
        if getattr(kept, name) != value:
            changed[name] = {"was": plain(getattr(kept, name)), "became": plain(value)}
            setattr(kept, name, value)
    return changed


def _restore(kept: Customer, changed: Mapping[str, Any]) -> None:
    columns = {each.attname: each for each in Customer._meta.concrete_fields}
    for name, values in changed.items():
        if name in columns and plain(getattr(kept, name)) == values["became"]:
            was = values["was"]
            setattr(kept, name, was if columns[name].is_relation else columns[name].to_python(was))


def _one_primary(kept: Customer, gone: Customer) -> list[int]:
    """Contacts of `gone` that are primary no more, since `kept` has one."""
    if not Contact.objects.filter(customer=kept, is_primary=True).exists():
        return []
    primaries = list(Contact.objects.filter(customer=gone, is_primary=True).values_list("pk", flat=True))
    Contact.objects.filter(pk__in=primaries).update(is_primary=False)
    return primaries


def _move(relation: Relation, gone_id: int, kept_id: int) -> list[int]:
    """Point the rows of `gone` to `kept`; returns their ids."""
    rows = _without_clashes(relation, relation.rows(**{relation.field: gone_id}), kept_id)
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    _point(relation, ids, kept_id)
    return ids


def _move_back(relation: Relation, ids: Sequence[int], kept_id: int, gone_id: int) -> int:
    standing: list[int] = []
    for some in in_parts(ids, AT_ONCE):
        rows = relation.rows(**{relation.field: kept_id, "pk__in": some})
        standing += _without_clashes(relation, rows, gone_id).values_list("pk", flat=True)
    _point(relation, standing, gone_id)
    return len(standing)


def _point(relation: Relation, ids: Sequence[int], customer_id: int) -> None:
    for some in in_parts(ids, AT_ONCE):
        rows = relation.rows(pk__in=some)
        rows.update(**{f"{relation.field}_id": customer_id})


def _without_clashes(relation: Relation, rows: QuerySet[Any], customer_id: int) -> QuerySet[Any]:
    """The rows that `customer_id` has no equal of already, and that would not tie him to himself."""
    for other in relation.model._meta.concrete_fields:
        if other.remote_field is not None and other.remote_field.model is Customer and other.name != relation.field:
            rows = rows.exclude(**{other.name: customer_id})
    for fields, condition in _unique_with(relation):
        same = {name: OuterRef(name) for name in fields if name != relation.field}
        equal = relation.rows(**same, **{relation.field: customer_id}).filter(condition)
        rows = rows.exclude(condition & Exists(equal))
    return rows


def _unique_with(relation: Relation) -> Iterator[tuple[Sequence[str], Q]]:
    """The constraints by which a row with this customer stands once."""
    meta = relation.model._meta
    if meta.get_field(relation.field).unique:  # type: ignore[union-attr]
        yield (relation.field,), Q()
    for names in meta.unique_together:
        if relation.field in names:
            yield names, Q()
    for each in meta.constraints:
        if isinstance(each, models.UniqueConstraint) and relation.field in each.fields:
            yield each.fields, each.condition or Q()


def _tell(name: str, merge: Merge, now: datetime) -> None:
    record_event(
        name=name, occurred_at=now, now=now, source="console", customer=merge.kept, object_kind="merge",
        object_id=str(merge.pk), properties={"from": merge.gone_id, "name": merge.gone.name, "reason": merge.reason},
    )  # fmt: skip
