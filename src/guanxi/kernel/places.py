"""Codes of countries, languages, time zones and currencies, and how to find them in what people write.

Pure. Names come from the CLDR tables that Babel carries; they are read on the first question, not on import.
"""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import get_territory_currencies

from guanxi.kernel.place_names import COUNTRY_ALIASES, CURRENCY_ALIASES, SHARED_SIGNS

EU = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
    "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip

# CLDR codes that are groups, pseudo-locales or parts, not countries.
_NO_COUNTRIES = frozenset({
    "AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ",
})  # fmt: skip
# How these names are written on the mainland; CLDR is longer or leaves the first word out.
_NAMES_IN_CHINA = {"HK": "中国香港", "MO": "中国澳门", "TW": "中国台湾"}
# Asked only when English and Chinese do not know the name.
_FURTHER_LANGUAGES = ("zh_Hant", "de", "fr", "es", "pt", "it", "nl", "ja", "ko", "ru", "ar", "tr", "pl")
LONGEST_NAME = 80
_SAID_TWICE = re.compile(r"[()（）\[\]/|]|(?<=[A-Za-z])\s*(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])\s*(?=[A-Za-z])")


@lru_cache(maxsize=4096)
def country_code(text: str) -> str:
    """ISO 3166-1 alpha-2 for a code or a name in many languages; empty when it names no country.

    A name may be said twice: 英国(UK), Germany (DE).
    """
    code = _code_of(text)
    if code or len(text) > LONGEST_NAME:
        return code
    said = {found for part in _SAID_TWICE.split(text) if part and (found := _code_of(part))}
    return said.pop() if len(said) == 1 else ""


def _code_of(text: str) -> str:
    folded = _fold(text)
    if folded in COUNTRY_ALIASES:
        return COUNTRY_ALIASES[folded]
    upper = folded.upper()
    if len(upper) == 2 and upper in _countries():
        return upper
    if len(upper) == 3 and upper in _alpha3():
        return _alpha3()[upper]
    return _names(("en", "zh")).get(folded) or _names(_FURTHER_LANGUAGES).get(folded, "")


@lru_cache(maxsize=4096)
def country_name(code: str, language: str = "en") -> str:
    """The name of a country for a reader of `language` (BCP 47); the code itself when either is unknown."""
    locale = _locale(language) or Locale.parse("en")
    if locale.language == "zh" and locale.script in {None, "Hans"} and code in _NAMES_IN_CHINA:
        return _NAMES_IN_CHINA[code]
    return str(locale.territories.get(code, code))


@lru_cache(maxsize=256)
def language_name(tag: str, language: str = "en") -> str:
    """The name of a language (BCP 47) for a reader of `language`; the tag itself when it is unknown."""
    named, locale = _locale(tag), _locale(language) or Locale.parse("en")
    if named is None:
        return tag
    return str(locale.languages.get(str(named)) or locale.languages.get(named.language, tag))


def is_country(code: str) -> bool:
    return code in _countries()


def is_time_zone(name: str) -> bool:
    """Whether `name` is an IANA zone of the zone data at hand, in its exact spelling."""
    return name in _time_zones()


def is_language(tag: str) -> bool:
    """Whether `tag` is a language that CLDR knows, with or without script and region, e.g. zh-Hans or pt-BR."""
    return _locale(tag) is not None


@lru_cache(maxsize=1024)
def currency_code(text: str, country: str = "") -> str:
    """ISO 4217 for a code, a sign or a name; empty when unknown or when a shared sign stays ambiguous.

    `country` (ISO2) is the context that decides what ¥, $, kr and Rs mean.
    """
    plain = _strip_spaces(text)
    upper = plain.upper()
    if len(upper) == 3 and upper in get_global("all_currencies"):
        return upper
    key = plain.casefold()
    if key in SHARED_SIGNS:
        candidates, default = SHARED_SIGNS[key]
        return next((code for code in _currencies_in(country) if code in candidates), default)
    return CURRENCY_ALIASES.get(key) or _currency_names().get(_fold(text), "")


def _fold(text: str) -> str:
    """Lower case without accents and punctuation, so that "Côte d’Ivoire" and "COTE D'IVOIRE" meet."""
    decomposed = unicodedata.normalize("NFKD", text.replace("&", " and ").replace("'", "").replace("’", ""))
    letters = (
        char if char.isalnum() else " " for char in decomposed if unicodedata.category(char) != "Mn"
    )  # fmt: skip
    return unicodedata.normalize("NFC", " ".join("".join(letters).casefold().split()))


def _strip_spaces(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


@lru_cache(maxsize=256)
def _locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return None


@cache
def _countries() -> frozenset[str]:
    codes = (str(code) for code in Locale.parse("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES)


@cache
def _alpha3() -> dict[str, str]:
    """ISO alpha-3 to alpha-2, without codes of states that split up."""
    aliases = get_global("territory_aliases")
    return {
        code: targets[0]
        for code, targets in aliases.items()
        if len(code) == 3 and code.isalpha() and len(targets) == 1 and targets[0] in _countries()
    }


@cache
def _names(languages: tuple[str, ...]) -> dict[str, str]:
    names: dict[str, str] = {}
    for language in languages:
        for code, name in Locale.parse(language).territories.items():
            if code in _countries():
                names.setdefault(_fold(name), code)
    return names


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


@lru_cache(maxsize=256)
def _currencies_in(country: str) -> tuple[str, ...]:
    return tuple(get_territory_currencies(country)) if country else ()


@cache
def _currency_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for language in ("en", "zh"):
        for code, name in Locale.parse(language).currencies.items():
            names.setdefault(_fold(name), code)
    return names
