"""The values of a culture profile: how each is read, and the sentence for one that cannot be. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from guanxi.culture import hold_kinds, parts
from guanxi.kernel import places

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Hours:
    """A span of wall time; it runs over midnight when it begins after it ends."""

    begin: time
    end: time

    def holds(self, at: time) -> bool:
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}–{self.end:%H:%M}"


def read_languages(tags: Any) -> tuple[str, ...]:
    _list("languages", tags)
    if unknown := [tag for tag in tags if not places.is_language(str(tag))]:
        raise ValueError(f"languages: {unknown[0]!r} is no language tag such as de or zh-Hans")
    if not tags:
        raise ValueError("languages: name at least one")
    return tuple(tags)


def read_weekend(days: Any) -> frozenset[int]:
    _list("weekend", days)
    if unknown := [day for day in days if day not in DAYS]:
        raise ValueError(f"weekend: {unknown[0]!r} is none of {', '.join(DAYS)}")
    if len(set(days)) > 5:
        raise ValueError("weekend: it leaves no day to work")
    return frozenset(DAYS.index(day) for day in days)


def read_working_hours(pair: Any, night_ban: Hours | None) -> Hours:
    hours = read_hours("working_hours", pair)
    if hours.begin >= hours.end:
        raise ValueError("working_hours: they must begin before they end")
    if night_ban and (night_ban.holds(hours.begin) or hours.begin < night_ban.begin < hours.end):
        raise ValueError(f"working_hours: marketing is banned there from {night_ban}; choose hours outside")
    return hours


def read_hours(name: str, pair: Any) -> Hours:
    try:
        begin, end = (time.fromisoformat(text) for text in pair)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: write two times such as 09:00 and 17:00") from None
    if begin == end:
        raise ValueError(f"{name}: the two times are the same")
    return Hours(begin, end)


def read_part(country: str, code: Any) -> str:
    if code and not parts.is_in_calendar(country, str(code)):
        raise ValueError(f"part: the calendar of {country} knows no part {code!r}")
    return str(code)


def read_holds(name: str, codes: Any) -> tuple[str, ...]:
    _list(name, codes)
    if unknown := [code for code in codes if not hold_kinds.is_hold(str(code))]:
        raise ValueError(f"{name}: {unknown[0]!r} is no hold; write one of holds.yaml or days as 12-20..01-06")
    return tuple(codes)


def read_currency(code: Any) -> str:
    if code and places.currency_code(str(code)) != code:
        raise ValueError(f"currency: {code!r} is no code such as EUR")
    return str(code)


def read_locale(tag: Any) -> str:
    if tag and not places.is_language(str(tag)):
        raise ValueError(f"locale: {tag!r} is none, such as en-GB")
    return str(tag)


def one_of(allowed: tuple[str, ...], name: str, fields: Mapping[str, Any]) -> str:
    if fields[name] not in allowed:
        raise ValueError(f"{name}: {fields[name]!r} is none of {', '.join(allowed)}")
    return str(fields[name])


def whole(name: str, fields: Mapping[str, Any], least: int, most: int) -> int:
    value = fields[name]
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"{name}: write a whole number from {least} to {most}")
    return value


def truth(name: str, fields: Mapping[str, Any]) -> bool:
    if not isinstance(fields[name], bool):
        raise ValueError(f"{name}: write true or false")
    return bool(fields[name])


def short(name: str, fields: Mapping[str, Any], most: int) -> str:
    value = fields[name]
    if not isinstance(value, str) or len(value) > most or any(char in value for char in "\r\n\0"):
        raise ValueError(f"{name}: write one line of at most {most} characters")
    return value


def _list(name: str, value: Any) -> None:
    if not isinstance(value, list):
        raise ValueError(f"{name}: write a list")
