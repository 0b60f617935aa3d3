"""The ways in which a person can be reached. Mail is sent from here; every other way is worked by a person of the firm,
by a link or a task, and nothing is ever taken for sent (X-17, CN-55). Pure.

None of them inherits a permission from another.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

EMAIL, PHONE = "email", "phone"
SHORTEST_NUMBER = 7
LINKEDIN_HOST = re.compile(r"(?:[a-z]{2,3}\.)?linkedin\.com", re.IGNORECASE)
HANDLE = re.compile(r"@?[\w.~+-]{2,80}")


class BadChannel(ValueError):
    """There is no such way to reach a person."""


class BadReach(ValueError):
    """That leads to nobody by this way: a number needs its digits, a name stands without spaces."""


@dataclass(frozen=True, slots=True)
class Channel:
    """`kept` reads what somebody typed in, or nothing; `link` is what a browser opens, empty where there is none."""

    key: str
    kept: Callable[[str], str]
    link: Callable[[str], str]


def _number(text: str) -> str:
    """`+49 40 123-45` as +494012345, a leading 00 as plus."""
    digits = re.sub(r"\D", "", text)
    if not re.fullmatch(r"[+0-9()\s./-]+", text) or len(digits) < SHORTEST_NUMBER:
        return ""
    is_abroad = text.lstrip().startswith("+") or digits.startswith("00")
    return f"+{digits.removeprefix('00')}" if is_abroad else digits


def _handle(text: str) -> str:
    return text.lstrip("@") if HANDLE.fullmatch(text) else ""


def _linkedin(text: str) -> str:
    """A page there by its address, or a name in it; no other site."""
    if "/" not in text:
        return f"https://www.linkedin.com/in/{quote(text)}" if HANDLE.fullmatch(text) else ""
    parts = urlsplit(text if "//" in text else f"https://{text}")
    is_there = parts.scheme == "https" and LINKEDIN_HOST.fullmatch(parts.netloc) and parts.path.strip("/")
    return f"https://{parts.netloc.lower()}{parts.path}" if is_there else ""


def _line(text: str) -> str:
    return text


def _whatsapp(number: str) -> str:
    """wa.me takes numbers with their country alone."""
    return f"https://wa.me/{number[1:]}" if number.startswith("+") else ""


def _telephone(text: str) -> str:
    number = _number(text)
    return f"tel:{number}" if number else ""


def _no_link(_: str) -> str:
    return ""


CHANNELS: dict[str, Channel] = {
    each.key: each
    for each in (
        Channel(EMAIL, _line, lambda address: f"mailto:{quote(address, safe='@')}"),
        Channel(PHONE, _line, _telephone),
        Channel("sms", _number, lambda number: f"sms:{number}"),
        Channel("whatsapp", _number, _whatsapp),
        Channel("wechat", _handle, _no_link),
        Channel("linkedin", _linkedin, lambda page: page),
        Channel("line", _handle, lambda name: f"https://line.me/R/ti/p/~{quote(name)}"),
        Channel("telegram", _handle, lambda name: f"https://t.me/{quote(name)}"),
        Channel("kakaotalk", _handle, _no_link),
        Channel("post", _line, _no_link),
    )
}
# Their addresses stand with the contact itself.
WITH_CONTACT = (EMAIL, PHONE)


def channel_of(key: str) -> Channel:
    """Raises BadChannel."""
    try:
        return CHANNELS[key]
    except KeyError:
        raise BadChannel(key) from None


def read_address(channel: str, text: str) -> str:
    """What is kept of a number, name or page that somebody typed in. Raises BadChannel, BadReach."""
    kept = channel_of(channel).kept(" ".join(text.split()))
    if not kept:
        raise BadReach(channel)
    return kept[:200]
