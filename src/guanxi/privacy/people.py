"""Who is to be shown or forgotten: the rows that are the person, and the texts by which he is found elsewhere.

`marks` belong to one person in the world (addresses, ids a shop gave him; his whole name and his telephone while nobody
else here has them) and are looked for everywhere. `words` (the same when somebody shares them, streets) are looked for
only where a row is his firm's or nobody's.
`at_home` (the family name alone) is looked for only in rows of his firm. `sought` is what a search for leftovers looks
for: all but "Ms Petersen" and the like, which many are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import phonenumbers
from django.db.models import Q

from guanxi.consent.models import AddressChange
from guanxi.intake.fields import PERSONAL
from guanxi.ledger import identity
from guanxi.ledger.models import Contact, Customer, Event, Identity
from guanxi.staff.models import User

TITLES = (
    "Mr", "Mr.", "Mrs", "Mrs.", "Ms", "Ms.", "Miss", "Dr", "Dr.", "Herr", "Herrn", "Frau", "Herr Dr.", "Frau Dr.", "M.",
    "Mme", "Monsieur", "Madame", "Señor", "Señora", "Sr.", "Sra.", "Signor", "Signora",
)  # fmt: skip
TITLES_BEHIND = ("様", "さん", "氏", "先生", "女士", "小姐", "经理", "总", "님", "씨", "課長", "部長", "社長")
SHORTEST_PHONE = 7
SHORTEST_WORD = 5
CJK = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Person:
    contact_ids: tuple[int, ...]
    customer_ids: tuple[int, ...]
    marks: tuple[str, ...]
    words: tuple[str, ...]
    sought: tuple[str, ...]
    name: str = ""
    email_keys: tuple[str, ...] = field(default=())
    takes_customer: bool = False
    at_home: tuple[str, ...] = field(default=())

    @property
    def texts(self) -> tuple[str, ...]:
        return self.marks + self.words


class NobodyFound(Exception):
    """No contact has this number or address."""


def contact_of(who: str) -> Contact:
    """The contact with this id or address. Raises NobodyFound."""
    found = Contact.objects.select_related("customer")
    if who.isdigit():
        contact = found.filter(pk=int(who)).first()
    else:
        try:
            contact = found.filter(email_key=identity.canonical_email(who)).first()
        except identity.BadAddress:
            contact = None
    if contact is None:
        raise NobodyFound
    return contact


def person_of(contact: Contact, *, takes_customer: bool | None = None) -> Person:
    """The contact as a person; `takes_customer`: the customer is he himself (by default when it bears his name)."""
    customer = contact.customer
    names = tuple(dict.fromkeys(_names(contact)))
    takes = is_sole_trader(contact) if takes_customer is None else takes_customer
    customers = _with_merged(customer)
    phones = tuple(_phones(contact.phone, contact))
    former, other = _further_addresses(contact)
    marks = [contact.email, contact.email_key or "", *former, *other, *_visitors(contact), *_given_ids(contact, takes)]
    marks += [] if _has_namesake(contact, names, customers) else filter(_is_long_name, names)
    marks += [] if Contact.objects.filter(phone__in=phones).exclude(pk=contact.pk).exists() else phones
    titled = set(_titled(contact))
    words = [*names, *titled, *phones, *_kept_texts(contact.fields, contact)]
    if takes:
        for each in customers:
            words += [each.name, each.address, *each.address.splitlines(), *_kept_texts(each.fields, contact)]
    return Person(
        contact_ids=(contact.pk,), customer_ids=tuple(each.pk for each in customers),
        marks=_distinct(marks, SHORTEST_WORD), words=_distinct(words, 2),
        sought=_distinct([*marks, *(word for word in words if word not in titled)], 2), name=names[0] if names else "",
        email_keys=tuple(dict.fromkeys(filter(None, [contact.email_key, *map(identity.comparable, former)]))),
        takes_customer=takes,
        at_home=_distinct(_family_alone(contact, customers), SHORTEST_WORD),
    )  # fmt: skip


def is_sole_trader(contact: Contact) -> bool:
    """Whether the customer is the person himself: it bears his name, or is a private buyer with him alone."""
    customer = contact.customer
    names = {_plain(name) for name in _names(contact)} | {_plain(contact.email)}
    if _plain(customer.name) in names - {""}:
        return True
    return customer.kind == "b2c" and not customer.contacts.exclude(pk=contact.pk).exists()


def _names(contact: Contact) -> Iterator[str]:
    given, family = contact.given_name.strip(), contact.family_name.strip()
    if _is_name(contact.full_name):
        yield contact.full_name.strip()
    if given and family:
        yield from (f"{given} {family}", f"{family} {given}", f"{family}, {given}")
        if CJK.search(family + given):
            yield from (family + given, given + family)


def _has_namesake(contact: Contact, names: Collection[str], customers: Iterable[Customer]) -> bool:
    """Whether somebody else here bears the name: another contact, another customer, one of our own people."""
    given, family = contact.given_name.strip(), contact.family_name.strip()
    bears = Q(given_name__iexact=given, family_name__iexact=family) if given and family else Q(pk=None)
    named, ours = Q(), Q()
    for name in names:
        bears |= Q(full_name__iexact=name)
        named |= Q(name__icontains=name)
        ours |= Q(name__iexact=name)
    if not names:
        return True
    return (
        Contact.objects.filter(bears).exclude(pk=contact.pk).exists()
        or Customer.objects.filter(named).exclude(pk__in=[each.pk for each in customers]).exists()
        or User.objects.filter(ours).exists()
    )


def _is_long_name(name: str) -> bool:
    """Two Chinese characters stand in many another word."""
    return len(CJK.findall(name)) not in (1, 2)


def _titled(contact: Contact) -> Iterator[str]:
    family = contact.family_name.strip()
    if family and CJK.search(family):
        yield from (family + title for title in (*TITLES_BEHIND, contact.honorific, contact.position) if title)
    elif len(family) > 1:
        yield from (f"{title} {family}" for title in (*TITLES, contact.honorific) if title)


def _family_alone(contact: Contact, customers: Iterable[Customer]) -> Iterator[str]:
    """The family name, unless the firm or a colleague bears it as well."""
    family = contact.family_name.strip()
    colleagues = Contact.objects.filter(customer__in=customers).exclude(pk=contact.pk)
    names = [*(each.name for each in customers), *colleagues.values_list("family_name", flat=True)]
    names += colleagues.values_list("full_name", flat=True)
    if family and not any(_plain(family) in _plain(name) for name in names):
        yield family


def _is_name(text: str) -> bool:
    """More than one word, or two Chinese characters: a first name alone is half the world's."""
    return len(text.split()) > 1 or len(CJK.findall(text)) > 1


