"""Honorifics and ranks in the languages of our letters. Pure data and two look-ups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

V = TypeVar("V")

FEMALE, MALE = "f", "m"

# Written forms (lower case, without dots) that tell the gender.
_GENDERS = {
    "frau": FEMALE, "herr": MALE, "herrn": MALE, "mr": MALE, "mister": MALE, "ms": FEMALE, "mrs": FEMALE,
    "miss": FEMALE, "madam": FEMALE, "sir": MALE, "sr": MALE, "sra": FEMALE, "srta": FEMALE, "señor": MALE,
    "señora": FEMALE, "don": MALE, "doña": FEMALE, "monsieur": MALE, "madame": FEMALE, "mme": FEMALE,
    "السيد": MALE, "السيدة": FEMALE, "الأستاذ": MALE, "الأستاذة": FEMALE, "الدكتور": MALE, "الدكتورة": FEMALE,
    "المهندس": MALE, "المهندسة": FEMALE, "dra": FEMALE, "先生": MALE, "女士": FEMALE, "小姐": FEMALE,
}  # fmt: skip
_DOCTOR = {"dr", "dra", "drin", "doctor", "doktor", "الدكتور", "الدكتورة", "د", "博士"}
_PROFESSOR = {"prof", "professor", "professorin", "profesor", "profesora", "أ", "教授"}
_ENGINEER = {"ing", "eng", "dipl-ing", "engineer", "المهندس", "المهندسة", "م", "工程师"}
_LICENTIATE = {"lic", "licenciado", "licenciada"}


@dataclass(frozen=True, slots=True)
class Honorific:
    """What an honorific as written says; `gender` is f, m or empty."""

    gender: str = ""
    is_doctor: bool = False
    is_professor: bool = False
    is_engineer: bool = False
    is_licentiate: bool = False


def read_honorific(text: str, gender: str = "") -> Honorific:
    """The parts of e.g. "Frau Prof. Dr."; a gender that is given wins over one the honorific implies."""
    words = [word.strip(".,") for word in text.casefold().replace(".", ". ").split()]
    implied = next((_GENDERS[word] for word in words if word in _GENDERS), "")
    return Honorific(
        gender=gender if gender in (FEMALE, MALE) else implied,
        is_doctor=not _DOCTOR.isdisjoint(words),
        is_professor=not _PROFESSOR.isdisjoint(words),
        is_engineer=not _ENGINEER.isdisjoint(words),
        is_licentiate=not _LICENTIATE.isdisjoint(words),
    )


# Ranks that stand behind a Japanese name in place of 様: as written → what is said, its English.
JAPANESE_RANKS = {
    "代表取締役社長": ("社長", "President"), "代表取締役": ("代表取締役", "Representative Director"),
    "取締役": ("取締役", "Director"), "副社長": ("副社長", "Vice President"), "社長": ("社長", "President"),
    "会長": ("会長", "Chairman"), "専務": ("専務", "Senior Managing Director"), "常務": ("常務", "Managing Director"),
    "本部長": ("本部長", "General Manager"), "副部長": ("副部長", "Deputy Department Manager"),
    "部長": ("部長", "Department Manager"), "次長": ("次長", "Deputy Department Manager"),
    "課長代理": ("課長代理", "Deputy Section Chief"), "課長補佐": ("課長補佐", "Assistant Section Chief"),
    "課長": ("課長", "Section Chief"), "係長": ("係長", "Subsection Chief"), "主任": ("主任", "Supervisor"),
    "支店長": ("支店長", "Branch Manager"), "店長": ("店長", "Store Manager"), "工場長": ("工場長", "Plant Manager"),
    "所長": ("所長", "Office Director"), "室長": ("室長", "Section Head"),
    "マネージャー": ("マネージャー", "Manager"), "マネジャー": ("マネジャー", "Manager"),
}  # fmt: skip

# Ranks that stand behind a Chinese family name; 王总 is how one addresses the head of a firm.
CHINESE_RANKS = {
    "董事长": "董事长", "董事長": "董事長", "副总经理": "副总", "总经理": "总", "總經理": "總", "副总裁": "副总",
    "总裁": "总裁", "總裁": "總裁", "总监": "总监", "總監": "總監", "厂长": "厂长", "廠長": "廠長", "部长": "部长",
    "经理": "经理", "經理": "經理", "主管": "主管", "主任": "主任", "工程师": "工程师", "工程師": "工程師",
    "教授": "教授", "博士": "博士", "老师": "老师",
}  # fmt: skip

# Ranks as written in Latin letters, and the Korean ones, that stand before the name in English.
_ENGLISH_RANKS = {
    "사장": "President", "부장": "General Manager", "차장": "Deputy General Manager", "과장": "Manager",
    "대리": "Assistant Manager",
}  # fmt: skip


_KOREAN_RANKS = (
    "대표이사", "사장", "부사장", "전무", "상무", "이사", "본부장", "부장", "차장", "과장", "대리", "팀장", "실장",
)  # fmt: skip


def japanese_rank(position: str) -> str:
    """The rank to put behind the name: 購買部 課長 and Section Chief give 課長; empty when there is none."""
    for written, (rank, _) in _longest_first(JAPANESE_RANKS):
        if position.strip().endswith(written):
            return rank
    wanted = position.strip().casefold()
    return next((rank for rank, english in JAPANESE_RANKS.values() if english.casefold() == wanted), "")


def chinese_rank(position: str) -> str:
    """The rank to put behind the family name: 采购经理 gives 经理; empty when there is none."""
    return next((rank for written, rank in _longest_first(CHINESE_RANKS) if position.strip().endswith(written)), "")


def korean_rank(position: str) -> str:
    """The rank to put behind the name, with 님: 영업부 부장 gives 부장; empty when there is none."""
    return next((rank for rank in _KOREAN_RANKS if position.strip().endswith(rank)), "")


def english_rank(position: str) -> str:
    """The rank to put before the name in English; a rank already in Latin letters stays as it is."""
    text = position.strip()
    if text.isascii():
        return text
    for written, (_, english) in _longest_first(JAPANESE_RANKS):
        if text.endswith(written):
            return english
    return next((english for written, english in _ENGLISH_RANKS.items() if text.endswith(written)), "")


def _longest_first(ranks: Mapping[str, V]) -> list[tuple[str, V]]:
    return sorted(ranks.items(), key=lambda item: -len(item[0]))
