"""The plain values of an occasion for its letter: the order, its progress page, who sells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from guanxi.firm.queries import the_firm
from guanxi.journeys import trade
from guanxi.journeys.models import Enrolment
from guanxi.journeys.reading import duration
from guanxi.kernel.signing import sign
from guanxi.ledger.models import Order
from guanxi.papers.queries import booking_url, survey_url

# Made here, not handed on as they are written.
OWN = frozenset({"booking"})


def letter_values(
    *, enrolment: Enrolment, wanted: Mapping[str, Any], order: Order | None, news: str = "", survey: str = "",
    local_help: Mapping[str, str] = MappingProxyType({}), facts: Mapping[str, Any] = MappingProxyType({}),
    zone: str = "",
) -> dict[str, Any]:  # fmt: skip
    """What the placeholders of a letter may name beside the reader's own (content.placeholders); dates as ISO 8601.

    `wanted` are the `values` of the step, handed on as they are written. `news`
    is what was told about the order since the letter before, `survey` the questionnaire the letter asks for,
    `local_help` who helps on the spot, by market, `facts` what values may name as `{fact: …}`. Days
    are those of the clocks in `zone`, where the reader lives; without one those at the firm.
    """
    values = {name: _filled(value, enrolment, facts, zone) for name, value in wanted.items() if name not in OWN}
    if wanted.get("booking"):
        values["booking"] = {"url": booking_url(contact_id=enrolment.contact_id, occasion=f"round:{enrolment.pk}")}
    if order is not None:
        market = enrolment.contact.country or enrolment.customer.country
        values["order"] = order_values(
            order, contact_id=enrolment.contact_id, local_help=local_help.get(market, "")
        ) | ({"news": news} if news else {})  # fmt: skip
    if survey:
        occasion = f"order:{order.pk}" if order is not None else f"round:{enrolment.pk}"
        values["survey"] = {"url": survey_url(survey=survey, contact_id=enrolment.contact_id, occasion=occasion)}
    return values


def _filled(value: Any, enrolment: Enrolment, facts: Mapping[str, Any], zone: str = "") -> Any:
    """`value` with what the event told, with facts and days put in; numbers as text, as money is."""
    if not isinstance(value, Mapping):
        return value
    if set(value) == {"event"}:
        return _plain(enrolment.occasion.get("told", {}).get(str(value["event"])))
    if set(value) == {"fact"}:
        return _plain(facts.get(str(value["fact"])))
    if set(value) == {"in"} and (span := duration(value["in"])):
        at = enrolment.anchor_at + span
        return _day(at.astimezone(ZoneInfo(zone) if zone else the_firm().zone))
    if set(value) == {"spend", "steps"}:
        return _rebate(value, enrolment, facts)
    return {name: _filled(each, enrolment, facts, zone) for name, each in value.items()}


def _plain(found: Any) -> Any:
    if isinstance(found, list):
        return [{name: _plain(each) for name, each in row.items()} for row in found]
    if isinstance(found, float):
        return str(int(found)) if found.is_integer() else str(found)
    return "" if found is None else found


def _rebate(wanted: Mapping[str, Any], enrolment: Enrolment, facts: Mapping[str, Any]) -> dict[str, str]:
    return trade.rebate(
        Decimal(_filled(wanted["spend"], enrolment, facts) or 0), wanted["steps"],
        year=trade.last_year(enrolment.anchor_at), currency=the_firm().reporting_currency,
    )  # fmt: skip


def order_values(order: Order, *, contact_id: int, local_help: str = "") -> dict[str, Any]:
    return {
        "number": order.number,
        "placed_on": _day(order.placed_at),
        "stage": order.stage,
        "amount": str(order.amount),
        "currency": order.currency,
        "ship_by": order.ship_by.isoformat() if order.ship_by else "",
        "carrier": order.carrier,
        "tracking_number": order.tracking_number,
        "tracking_url": order.tracking_url,
        "progress_url": progress_url(order_id=order.pk, contact_id=contact_id),
        "documents": customs_list(order),
        "after_sales_contact": after_sales_contact(order) or local_help,
    }


def customs_list(order: Order) -> list[str]:
    """Papers for customs that staff have listed, else as the record lists them; none leaves the usual ones to the
    letter."""
    if papers := sorted(order.customs_papers.all(), key=lambda each: each.pk):
        return [each.title or each.kind for each in papers]
    listed = order.fields.get("documents", [])
    return [str(each) for each in listed] if isinstance(listed, list) else []


def after_sales_contact(order: Order) -> str:
    """Who helps on the spot, as order or customer record it; else it is who helps in that market, else the sender."""
    return str(order.fields.get("after_sales_contact") or order.customer.fields.get("after_sales_contact") or "")


def progress_url(*, order_id: int, contact_id: int) -> str:
    """The page on which this reader follows this order (J-04.1)."""
    token = sign(settings.SECRET_KEY, "progress", f"{order_id}:{contact_id}")
    return f"{settings.PUBLIC_URL}/p/progress/{token}"


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
