"""A mail that has been accepted, and the addresses that stand in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from guanxi.content.models import Template
from guanxi.ledger.models import Contact
from guanxi.outbox.models import Message
from tests import cast


@pytest.fixture
def mail(db: None) -> Callable[..., Message]:
    """An accepted marketing mail to a contact, with two links; `facts` are columns of Message."""

    def write(contact: Contact, **facts: Any) -> Message:
        template, _ = Template.objects.get_or_create(
            key="news", defaults={"title": "News", "kind": "marketing", "created_at": cast.NOW}
        )
        columns: dict[str, Any] = {
            "idempotency_key": f"test:{contact.pk}", "contact": contact, "customer": contact.customer,
            "template": template, "kind": "marketing", "origin_kind": "person", "origin_id": "1", "state": "accepted",
            "due_at": cast.NOW, "not_before": cast.NOW, "expires_at": cast.NOW, "proposed_at": cast.NOW,
            "handed_at": cast.NOW, "accepted_at": cast.NOW,
            "links": ["https://shop.example/a?b=1", "https://shop.example/b"],
        } | facts  # fmt: skip
        return Message.objects.create(**columns)

    return write


@pytest.fixture
def an_hour_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The doors' clock stands one hour after the mail was accepted."""
    from guanxi.kernel import clock

    moment = cast.NOW + timedelta(hours=1)
    monkeypatch.setattr(clock, "utc_now", lambda: moment)
    monkeypatch.setattr(clock, "utc_seconds", moment.timestamp)


def path(address: str) -> str:
    """The part of a mailed address that reaches our own server."""
    return urlsplit(address).path
