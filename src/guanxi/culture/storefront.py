"""What a shop shows a visitor: language, currency, and the feast of his country (C-07 to C-09). Pure.

The order of trust (CN-47): what he has chosen, what his browser says, the country he comes from. Where he is found out
by others: nothing here looks at an address, and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from babel.numbers import get_territory_currencies

from guanxi.culture import holds
from guanxi.culture.hold_kinds import GREETING_WINDOW, PROMOTION_HOLD
from guanxi.culture.holds import Span
from guanxi.culture.profiles import Profile
from guanxi.kernel import places

CHOSEN, BROWSER, COUNTRY, DEFAULT = "chosen", "browser", "country", "default"
# So long before a feast its promotions are shown.
AHEAD = timedelta(days=21)
_MOST_LANGUAGES = 20


@dataclass(frozen=True, slots=True)
class Front:
    """`language_by` and `currency_by` say what decided. `feasts` are under way or near, the nearest first;
    `promotions_rest` while marketing waits in that country."""

    language: str
    language_by: str
    currency: str
    currency_by: str
    feasts: tuple[Span, ...]
    promotions_rest: bool


def front_for(
    profile: Profile,
    *,
    today: date,
    chosen_language: str = "",
    chosen_currency: str = "",
    accepted: Sequence[str] = (),
    languages: Sequence[str] = (),
    currencies: Sequence[str] = (),
    shift_days: int = 0,
) -> Front:
    """`languages` and `currencies` are what the shop has, its usual one first; `accepted` what the browser asks for."""
    language, language_by = _language(profile, chosen_language, accepted, languages)
    currency, currency_by = _currency(profile, chosen_currency, currencies)
    years = {today.year, (today + AHEAD).year}
    spans = [span for year in sorted(years) for span in holds.spans_in(profile, year, shift_days)]
    feasts = [span for span in spans if span.hold.kind == GREETING_WINDOW and today <= span.until]
    return Front(
        language, language_by, currency, currency_by,
        feasts=tuple(dict.fromkeys(span for span in feasts if span.begin - today <= AHEAD)),
        promotions_rest=any(
            span.hold.kind == PROMOTION_HOLD and span.begin <= today <= span.until for span in spans
        ),
    )  # fmt: skip


def accepted_languages(header: str) -> list[str]:
    """The tags of an Accept-Language header, best first."""
    weighted = []
    for number, part in enumerate(header[:400].split(",")[:_MOST_LANGUAGES]):
        tag, _, quality = part.partition(";")
        if places.is_language(tag.strip()):
            weighted.append((-_quality(quality), number, tag.strip()))
    return [tag for weight, _number, tag in sorted(weighted) if weight < 0]


def _quality(text: str) -> float:
    try:
        return float(text.partition("=")[2]) if "=" in text else 1.0
    except ValueError:
        return 0.0


def _language(
    profile: Profile, chosen: str, accepted: Sequence[str], offered: Sequence[str]
) -> tuple[str, str]:  # fmt: skip
    for tags, by in (([chosen] if chosen else [], CHOSEN), (accepted, BROWSER), (profile.languages, COUNTRY)):
        if by == COUNTRY and not profile.country:
            continue
        for tag in tags:
            if found := _match(tag, offered):
                return found, by
    return (offered[0] if offered else "en"), DEFAULT


def _match(tag: str, offered: Sequence[str]) -> str:
    """The shop's own spelling of a language; without a list every language is there."""
    if not offered:
        return tag
    wanted, base = tag.casefold(), tag.partition("-")[0].casefold()
    exact = [each for each in offered if each.casefold() == wanted]
    near = [each for each in offered if each.partition("-")[0].casefold() == base]
    return (exact or near or [""])[0]


def _currency(profile: Profile, chosen: str, offered: Sequence[str]) -> tuple[str, str]:
    own = profile.currency or next(iter(get_territory_currencies(profile.country)) if profile.country else iter(()), "")
    for code, by in ((chosen.upper(), CHOSEN), (own, COUNTRY)):
        if code and places.currency_code(code) == code and (not offered or code in offered):
            return code, by
    return (offered[0] if offered else "USD"), DEFAULT
