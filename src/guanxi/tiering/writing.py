"""Writes what has moved: standing, change and event, a batch in one transaction.

Whoever is faster wins: a standing that is no longer where the decision saw it is left alone, so that two workers never
move a customer twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from guanxi.kernel.money import round_money
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Customer, Event
from guanxi.scoring.measures import FIGURES
from guanxi.staff.models import User
from guanxi.tiering.models import Scheme, Standing, StandingChange

SOURCE = "tiering"
# Kept with every change beside the figures that the scheme itself looks at.
ALWAYS_KEPT = ("days_since_last_order", "order_count", "spend_total", "r_score", "f_score", "m_score")
STANDING_FIELDS = (
    "tier", "since_at", "basis", "rule", "reason", "figures", "protected_until", "scheme_version", "run_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One customer from where he stands (None: nowhere yet) to where he is to stand, and why."""

    customer_id: int
    from_tier: str | None
    to_tier: str
    cause: str
    rule: str
    reason: str
    basis: str = "rule"
    protected_until: datetime | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)
    is_historical: bool = False


def write_steps(
    steps: Sequence[Step],
    *,
    scheme: Scheme,
    at: datetime,
    now: datetime,
    run_id: int | None = None,
    decided_by: User | None = None,
) -> list[Step]:
    """Write the steps and answer those that were written.

    Left out are customers who have gone since, and those whom somebody else has moved in the meantime.
    """
    with transaction.atomic():
        Scheme.objects.select_for_update().get(pk=scheme.pk)
        steps = _still_there(steps, scheme)
        changes = [_change(step, scheme, at, run_id, decided_by) for step in steps]
        Standing.objects.bulk_create(
            [_standing(step, change) for step, change in zip(steps, changes, strict=True)],
            update_conflicts=True,
            unique_fields=["customer", "scheme"],
            update_fields=STANDING_FIELDS,
        )
        StandingChange.objects.bulk_create(changes)
        ledger_actions.record_events(
            [_event(step, change, scheme, now) for step, change in zip(steps, changes, strict=True)]
        )
    return list(steps)


def kept_figures(
    figures: Mapping[str, Decimal | int | str | None], *, currency: str, window_days: int | None, wanted: Iterable[str]
) -> dict[str, Any]:
    """The figures as JSON: amounts as text in the currency's digits, days and counts as numbers."""
    kept: dict[str, Any] = {"currency": currency, "window_days": window_days}
    for name in dict.fromkeys((*ALWAYS_KEPT, *sorted(wanted))):
        value = figures.get(name)
        if isinstance(value, Decimal):
            kept[name] = str(round_money(value, currency)) if FIGURES[name].kind == "money" else float(value)
        elif name in figures:
            kept[name] = value
    return kept


def past_only(customer_ids: Iterable[int]) -> set[int]:
    """Those of whom nothing is known but imported history, so that their first standing starts no journey (RD-13)."""
    wanted = set(customer_ids)
    return wanted - ledger_queries.has_live_events(wanted)


def _still_there(steps: Sequence[Step], scheme: Scheme) -> list[Step]:
    wanted = [step.customer_id for step in steps]
    present = set(Customer.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    tiers = dict(Standing.objects.filter(scheme=scheme, customer__in=wanted).values_list("customer_id", "tier"))
    return [step for step in steps if step.customer_id in present and tiers.get(step.customer_id) == step.from_tier]


def _change(
    step: Step, scheme: Scheme, at: datetime, run_id: int | None, decided_by: User | None
) -> StandingChange:  # fmt: skip
    return StandingChange(
        customer_id=step.customer_id, scheme=scheme, from_tier=step.from_tier or "", to_tier=step.to_tier, at=at,
        cause=step.cause, rule=step.rule, reason=step.reason, figures=dict(step.figures),
        scheme_version=scheme.version, run_id=run_id, decided_by=decided_by,
    )  # fmt: skip


def _standing(step: Step, change: StandingChange) -> Standing:
    return Standing(
        customer_id=step.customer_id, scheme_id=change.scheme_id, tier=step.to_tier, since_at=change.at,
        basis=step.basis, rule=step.rule, reason=step.reason, figures=change.figures,
        protected_until=step.protected_until, scheme_version=change.scheme_version, run_id=change.run_id,
    )  # fmt: skip


def _event(step: Step, change: StandingChange, scheme: Scheme, now: datetime) -> Event:
    return Event(
        name="standing.changed",
        customer_id=step.customer_id,
        object_kind="scheme",
        object_id=scheme.name,
        properties={
            "scheme": scheme.name, "from": change.from_tier, "to": change.to_tier, "cause": change.cause,
            "rule": change.rule, "basis": step.basis, "reason": change.reason, "figures": change.figures,
        },
        occurred_at=change.at,
        recorded_at=now,
        source=SOURCE,
        is_historical=step.is_historical,
        is_unread=not step.is_historical,
    )  # fmt: skip
