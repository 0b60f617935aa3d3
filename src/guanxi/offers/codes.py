"""Personal codes: how one is made from its occasion, and how a written one is read. Pure."""

from __future__ import annotations

import re

from guanxi.kernel.signing import blind

# Nobody should wonder whether it is a zero or an O, a one, an I or an L; and no words come about without vowels.
LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"
LENGTH = 10
LONGEST = 40
_AROUND = re.compile(r"[\s\u200b\u2060\ufeff]+")


def code_for(secret: str, key: str, prefix: str) -> str:
    """The code of an occasion: the same each time, and 48 bits hard to guess without the installation's secret."""
    number = int(blind(secret, "offer", key), 16)
    drawn = []
    for _ in range(LENGTH):
        number, place = divmod(number, len(LETTERS))
        drawn.append(LETTERS[place])
    return f"{prefix}-{''.join(drawn)}"


def as_stated(text: str) -> str:
    """A code as somebody typed it: in capitals, without spaces, any dash a hyphen; nothing when it can be none."""
    found = _AROUND.sub("", text).upper()
    found = re.sub("[\u2010-\u2015\u2212\uff0d]", "-", found)
    return found if len(found) <= LONGEST else ""


def stated_in(text: str) -> list[str]:
    """The codes of a cell that may hold several, each once, in order; WooCommerce writes `code:A|amount:5`."""
    parts = [each.strip() for each in re.split(r"[,;|\uff0c\uff1b\n]", text)]
    told = [each.removeprefix("code:") for each in parts if not each.startswith("amount:")]
    return list(dict.fromkeys(filter(None, map(as_stated, told))))
