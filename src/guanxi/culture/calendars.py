"""The year of a country as a sender sees it: weekend, public holidays, holds with their class. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from guanxi.culture import hold_kinds, holds, holiday_names
from guanxi.culture.holds import FIRM_CLOSED, Span
from guanxi.culture.profiles import DAYS, Overrides, Profile, profile_at

# The years of the Umm al-Qura tables, which the holds by moon need.
FIRST_YEAR, LAST_YEAR = 1925, 2076
WEEKEND, HOLIDAY, WORKING = "weekend", "public_holiday", "working_weekend"
_DAY = timedelta(days=1)


class BadYear(ValueError):
    """A year the calendars do not reach; the sentence names those they do."""


@dataclass(frozen=True, slots=True)
class Day:
    """`classes` say how the day counts, the strongest first: classes of hold_kinds, public_holiday, weekend or
    working_weekend."""

    day: date
    classes: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Year:
    """`holidays` are those of the whole country, `regional` those of the profile's part beside them, by their names in
    `language`. `working` are days of the weekend that are worked in place of others. `closures` are those of firms of
    this country: they count where it is the sender's own."""

    profile: Profile
    year: int
    weekend: tuple[str, ...]
    holidays: Mapping[date, str]
    regional: Mapping[date, str]
    holds: tuple[Span, ...]
    closures: tuple[Span, ...]
    working: tuple[date, ...] = ()
    language: str = "en"

    @property
    def months(self) -> list[list[list[Day | None]]]:
        """Twelve months of weeks from Monday to Sunday; None beside the month."""
        return [self._weeks(month) for month in range(1, 13)]

    def _weeks(self, month: int) -> list[list[Day | None]]:
        first = date(self.year, month, 1)
        cells: list[Day | None] = [None] * first.weekday()
        day = first
        while day.month == month:
            cells.append(self.day(day))
            day += _DAY
        cells += [None] * (-len(cells) % 7)
        return [cells[start : start + 7] for start in range(0, len(cells), 7)]

    def day(self, day: date) -> Day:
        spans = [span for span in self.holds if span.begin <= day <= span.until]
        spans.sort(key=lambda span: hold_kinds.CLASSES.index(span.hold.kind))
        classes = [span.hold.kind for span in spans]
        names = [span.hold.title(self.language) for span in spans]
        if name := self.holidays.get(day) or self.regional.get(day):
            classes.append(HOLIDAY)
            names.append(name)
        if day in self.working:
            classes.append(WORKING)
        elif day.weekday() in self.profile.weekend:
            classes.append(WEEKEND)
        return Day(day, tuple(dict.fromkeys(classes)), tuple(dict.fromkeys(names)))


def year_of(
    country: str, year: int, *, region: str = "", overrides: Overrides = (), shift_days: int = 0, language: str = "en"
) -> Year:  # fmt: skip
    """The calendar of a country (ISO2) as it counts in `region`; `shift_days` is the sending policy's for the moon.
    Names are for a reader of `language`.

    Raises BadYear.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadYear(f"{year}: the calendars reach from {FIRST_YEAR} to {LAST_YEAR}.")
    profile = profile_at(country, region, overrides=overrides)
    national = holiday_names.names_of(country, year, language=language)
    there = holiday_names.names_of(country, year, profile.part, language)
    return Year(
        profile=profile,
        year=year,
        weekend=tuple(DAYS[number] for number in sorted(profile.weekend)),
        holidays=national,
        regional={day: name for day, name in there.items() if day not in national},
        holds=tuple(holds.spans_in(profile, year, shift_days)),
        closures=tuple(holds.spans_in(profile, year, shift_days, profile.closures)),
        working=_working_weekends(profile, year),
        language=language,
    )


def _working_weekends(profile: Profile, year: int) -> tuple[date, ...]:
    found = holiday_names.working_weekends(profile.country, year)
    return tuple(sorted(day for day in found if day.weekday() in profile.weekend))


def as_answer(year: Year, *, name: str, is_own: bool = False) -> dict[str, Any]:
    """The document of `guanxi calendar --json`; `is_own` adds the closures of the sender's own country."""
    profile, language = year.profile, year.language
    spans = [_span(span, span.hold.kind, language) for span in year.holds]
    closures = [_span(span, FIRM_CLOSED, language) for span in year.closures] if is_own else []
    return {
        "country": profile.country,
        "name": name,
        "year": year.year,
        "weekend": list(year.weekend),
        "working_hours": str(profile.working_hours),
        "part": profile.part,
        "holidays": _days(year.holidays, profile),
        "regional_holidays": _days(year.regional, profile),
        "working_weekend_days": [{"date": day.isoformat(), "weekday": DAYS[day.weekday()]} for day in year.working],
        "holds": spans + closures,
        "firm_values": sorted(profile.firm_fields),
        "defaults": sorted(profile.defaults),
    }


def _days(named: Mapping[date, str], profile: Profile) -> list[dict[str, str]]:
    return [
        {
            "date": day.isoformat(), "name": title, "class": HOLIDAY,
            "local_name": holiday_names.local_name(profile.country, day, profile.part),
        }
        for day, title in named.items()
    ]  # fmt: skip


def _span(span: Span, kind: str, language: str) -> dict[str, Any]:
    return {
        "code": span.hold.code, "name": span.hold.title(language), "class": kind, "from": span.begin.isoformat(),
        "until": span.until.isoformat(), "contact_may_opt_out": span.hold.contact_may_opt_out,
    }  # fmt: skip
