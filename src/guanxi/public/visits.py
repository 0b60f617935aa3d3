"""Visits of public pages are put on record beside the answer; a record that fails keeps nobody from his page."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest

from guanxi.kernel import clock
from guanxi.ledger.models import Contact
from guanxi.public.pages import client_address
from guanxi.tracking import page_visits

logger = logging.getLogger(__name__)


def note_visit(
    request: HttpRequest, contact: Contact, *, page: str, object_id: int, about: Mapping[str, Any],
    kind: str = page_visits.VIEW,
) -> None:  # fmt: skip
    """What it says of a person or a machine is judged later (RP-43)."""
    try:
        page_visits.record_visit(
            contact=contact, page=page, object_id=str(object_id), kind=kind, about=about, now=clock.utc_now(),
            method=request.method or "", user_agent=request.headers.get("User-Agent", ""),
            address=client_address(request),
        )  # fmt: skip
    except (DatabaseError, InterfaceError):
        logger.exception("a visit of the page of %s %s was not put on record", page, object_id)
