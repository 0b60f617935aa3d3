"""Loads the culture profiles: one YAML file per country; what it leaves out comes from its region or the default.

Pure. A firm may override any field: its rows are handed in, and `Profile.sources` says where each value comes from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from guanxi.culture import parts, values
from guanxi.culture.values import DAYS as DAYS
from guanxi.culture.values import Hours as Hours

FOLDER = Path(__file__).parent / "profiles"
NAME_ORDERS = ("given_first", "family_first")
FORMS_OF_ADDRESS = ("surname", "given_name", "full_name", "position")
FORMALITIES = ("formal", "warm")
BASES = ("opt_in", "soft_opt_in", "opt_out")
FIRM, COUNTRY, REGION, DEFAULT = "firm", "country", "region", "default"
# (country, field, value as JSON) as firm.queries.culture_overrides gives them; hashable, so that profiles are cached.
Overrides = tuple[tuple[str, str, str], ...]
# Tables whose entries are fields of their own: closing.de, greeting.de.female, titles.ja.課長.
OPEN_TABLES = ("greeting.", "closing.", "titles.")


class BadProfile(Exception):
    """A culture profile says something that cannot be read; the message names the file and the field."""


@dataclass(frozen=True, slots=True)
class Law:
    """What marketing needs there; to be read with a lawyer, which is why every value can be overridden.

    `basis` is for persons who buy for themselves, `basis_b2b` for firms. An implied permission lasts
    `purchase_months` after a purchase and `inquiry_months` after an inquiry (CASL; 0 is for ever).
    `subject_prefix` stands before the subject of marketing mail, put there by us when the mail leaves (RL-16).
    `night_ban` are hours without marketing, whatever the working hours say (RL-18). An objection is honoured within
    `unsubscribe_days` and the link in a mail works for `unsubscribe_works_days`.
    """

    basis: str
    basis_b2b: str = ""
    purchase_months: int = 0
    inquiry_months: int = 0
    subject_prefix: str = ""
    night_ban: Hours | None = None
    unsubscribe_days: int = 10
    unsubscribe_works_days: int = 60
    keeps_proof: bool = False
    note: str = ""
    source: str = ""

    def basis_for(self, customer_kind: str) -> str:
        """opt_in, soft_opt_in or opt_out for a customer who is `b2b` or `b2c`; an unknown one is a person."""
        return self.basis_b2b if customer_kind == "b2b" else self.basis

    def allows_soft_opt_in(self, customer_kind: str) -> bool:
        """Whether own customers may be written to about similar goods without having asked for it."""
        return self.basis_for(customer_kind) != "opt_in"


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """What is fitting in one country. `weekend` counts Monday as 0; `part` keeps public holidays of its own.

    `closures` are the holds in which firms of the country are shut themselves. `sources` tells of each field whether
    it is the firm's, the country's, its region's or the general default. Equal only to itself, so that what depends
    on it can be cached; the same question gives the same profile.
    """

    country: str
    languages: tuple[str, ...]
    name_order: str
    address_by: str
    formality: str
    modest_close: bool
    weekend: frozenset[int]
    part: str
    working_hours: Hours
    quiet_hours: Hours
    holds: tuple[str, ...]
    closures: tuple[str, ...]
    moon_shift_days: int
    currency: str
    locale: str
    law: Law
    tables: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def morning(self) -> time:
        """When held marketing mail leaves."""
        return self.working_hours.begin

    @property
    def defaults(self) -> frozenset[str]:
        """The fields that neither the country's own file nor the firm sets."""
        return frozenset(name for name, source in self.sources.items() if source in (REGION, DEFAULT))

    @property
    def firm_fields(self) -> frozenset[str]:
        return frozenset(name for name, source in self.sources.items() if source == FIRM)

    @property
    def languages_or_english(self) -> tuple[str, ...]:
        return self.languages or ("en",)

    def entry(self, table: str, *path: str) -> str:
        """An entry of greeting, closing or titles that differs from the language's own; empty when none does."""
        return self.tables.get(".".join((table, *path)), "")


def profile_for(country: str) -> Profile:
    """The profile as it ships; for an unknown or empty country the default, in which every field is a default."""
    return profile_of(country, ())


@lru_cache(maxsize=1024)
def profile_of(country: str, overrides: Overrides = ()) -> Profile:
    """The profile of an ISO2 code with what the firm has changed.

    A row that can no longer be read, since a hold or a word has gone, counts as absent: a mail is never lost by it.
    Raises BadProfile for a file.
    """
    shipped, sources = _shipped(country)
    own = {name: json.loads(text) for code, name, text in overrides if code == country}
    if own:
        try:
            return _build(country, shipped | own, sources | dict.fromkeys(own, FIRM))
        except (KeyError, TypeError, ValueError):
            return _with_what_can_be_read(country, own)
    try:
        return _build(country, shipped, sources)
    except (KeyError, TypeError, ValueError) as error:
        raise BadProfile(f"{country}.yaml: {error}") from error


