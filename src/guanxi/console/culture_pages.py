"""Culture: the countries, what is assumed of each and what the firm says otherwise, their year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import get_territory_currencies
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from guanxi.console import culture_words as words
from guanxi.console.access import act, member_of, page
from guanxi.console.parts import note_act, number_in
from guanxi.culture import calendars, formats, greeting, holds, overrides, parts, profiles
from guanxi.culture.hold_kinds import CLASSES
from guanxi.culture.profiles import BadProfile, Profile
from guanxi.culture.reader import Reader
from guanxi.firm import actions as firm_actions
from guanxi.firm import queries as firm_queries
from guanxi.kernel import clock, places
from guanxi.ledger import queries as ledger_queries
from guanxi.outbox import queries as outbox_queries
from guanxi.staff.roles import Right

SAMPLE_DAY = date(2026, 4, 3)


@dataclass(frozen=True, slots=True)
class Row:
    """A field of a profile as the page shows it; `standard` is what ships, when the firm says otherwise."""

    name: str
    title: str
    shown: str
    written: str
    source: str
    source_words: str
    help: str = ""
    kind: str = overrides.LINE
    choices: tuple[tuple[str, str], ...] = ()
    standard: str = ""

    @property
    def is_own(self) -> bool:
        return self.source == profiles.FIRM


@page(right=Right.SEE_ALL)
def culture(request: HttpRequest) -> HttpResponse:
    """Every country with a profile, those with customers first."""
    language, now = get_language() or "en", clock.utc_now()
    firm, shift = firm_queries.the_firm(), outbox_queries.policy().ramadan_shift_days
    asked = request.GET.get("q", "").strip()[:60]
    customers = dict(ledger_queries.countries_of(ledger_queries.customers_for(member_of(request))))
    codes = {*profiles.known_countries(), *(code for code, _field, _value in firm.culture), *customers} - {""}
    rows = []
    for code in codes:
        name, profile = places.country_name(code, language), profiles.profile_of(code, firm.culture)
        if asked and asked.casefold() not in f"{code} {name} {places.country_name(code)}".casefold():
            continue
        ahead = holds.next_span(profile, now.date(), shift)
        rows.append({
            "code": code, "name": name, "profile": profile, "ahead": ahead, "customers": customers.get(code, 0),
            "hold": ahead.hold.title(language) if ahead else "", "own": len(profile.firm_fields),
            "weekend": words.value_words("weekend", overrides.value_of(profile, "weekend")),
            "basis": words.VALUES[profile.law.basis_b2b],
            "is_assumed": code not in profiles.known_countries(),
        })  # fmt: skip
    rows.sort(key=lambda row: (-int(str(row["customers"])), str(row["name"])))
    return render(request, "console/culture/list.html", {"rows": rows, "asked": asked, "today": now.date()})


@page(right=Right.SEE_ALL)
def profile(request: HttpRequest, country: str) -> HttpResponse:
    code = _country(country)
    firm = firm_queries.the_firm()
    return render(request, "console/culture/profile.html", _profile_context(request, code, firm.culture))


@act(right=Right.MANAGE_SETTINGS)
def change(request: HttpRequest, country: str) -> HttpResponse:
    """One field: the firm's own value. A value that cannot be is refused with its sentence, and shown again."""
    code = _country(country)
    name, text = request.POST.get("field", ""), ",".join(request.POST.getlist("value"))
    firm = firm_queries.the_firm()
    if name == "titles":
        name = f"titles.{request.POST.get('tag', '')}.{request.POST.get('rank', '').strip()}"
    try:
        value = overrides.read(country=code, name=name, text=text, overrides=firm.culture)
    except BadProfile as error:
        context = _profile_context(request, code, firm.culture) | {"refused": name, "error": str(error), "given": text}
        return render(request, "console/culture/profile.html", context, status=422)
    with transaction.atomic():
        firm_actions.override_culture(country=code, field=name, value=value, now=clock.utc_now())
        note_act(
            request,
            "culture.changed",
            object_kind="culture",
            object_id=code,
            field=name,
            value=overrides.written(value),
        )
    messages.success(request, _("Saved. It counts from the next mail on."))
    return redirect("culture_profile", country=code)


