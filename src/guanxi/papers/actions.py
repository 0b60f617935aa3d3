"""Keeps documents and gives them to readers, keeps papers for customs and who helps on the spot.

Answers of readers: see answering.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from guanxi.ledger.models import Order
from guanxi.papers import files
from guanxi.papers.fitting import Fit
from guanxi.papers.models import CustomsPaper, Document, Given, LocalContact
from guanxi.staff.models import User

LONGEST_LINES = 600


@dataclass(frozen=True, slots=True)
class Facts:
    """What is written on a document; empty markets (ISO 3166), trades and categories mean all of them."""

    kind: str
    title: str
    language: str
    markets: Sequence[str] = ()
    trades: Sequence[str] = ()
    categories: Sequence[str] = ()
    valid_until: date | None = None

    def columns(self) -> dict[str, object]:
        return {
            "kind": self.kind, "title": self.title, "language": self.language, "valid_until": self.valid_until,
            "markets": sorted({each.upper() for each in self.markets}), "trades": _small(self.trades),
            "categories": _small(self.categories),
        }  # fmt: skip


def _small(words: Sequence[str]) -> list[str]:
    return sorted({" ".join(each.casefold().split()) for each in words if each.strip()})


def add_document(*, raw: bytes, facts: Facts, by: User | None, now: datetime) -> Document:
    """Keep a file for readers. Raises checking.BadFile."""
    name = files.keep(raw)
    return Document.objects.create(
        name=name, sha256=hashlib.sha256(raw).hexdigest(), weight=len(raw), uploaded_by=by, uploaded_at=now,
        **facts.columns(),
    )  # fmt: skip


@transaction.atomic
def change_document(
    *, document: Document, facts: Facts, raw: bytes | None = None, by: User | None, now: datetime
) -> None:
    """What stands on it, and its file when there is a new one: links that are out lead to the new file.

    Raises checking.BadFile.
    """
    for column, value in facts.columns().items():
        setattr(document, column, value)
    if raw is not None:
        before = document.name
        document.name, document.sha256, document.weight = files.keep(raw), hashlib.sha256(raw).hexdigest(), len(raw)
        document.uploaded_by, document.uploaded_at = by, now
        transaction.on_commit(lambda: files.drop(before))
    document.save()


def withdraw_document(*, document: Document, now: datetime) -> None:
    """Give it to nobody any more; links that are out say so."""
    document.withdrawn_at = now
    document.save(update_fields=["withdrawn_at"])


def offer_again(*, document: Document) -> None:
    document.withdrawn_at = None
    document.save(update_fields=["withdrawn_at"])


def give(*, chosen: Iterable[tuple[int, Fit]], now: datetime) -> None:
    """Write down who got which document and why, by contact id; what he has got before stays as it is."""
    rows = [
        Given(document_id=fit.document_id, contact_id=contact_id, reason=fit.reason, given_at=now)
        for contact_id, fit in chosen
    ]
    Given.objects.bulk_create(rows, ignore_conflicts=True)


def list_for_customs(
    *, order: Order, kind: str, title: str = "", raw: bytes | None = None, by: User | None, now: datetime
) -> CustomsPaper:
    """Put a paper on the order's list, with its file when it is there. Raises checking.BadFile."""
    return CustomsPaper.objects.create(
        order=order, kind=kind, title=title, name=files.keep(raw) if raw is not None else "",
        weight=len(raw) if raw is not None else 0, added_by=by, added_at=now,
    )  # fmt: skip


@transaction.atomic
def strike_from_customs(*, paper: CustomsPaper) -> None:
    """Take it off the list; its file goes too."""
    name = paper.name
    paper.delete()
    transaction.on_commit(lambda: files.drop(name))


def name_local_contact(*, market: str, lines: str, now: datetime) -> LocalContact:
    """Say who helps buyers of a market; whoever stood there before is replaced."""
    kept = "\n".join(line.strip() for line in lines[:LONGEST_LINES].splitlines() if line.strip())
    contact, _ = LocalContact.objects.update_or_create(market=market, defaults={"lines": kept, "changed_at": now})
    return contact


def forget_local_contact(*, market: str) -> None:
    LocalContact.objects.filter(market=market).delete()
