"""Changes: content to recommend, and what a customer does not want."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from guanxi.ledger.models import Customer
from guanxi.recommendations.content import KINDS
from guanxi.recommendations.models import ContentPiece, Refusal
from guanxi.recommendations.regions import REGIONS
from guanxi.staff.models import User

FIELDS = (
    "kind", "title", "summary", "url", "language", "countries", "regions", "trades", "categories", "is_published",
)  # fmt: skip


class UnusableContent(ValueError):
    """The content piece cannot be kept; the message names the field and what to write instead."""


def save_content(*, key: str, fields: Mapping[str, Any], now: datetime) -> ContentPiece:
    """Create the piece of this key, or change its given fields. Raises UnusableContent."""
    unknown = sorted(set(fields) - set(FIELDS))
    if unknown:
        raise UnusableContent(f"{', '.join(unknown)}: unknown; use {', '.join(FIELDS)}.")
    kind = fields.get("kind")
    if kind is not None and kind not in KINDS:
        raise UnusableContent(f"kind: {kind!r} is unknown; write one of {', '.join(KINDS)}.")
    strange = sorted(set(fields.get("regions") or ()) - set(REGIONS))
    if strange:
        raise UnusableContent(f"regions: {', '.join(strange)} is unknown; write one of {', '.join(REGIONS)}.")
    piece = ContentPiece.objects.filter(key=key).first() or ContentPiece(key=key, created_at=now)
    for name, value in fields.items():
        setattr(piece, name, value)
    if not (piece.kind and piece.title and piece.url):
        raise UnusableContent("kind, title and url: a piece needs all three.")
    piece.updated_at = now
    piece.save()
    return piece


def remove_content(*, key: str) -> None:
    ContentPiece.objects.filter(key=key).delete()


def refuse(
    *, customer: Customer, kind: str, key: str, now: datetime, reason: str = "", by: User | None = None
) -> Refusal:
    """Note that the customer does not want the article (kind `product`) or the content piece (`content`)."""
    if kind not in {"product", "content"}:
        raise ValueError(f"{kind!r} cannot be refused; write product or content.")
    refusal, _created = Refusal.objects.update_or_create(
        customer=customer, kind=kind, key=key,
        defaults={"reason": reason[:300], "refused_by": by, "refused_at": now},
    )  # fmt: skip
    return refusal


def take_back_refusal(*, customer: Customer, kind: str, key: str) -> None:
    """The customer may be shown it again."""
    Refusal.objects.filter(customer=customer, kind=kind, key=key).delete()
