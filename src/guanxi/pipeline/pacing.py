"""Hands the mail frequency of members to the consent room: repeat buyers may hear from us more often (L-10)."""

from __future__ import annotations

from datetime import datetime

from guanxi.care.treatments import policy
from guanxi.consent import paces
from guanxi.tiering.models import Standing

FACT = "mails_per_7_days"


def hand_in(*, now: datetime) -> int:
    """Set the weekly number of everybody who stands in a tier with such a treatment; returns how many have one."""
    wanted: dict[int, int] = {}
    for treatment in policy().treatments:
        mails = max((int(item.facts[FACT]) for item in treatment.items if FACT in item.facts), default=0)
        if not mails:
            continue
        for scheme, tier in treatment.tiers:
            standing = Standing.objects.filter(scheme__name=scheme, scheme__is_active=True, tier=tier)
            for customer_id in standing.values_list("customer_id", flat=True):
                wanted[customer_id] = max(mails, wanted.get(customer_id, 0))
    return paces.set_all(wanted=wanted, now=now)
