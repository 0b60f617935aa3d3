"""When two records are one contact or one customer. Pure (RP-08…RP-10, RS-39, RS-40)."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import SequenceMatcher

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


# The source of the keys under which Guanxi's own files name customers.
OWN_SOURCE = "guanxi"
OWN_KEY = re.compile(r"(\d{1,18})-([0-9a-f]{8})")


def own_key(customer_id: int, created_at: datetime) -> str:
    """How Guanxi's own files name a customer: his id, and a mark by which this workspace knows him for its own."""
    mark = hashlib.sha256(f"{customer_id} {created_at.astimezone(UTC).isoformat()}".encode()).hexdigest()[:8]
    return f"{customer_id}-{mark}"


def id_in(key: str) -> int | None:
    """The id in a text that looks like an own key."""
    match = OWN_KEY.fullmatch(key)
    return int(match.group(1)) if match else None


# Whether two customers are one (RP-10): rules that say how likely, and why.

# Words that say what kind of firm it is, not which.
LEGAL_FORMS = frozenset(
    """
    gmbh mbh ag kg ohg ug ek ev co company ltd limited llc llp inc incorporated corp corporation plc sa sas sarl srl
    spa sl bv nv oy oyj ab asa aps sro spol zoo doo kft pty pte pvt private sdn bhd kk est fze fzco jsc ooo oao the
    group holding trading
    """.split()  # noqa: SIM905
)
LEGAL_ENDINGS = ("股份有限公司", "有限责任公司", "有限公司", "集团", "公司", "株式会社", "有限会社", "㈱")
# Hosts that deliver name.surname and namesurname into one box.
DOTLESS_HOSTS = frozenset({"gmail.com", "googlemail.com"})
SAME_NAME = 0.8
PROPOSED_FROM = 60
SAME_MAILBOX, SAME_PHONE, SAME_DOMAIN = 0.95, 0.7, 0.6
OTHER_COUNTRY, OTHER_DOMAIN = 0.8, 0.9


@dataclass(frozen=True, slots=True)
class Party:
    """What is known of a customer for telling whether he is another one. `phones` are E.164, `mailboxes` by mailbox."""

    id: int
    name: str
    country: str = ""
    domain: str = ""
    mailboxes: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Likeness:
    """How likely two customers are one, 0 to 100; `reasons` are pairs of a code and what was found equal.

    Codes: same_email, same_phone, same_domain, similar_name, other_country, other_domain.
    """

    score: int
    reasons: tuple[tuple[str, str], ...]


def mailbox(email_key: str) -> str:
    """The box an address delivers to, as far as the address says: without +tag, and without dots where none count."""
    local, _, domain = email_key.rpartition("@")
    local = local.split("+")[0] or local
    if domain in DOTLESS_HOSTS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def name_key(name: str) -> str:
    """A firm's name without case, signs and legal form: "Elbwerk GmbH & Co. KG" is "elbwerk"."""
    text = unicodedata.normalize("NFKD", name).casefold()
    text = "".join(char for char in text if not unicodedata.combining(char))
    text = unicodedata.normalize("NFKC", text).replace(".", "")
    for ending in LEGAL_ENDINGS:
        text = text.replace(ending, " ")
    words = "".join(char if char.isalnum() else " " for char in text).split()
    return " ".join([word for word in words if word not in LEGAL_FORMS] or words)


def name_likeness(one: str, other: str) -> float:
    """0 to 1; names of which one begins the other, and the same words in another order, are alike."""
    first, second = name_key(one), name_key(other)
    if not first or not second:
        return 0.0
    if sorted(first.split()) == sorted(second.split()):
        return 1.0
    short, long = sorted((first, second), key=len)
    if len(short) >= 4 and long.startswith(f"{short} "):
        return 0.9
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def likeness(one: Party, other: Party) -> Likeness | None:
    """Why and how likely the two are one customer; None when nothing speaks for it."""
    doubt, reasons = 1.0, []
    if boxes := one.mailboxes & other.mailboxes:
        doubt *= 1 - SAME_MAILBOX
        reasons.append(("same_email", min(boxes)))
    if phones := one.phones & other.phones:
        doubt *= 1 - SAME_PHONE
        reasons.append(("same_phone", min(phones)))
    alike = name_likeness(one.name, other.name)
    if one.domain and one.domain == other.domain and one.domain not in SHARED_MAIL_HOSTS and alike >= SAME_NAME:
        doubt *= 1 - SAME_DOMAIN
        reasons.append(("same_domain", one.domain))
    if not reasons:
        return None
    if alike >= SAME_NAME:
        doubt *= 1 - 0.5 * alike
        reasons.append(("similar_name", f"{round(alike * 100)} %"))
    chance = 1 - doubt
    if one.country and other.country and one.country != other.country:
        chance *= OTHER_COUNTRY
        reasons.append(("other_country", f"{one.country}, {other.country}"))
    if one.domain and other.domain and one.domain != other.domain:
        chance *= OTHER_DOMAIN
        reasons.append(("other_domain", f"{one.domain}, {other.domain}"))
    return Likeness(round(chance * 100), tuple(reasons))


def comparable(address: str) -> str:
    """The form by which addresses are compared; empty for what is none."""
    try:
        return canonical_email(address)
    except BadAddress:
        return ""


def masked(address: str) -> str:
    """`lena@firm.example` as `l…@firm.example`: he knows it is his, whoever got the mail forwarded learns nothing."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}" if local else "…"
