"""The unit behind a heading: "Amount (USD)", "金额（万元）", "Sales EUR". Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

IN_BRACKETS = re.compile(r"^(?P<bare>.*\S)\s*[(\[【](?P<unit>[^()\[\]【】]{1,15})[)\]】]$")
BEHIND = re.compile(r"^(?P<bare>.*[^\s_/,-])(?:[\s_/,-]+(?:in\s+)?|(?<=[^\x00-\x7f]))(?P<unit>[A-Z]{3})$")
# Where Latin letters meet Chinese or Japanese ones.
TWO_SCRIPTS = re.compile(r"(?<=[\u3040-\u9fff)])[\s/|]*(?=[A-Za-z])|(?<=[A-Za-z.)])[\s/|]*(?=[\u3040-\u9fff])")
# Longest first.
SIZES = {
    "百万": 10**6, "million": 10**6, "mio": 10**6, "thousand": 1_000, "萬": 10_000, "亿": 10**8, "億": 10**8,
    "万": 10_000, "千": 1_000,
}  # fmt: skip


@lru_cache(maxsize=4_000)
def split(heading: str) -> tuple[str, str]:
    """The heading without its unit, and the unit; a word behind a heading is one only when it names a currency."""
    from guanxi.kernel.places import currency_code

    text = " ".join(unicodedata.normalize("NFKC", heading).split())
    if found := IN_BRACKETS.match(text):
        return found["bare"], found["unit"].strip()
    found = BEHIND.match(text)
    return (found["bare"], found["unit"]) if found and currency_code(found["unit"]) else (heading, "")


def languages(heading: str) -> list[str]:
    """The parts of a heading that is written in two scripts, "Order Date 下单日期"; nothing for any other."""
    parts = TWO_SCRIPTS.split(" ".join(unicodedata.normalize("NFKC", heading).split()))
    return parts if len(parts) > 1 else []


def currency_of(heading: str) -> str:
    """The currency that the unit names; empty without any."""
    from guanxi.kernel.places import currency_code

    for part in [heading, *languages(heading)]:
        if (unit := _without_size(split(part)[1])) and (code := currency_code(unit)):
            return code
    return ""


def factor_of(heading: str) -> int:
    """How much one of the column's numbers stands for: 10,000 under "金额（万元）"."""
    unit = split(heading)[1].casefold()
    return next((factor for word, factor in SIZES.items() if unit.startswith(word)), 1)


def _without_size(unit: str) -> str:
    for word in SIZES:
        if unit.casefold().startswith(word):
            return unit[len(word) :].strip()
    return unit
