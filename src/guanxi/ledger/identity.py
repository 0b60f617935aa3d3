"""When two records are one contact or one customer. Pure (RP-08…RP-10, RS-39, RS-40)."""

from __future__ import annotations

import unicodedata

import idna
import phonenumbers

# Mail hosts that say nothing about the firm behind an address.
SHARED_MAIL_HOSTS = frozenset(
    """
    gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com yahoo.co.jp ymail.com icloud.com
    me.com aol.com gmx.de gmx.net web.de t-online.de mail.ru yandex.ru orange.fr wanadoo.fr free.fr libero.it qq.com
    foxmail.com 163.com 126.com yeah.net sina.com sina.cn aliyun.com 139.com naver.com hanmail.net daum.net
    protonmail.com proton.me zoho.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp rediffmail.com
    """.split()  # noqa: SIM905
)

LOCAL_PART_OCTETS = 64
ADDRESS_OCTETS = 254


class BadAddress(ValueError):
    """The text is no mail address a message could be sent to; the message says what is wrong with it."""


def canonical_email(text: str) -> str:
    """The address under which a contact is found again: NFKC, lower case, domain in IDNA 2008 A-labels.

    Raises BadAddress.
    """
    address = unicodedata.normalize("NFKC", text).strip().removeprefix("mailto:")
    if any(unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp", "Cs"} for char in address):
        raise BadAddress("the e-mail address holds invisible or control characters; type it again.")
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain:
        raise BadAddress(f"{address[:80]!r} is no e-mail address; write name@example.com.")
    if local.startswith("-") or any(char in ' "<>(),;:\\[]@' for char in local):
        raise BadAddress(f"the part before @ in {address[:80]!r} has characters that cannot be mailed to.")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise BadAddress(f"the dots before @ in {address[:80]!r} are misplaced.")
    if len(local.encode()) > LOCAL_PART_OCTETS:
        raise BadAddress("the part before @ is longer than 64 octets (RFC 5321).")
    canonical = f"{local.lower()}@{canonical_domain(domain)}"
    if len(canonical.encode()) > ADDRESS_OCTETS:
        raise BadAddress("the e-mail address is longer than 254 octets (RFC 5321).")
    return canonical


def canonical_domain(text: str) -> str:
    """A host name as lower-case A-labels (IDNA 2008, never 2003: RP-09). Raises BadAddress."""
    domain = text.strip().strip(".").lower()
    try:
        ascii_domain = domain if domain.isascii() else idna.encode(domain).decode("ascii")
    except idna.IDNAError:
        raise BadAddress(f"{text[:80]!r} is no domain name.") from None
    labels = ascii_domain.split(".")
    if len(labels) < 2 or len(ascii_domain) > 253 or not all(_is_label(label) for label in labels):
        raise BadAddress(f"{text[:80]!r} is no domain name; write example.com.")
    if labels[-1].isdigit():
        raise BadAddress(f"{text[:80]!r} is a number, not a domain name.")
    return ascii_domain


def _is_label(label: str) -> bool:
    return (
        0 < len(label) <= 63
        and label[0] != "-"
        and label[-1] != "-"
        and all(char.isalnum() or char in "-_" for char in label)
    )


def firm_domain(email_key: str) -> str:
    """The domain that tells a firm from another, or nothing for a shared mail host."""
    domain = email_key.rpartition("@")[2]
    return "" if domain in SHARED_MAIL_HOSTS else domain


def canonical_phone(text: str, country: str = "") -> str:
    """E.164, e.g. +8613800138000; nothing when the number cannot be valid in `country` (ISO 3166) or anywhere."""
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
