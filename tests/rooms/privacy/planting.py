"""Puts a person into every table and every file, as the registry tells them, so that nothing can be forgotten to be
forgotten: a new table or column is planted too.
"""

from __future__ import annotations

import base64
import itertools
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import xlsxwriter
from django.apps import apps
from django.contrib.sessions.backends.db import SessionStore
from django.db import models

from guanxi.ledger.frame_columns import write_table
from guanxi.ledger.models import Contact, Customer
from guanxi.privacy.paths import told_models
from guanxi.privacy.registry import Fate, entry_of
from tests import cast

PHONE = "+49 40 7654321"
STREET = "Papierkai 17b, 20457 Hamburg"
UNTOUCHED = (Fate.HOUSE, Fate.STAFF, Fate.FINGERPRINT)
# Columns whose words the database or the code knows; nothing of a person fits there.
WORDS: dict[str, Any] = {
    "outbox.Message.state": "queued",
    "outbox.Message.kind": "marketing",
    "consent.Permission.purpose": "marketing",
    "consent.Permission.state": "granted",
    "consent.Permission.channel": "email",
    "consent.Permission.wording_hash": "",
    "consent.Permission.evidence_hash": "",
    "consent.Permission.previous_hash": "",
    "consent.Permission.record_hash": "",
    "consent.SubjectRequest.state": "open",
    "consent.SubjectRequest.kind": "export",
    "ledger.Event.is_unread": False,
    "ledger.Order.stage": "completed",
    "ledger.Order.kind": "order",
    "ledger.Contact.email_key": None,
    "intake.ImportRun.stored_path": "",
    "intake.ImportRun.state": "done",
    "intake.ImportRun.task": "",
    "inbox.Mailbox.kind": "imap",
}
LAST_WORDS = {"currency", "time_zone", "country", "language", "key_hash", "digest", "fingerprint", "path"}


class Planter:
    """One row of each table; `texts` are what stands of the person in it."""

    def __init__(self, contact: Contact, *, name: str) -> None:
        self.contact, self.name = contact, name
        self.numbers = itertools.count(1)
        self.rows: dict[type[models.Model], models.Model] = {Contact: contact, Customer: contact.customer}
        self.planted: list[str] = []
        self.under_way: set[type[models.Model]] = set()

    @property
    def text(self) -> str:
        return f"{self.name}, {self.contact.email}, {PHONE}"

    def _texts(self, model: type[models.Model]) -> tuple[str, ...]:
        """What stands in a row of this table; rows of the house that others need are without the person."""
        is_house = entry_of(model._meta.label).fate in UNTOUCHED
        return (f"house {next(self.numbers)}",) if is_house else (self.text, self.contact.email, self.name)

    def plant(self) -> None:
        for model, entry in told_models():
            if entry.fate not in UNTOUCHED and model is not Contact and entry.model != "sessions.Session":
                self.row_of(model)
                self.planted.append(entry.model)
        self._plant_second_rows()
        session = SessionStore()
        session["told"] = f"{self.text} was saved."
        session.save()

    def _plant_second_rows(self) -> None:
        """Rows that hang on the customer alone, where the key to the contact may be empty."""
        for model, entry in told_models():
            keys = {field.name: field for field in model._meta.concrete_fields if field.related_model is Contact}
            if entry.fate not in UNTOUCHED and keys and all(field.null for field in keys.values()):
                self._make(model, **dict.fromkeys(keys))

    def row_of(self, model: type[models.Model]) -> models.Model:
        if model not in self.rows:
            self.under_way.add(model)
            self.rows[model] = self._make(model)
            self.under_way.discard(model)
        return self.rows[model]

    def _make(self, model: type[models.Model], **given: Any) -> Any:
        values: dict[str, Any] = {}
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.AutoField):
                continue
            values[field.name] = given[field.name] if field.name in given else self._value(model, field)
        row = model(**values)
        row.save(force_insert=True)
        return row

    def _value(self, model: type[models.Model], field: Any) -> Any:
        label = f"{model._meta.label}.{field.name}"
        if label in WORDS:
            return WORDS[label]
        if (known := known_words(model).get(field.name)) is not None:
            return known
        if isinstance(field.default, str) and field.default:
            return field.default
        if isinstance(field, models.ForeignKey):
            return self._aim(model, field)
        return self._plain(field)

    def _aim(self, model: type[models.Model], field: Any) -> Any:
        """The row of another table; none for one of the same, of staff, or one that waits for this very row."""
        target = field.related_model
        is_none = target is model or target in self.under_way or target._meta.app_label == "staff"
        return None if field.null and is_none else self.row_of(target)

    def _plain(self, field: Any) -> Any:
        """What a column of this kind can hold of the person."""
        if isinstance(field, models.JSONField):
            text = self._texts(field.model)[0]
            return [text] if field.default is list else {"said": text, "to": [text]}
        if isinstance(field, models.UUIDField):
            return uuid4()
        if isinstance(field, models.FileField):
            return ""
        if isinstance(field, models.GenericIPAddressField):
            return "203.0.113.7"
        if isinstance(field, models.CharField | models.TextField):
            return self._words(field)
        return self._number(field)

    def _words(self, field: Any) -> str:
        if field.name in LAST_WORDS:
            return "xx"[: field.max_length]
        constraints = [each for each in field.model._meta.constraints if isinstance(each, models.UniqueConstraint)]
        is_unique = field.unique or any(field.name in each.fields for each in constraints)
        unique = f" {next(self.numbers)}" if is_unique else ""
        for text in self._texts(field.model):
            if not field.max_length or len(text) + len(unique) <= field.max_length:
                return f"{text}{unique}"
        return f"x{next(self.numbers)}"[: field.max_length]

    def _number(self, field: Any) -> Any:
        number = next(self.numbers)
        if isinstance(field, models.BinaryField):
            return self._texts(field.model)[0].encode()
        if isinstance(field, models.BooleanField):
            return False
        if isinstance(field, models.DecimalField):
            return Decimal(number % 9 + 1)
        if isinstance(field, models.FloatField):
            return 1.0
        if isinstance(field, models.DateTimeField):
            return cast.NOW
        if isinstance(field, models.DateField):
            return date(2026, 5, 1)
        if isinstance(field, models.TimeField):
            return time(9)
        if isinstance(field, models.DurationField):
            return timedelta(hours=number % 9 + 1)
        return number


