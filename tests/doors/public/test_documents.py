"""A document for its reader, behind a signed link."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError
from django.test import Client

from guanxi.ledger.models import Contact, Event
from guanxi.papers import actions as papers_actions
from guanxi.papers.models import Document
from guanxi.papers.queries import document_url
from guanxi.public.words import all_words
from guanxi.tracking import page_visits
from guanxi.tracking.models import PageHit

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n<script>alert(1)</script>%%EOF\n"


@pytest.fixture
def document(now: datetime) -> Document:
    facts = papers_actions.Facts("price_list", "Preisliste <2026>", "de")
    return papers_actions.add_document(raw=PDF, facts=facts, by=None, now=now)


def page_path(document: Document, contact: Contact) -> str:
    return urlsplit(document_url(document_id=document.pk, contact_id=contact.pk)).path


class TestThePage:
    def test_says_what_it_is_in_the_readers_language(self, document: Document, lena: Contact) -> None:
        answer = Client().get(page_path(document, lena))
        page = answer.content.decode()

        assert "Preisliste &lt;2026&gt;" in page
        assert f"PDF, {len(PDF)}\xa0Bytes" in page
        assert "Herunterladen" in page
        assert not answer.cookies
        assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("no-store", "noindex, nofollow")

    def test_says_when_it_is_offered_no_more(self, document: Document, lena: Contact, now: datetime) -> None:
        path = page_path(document, lena)
        papers_actions.withdraw_document(document=document, now=now)

        answer = Client().get(path)

        assert answer.status_code == 410
        assert all_words()["de"]["document_gone"] in answer.content.decode()
        assert Client().get(f"{path}/file").status_code == 404
        assert not PageHit.objects.exists()

    @pytest.mark.parametrize("path", ["/p/document/invented", "/p/document/invented/file", "/p/document/MTox.abc"])
    def test_opens_for_no_forged_link(self, document: Document, path: str) -> None:
        """RS-26."""
        assert Client().get(path).status_code == 404
        assert not PageHit.objects.exists()


class TestTheFile:
    def test_is_never_shown_as_a_page_of_ours(self, document: Document, lena: Contact) -> None:
        """RS-13: an attachment with its own type, which no browser guesses anew."""
        answer = Client().get(f"{page_path(document, lena)}/file")

        assert answer.content == PDF
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"] == 'attachment; filename="Preisliste 2026.pdf"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["Cache-Control"] == "no-store"


def test_opening_changes_nothing_but_that_it_is_on_record(document: Document, lena: Contact) -> None:
    """RS-31, RP-43: the visit is judged later; until then the ledger knows nothing."""
    path, client = page_path(document, lena), Client(headers={"User-Agent": "Mozilla/5.0"})

    client.get(path)
    client.get(f"{path}/file")
    client.head(path)
    assert {client.post(path).status_code, client.post(f"{path}/file").status_code} == {405}

    seen = list(PageHit.objects.order_by("id").values_list("kind", "method", "verdict"))
    assert seen == [("view", "GET", "human"), ("download", "GET", "human"), ("view", "HEAD", "machine")]
    assert not Event.objects.filter(contact=lena, name__in=["page.viewed", "document.downloaded"]).exists()


def test_a_record_that_fails_keeps_nobody_from_the_file(
    document: Document, lena: Contact, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def locked(**_: Any) -> bool:
        raise OperationalError("database is locked")

    monkeypatch.setattr(page_visits, "record_visit", locked)

    assert Client().get(f"{page_path(document, lena)}/file").status_code == 200
    assert "not put on record" in caplog.text


def test_every_language_has_the_words(document: Document, lena: Contact) -> None:
    path, seen = page_path(document, lena), set()
    for language in all_words():
        Contact.objects.filter(pk=lena.pk).update(language=language)
        answer: Any = Client().get(path)
        seen.add(answer["Content-Language"])
    assert seen == set(all_words())
