"""A mail as bytes, written by hand: RFC 5322, 2045–2047, 2369, 8058. Pure.

The standard library's EmailMessage takes milliseconds a mail and encodes international addresses wrongly
(reliability findings 5 and 7); a mail here is two encoded parts and a dozen headers.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from guanxi.kernel.fixed import Fixed
from guanxi.transports.addresses import needs_smtputf8, wire_address
from guanxi.transports.base import Smooth

CRLF = "\r\n"
LINE_AIM, LINE_LIMIT = 76, 998
# What may stand in no header value (RS-39), and what may stand in no body.
HEADER_BREAKERS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
BODY_CONTROLS = bytes((*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F))
BEYOND_ASCII = bytes(range(127, 256))
# How one long line is cut: none begins with a dot, none ends within `=3D`.
LINES = re.compile(r".{1,75}(?<!=)(?<!=3)(?!\.)").findall
# Dots that begin a line, and how many of them fit into one when each is spelled out.
FIRST_DOTS = re.compile(r"^\.+", re.MULTILINE)
DOTS_PER_LINE = 25
PLAIN_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
# Bytes of text per encoded word: 75 characters less `=?utf-8?B?` and `?=`, in whole base64 quartets (RFC 2047 2).
WORD_BYTES = (75 - 12) // 4 * 3
# `=_` occurs neither in quoted-printable nor in base64, so no body can contain this (RFC 2045 6.7, hint 5).
BOUNDARY = "=_guanxi_parts"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class BadHeader(ValueError):
    """A header value holds a line break or a control character."""


class Mailbox(NamedTuple):
    """A display name and an address."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """What a mail says. `unsubscribe_url` (https or http) makes it a list mail with one-click (RP-01).

    `text` and `html` may come in parts, of which those that are `Fixed` are encoded once for all mails.
    """

    sender: Mailbox
    recipient: Mailbox
    subject: str
    text: str | Sequence[str]
    message_id: str
    date: datetime
    html: str | Sequence[str] = ""
    reply_to: Mailbox | None = None
    language: str = ""
    unsubscribe_url: str = ""
    unsubscribe_mailto: str = ""
    list_id: str = ""
    is_automatic: bool = True
    extra: tuple[tuple[str, str], ...] = field(default=())

    @property
    def needs_smtputf8(self) -> bool:
        boxes = [box.address for box in (self.sender, self.recipient, self.reply_to) if box]
        # Most addresses are ASCII throughout, domains included.
        return not "".join(boxes).isascii() and any(map(needs_smtputf8, boxes))


def compose(mail: Mail) -> Smooth:
    """The whole message; raises BadHeader or addresses.BadAddress."""
    lines = [*_headers(mail), "MIME-Version: 1.0"]
    if mail.html:
        lines.append(f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"')
        lines += ["", f"--{BOUNDARY}", *_part("plain", mail.text)]
        lines += [f"--{BOUNDARY}", *_part("html", mail.html), f"--{BOUNDARY}--", ""]
    else:
        lines += _part("plain", mail.text)
    return Smooth(CRLF.join(lines).encode("utf-8" if mail.needs_smtputf8 else "ascii"))


def _headers(mail: Mail) -> Iterator[str]:
    yield f"Date: {rfc_date(mail.date)}"
    yield _known_addressed("From", mail.sender)
    yield _addressed("To", mail.recipient)
    if mail.reply_to:
        yield _known_addressed("Reply-To", mail.reply_to)
    yield header("Subject", mail.subject)
    yield f"Message-ID: {_clean(mail.message_id)}"
    if mail.language:
        yield f"Content-Language: {_clean(mail.language)}"
    if mail.unsubscribe_url:
        targets = [mail.unsubscribe_url, *([mail.unsubscribe_mailto] if mail.unsubscribe_mailto else [])]
        yield "List-Unsubscribe: " + f",{CRLF} ".join(f"<{_clean(target)}>" for target in targets)
        yield "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
    if mail.list_id:
        yield f"List-Id: <{_clean(mail.list_id)}>"
    if mail.is_automatic:
        yield "Auto-Submitted: auto-generated"
    for name, value in mail.extra:
        yield header(name, value)


def header(name: str, value: str) -> str:
    """One unstructured header, folded; encoded words where the text is not plain ASCII. Raises BadHeader."""
    words = [word for word in _clean(value).split(" ") if word]
    value = " ".join(words)
    if value.isascii() and "=?" not in value and max(map(len, words), default=0) <= LINE_AIM - 2:
        return _folded(f"{name}:", words)
    return _folded(f"{name}:", encoded_words(value, first=WORD_BYTES - len(name) // 4 * 3 - 3))


def encoded_words(text: str, *, first: int = WORD_BYTES) -> list[str]:
    """RFC 2047 words of at most 75 characters; no character is split over two of them (RP-07)."""
    words, chunk, room = [], b"", first
    for char in text:
        octets = char.encode()
        if len(chunk) + len(octets) > room:
            words.append(chunk)
            chunk, room = b"", WORD_BYTES
        chunk += octets
    words.append(chunk)
    return [f"=?utf-8?B?{binascii.b2a_base64(word, newline=False).decode('ascii')}?=" for word in words]


@lru_cache(maxsize=256)
def rfc_date(moment: datetime) -> str:
    """RFC 5322 3.3, always in UTC and in English whatever the locale."""
    utc = moment.astimezone(UTC)
    return f"{DAYS[utc.weekday()]}, {utc.day:02d} {MONTHS[utc.month - 1]} {utc.year} {utc:%H:%M:%S} +0000"


def _addressed(name: str, box: Mailbox) -> str:
    address = wire_address(_clean(box.address))
    phrase = " ".join(_clean(box.name).split())
    if not phrase:
        return f"{name}: {address}"
    if PLAIN_PHRASE.fullmatch(phrase) and "=?" not in phrase:
        words = phrase.split(" ")
    elif phrase.isascii() and "=?" not in phrase and len(phrase) < LINE_AIM - 20:
        words = ['"' + re.sub(r'(["\\])', r"\\\1", phrase) + '"']
    else:
        words = encoded_words(phrase, first=WORD_BYTES - 9)
    return _folded(f"{name}:", [*words, f"<{address}>"])


# Many mails have one sender.
_known_addressed = lru_cache(maxsize=256)(_addressed)


def _folded(start: str, words: Iterable[str]) -> str:
    lines, current = [], start
    for word in words:
        if len(current) + 1 + len(word) > LINE_AIM and current != start:
            lines.append(current)
            current = ""
        current += f" {word}"
    return CRLF.join([*lines, current])


def _clean(value: str) -> str:
    if HEADER_BREAKERS.search(value):
        raise BadHeader(f"A header value holds a line break or control character: {value[:60]!r}.")
    return value


def _part(subtype: str, text: str | Sequence[str]) -> tuple[str, ...]:
    """Headers and encoded body: quoted-printable for mostly Latin text, base64 for the rest."""
    octets, beyond, quoted = 0, 0, list[str]()
    for part in [f"{text}\n"] if isinstance(text, str) else text:
        length, wide, encoded = _known_stretch(part) if type(part) is Fixed else _stretch(part)
        octets += length
        beyond += wide
        quoted.append(encoded)
    if 6 * beyond < octets:
        body = "".join(quoted).rstrip(CRLF)
        # A soft line break is the only equals sign that ends a line.
        encoding, encoded = "quoted-printable", body + (CRLF * 2 if body[-1:] == "=" else CRLF)
    else:
        whole = _octets(text if isinstance(text, str) else "".join(text)).rstrip(b"\r\n") + b"\r\n"
        encoding, encoded = "base64", _base64_lines(whole)
    content = f"Content-Type: text/{subtype}; charset=utf-8"
    return (content, f"Content-Transfer-Encoding: {encoding}", "", encoded)


# A part of a body: its octets, how many of them are beyond ASCII, and its quoted-printable form. A soft line break ends
# what ends within a line, so that each is encoded from the beginning of a line.
Stretch = tuple[int, int, str]


def _stretch(text: str) -> Stretch:
    if text and text[0] != "." and text.isascii() and text.isprintable():
        spelled = text.replace("=", "=3D")
        if len(spelled) < LINE_AIM:
            return len(text), 0, f"{spelled}={CRLF}"
        if ".." not in text:
            return len(text), 0, f"={CRLF}".join([*LINES(spelled), ""])
    octets = _octets(text)
    beyond = 0 if octets.isascii() else len(octets) - len(octets.translate(None, BEYOND_ASCII))
    # b2a_qp breaks long lines with the line end it finds in the text, and one character keeps the soft break's place.
    quoted = binascii.b2a_qp(octets + b"x\r\n", istext=True)[:-3].decode("ascii")
    if quoted[:1] == "." or "\n." in quoted:
        quoted = FIRST_DOTS.sub(_spelled, quoted)
    return len(octets), beyond, quoted if quoted.endswith(CRLF) or not quoted else f"{quoted}={CRLF}"


def _spelled(dots: re.Match[str]) -> str:
    """On lines of their own, since what follows may fill its line."""
    lines = [dots[0][at : at + DOTS_PER_LINE] for at in range(0, len(dots[0]), DOTS_PER_LINE)]
    spelled = f"={CRLF}".join(lines).replace(".", "=2E")
    return spelled if dots.string.startswith(CRLF, dots.end()) else f"{spelled}={CRLF}"


_known_stretch = lru_cache(maxsize=4096)(_stretch)


def _octets(text: str) -> bytes:
    lines = text.replace(CRLF, "\n").replace("\r", "\n").replace("\n", CRLF)
    return lines.encode("utf-8", "replace").translate(None, BODY_CONTROLS)


def _base64_lines(body: bytes) -> str:
    text = binascii.b2a_base64(body, newline=False).decode("ascii")
    return CRLF.join(text[start : start + LINE_AIM] for start in range(0, len(text), LINE_AIM)) + CRLF