def known_words(model: type[models.Model]) -> dict[str, Any]:
    """The first of the words that the database knows for a column."""
    found: dict[str, Any] = {}
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.CheckConstraint):
            for name, value in leaves(constraint.condition):
                if name.endswith("__in") and name.count("__") == 1:
                    found.setdefault(name.removesuffix("__in"), next(iter(value)))
    return found


def leaves(condition: Any) -> list[tuple[str, Any]]:
    children = getattr(condition, "children", [])
    inner = [leaf for child in children if not isinstance(child, tuple) for leaf in leaves(child)]
    return [child for child in children if isinstance(child, tuple)] + inner


def plant_files(folder: Path, planter: Planter, now: datetime) -> list[str]:
    """The person in every kind of file; returns the names of those that must go whole."""
    text, mail = planter.text, planter.contact.email
    for name in ("drawer", "uploads", "rejects", "exports", "frames/scores", "frames/segments"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    body = base64.encodebytes(f"Guten Tag, {planter.name}".encode()).decode()
    (folder / "drawer" / "20260513T080000000000Z-a@b.eml").write_text(
        f"To: <{mail}>\nSubject: Hallo\nContent-Transfer-Encoding: base64\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{body}"
    )
    (folder / "uploads" / "one.csv").write_bytes(f"name;mail\n{text};{mail}\n".encode("gb18030"))
    (folder / "uploads" / "two.csv").write_bytes(f"name;mail\n{text};{mail}\n".encode("utf-16"))
    with xlsxwriter.Workbook(str(folder / "uploads" / "three.xlsx")) as book:
        book.add_worksheet().write_string(0, 0, text)
    (folder / "uploads" / "other.csv").write_text("name\nSomebody else\n")
    (folder / "rejects" / "import-1.csv").write_text(f"row,field,reason,name\n2,x,y,{mail}\n3,x,y,Somebody else\n")
    (folder / "exports" / "copy.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    table = pa.table({"customer_id": [1, 1], "contact_id": [planter.contact.pk, None], "name": [text, "Somebody else"]})
    for kind in ("scores", "segments"):
        write_table(folder / "frames" / kind / "one.parquet", table.schema, [table])
    return ["drawer/20260513T080000000000Z-a@b.eml", "uploads/one.csv", "uploads/two.csv", "uploads/three.xlsx",
            "exports/copy.zip"]  # fmt: skip


def every_model_is_planted(planter: Planter) -> set[str]:
    wanted = {entry.model for _, entry in told_models() if entry.fate not in UNTOUCHED}
    return wanted - set(planter.planted) - {"ledger.Contact", "sessions.Session"}


def all_labels() -> set[str]:
    return {model._meta.label for model in apps.get_models() if model.__module__.startswith("guanxi.")}
