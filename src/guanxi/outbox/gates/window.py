"""Is this a fitting hour and day where the reader lives? (C-05, CN-25) Pure."""

from __future__ import annotations

from functools import lru_cache

from guanxi.culture.windows import Fitting, next_fitting_moment
from guanxi.outbox.gates.base import Facts, Opinion, hold, passed

ORDINARY = frozenset({"quiet_hours", "outside_working_hours", "weekend", "public_holiday"})


# The readers of a batch are looked at in one moment, and many of them live in one place.
_fitting = lru_cache(maxsize=4096)(next_fitting_moment)


def judge(facts: Facts) -> Opinion:
    fitting = _fitting(
        now=facts.now,
        country=facts.country,
        zone=facts.zone,
        kind=facts.kind,
        keeps_hold=facts.keeps_ramadan_hold,
        ramadan_shift_days=facts.ramadan_shift_days,
        profile=facts.profile,
        firm=facts.firm_profile,
        occasion=facts.occasion,
    )
    reasons = [{"code": reason.code, **reason.detail} for reason in fitting.reasons] + _doubts(facts)
    if fitting.moment <= facts.now:
        return passed("fitting_moment", zone=facts.zone, reasons=reasons)
    return hold(_code(fitting), fitting.moment, zone=facts.zone, country=facts.country, reasons=reasons)


def _doubts(facts: Facts) -> list[dict[str, str]]:
    """An entry that names no zone, or a zone that is only guessed, stays visible: nobody is dropped by it."""
    place = facts.place
    if place is None or facts.kind == "transactional":
        return []
    known = {"used": place.name, "source": place.source, "confidence": place.confidence}
    if place.note:
        return [{"code": "unknown_zone", "note": place.note, **known}]
    return [{"code": "guessed_zone", **known}] if place.confidence == "low" else []


def _code(fitting: Fitting) -> str:
    """The reason a person would name: the first hold with a name of its own, else the one that lasts longest."""
    lasting = [reason for reason in fitting.reasons if reason.until is not None]
    named = [reason for reason in lasting if reason.code not in ORDINARY]
    if named:
        return named[0].code
    return max(lasting, key=lambda reason: reason.until or fitting.moment).code if lasting else "not_now"
