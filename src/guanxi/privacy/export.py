"""Everything the house knows of one person, as he may ask for it (GDPR 15, 20; RL-08): JSON, and a CSV per table.

The registry tells which tables there are and what they hold; the keys lead to his rows, and in tables without one he is
searched for by his marks.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import models
from django.utils import translation
from django.utils.translation import gettext as _

from guanxi.consent import queries as consent_queries
from guanxi.consent.models import Suppression
from guanxi.firm.queries import the_firm
from guanxi.intake.values import guarded
from guanxi.kernel.sealed_field import SealedTextField
from guanxi.ledger.models import Contact, Customer
from guanxi.privacy import columns
from guanxi.privacy.paths import Model, of_person, told_models
from guanxi.privacy.people import Person, person_of
from guanxi.privacy.registry import Entry, Fate
from guanxi.privacy.scrubbing import text_fields
from guanxi.privacy.shapes import texts_of
from guanxi.staff import actions as staff_actions
from guanxi.staff.models import User

LEFT_OUT = (Fate.HOUSE, Fate.STAFF)
# Sessions of staff, and fingerprints of others.
NOT_HIS = {"sessions.Session", "privacy.Erasure", "privacy.Breach", "privacy.Assessment"}


def export_person(
    *, contact: Contact, now: datetime, actor: User | None = None, via: str = "console", language: str = "en"
) -> bytes:
    """The ZIP file: README.txt, person.json and a CSV per table. Leaves a line in the audit trail."""
    with translation.override(language):
        person = person_of(contact)
        tables = list(_tables(contact, person))
        content = _zip(contact, tables, now)
    _put_on_record(contact, tables, now, actor, via)
    return content


def as_document(contact: Contact, now: datetime, *, via: str = "command") -> dict[str, Any]:
    """The same as one JSON document, with the same line in the audit trail."""
    tables = list(_tables(contact, person_of(contact)))
    _put_on_record(contact, tables, now, None, via)
    return _document(contact, tables, now)


def _put_on_record(
    contact: Contact, tables: Sequence[Mapping[str, Any]], now: datetime, actor: User | None, via: str
) -> None:
    """Who took out what of whom (RL-12)."""
    staff_actions.append_audit(
        actor=actor, act="person.exported", now=now, object_kind="contact", object_id=contact.pk,
        details={"tables": len(tables), "rows": sum(len(table["rows"]) for table in tables), "via": via},
    )  # fmt: skip


def _tables(contact: Contact, person: Person) -> Iterator[dict[str, Any]]:
    for model, entry in told_models():
        if entry.fate in LEFT_OUT or entry.model in NOT_HIS:
            continue
        rows = _rows(model, entry, contact, person)
        if rows:
            fields = [field for field in model._meta.local_concrete_fields if not _is_secret(field)]
            yield {
                "table": entry.model, "holds": str(entry.holds), "fate": entry.fate.value,
                "columns": {field.attname: str(field.help_text) for field in fields},
                "rows": [{field.attname: _plain(getattr(row, field.attname)) for field in fields} for row in rows],
            }  # fmt: skip


def _rows(model: Model, entry: Entry, contact: Contact, person: Person) -> list[Any]:
    if model is Customer:
        return list(Customer.objects.filter(pk=contact.customer_id))
    if model is Suppression:
        key = consent_queries.address_key(contact.email_key or "")
        return list(Suppression.objects.filter(models.Q(contact=contact) | models.Q(address_key=key)))
    found = model._base_manager.filter(of_person(model, person)).order_by("pk")
    rows = {row.pk: row for row in found}
    if entry.fate is Fate.DROPPED or not rows:
        rows |= {row.pk: row for row in _mentioning(model, person)}
    return [rows[key] for key in sorted(rows)]


def _mentioning(model: Model, person: Person) -> Iterator[Any]:
    """Rows of a table that hold an address of his, or a number a shop gave him."""
    names = [str(field.column) for field in text_fields(model) if not isinstance(field, SealedTextField)]
    shapes = columns.essential(shape for mark in person.marks for shape in texts_of(mark))
    if names and shapes:
        keys = columns.keys(model._meta.db_table, str(model._meta.pk.column), names, shapes)
        yield from model._base_manager.filter(pk__in=keys)


def _is_secret(field: Any) -> bool:
    return isinstance(field, SealedTextField) and field.is_secret


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode("ascii")
    return value if value is None or isinstance(value, bool | int | float | str | list | dict) else str(value)


def _document(contact: Contact, tables: Sequence[dict[str, Any]], now: datetime) -> dict[str, Any]:
    return {
        "about": str(contact), "made_at": now.isoformat(), "by": the_firm().name,
        "what_this_is": _("Everything this firm's customer system knows of you, table by table."),
        "tables": list(tables),
    }  # fmt: skip


def _zip(contact: Contact, tables: Sequence[dict[str, Any]], now: datetime) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        document = json.dumps(_document(contact, tables, now), ensure_ascii=False, indent=1)
        archive.writestr("README.txt", _readme(contact, tables, now))
        archive.writestr("person.json", document)
        for table in tables:
            archive.writestr(f"{table['table'].lower()}.csv", _csv(table))
    return file.getvalue()


def _readme(contact: Contact, tables: Sequence[dict[str, Any]], now: datetime) -> str:
    lines = [
        _("Everything %(firm)s knows of %(person)s, as of %(day)s.")
        % {"firm": the_firm().name or "—", "person": contact, "day": now.date().isoformat()},
        "",
        _("person.json holds everything in one file that programs read; each CSV file holds one table."),
        "",
    ]
    lines += [f"{table['table'].lower()}.csv ({len(table['rows'])}): {table['holds']}" for table in tables]
    return "\n".join(lines) + "\n"


def _csv(table: dict[str, Any]) -> str:
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text, lineterminator="\r\n")
    names = list(table["columns"])
    writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in table["rows"])
    return text.getvalue()


def _cell(value: Any) -> Any:
    """As a spreadsheet may see it: nothing in it is computed (RS-29)."""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
    return guarded(text) if isinstance(text, str) else text


def write_out(content: bytes, path: Path) -> None:
    """Readable by this user only."""
    path.touch(mode=0o600)
    path.write_bytes(content)
