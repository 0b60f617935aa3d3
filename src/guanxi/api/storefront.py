"""What a shop's page shows its visitor: language, currency and feast of the country he comes from.

The country is told by the page or by the proxy before us (GUANXI_COUNTRY_HEADER); it is used in passing and kept
nowhere, and no address is looked up (CN-47).
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from guanxi.api import to_pages
from guanxi.culture import storefront
from guanxi.culture.profiles import profile_of
from guanxi.firm import queries as firm_queries
from guanxi.kernel import clock, places
from guanxi.outbox import queries as outbox_queries

LONGEST_LIST = 40


def front_of_shop(request: HttpRequest) -> HttpResponse:
    """`GET /v1/storefront?country=SA&language=…&currency=…&languages=en,ar&currencies=USD,SAR` with the write key."""
    if (turned_away := to_pages.at_the_door(request)) is not None:
        return turned_away
    asked = request.GET
    country = (asked.get("country", "") or _country_of(request)).strip().upper()
    if asked.get("country") and not places.is_country(country):
        return to_pages.refuse(400, "country: write an ISO code of two letters, such as SA.")
    languages, currencies = _list(asked.get("languages", "")), _list(asked.get("currencies", ""))
    if unknown := [tag for tag in (*languages, asked.get("language", "")) if tag and not places.is_language(tag)]:
        return to_pages.refuse(400, f"languages: {unknown[0][:20]!r} is no language tag such as de or zh-Hans.")
    codes = (*currencies, asked.get("currency", "").upper())
    if unknown := [code for code in codes if code and places.currency_code(code) != code]:
        return to_pages.refuse(400, f"currencies: {unknown[0][:20]!r} is no code such as EUR.")
    firm = firm_queries.the_firm()
    found = storefront.front_for(
        profile_of(country if places.is_country(country) else "", firm.culture),
        today=firm.day_of(clock.utc_now()),
        chosen_language=asked.get("language", ""),
        chosen_currency=asked.get("currency", ""),
        accepted=storefront.accepted_languages(request.headers.get("Accept-Language", "")),
        languages=languages,
        currencies=currencies,
        shift_days=outbox_queries.policy().ramadan_shift_days,
    )
    response = to_pages.answer(
        200,
        country=country if places.is_country(country) else "",
        language=found.language, language_by=found.language_by,
        currency=found.currency, currency_by=found.currency_by,
        festivals=[
            {"code": span.hold.code, "name": span.hold.title(found.language), "from": span.begin.isoformat(),
             "until": span.until.isoformat()}
            for span in found.feasts
        ],
        promotions_rest=found.promotions_rest,
    )  # fmt: skip
    patch_vary_headers(response, ["Accept-Language"])
    return response


def _country_of(request: HttpRequest) -> str:
    """What the proxy says, when one is trusted to say it; XX and T1 are its words for nowhere."""
    name = settings.GUANXI_COUNTRY_HEADER
    return request.headers.get(name, "")[:2] if name else ""


def _list(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text[:400].split(",") if part.strip()))[:LONGEST_LIST]
