"""In which time zone a contact lives, how that is known and how sure it is. Pure.

The order of trust: the contact's own entry, city, region, phone prefix, country, the firm's zone.
"""

from __future__ import annotations

import importlib.resources
import zoneinfo
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
import yaml
from phonenumbers import timezone as phone_zones

from guanxi.culture.folding import folded
from guanxi.kernel import places

PATH = Path(__file__).parent / "zones.yaml"
_SEASONS = (datetime(2026, 1, 15, 12, 0), datetime(2026, 7, 15, 12, 0))  # noqa: DTZ001 - wall times of any zone


@dataclass(frozen=True, slots=True)
class Zone:
    """`source` is contact, city, region, phone, country or firm; `confidence` high, medium or low.

    `note` says what was wrong with an entry that could not be used.
    """

    name: str
    source: str
    confidence: str
    note: str = ""


def zone_for(
    *,
    contact_zone: str = "",
    city: str = "",
    region: str = "",
    phone: str = "",
    country: str = "",
    fallback: str = "UTC",
) -> Zone:
    """The zone to reckon a contact's time in; never fails. `fallback` is the firm's zone, `country` ISO2."""
    if entered := _spelled(contact_zone):
        return Zone(entered, "contact", "high")
    note = f"{contact_zone!r} is no time zone." if contact_zone else ""
    source, name, confidence = _derived(folded(city), folded(region), phone, country)
    if name:
        return Zone(name, source, confidence, note)
    return Zone(fallback if places.is_time_zone(fallback) else "UTC", "firm", "low", note)


def zone_of_country(country: str) -> str:
    """The zone of the business centre of a country (ISO2); empty for an unknown one."""
    own = _table().get(country, {}).get("zone", "")
    return str(own) if own else next(iter(_zones_in(country)), "")


@lru_cache(maxsize=1024)
def zone_info(name: str) -> ZoneInfo | None:
    """The zone's data, or None when there is no such zone."""
    return ZoneInfo(name) if name and places.is_time_zone(name) else None


@lru_cache(maxsize=4096)
def _spelled(name: str) -> str:
    """The zone that was meant, whatever its capitals; empty when there is none such."""
    if not name or places.is_time_zone(name):
        return name
    folded = name.strip().replace(" ", "_").casefold()
    return next((zone for zone in zoneinfo.available_timezones() if zone.casefold() == folded), "")


@lru_cache(maxsize=65536)
def _derived(city: str, region: str, phone: str, country: str) -> tuple[str, str, str]:
    if name := _places_of(country, "cities").get(city, ""):
        return "city", name, "high"
    if name := _places_of(country, "regions").get(region, ""):
        return "region", name, "medium"
    if name := _phone_zone(phone, country):
        return "phone", name, "medium"
    is_sure = _has_one_clock(country) or _table().get(country, {}).get("one_clock", False)
    return "country", zone_of_country(country), "high" if is_sure else "low"


def _phone_zone(phone: str, country: str) -> str:
    """The only zone of a number, when it lies in `country`: a British mobile says nothing about a buyer in Osaka."""
    try:
        number = phonenumbers.parse(phone, country or None)
    except phonenumbers.NumberParseException:
        return ""
    found = [name for name in phone_zones.time_zones_for_number(number) if places.is_time_zone(name)]
    owner = phonenumbers.region_code_for_number(number)
    return found[0] if len(found) == 1 and (not country or owner == country) else ""


@cache
def _table() -> dict[str, dict[str, Any]]:
    return dict(yaml.load(PATH.read_text("utf-8"), Loader=yaml.CSafeLoader))


@lru_cache(maxsize=512)
def _places_of(country: str, level: str) -> dict[str, str]:
    """Folded name of a city or region → zone; cities include those that zones are named after."""
    names = {}
    if level == "cities":
        names = {folded(zone.rpartition("/")[2].replace("_", " ")): zone for zone in _zones_in(country)}
    for zone, listed in _table().get(country, {}).get(level, {}).items():
        names.update({folded(name): zone for name in listed})
    return names


@cache
def _zones_by_country() -> dict[str, tuple[str, ...]]:
    text = (importlib.resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found.setdefault(country, []).append(zone)
    return {country: tuple(zones) for country, zones in found.items()}


def _zones_in(country: str) -> tuple[str, ...]:
    return _zones_by_country().get(country, ())


@lru_cache(maxsize=512)
def _has_one_clock(country: str) -> bool:
    """Whether all zones of a country show the same time in summer and in winter."""
    clocks = {tuple(ZoneInfo(zone).utcoffset(moment) for moment in _SEASONS) for zone in _zones_in(country)}
    return len(clocks) == 1
