"""Changes to the firm."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from guanxi.firm.models import Firm
from guanxi.firm.queries import the_firm

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
