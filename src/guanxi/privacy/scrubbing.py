"""Takes what speaks of a person out of rows that stay, in every table and every text column.

Candidates are found by the database; what is replaced is decided here, text by text, since a telephone inside a longer
number or a name inside a longer name is somebody else's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, models
from django.db.models import Value

from guanxi.kernel.parts import in_parts
from guanxi.kernel.sealed_field import SealedTextField, Unreadable
from guanxi.privacy import columns
from guanxi.privacy.paths import Model, of_firm, of_others, told_models
from guanxi.privacy.people import CJK, Person
from guanxi.privacy.registry import Entry, Fate
from guanxi.privacy.shapes import escapes, in_base64, spellings
from guanxi.privacy.unpacking import within_base64

GONE = "[erased]"
ROWS_AT_ONCE = 500
SEARCHED = (Fate.GOES, Fate.NAMELESS, Fate.CLEANSED, Fate.DROPPED, Fate.FINGERPRINT)
# Names and addresses of other people, who keep them.
LEFT_ALONE = {
    "ledger.Contact": {"given_name", "family_name", "full_name", "honorific", "position", "email", "email_key", "phone",
                       "city"},
}  # fmt: skip
# Kept for a day, and worth nothing to anybody but the program that asked.
OF_MACHINES = {"pipeline.KeptAnswer"}
CUSTOMERS_OWN = {"name", "address", "domain", "city", "region", "trade"}


@dataclass(frozen=True, slots=True)
class Eraser:
    """Replaces some texts in strings, lists and mappings; `was_there` tells whether anything would change."""

    pattern: re.Pattern[str]
    hints: tuple[str, ...]
    packed: tuple[str, ...] = ()

    def clean(self, value: Any) -> Any:
        if isinstance(value, str):
            value = self._plain(value)
            return within_base64(value, self._plain) if any(each in value for each in self.packed) else value
        if isinstance(value, dict):
            return {self.clean(key): self.clean(each) for key, each in value.items()}
        return [self.clean(each) for each in value] if isinstance(value, list) else value

    def _plain(self, text: str) -> str:
        small = text.lower()
        # Most texts speak of nobody, and this is asked ten times as fast.
        return self.pattern.sub(GONE, text) if any(hint in small for hint in self.hints) else text


@dataclass(frozen=True, slots=True)
class Erasers:
    """For rows that are nobody's, for other firms' and for the person's own firm's; `within` finds the marks inside
    longer words too, as in a key that a program made of an address.
    """

    theirs: Eraser
    everywhere: Eraser
    at_home: Eraser
    within: Eraser


# What may stand right before a text inside an address of the web, or inside JSON.
ESCAPED = r"(?<=%[0-9a-f]{2})|(?<=\\[nrt])|(?<=\\u[0-9a-f]{4})"


def eraser_of(texts: Iterable[str]) -> Eraser:
    """Whole words and numbers only, in any case, with any white space, letters in one piece or in two, and as they
    stand in an address of the web, in JSON and in HTML; Chinese needs no gaps.
    """
    texts = sorted(set(texts), key=len, reverse=True)
    written = [(each, text) for text in texts for each in _written(text)]
    parts = [_part(each, text) for each, text in written]
    return Eraser(
        re.compile("|".join(dict.fromkeys(parts)) or r"(?!)", re.IGNORECASE),
        tuple(sorted({_hint(each) for each, _ in written}, key=len)),
        tuple(sorted({each for text in texts for each in in_base64(text)})),
    )


def _within(texts: Iterable[str]) -> Eraser:
    shapes = sorted({each for text in texts for each in _written(text)})
    return Eraser(re.compile("|".join(map(re.escape, shapes)) or r"(?!)", re.IGNORECASE), tuple(map(_hint, shapes)))


def _hint(written: str) -> str:
    """The longest stretch of it that no white space divides."""
    stretches: list[str] = re.findall(r"[a-z0-9]+|[^\x00-\x7f]+", written.lower())
    return max(stretches, key=len, default="")


def _written(text: str) -> list[str]:
    """The ways in which the residue search looks for it too, the longest first."""
    forms = {unicodedata.normalize(form, text) for form in ("NFC", "NFD")}
    return sorted({text, *(each for form in forms for each in escapes(form))}, key=lambda each: (-len(each), each))


def _part(written: str, text: str) -> str:
    body = r"\s+".join(map(re.escape, written.split()))
    if CJK.search(text):
        return body
    if "@" in text:  # x.lena@… and lena@….cn are other people's
        return rf"(?:(?<![\w.+-])|{ESCAPED}){body}(?![\w-]|\.\w)"
    return rf"(?:(?<![^\W_])|{ESCAPED}){body}(?![^\W_])"


def scrub(person: Person) -> dict[str, int]:
    """Cleanse or drop what is left in every table; returns how many rows by table."""
    erasers = Erasers(
        eraser_of(person.texts), eraser_of(person.marks), eraser_of((*person.texts, *person.at_home)),
        _within(person.marks),
    )  # fmt: skip
    changed: dict[str, int] = {}
    for model, entry in told_models():
        if entry.fate in SEARCHED and not entry.guarded:
            count = _scrub_table(model, entry, person, erasers)
            if count:
                changed[entry.model] = count
    return changed


def _scrub_table(model: Model, entry: Entry, person: Person, erasers: Erasers) -> int:
    fields = text_fields(model)
    left_alone = LEFT_ALONE.get(entry.model, set())
    if entry.model == "ledger.Customer":
        left_alone = set() if person.takes_customer else CUSTOMERS_OWN
    fields = [field for field in fields if field.name not in left_alone]
    if not fields:
        return 0
    if entry.model == "sessions.Session":
        return _drop_sessions(model, erasers.theirs)
    count, others = 0, of_others(model, person)
    ids = _candidates(model, fields, (*person.texts, *person.at_home))
    for some in in_parts(ids, ROWS_AT_ONCE):
        rows = model._base_manager.filter(pk__in=some)
        foreign = set(rows.filter(others).values_list("pk", flat=True))
        at_home = set(rows.filter(of_firm(model, person)).values_list("pk", flat=True))
        for row in rows:
            usual = erasers.at_home if row.pk in at_home else erasers.theirs
            eraser = erasers.everywhere if row.pk in foreign else usual
            eraser = erasers.within if entry.model in OF_MACHINES else eraser
            count += _cleanse(row, fields, eraser, drop=entry.fate is Fate.DROPPED)
    return count


def text_fields(model: Model) -> list[models.Field[Any, Any]]:
    """The columns in which a text may stand."""
    kinds = (models.CharField, models.TextField, models.JSONField, models.GenericIPAddressField)
    return [
        field for field in model._meta.local_concrete_fields
        if isinstance(field, kinds) and not field.primary_key and not isinstance(field, models.UUIDField)
    ]  # fmt: skip


def _candidates(model: Model, fields: list[Any], texts: Collection[str]) -> list[Any]:
    """Rows in which one of the texts may stand; sealed columns are all opened, since nobody sees into them."""
    table, key = model._meta.db_table, str(model._meta.pk.column)
    names = [field.column for field in fields if not isinstance(field, SealedTextField)]
    shapes = columns.essential((*_first_looks(texts), *(each for text in texts for each in in_base64(text))))
    found = columns.keys(table, key, names, shapes) if names else []
    for field in fields:
        if isinstance(field, SealedTextField) and not field.is_secret:
            found += model._base_manager.exclude(**{field.name: ""}).values_list("pk", flat=True)
    return sorted(set(found))


def _first_looks(texts: Iterable[str]) -> Iterator[str]:
    """The longest word of each text finds a candidate, whatever space stands between, in a column or inside JSON."""
    for word in {max(text.split(), key=len) for text in texts if text.split()}:
        for spelling in spellings(word):
            yield from escapes(spelling)


def _cleanse(row: Any, fields: list[Any], eraser: Eraser, *, drop: bool) -> int:
    """Write what is left of the texts, by one conditional statement; or delete the row."""
    changes: dict[str, Any] = {}
    for field in fields:
        value = getattr(row, field.attname)
        if value in (None, "") or isinstance(value, Unreadable):
            continue
        clean = eraser.clean(value)
        if clean != value:
            changes[field.name] = _fitting(field, row, clean)
    if not changes:
        return 0
    same = type(row)._base_manager.filter(pk=row.pk)
    if drop:
        same.delete()
    else:
        same.update(**changes)
    return 1


def _fitting(field: Any, row: Any, clean: Any) -> Any:
    if isinstance(field, SealedTextField):
        return field.sealed(row, clean)
    if isinstance(field, models.GenericIPAddressField):
        return None
    if isinstance(field, models.JSONField):
        return Value(clean, output_field=field) if clean is None else clean
    if field.unique or (field.null and clean == GONE):
        return f"{GONE}-{row.pk}"[: field.max_length] if field.unique else None
    return clean[: field.max_length] if field.max_length else clean


def _drop_sessions(model: Model, eraser: Eraser) -> int:
    """Sessions in which a page wanted to tell something about the person."""
    rows: Any = model._base_manager.all()
    gone = [row.pk for row in rows if eraser.clean(row.get_decoded()) != row.get_decoded()]
    return model._base_manager.filter(pk__in=gone).delete()[0]


def vacuum(*, most: int | None = None) -> None:
    """Let nothing of deleted rows lie in the database's files; not inside a transaction.

    A SQLite file larger than `most` bytes is not packed, only its log emptied.
    """
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute("VACUUM")
            return
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        path = Path(str(connection.settings_dict["NAME"]))
        if most is None or not path.exists() or path.stat().st_size <= most:
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