@act(right=Right.MANAGE_SETTINGS)
def restore(request: HttpRequest, country: str) -> HttpResponse:
    """Back to what ships: one field, or every one."""
    code, name = _country(country), request.POST.get("field", "")
    with transaction.atomic():
        if firm_actions.restore_culture(country=code, field=name):
            note_act(request, "culture.restored", object_kind="culture", object_id=code, field=name or "*")
            messages.success(request, _("Back to the default."))
    return redirect("culture_profile", country=code)


@page(right=Right.SEE_ALL)
def calendar(request: HttpRequest, country: str) -> HttpResponse:
    code, language = _country(country), get_language() or "en"
    firm, now = firm_queries.the_firm(), clock.utc_now()
    number = number_in(request.GET.get("year", ""), digits=4, otherwise=now.year)
    error, known = "", parts.parts_of(code)
    region = request.GET.get("region", "")
    try:
        year = _year(code, number, firm.culture, region, language)
    except calendars.BadYear:
        reach = {"first": calendars.FIRST_YEAR, "last": calendars.LAST_YEAR}
        error = _("The calendars reach from %(first)s to %(last)s.") % reach
        year = _year(code, now.year, firm.culture, region, language)
    months = [
        {"name": formats.format_date(date(year.year, index, 1), language, "long"), "first": date(year.year, index, 1),
         "weeks": [list(week) for week in weeks]}
        for index, weeks in enumerate(year.months, 1)
    ]  # fmt: skip
    spans = [(span, span.hold.title(language), words.CLASSES[span.hold.kind]) for span in year.holds]
    context = {
        "code": code, "name": places.country_name(code, language), "year": year, "months": months, "spans": spans,
        "is_own": firm.country == code, "closures": [(span, span.hold.title(language)) for span in year.closures],
        "legend": [(each, words.CLASSES[each]) for each in _classes_of(year)],
        "parts": known, "part": known.get(year.profile.part, year.profile.part),
        "error": error, "today": now.date(), "days": formats.short_days(language),
    }  # fmt: skip
    return render(request, "console/culture/calendar.html", context, status=422 if error else 200)


def _classes_of(year: calendars.Year) -> tuple[str, ...]:
    """What the colours of the calendar mean; days worked in place of others are rare, and named where there are any."""
    usual = (*CLASSES, calendars.HOLIDAY, calendars.WEEKEND)
    return (*usual, calendars.WORKING) if year.working else usual


def _profile_context(request: HttpRequest, code: str, own: profiles.Overrides) -> dict[str, Any]:
    language, found = get_language() or "en", profiles.profile_of(code, own)
    groups = [
        (group, title, [_row(found, field.name) for field in overrides.FIELDS if field.group == group])
        for group, title in words.GROUPS.items()
    ]
    tags = list(dict.fromkeys(greeting.written_tag(tag) for tag in found.languages))
    return {
        "code": code, "name": places.country_name(code, language), "profile": found, "groups": groups,
        "letters": [_letters(found, tag) for tag in tags], "samples": _samples(found),
        "title_rows": [_row(found, name) for name in found.tables if name.startswith("titles.")],
        "tags": [(tag, places.language_name(tag, language)) for tag in tags],
        "is_assumed": code not in profiles.known_countries(), "is_own_country": firm_queries.the_firm().country == code,
        "own_count": len(found.firm_fields), "may_edit": member_of(request).may(Right.MANAGE_SETTINGS),
    }  # fmt: skip


