"""Permissions that a person of the firm records: a card from a fair, a word on the telephone, with its proof."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from guanxi.consent import actions
from guanxi.consent.channels import EMAIL
from guanxi.consent.models import EvidenceFile, Permission
from guanxi.consent.rules import EXPLICIT_ONLY, MARKETING
from guanxi.consent.statements import Proof
from guanxi.ledger.models import Contact

METHODS = ("card", "verbal", "contract", "other_form")
LARGEST_FILE = 5_000_000
# By their first bytes; a name proves nothing.
MEDIA: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"), (b"\x89PNG\r\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"),
)  # fmt: skip


class NoEvidence(ValueError):
    """A permission by hand needs the words that were agreed to, and where and how it was given."""


class BadFile(ValueError):
    """Evidence is a PDF, PNG or JPEG of at most 5 MB."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the member of staff was told: when, where, which words."""

    purpose: str
    method: str
    basis: str
    wording: str
    language: str
    source: str
    obtained_at: datetime
    channel: str = EMAIL


@transaction.atomic
def record(
    *, contact: Contact, told: Told, actor: Any, now: datetime, file_name: str = "", content: bytes = b""
) -> Permission:
    """Keep a permission that was not given on a page of ours. Raises NoEvidence, BadFile, ValueError as grant does."""
    if told.method not in METHODS or not told.wording.strip() or not told.source.strip():
        raise NoEvidence
    evidence: dict[str, Any] = {}
    kept = _keep(contact, file_name, content, now) if content else None
    if kept:
        evidence = {"file": kept.name, "evidence_file": kept.pk}
    proof = Proof(
        method=told.method, basis=told.basis, source=told.source, wording=told.wording.strip(),
        wording_language=told.language, jurisdiction=contact.country or contact.customer.country, evidence=evidence,
        evidence_hash=kept.content_hash if kept else "",
    )  # fmt: skip
    return actions.grant(
        contact=contact,
        purpose=told.purpose,
        proof=proof,
        now=now,
        obtained_at=told.obtained_at,
        actor=actor,
        channel=told.channel,
    )


def bases_for(country: str, purpose: str = MARKETING) -> Collection[str]:
    """What may be chosen as basis: where the law asks for a word of his own, only that (RL-16)."""
    if purpose != MARKETING or country in EXPLICIT_ONLY:
        return ("consent",)
    return ("consent", "soft_opt_in", "implied", "legitimate_interest")


def evidence_file(contact_id: int, file_id: int) -> EvidenceFile | None:
    return EvidenceFile.objects.filter(contact_id=contact_id, pk=file_id).first()


def _keep(contact: Contact, name: str, content: bytes, now: datetime) -> EvidenceFile:
    media = next((kind for head, kind in MEDIA if content.startswith(head)), "")
    if not media or len(content) > LARGEST_FILE:
        raise BadFile
    return EvidenceFile.objects.create(
        contact=contact, name=name[:160], media_type=media, content=content,
        content_hash=hashlib.sha256(content).hexdigest(), added_at=now,
    )  # fmt: skip