def profile_at(country: str, *places: str, overrides: Overrides = ()) -> Profile:
    """The profile as it counts in the part of the country that the first fitting of `places` (region, city) names.

    Where they name none it is that of the country, with the public holidays of its business centre.
    """
    part = parts.part_of(country, *places)
    return _profile_in(country, part, overrides) if part else profile_of(country, overrides)


@lru_cache(maxsize=1024)
def _profile_in(country: str, part: str, overrides: Overrides) -> Profile:
    profile = profile_of(country, overrides)
    weekend = parts.weekend_of(country, part)
    if weekend and profile.sources["weekend"] != FIRM:
        return replace(profile, part=part, weekend=values.read_weekend(weekend))
    return replace(profile, part=part)


@cache
def known_countries() -> tuple[str, ...]:
    """ISO2 codes that have a profile of their own, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("[A-Z][A-Z].yaml")))


def built(country: str, fields: Mapping[str, Any]) -> Profile:
    """The shipped profile with `fields` in place of its own; raises ValueError with a sentence for a bad value."""
    shipped, sources = _shipped(country)
    return _build(country, shipped | dict(fields), sources)


def _with_what_can_be_read(country: str, own: Mapping[str, Any]) -> Profile:
    shipped, sources = _shipped(country)
    kept: dict[str, Any] = {}
    for name, value in own.items():
        try:
            _build(country, shipped | kept | {name: value}, sources)
        except (KeyError, TypeError, ValueError):
            continue
        kept[name] = value
    return _build(country, shipped | kept, sources | dict.fromkeys(kept, FIRM))


def _shipped(country: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Every field by its dotted name, and where each comes from."""
    path = FOLDER / f"{country}.yaml"
    own = _read(path) if country.isalpha() and country.isascii() and path.is_file() else {}
    region = own.pop("extends", "")
    layers = {DEFAULT: _shared("default"), REGION: _shared(region) if region else {}, COUNTRY: dict(_flat(own))}
    fields: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for source, flat in layers.items():
        fields |= flat
        sources |= dict.fromkeys(flat, source)
    return fields, sources


@cache
def _shared(name: str) -> dict[str, Any]:
    """What several countries start from; read once, and only copied from."""
    return dict(_flat(_read(FOLDER / f"_{name}.yaml")))


def _flat(layer: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in layer.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _read(path: Path) -> dict[str, Any]:
    return dict(yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader) or {})


def _build(country: str, fields: Mapping[str, Any], sources: Mapping[str, str]) -> Profile:
    if unknown := [name for name in fields if name not in sources and not name.startswith(OPEN_TABLES)]:
        raise ValueError(f"{unknown[0]} is no field of a profile")
    law = _law(fields)
    return Profile(
        country=country,
        languages=values.read_languages(fields["languages"]),
        name_order=values.one_of(NAME_ORDERS, "name_order", fields),
        address_by=values.one_of(FORMS_OF_ADDRESS, "address_by", fields),
        formality=values.one_of(FORMALITIES, "formality", fields),
        modest_close=values.truth("modest_close", fields),
        weekend=values.read_weekend(fields["weekend"]),
        part=values.read_part(country, fields["part"]),
        working_hours=values.read_working_hours(fields["working_hours"], law.night_ban),
        quiet_hours=values.read_hours("quiet_hours", fields["quiet_hours"]),
        holds=values.read_holds("holds", fields["holds"]),
        closures=values.read_holds("closures", fields["closures"]),
        moon_shift_days=values.whole("moon_shift_days", fields, -2, 2),
        currency=values.read_currency(fields["currency"]),
        locale=values.read_locale(fields["locale"]),
        law=law,
        tables={name: str(value) for name, value in fields.items() if name.startswith(OPEN_TABLES)},
        values=dict(fields),
        sources=dict(sources),
    )


def _law(fields: Mapping[str, Any]) -> Law:
    basis = values.one_of(BASES, "law.basis", fields)
    night = fields["law.night_ban"]
    return Law(
        basis=basis,
        basis_b2b=values.one_of(BASES, "law.basis_b2b", fields) if fields["law.basis_b2b"] else basis,
        purchase_months=values.whole("law.purchase_months", fields, 0, 120),
        inquiry_months=values.whole("law.inquiry_months", fields, 0, 120),
        subject_prefix=values.short("law.subject_prefix", fields, 20),
        night_ban=values.read_hours("law.night_ban", night) if night else None,
        unsubscribe_days=values.whole("law.unsubscribe_days", fields, 0, 30),
        unsubscribe_works_days=values.whole("law.unsubscribe_works_days", fields, 30, 3650),
        keeps_proof=values.truth("law.keeps_proof", fields),
        note=values.short("law.note", fields, 500),
        source=values.short("law.source", fields, 300),
    )
