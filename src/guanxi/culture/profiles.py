"""Loads the culture profiles: one YAML file per country, what it leaves out comes from its region or the default.

Pure. `Profile.defaults` names the fields that the country's own file does not set.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "profiles"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NAME_ORDERS = frozenset({"given_first", "family_first"})
FORMS_OF_ADDRESS = frozenset({"surname", "given_name", "full_name", "position"})
FORMALITIES = frozenset({"formal", "warm"})
BASES = frozenset({"opt_in", "soft_opt_in", "opt_out"})


class BadProfile(Exception):
    """A culture profile says something that cannot be read; the message names the file and the field."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A span of wall time; it runs over midnight when it begins after it ends."""

    begin: time
    end: time

    def holds(self, at: time) -> bool:
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end


@dataclass(frozen=True, slots=True)
class Law:
    """What marketing needs there. `subject_prefix` stands before the subject of advertising (RL-16)."""

    basis: str
    subject_prefix: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """What is fitting in one country. `weekend` counts Monday as 0."""

    country: str
    languages: tuple[str, ...]
    name_order: str
    address_by: str
    formality: str
    modest_close: bool
    weekend: frozenset[int]
    working_hours: Hours
    quiet_hours: Hours
    holds: tuple[str, ...]
    law: Law
    defaults: frozenset[str]

    @property
    def morning(self) -> time:
        """When held marketing mail leaves."""
        return self.working_hours.begin


@lru_cache(maxsize=512)
def profile_for(country: str) -> Profile:
    """The profile of an ISO2 code; for an unknown or empty one the default, in which every field is a default."""
    path = FOLDER / f"{country}.yaml"
    own = _read(path) if country.isalpha() and country.isascii() and path.is_file() else {}
    region = own.pop("extends", "")
    layers = [_read(FOLDER / "_default.yaml"), _read(FOLDER / f"_{region}.yaml") if region else {}, own]
    fields: dict[str, Any] = {}
    for layer in layers:
        fields.update(layer)
    defaults = frozenset(fields) - frozenset(own)
    try:
        return _build(country, fields, defaults)
    except (KeyError, TypeError, ValueError) as error:
        raise BadProfile(f"{path.name}: {error}") from error


@cache
def known_countries() -> tuple[str, ...]:
    """ISO2 codes that have a profile of their own, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("[A-Z][A-Z].yaml")))


def _read(path: Path) -> dict[str, Any]:
    return dict(yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader) or {})


def _build(country: str, fields: dict[str, Any], defaults: frozenset[str]) -> Profile:
    weekend = frozenset(DAYS.index(day) for day in fields["weekend"])
    if len(weekend) > 5:
        raise ValueError("weekend leaves no day to work")
    return Profile(
        country=country,
        languages=tuple(fields["languages"]),
        name_order=_one_of(NAME_ORDERS, fields["name_order"]),
        address_by=_one_of(FORMS_OF_ADDRESS, fields["address_by"]),
        formality=_one_of(FORMALITIES, fields["formality"]),
        modest_close=bool(fields["modest_close"]),
        weekend=weekend,
        working_hours=_hours(fields["working_hours"]),
        quiet_hours=_hours(fields["quiet_hours"]),
        holds=tuple(fields["holds"]),
        law=_law(fields["law"]),
        defaults=defaults,
    )


def _law(fields: dict[str, str]) -> Law:
    _one_of(BASES, fields["basis"])
    return Law(**fields)


def _hours(pair: list[str]) -> Hours:
    begin, end = (time.fromisoformat(text) for text in pair)
    return Hours(begin, end)


def _one_of(allowed: frozenset[str], word: str) -> str:
    if word not in allowed:
        raise ValueError(f"{word!r} is none of {', '.join(sorted(allowed))}")
    return word
