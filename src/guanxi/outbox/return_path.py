"""Addresses that name one message by themselves: where its bounce goes, and where an unsubscribe mail goes (RP-25).

The local part is `b-` or `u-`, the message in base 36 and 128 bits of a keyed tag in base 32, in lower case since some
servers change the case: at most 44 of the 64 octets a local part may have (RP-10). Behind a mailbox of the firm's it
stands after a plus sign.
"""

from __future__ import annotations

import hmac
import re

from django.conf import settings

from guanxi.kernel import signing
from guanxi.outbox.models import Message

BOUNCE, UNSUBSCRIBE = "b", "u"
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"  # of base32
PAIRS = tuple(first + second for first in LETTERS for second in LETTERS)
LONGEST_SUBJECT = 200
SUBJECT = re.compile(r"\bunsubscribe-(u-[0-9a-z]{1,13}-[a-z2-7]{26})\b")
TOKEN = re.compile(r"(?:.{0,19}\+)?(?P<purpose>[bu])-(?P<number>[0-9a-z]{1,13})-(?P<tag>[a-z2-7]{26})")


def return_path(message: Message, *, domain: str) -> str:
    """Where the bounce of `message` goes; `domain` is a domain, or a mailbox that takes addresses with a plus sign."""
    return _address(BOUNCE, message.pk, domain)


def unsubscribe_mailbox(message: Message, *, domain: str) -> str:
    """Where a reader's mail program sends the unsubscribe mail for `message`."""
    return _address(UNSUBSCRIBE, message.pk, domain)


def unsubscribe_subject(message: Message) -> str:
    """The subject of that mail where it goes to a plain mailbox of the firm's."""
    return f"unsubscribe-{_token(UNSUBSCRIBE, message.pk)}"


def message_of(address: str) -> int | None:
    """The message whose bounce comes to `address`; None when the address is not ours or forged."""
    return _number(BOUNCE, address)


def unsubscribe_of(address: str) -> int | None:
    """The message whose reader unsubscribes by a mail to `address`; None when the address is not ours or forged."""
    return _number(UNSUBSCRIBE, address)


def unsubscribed_in(subject: str) -> int | None:
    """The message whose reader unsubscribes by a mail with this subject; None when it is none, or forged."""
    named = SUBJECT.search(subject[:LONGEST_SUBJECT].lower())
    return unsubscribe_of(f"{named[1]}@") if named else None


def _token(purpose: str, number: int) -> str:
    return f"{purpose}-{_base36(number)}-{_tag(purpose, number)}"


def _address(purpose: str, number: int, domain: str) -> str:
    mailbox, _, host = domain.rpartition("@")
    token = _token(purpose, number)
    return f"{mailbox}+{token}@{host}" if mailbox else f"{token}@{host}"


def _number(purpose: str, address: str) -> int | None:
    found = TOKEN.fullmatch(address.strip().strip("<>").rpartition("@")[0].lower())
    if found is None or found["purpose"] != purpose:
        return None
    number = int(found["number"], 36)
    is_ours = hmac.compare_digest(found["tag"], _tag(purpose, number)) and _base36(number) == found["number"]
    return number if is_ours else None


def _tag(purpose: str, number: int) -> str:
    # With two bits of filling, as base32 writes 16 bytes in 26 letters.
    bits = int.from_bytes(signing.tag(settings.SECRET_KEY, f"return-path/{purpose}", str(number)), "big") << 2
    return "".join([PAIRS[bits >> shift & 1023] for shift in range(120, -1, -10)])


def _base36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text or "0"
