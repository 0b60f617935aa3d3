"""Documents and codes that the ready journeys hand over, as bare rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from guanxi.papers.models import Document


def a_document(kind: str, *, now: datetime, **fields: Any) -> Document:
    """One that fits everybody who reads English, unless `fields` say otherwise."""
    number = Document.objects.count() + 1
    return Document.objects.create(**{
        "kind": kind, "title": f"A {kind}", "language": "en", "name": f"{number:020}", "sha256": f"{number:064}",
        "weight": 1000, "uploaded_at": now,
    } | fields)  # fmt: skip
