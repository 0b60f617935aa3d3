"""Finds the customers and contacts that somebody pasted as text: e-mail addresses, names or numbers, one per line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models.functions import Lower

from guanxi.kernel.parts import in_parts
from guanxi.ledger.identity import BadAddress, canonical_email
from guanxi.ledger.models import Contact, Customer, Identity

MOST_LINES = 20_000
AT_ONCE = 500


class TooManyLines(ValueError):
    """More was pasted than fits into one list at a time."""

    def __init__(self) -> None:
        super().__init__(f"At most {MOST_LINES} lines at once; import a file, or paste it in parts.")


@dataclass(slots=True)
class Pasted:
    """Who was meant, and the lines nobody was found for."""

    contact_ids: list[int] = field(default_factory=list)
    customer_ids: list[int] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def read_paste(text: str) -> Pasted:
    """The first cell of each line that names somebody: an address a contact, a name or number a customer."""
    lines = [row for row in csv.reader(io.StringIO(text.replace("\t", ",").replace(";", ","))) if any(row)]
    if len(lines) > MOST_LINES:
        raise TooManyLines
    cells = [[cell.strip() for cell in row if cell.strip()] for row in lines]
    by_email = _contacts({key for row in cells for cell in row if (key := _email_key(cell))})
    words = {cell for row in cells for cell in row if "@" not in cell}
    by_word = _customers(words)
    found = Pasted()
    for row in cells:
        contact = next((by_email[key] for cell in row if (key := _email_key(cell)) in by_email), None)
        customer = next((by_word[cell.lower()] for cell in row if cell.lower() in by_word), None)
        if contact is not None:
            found.contact_ids.append(contact)
        elif customer is not None:
            found.customer_ids.append(customer)
        else:
            found.unknown.append(", ".join(row)[:120])
    return found


def _email_key(cell: str) -> str:
    if "@" not in cell:
        return ""
    try:
        return canonical_email(cell.strip("<> "))
    except BadAddress:
        return ""


def _contacts(keys: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in in_parts(sorted(keys), AT_ONCE):
        rows = Contact.objects.filter(email_key__in=some).values_list("email_key", "pk")
        found |= {key: pk for key, pk in rows if key}
    return found


def _customers(words: Iterable[str]) -> dict[str, int]:
    """By name or by a number that a source gave; a name that several have finds nobody."""
    found: dict[str, int] = {}
    doubtful: set[str] = set()
    for some in in_parts(sorted(words), AT_ONCE):
        lowered = [word.lower() for word in some]
        names = Customer.objects.current().alias(lower_name=Lower("name")).filter(lower_name__in=lowered)
        for name, pk in names.values_list("name", "pk"):
            if name.lower() in found:
                doubtful.add(name.lower())
            found[name.lower()] = pk
        numbers = Identity.objects.filter(kind="customer", value__in=some, customer__merged_into__isnull=True)
        for value, pk in numbers.values_list("value", "customer_id"):
            found.setdefault(value.lower(), pk)
    return {word: pk for word, pk in found.items() if word not in doubtful}
