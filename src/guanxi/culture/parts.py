"""Parts of a country that keep public holidays or a weekend of their own: Scotland, Bavaria, Kelantan. Pure."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import holidays
import yaml

from guanxi.culture.folding import folded

PATH = Path(__file__).parent / "parts.yaml"


@lru_cache(maxsize=65536)
def part_of(country: str, *names: str) -> str:
    """The code of the part that the first fitting one of `names` (a code, a region, a city) stands for, or nothing."""
    known = _codes(country)
    return next((known[name] for name in map(folded, names) if name in known), "")


def parts_of(country: str) -> dict[str, str]:
    """Code and name of the parts of a country, by name."""
    if country not in _table():
        return {}
    names: dict[str, str] = {}
    for name, code in getattr(holidays, country).subdivisions_aliases.items():
        if name != name.upper():
            names.setdefault(code, name)
    unnamed = {code: code for code in _codes(country).values() if code not in names}
    return dict(sorted((names | unnamed).items(), key=lambda each: each[1]))


def weekend_of(country: str, part: str) -> list[str]:
    """The days of rest of a part where they are not the country's, else nothing."""
    return list(_table().get(country, {}).get("weekend", {}).get(part, ()))


@lru_cache(maxsize=256)
def is_in_calendar(country: str, part: str) -> bool:
    """Whether the holidays package tells the days of this part apart."""
    found = getattr(holidays, country, None)
    return part in getattr(found, "subdivisions", ())


@lru_cache(maxsize=256)
def _codes(country: str) -> dict[str, str]:
    """Folded code or name of a part → its code."""
    if country not in _table():
        return {}
    own = _table()[country].get("names", {})
    found = getattr(holidays, country)
    told = {code: code for code in (*found.subdivisions, *own)}
    told |= found.subdivisions_aliases
    told |= {name: code for code, names in own.items() for name in names}
    return {folded(name): code for name, code in told.items()}


@cache
def _table() -> dict[str, dict[str, Any]]:
    return dict(yaml.load(PATH.read_text("utf-8"), Loader=yaml.CSafeLoader))
