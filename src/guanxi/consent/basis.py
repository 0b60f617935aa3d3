"""May a business relation stand in for a word of the reader's own? Computed from the country's law. Pure (RL-04).

Not legal advice: each value comes from the culture profile, which the firm can override.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime

from guanxi.consent.rules import EXPLICIT_ONLY
from guanxi.culture.profiles import Law

PURCHASE, INQUIRY = "purchase", "inquiry"
# What a purchase or inquiry gives, under the two names that laws have for it.
OF_A_RELATION = frozenset({"implied", "soft_opt_in"})
REASONS: dict[str, str] = {
    "soft_opt_in": "He bought, similar goods of our own are advertised, and he could object when he bought.",
    "implied": "A purchase or an inquiry implies it for a time.",
    "opt_out": "The country lets firms write until the reader objects.",
    "explicit_consent_needed": "The country asks for explicit consent.",
    "opt_in_needed": "The country asks for the reader's own word, customers included.",
    "no_relation": "There was no purchase and no inquiry.",
    "no_sale": "An inquiry is no sale; only buyers may be written to without their word.",
    "other_goods": "Only goods like those he bought may be advertised.",
    "no_opt_out_offered": "He was not offered to object when he bought.",
    "ran_out": "The purchase or inquiry lies too far back.",
}


@dataclass(frozen=True, slots=True)
class Relation:
    """The latest purchase or inquiry, and what went with it."""

    kind: str
    at: datetime
    similar_goods: bool = False
    opt_out_offered: bool = False


@dataclass(frozen=True, slots=True)
class Grounds:
    """The basis, or none; `reason` is a key of REASONS either way."""

    basis: str
    reason: str
    expires_at: datetime | None = None


def grounds_for(
    *, law: Law, country: str, customer_kind: str, relation: Relation | None, now: datetime
) -> Grounds:  # fmt: skip
    """What marketing to this reader may rest on without his word; firms are not exempt unless the law says so."""
    if country in EXPLICIT_ONLY:
        return Grounds("", "explicit_consent_needed")
    form = law.basis_for(customer_kind) or law.basis
    if form == "opt_in":
        return Grounds("", "opt_in_needed")
    if form == "opt_out":
        return Grounds("legitimate_interest", "opt_out")
    if relation is None:
        return Grounds("", "no_relation")
    if law.purchase_months or law.inquiry_months:
        return _implied(law, relation, now)
    return _soft(relation)


def _implied(law: Law, relation: Relation, now: datetime) -> Grounds:
    months = law.purchase_months if relation.kind == PURCHASE else law.inquiry_months
    if not months:
        return Grounds("", "no_sale")
    ends = months_after(relation.at, months)
    return Grounds("implied", "implied", ends) if ends > now else Grounds("", "ran_out")


def _soft(relation: Relation) -> Grounds:
    if relation.kind != PURCHASE:
        return Grounds("", "no_sale")
    if not relation.similar_goods:
        return Grounds("", "other_goods")
    if not relation.opt_out_offered:
        return Grounds("", "no_opt_out_offered")
    return Grounds("soft_opt_in", "soft_opt_in")


def ends_by_law(*, law: Law, basis: str, method: str, obtained_at: datetime) -> datetime | None:
    """When a permission that a purchase or inquiry implies is over; the shorter span when nobody says which (RL-15).

    None where nothing ends it. A soft opt-in comes of a purchase, whoever has written it down under that name.
    """
    spans = [months for months in (law.purchase_months, law.inquiry_months) if months]
    if basis not in OF_A_RELATION or not spans:
        return None
    method = PURCHASE if basis == "soft_opt_in" else method
    named = {PURCHASE: law.purchase_months, INQUIRY: law.inquiry_months}.get(method)
    return months_after(obtained_at, named or min(spans))


def months_after(moment: datetime, months: int) -> datetime:
    """The same day so many months later, or the last of that month."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))
