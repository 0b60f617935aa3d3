"""Changes to the firm."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from guanxi.firm.models import Benchmark, CultureOverride, Firm, HouseRule
from guanxi.firm.queries import the_firm

LONGEST_PHRASE, MOST_PHRASES = 80, 200
EDITABLE = {"name", "postal_address", "website", "country", "time_zone", "language"}


def describe_firm(*, changes: dict[str, Any]) -> Firm:
    """Write the named fields (see EDITABLE); raises ValueError for any other name."""
    unknown = sorted(set(changes) - EDITABLE)
    if unknown:
        raise ValueError(f"Not a field of the firm: {', '.join(unknown)}.")
    firm = the_firm()
    for field, value in changes.items():
        setattr(firm, field, value)
    firm.save()
    return firm


def report_in(*, currency: str) -> Firm:
    """Change the reporting currency alone; ledger.currencies, which calls this, prices the orders again."""
    firm = the_firm()
    firm.reporting_currency = currency
    firm.save()
    return firm


def finish_set_up(*, now: datetime, is_demo: bool = False) -> Firm:
    """Mark the set-up pages as done; they are closed from then on (RS-43)."""
    firm = the_firm()
    firm.set_up_at = firm.set_up_at or now
    firm.is_demo = firm.is_demo or is_demo
    firm.save()
    return firm


def override_culture(*, country: str, field: str, value: Any, now: datetime) -> CultureOverride:
    """Keep the firm's own value of a field; `culture.overrides.read` has checked it."""
    row, _ = CultureOverride.objects.update_or_create(
        country=country, field=field, defaults={"value": value, "changed_at": now}
    )
    return row


def restore_culture(*, country: str, field: str = "") -> int:
    """Back to the values that ship: one field, or all of a country. Returns how many rows went."""
    rows = CultureOverride.objects.filter(country=country)
    return (rows.filter(field=field) if field else rows).delete()[0]


class BadRule(ValueError):
    """The rule cannot be used; the sentence says why."""


@transaction.atomic
def add_house_rule(
    *, phrases: str, reason: str, now: datetime, language: str = "", needs_figure: bool = False
) -> HouseRule:
    """A rule of wording of the firm's own. Raises BadRule."""
    lines = list(dict.fromkeys(line.strip() for line in phrases.splitlines() if line.strip()))
    if not lines or not reason.strip():
        raise BadRule("Write at least one word or phrase, and the reason that is shown beside it.")
    if len(lines) > MOST_PHRASES or any(len(line) > LONGEST_PHRASE for line in lines):
        raise BadRule(f"At most {MOST_PHRASES} phrases of at most {LONGEST_PHRASE} characters each.")
    return HouseRule.objects.create(
        language=language,
        phrases="\n".join(lines),
        reason=reason.strip()[:300],
        needs_figure=needs_figure,
        created_at=now,
    )


def remove_house_rule(*, rule_id: int) -> bool:
    """Whether there was such a rule."""
    return HouseRule.objects.filter(id=rule_id).delete()[0] > 0


class BadBenchmark(ValueError):
    """A benchmark is a share from 0 to 100 percent and names its source; without one it proves nothing."""


def set_benchmark(*, report: str, figure: str, percent: Decimal | None, source: str, now: datetime) -> Benchmark | None:
    """Keep what others reach, for one row of a report; without a share it is taken out. Raises BadBenchmark."""
    if percent is None:
        Benchmark.objects.filter(report=report, figure=figure).delete()
        return None
    if not 0 <= percent <= 100 or not source.strip():
        raise BadBenchmark
    return Benchmark.objects.update_or_create(
        report=report, figure=figure,
        defaults={"percent": percent, "source": source.strip()[:300], "entered_at": now},
    )[0]  # fmt: skip
