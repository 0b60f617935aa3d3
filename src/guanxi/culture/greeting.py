"""How a letter opens and closes for its reader: name order, honorific, rank, modesty (C-01 to C-04). Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from guanxi.culture import titles
from guanxi.culture.profiles import profile_for
from guanxi.culture.reader import Reader
from guanxi.culture.titles import FEMALE, MALE, Honorific

V = TypeVar("V")


def greeting_for(reader: Reader, language: str) -> str:
    """The salutation with its own punctuation, for a letter in `language` (BCP 47); English where none is written."""
    return _of_language(_GREETINGS, language)(reader)


def closing_for(reader: Reader, language: str) -> str:
    """The closing, one or two lines; modest where the reader's country asks for it (C-04)."""
    if language.partition("-")[0] == "en" and profile_for(reader.country).modest_close:
        return "We are sorry to trouble you, and thank you for your kind attention.\nYours sincerely,"
    return _of_language(_CLOSINGS, language)


def _german(reader: Reader) -> str:
    honorific = _honorific(reader)
    name = reader.family_name or _full_name(reader)
    if not name:
        return "Sehr geehrte Damen und Herren,"
    degrees = " ".join(_degrees(honorific, professor="Prof.", doctor="Dr."))
    titled = f"{degrees} {name}".strip()
    if honorific.gender == FEMALE:
        return f"Sehr geehrte Frau {titled},"
    if honorific.gender == MALE:
        return f"Sehr geehrter Herr {titled},"
    return f"Guten Tag {f'{degrees} {_full_name(reader)}'.strip()},"


def _english(reader: Reader) -> str:
    profile = profile_for(reader.country)
    if not _full_name(reader):
        return "Dear Sir or Madam,"
    name = {"given_name": reader.given_name, "full_name": _full_name(reader)}.get(
        profile.address_by, reader.family_name
    ) or _full_name(reader)
    rank = titles.english_rank(reader.position) if profile.address_by == "position" else ""
    if rank:
        return f"Dear {rank} {name},"
    honorific = _honorific(reader)
    if degrees := _degrees(honorific, professor="Professor", doctor="Dr."):
        return f"Dear {degrees[0]} {name},"
    if honorific.gender:
        return f"Dear {'Ms.' if honorific.gender == FEMALE else 'Mr.'} {name},"
    if profile.name_order == "family_first" and reader.family_name:
        return f"Dear Mr./Ms. {reader.family_name},"
    return f"Dear {_full_name(reader)},"


def _japanese(reader: Reader) -> str:
    """課長 and the other ranks stand in place of 様, never beside it."""
    name = reader.family_name or _full_name(reader)
    if not name:
        return "ご担当者様"
    return f"{name}{titles.japanese_rank(reader.position) or '様'}"


def _chinese(reader: Reader) -> str:
    return f"尊敬的{_chinese_name(reader) or '客户'}，您好！"


def _traditional_chinese(reader: Reader) -> str:
    return f"尊敬的{_chinese_name(reader) or '客戶'}，您好！"


def _chinese_name(reader: Reader) -> str:
    family, gender = reader.family_name, _honorific(reader).gender
    if family and (rank := titles.chinese_rank(reader.position) or titles.chinese_rank(reader.honorific)):
        return f"{family}{rank}"
    name = family or _full_name(reader)
    # A Latin name is set off from the Chinese word behind it by a space.
    space = " " if name.isascii() else ""
    if name and gender:
        return f"{name}{space}{'女士' if gender == FEMALE else '先生'}"
    return _full_name(reader)


def _arabic(reader: Reader) -> str:
    name = _full_name(reader)
    if not name:
        return "السادة الكرام،"
    honorific = _honorific(reader)
    if not honorific.gender:
        return f"السيد/السيدة {name} المحترم/المحترمة،"
    is_female = honorific.gender == FEMALE
    title = "الدكتور" if honorific.is_doctor else "المهندس" if honorific.is_engineer else "السيد"
    feminine = "ة" if is_female else ""
    return f"{title}{feminine} {name} المحترم{feminine}،"


def _spanish(reader: Reader) -> str:
    honorific = _honorific(reader)
    full_name, name = _full_name(reader), reader.family_name or _full_name(reader)
    if not full_name:
        return "Estimados señores:"
    if not honorific.gender:
        return f"Estimado/a {full_name}:"
    is_female = honorific.gender == FEMALE
    title = "Sra." if is_female else "Sr."
    if honorific.is_doctor:
        title = "Dra." if is_female else "Dr."
    elif honorific.is_engineer or honorific.is_licentiate:
        title = "Ing." if honorific.is_engineer else "Lic."
    return f"{'Estimada' if is_female else 'Estimado'} {title} {name}:"


_GREETINGS: dict[str, Callable[[Reader], str]] = {
    "ar": _arabic,
    "de": _german,
    "en": _english,
    "es": _spanish,
    "ja": _japanese,
    "zh": _chinese,
    "zh-Hant": _traditional_chinese,
}
_CLOSINGS: dict[str, str] = {
    "ar": "وتفضلوا بقبول فائق الاحترام والتقدير،",
    "de": "Mit freundlichen Grüßen",
    "en": "Kind regards,",
    "es": "Atentamente,",
    "ja": "お手数をおかけいたしますが、\n何卒よろしくお願い申し上げます。",
    "zh": "顺祝商祺！",
    "zh-Hant": "順頌商祺！",
}
_REGIONS_IN_HANT = frozenset({"TW", "HK", "MO"})


def _of_language(table: dict[str, V], language: str) -> V:
    parts = language.replace("_", "-").split("-")
    base = parts[0].lower()
    is_hant = any(part.title() == "Hant" or part.upper() in _REGIONS_IN_HANT for part in parts[1:])
    return table.get("zh-Hant" if base == "zh" and is_hant else base, table["en"])


def _honorific(reader: Reader) -> Honorific:
    return titles.read_honorific(reader.honorific, reader.gender)


def _degrees(honorific: Honorific, *, professor: str, doctor: str) -> list[str]:
    return [professor] * honorific.is_professor + [doctor] * honorific.is_doctor


def _full_name(reader: Reader) -> str:
    """As written, or the parts in the order of the country; Chinese and Japanese characters without a space."""
    if reader.full_name:
        return reader.full_name
    parts = [reader.given_name, reader.family_name]
    is_east_asian = any("぀" <= char <= "鿿" for part in parts for char in part)
    if is_east_asian or profile_for(reader.country).name_order == "family_first":
        parts.reverse()
    return ("" if is_east_asian else " ").join(part for part in parts if part)
