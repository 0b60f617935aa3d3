"""Who was erased, in a file beside the database, so that it can be done again after an older backup was restored.

The file holds fingerprints only. A line is on disk before the erasure is committed: at worst somebody who asked for it
is erased a second time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from guanxi.kernel import keys, signing
from guanxi.ledger.models import Contact

NAME = "erasures.jsonl"


@dataclass(frozen=True, slots=True)
class Line:
    row_key: str
    address_keys: tuple[str, ...]
    takes_customer: bool
    reason: str
    at: str


def path() -> Path:
    return Path(settings.GUANXI_DATA) / NAME


def row_key(contact_id: int, created_at: datetime) -> str:
    """The fingerprint of a row: an id alone may be given to another person after a restore."""
    return signing.blind(keys.ring().pepper, "erasure", f"{contact_id}|{created_at.isoformat()}")


def append(line: Line) -> None:
    """Durable when this returns."""
    text = json.dumps(asdict(line), sort_keys=True) + "\n"
    handle = os.open(path(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, text.encode("ascii"))
        os.fsync(handle)
    finally:
        os.close(handle)


def lines(file: Path | None = None) -> Iterator[Line]:
    """What was written down; a last line that a power cut has torn is passed over."""
    try:
        text = (file or path()).read_text(encoding="ascii")
    except FileNotFoundError:
        return
    for each in text.splitlines():
        try:
            found = json.loads(each)
            yield Line(**found | {"address_keys": tuple(found["address_keys"])})
        except (ValueError, TypeError, KeyError):
            continue


def still_here(file: Path | None = None) -> Iterator[tuple[Line, Contact]]:
    """Contacts that stand here again although they were erased."""
    by_row: dict[str, Line] = {}
    by_address: dict[str, Line] = {}
    for line in lines(file):
        by_row[line.row_key] = line
        by_address.update(dict.fromkeys(line.address_keys, line))
    if not by_row:
        return
    from guanxi.consent.queries import address_key

    for contact in Contact.objects.select_related("customer").order_by("pk").iterator(chunk_size=2000):
        found = by_row.get(row_key(contact.pk, contact.created_at))
        if found is None and contact.email_key and by_address:
            found = by_address.get(address_key(contact.email_key))
            # Whoever came back by himself after his erasure stays.
            if found is not None and contact.created_at.isoformat() > found.at:
                found = None
        if found is not None:
            yield found, contact