def _row(found: Profile, name: str) -> Row:
    field, source = overrides.field_of(name), found.sources.get(name, profiles.DEFAULT)
    written = overrides.value_of(found, name)
    shown = words.value_words(name, written or _derived(found, name))
    named = words.DAYS if name == "weekend" else words.VALUES
    choices = tuple((each, str(named.get(each, each or "—"))) for each in field.choices) if field else ()
    return Row(
        name=name, title=words.field_title(name), shown=shown, written=written,
        source=source, source_words=str(words.SOURCES[source]), help=str(words.HELP.get(name, "")),
        kind=field.kind if field else overrides.LINE, choices=choices,
        standard=words.value_words(name, overrides.default_of(found.country, name)) if source == profiles.FIRM else "",
    )  # fmt: skip


def _derived(found: Profile, name: str) -> str:
    """What counts where a field is left empty."""
    if name == "currency":
        return _currency_of(found)
    return formats.reader_locale(found.languages[0], found.country) if name == "locale" else ""


def _letters(found: Profile, tag: str) -> dict[str, Any]:
    """Greetings and closing in one language, each with how it is written."""
    shown = {form: greeting.pattern_of(found, tag, form) for form in greeting.FORMS}
    rows = [_entry(found, f"greeting.{tag}.{form}", pattern) for form, pattern in shown.items() if pattern]
    closing = greeting.closing_for(Reader(country=found.country), tag, found)
    return {
        "tag": tag, "language": places.language_name(tag, get_language() or "en"), "closing": closing,
        "example": greeting.greeting_for(_example(found, tag), tag, found),
        "rows": [*rows, _entry(found, f"closing.{tag}", closing)],
    }  # fmt: skip


def _entry(found: Profile, name: str, text: str) -> Row:
    source = found.sources.get(name, profiles.COUNTRY)
    is_own = source == profiles.FIRM
    said = str(words.SOURCES[profiles.FIRM]) if is_own else _("of the language")
    return Row(name, words.field_title(name), text, text, source, said, kind=overrides.TEXT)


def _example(found: Profile, tag: str) -> Reader:
    """Somebody with a rank where ranks are said, with a degree elsewhere."""
    known = {
        "ja": Reader(given_name="由紀", family_name="田中", position="課長"),
        "zh-Hans": Reader(given_name="芳", family_name="王", position="经理"),
        "zh-Hant": Reader(given_name="芳", family_name="王", position="經理"),
        "ar": Reader(given_name="فاطمة", family_name="الحربي", gender="f"),
        "ko": Reader(full_name="김민준", family_name="김", given_name="민준", position="과장"),
        "de": Reader(given_name="Hans", family_name="Meyer", honorific="Herr Dr."),
    }
    return known.get(tag, Reader(given_name="Ana", family_name="Torres", honorific="Dr.", gender="f"))


def _samples(found: Profile) -> dict[str, str]:
    """A number, a day and an amount as a reader there sees them."""
    tag = formats.reader_locale(found.languages[0], found.country, found.locale)
    currency = _currency_of(found)
    return {
        "tag": tag,
        "number": formats.format_number(Decimal("12345.67"), tag),
        "day": formats.format_date(SAMPLE_DAY, tag),
        "money": formats.format_money(Decimal("12345.60"), currency, tag),
    }


def _currency_of(found: Profile) -> str:
    return found.currency or next(iter(get_territory_currencies(found.country)), "USD")


def _year(code: str, year: int, own: profiles.Overrides, region: str, language: str) -> calendars.Year:
    shift = outbox_queries.policy().ramadan_shift_days
    return calendars.year_of(code, year, region=region, overrides=own, shift_days=shift, language=language)


def _country(code: str) -> str:
    if not places.is_country(code):
        raise Http404
    return code


urlpatterns: list[URLPattern] = [
    path("culture/", culture, name="culture"),
    path("culture/<slug:country>/", profile, name="culture_profile"),
    path("culture/<slug:country>/change", change, name="culture_change"),
    path("culture/<slug:country>/restore", restore, name="culture_restore"),
    path("culture/<slug:country>/calendar/", calendar, name="culture_calendar"),
]
