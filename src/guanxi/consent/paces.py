"""How many marketing mails a week a customer's standing allows beyond the general cap (L-10).

A value handed in: this room knows no tiers. The frequency gate takes it only for readers who gave their own consent
and did not ask for fewer mails.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from guanxi.consent.models import MemberPace
from guanxi.kernel.fetching import among
from guanxi.kernel.parts import in_parts
from guanxi.kernel.questions import Question, Rows

AT_ONCE = 500


@transaction.atomic
def set_all(*, wanted: Mapping[int, int], now: datetime) -> int:
    """Replace every pace by these, by customer; returns how many there are."""
    kept = dict(MemberPace.objects.values_list("customer_id", "mails_per_7_days"))
    gone = [customer_id for customer_id in kept if customer_id not in wanted]
    for some in in_parts(gone, AT_ONCE):
        MemberPace.objects.filter(customer_id__in=some).delete()
    changed = [
        MemberPace(customer_id=customer_id, mails_per_7_days=mails, set_at=now)
        for customer_id, mails in wanted.items()
        if kept.get(customer_id) != mails
    ]
    MemberPace.objects.bulk_create(
        changed, batch_size=AT_ONCE, update_conflicts=True, unique_fields=["customer"],
        update_fields=["mails_per_7_days", "set_at"],
    )  # fmt: skip
    return len(wanted)


def paces_of(customer_ids: Collection[int]) -> dict[int, int]:
    """The weekly number of those of these customers who have one."""
    return dict(_paces(customer_ids))


@Question
def _paces(customer_ids: Any) -> Rows:
    rows = MemberPace.objects.filter(among("customer_id", customer_ids))
    return rows.values_list("customer_id", "mails_per_7_days")
