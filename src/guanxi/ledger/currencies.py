"""The reporting currency and the rates into it: when one changes, every order is priced again (CN-41)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from statistics import median

from django.db import transaction
from django.db.models import Count, Min

from guanxi.firm import actions as firm_actions
from guanxi.firm.queries import the_firm
from guanxi.ledger.bulk_orders import price_again
from guanxi.ledger.models import ExchangeRate, Order


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Orders in a currency for which no rate is known, the oldest of the day `since_on`."""

    currency: str
    orders: int
    since_on: date


# Banks publish no rates on weekends and holidays; more days than these without one are a gap. Our default.
GAP_DAYS = 5


@dataclass(frozen=True, slots=True)
class Gap:
    """The days after `after_on` and before `before_on` have no rate; they take that of `after_on`."""

    after_on: date
    before_on: date

    @property
    def days(self) -> int:
        return (self.before_on - self.after_on).days - 1


def gaps_of(days: Iterable[date]) -> list[Gap]:
    """The gaps between days that have a rate, the latest first; weekly rates have none while none is missing. Pure."""
    ordered = sorted(days)
    usual = median((second - first).days for first, second in pairwise(ordered)) if len(ordered) > 1 else 0
    longest = max(GAP_DAYS, usual)
    found = [Gap(first, second) for first, second in pairwise(ordered) if (second - first).days > longest]
    return found[::-1]


def rates_of(currency: str, into: str) -> list[tuple[date, Decimal, str]]:
    """The dated rates of one currency: day, value, source; the latest first."""
    rows = ExchangeRate.objects.filter(currency=currency, into=into).order_by("-on")
    return list(rows.values_list("on", "value", "source"))


class NotARate(ValueError):
    """A rate is a price above zero of another currency than the reporting one."""

    def __init__(self) -> None:
        super().__init__("A rate must be above zero and for another currency than the reporting one.")


def unpriced() -> list[Unpriced]:
    """Currencies whose orders cannot be counted in money yet, most orders first."""
    rows = (
        Order.objects.filter(amount_reporting__isnull=True)
        .values_list("currency")
        .annotate(orders=Count("id"), since=Min("placed_at"))
        .order_by("-orders")
    )
    return [Unpriced(currency, orders, since.date()) for currency, orders, since in rows]


@transaction.atomic
def set_rate(*, currency: str, value: Decimal, on: date, now: datetime) -> int:
    """One `currency` is worth `value` of the reporting currency from `on`; returns how many orders have money now.

    Raises NotARate.
    """
    into = the_firm().reporting_currency
    if value <= 0 or currency == into:
        raise NotARate
    ExchangeRate.objects.update_or_create(
        currency=currency, into=into, on=on, defaults={"value": value, "source": "entered"}
    )
    return price_again(now=now).priced


@transaction.atomic
def change_reporting_currency(*, currency: str, now: datetime) -> None:
    """Report in `currency` from now on: every order is priced again, those without a rate lose their amount."""
    if the_firm().reporting_currency == currency:
        return
    firm_actions.report_in(currency=currency)
    price_again(now=now, everything=True)


def adopt_first_currency(*, currencies: Collection[str], now: datetime) -> str:
    """Report in the currency of the very first orders while nobody has chosen one; returns it, or nothing."""
    firm = the_firm()
    first = next(iter(currencies), "") if len(currencies) == 1 else ""
    is_open = first and first != firm.reporting_currency and firm.set_up_at is None
    if not is_open or Order.objects.exists() or ExchangeRate.objects.filter(currency=first).exists():
        return ""
    change_reporting_currency(currency=first, now=now)
    return first