def _phones(text: str, contact: Contact) -> Iterator[str]:
    """A number as written, as digits, and as books print it."""
    digits = re.sub(r"\D", "", text)
    if len(digits) < SHORTEST_PHONE:
        return
    yield from (text.strip(), digits)
    try:
        number = phonenumbers.parse(text, contact.country or contact.customer.country or None)
    except phonenumbers.NumberParseException:
        return
    formats = phonenumbers.PhoneNumberFormat
    for form in (formats.E164, formats.INTERNATIONAL, formats.NATIONAL):
        written = phonenumbers.format_number(number, form)
        yield from (written, re.sub(r"\D", "", written))


def _kept_texts(fields: Any, contact: Contact) -> Iterator[str]:
    """What an import kept under headings that speak of a person."""
    for heading, value in fields.items() if isinstance(fields, dict) else ():
        text = str(value).strip()
        if "@" in text or any(part in str(heading).lower() for part in PERSONAL):
            yield text
            if len(re.sub(r"\D", "", text)) >= SHORTEST_PHONE:
                yield from _phones(text, contact)


def _further_addresses(contact: Contact) -> tuple[list[str], list[str]]:
    """Those he had before, and those he gave and never confirmed; none that is somebody else's by now."""
    former, other = [], []
    changes = AddressChange.objects.filter(contact=contact).values_list("old_address", "new_address", "state")
    for old, new, state in changes:
        if state == "confirmed":
            former += [old, new]
        else:
            other.append(new)
    keys = {each: identity.comparable(each) for each in (*former, *other)}
    others = Contact.objects.filter(email_key__in=set(keys.values())).exclude(pk=contact.pk)
    taken = set(others.values_list("email_key", flat=True))

    def his(addresses: list[str]) -> list[str]:
        """Each as he wrote it and as it is compared."""
        return [text for each in addresses if keys[each] not in taken for text in (each, keys[each]) if text]

    return his(former), his(other)


def _visitors(contact: Contact) -> Iterable[str]:
    seen = Event.objects.filter(contact=contact).exclude(anonymous_id="").order_by()
    return seen.values_list("anonymous_id", flat=True).distinct()


def _given_ids(contact: Contact, takes_customer: bool) -> Iterable[str]:
    rows = Identity.objects.filter(contact=contact)
    if takes_customer:
        rows = rows | Identity.objects.filter(customer=contact.customer)
    return [value for value in rows.values_list("value", flat=True) if _tells_one(value)]


def _tells_one(value: str) -> bool:
    """Whether an id of another system is long enough not to be an amount or a year."""
    return len(value) >= (10 if value.isdigit() else 8)


def _with_merged(customer: Customer) -> list[Customer]:
    """The customer and those merged into it, however often."""
    found, latest = [customer], [customer.pk]
    while latest:
        rows = list(Customer.objects.filter(merged_into__in=latest).exclude(pk__in=[each.pk for each in found]))
        found, latest = found + rows, [each.pk for each in rows]
    return found


def _distinct(texts: Iterable[str], shortest: int) -> tuple[str, ...]:
    """Each once, the longest first; what is too short to be anybody's is left out."""
    kept = {" ".join(text.split()) for text in texts} | {text.strip() for text in texts}
    long = {text for text in kept if len(text) >= (2 if CJK.search(text) else max(shortest, 4))}
    return tuple(sorted(long, key=lambda text: (-len(text), text)))


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
