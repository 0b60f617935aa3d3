"""Documents, answers, local help and papers for customs in the console."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from guanxi.console import paper_words
from guanxi.firm import actions as firm_actions
from guanxi.journeys import actions as journeys_actions
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Order
from guanxi.papers import actions as papers_actions
from guanxi.papers import answering, queries
from guanxi.papers.kinds import KINDS, SURVEYS
from guanxi.papers.models import CustomsPaper, Document, LocalContact
from guanxi.papers.questions import Said
from guanxi.staff.models import AuditEntry
from tests import cast

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 %%EOF"
FACTS = {"title": "Guide  for shops", "kind": "guide", "language": "de", "markets": "Germany, AT", "trades": "Retail"}
JOURNEY = """
key: guides
title: Guides
trigger: {event: contact.registered}
entry: once
steps:
  - {id: guide, send: x, document: guide, not_after: 3d}
"""


@pytest.fixture
def client(now: datetime, ada: Any, signed_in: Callable[[Any], Any]) -> Any:
    firm_actions.finish_set_up(now=now)
    return signed_in(ada)


@pytest.fixture
def order(lena: Contact, now: datetime) -> Order:
    return ledger_actions.record_order(
        customer=lena.customer, contact=lena, number="PO-7", placed_at=now, currency="EUR", now=now,
        lines=[LineFacts(Decimal(1), Decimal(2))],
    )  # fmt: skip


def upload(content: bytes = PDF, name: str = "list.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def guide(now: datetime, **facts: Any) -> Document:
    told = papers_actions.Facts(**{"kind": "guide", "title": "Guide", "language": "en"} | facts)
    return papers_actions.add_document(raw=PDF, facts=told, by=None, now=now)


class TestDocuments:
    def test_are_uploaded_with_whom_they_are_for(self, client: Any, ada: Any) -> None:
        answer = client.post("/documents/new/", FACTS | {"file": upload()}, follow=True)

        kept = Document.objects.get()
        assert (kept.title, kept.markets, kept.trades, kept.uploaded_by) == (
            "Guide for shops", ["AT", "DE"], ["retail"], ada,
        )  # fmt: skip
        assert "Guide for shops" in answer.content.decode()
        assert AuditEntry.objects.filter(act="document.added").exists()

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"file": upload(b"<svg/>", "x.pdf")}, "neither a PDF nor an office file"),
            ({"file": upload(), "markets": "Atlantis"}, "is no country"),
            ({}, "required"),
        ],
    )
    def test_are_refused_in_words(self, client: Any, changes: dict[str, Any], says: str) -> None:
        """RS-13: what the browser calls the file counts for nothing."""
        answer = client.post("/documents/new/", FACTS | changes)

        assert answer.status_code == 422
        assert says in answer.content.decode()
        assert not Document.objects.exists()

    def test_tell_who_got_them_and_why(self, client: Any, lena: Contact, now: datetime) -> None:
        kept = guide(now, markets=["DE"])
        fit = queries.cabinet([lena], now=now).fit(lena.pk, "guide")
        assert fit is not None
        papers_actions.give(chosen=[(lena.pk, fit)], now=now)

        page = client.get(f"/documents/{kept.pk}/").content.decode()

        assert str(lena) in page
        assert "in English, for want of the reader&#x27;s language; made for this market" in page
        assert "Guide" in client.get("/documents/?kind=guide").content.decode()
        copy = client.get(f"/documents/{kept.pk}/copy")
        assert (copy.content, copy["X-Content-Type-Options"]) == (PDF, "nosniff")
        assert copy["Content-Disposition"] == 'attachment; filename="Guide.pdf"'

    def test_change_and_are_withdrawn(self, client: Any, now: datetime) -> None:
        kept = guide(now)

        client.post(f"/documents/{kept.pk}/edit/", FACTS | {"title": "Better"})
        client.post(f"/documents/{kept.pk}/withdraw")
        kept.refresh_from_db()
        assert (kept.title, kept.weight, bool(kept.withdrawn_at)) == ("Better", len(PDF), True)

        client.post(f"/documents/{kept.pk}/withdraw", {"again": "1"})
        kept.refresh_from_db()
        assert kept.withdrawn_at is None

    def test_that_are_missing_are_listed(
        self, client: Any, lena: Contact, yuki: Contact, diego: Contact, now: datetime
    ) -> None:
        """Which journey lacks which document for which market and language."""
        journeys_actions.publish(text=JOURNEY, now=now)
        guide(now, markets=["JP"])
        guide(now, language="de", title="Leitfaden")

        page = client.get("/documents/gaps/").content.decode()

        rows = page.split("<tbody>")[1].split("</tbody>")[0]
        assert rows.index("Mexico") < rows.index("Japan")  # none at all before only in English
        assert "Germany" not in rows
        assert "Guides" in rows
        assert "3 readers in all" in page


def test_every_kind_has_words() -> None:
    assert tuple(paper_words.KINDS) == KINDS
    assert tuple(paper_words.SURVEYS) == SURVEYS


class TestAnswers:
    def test_show_problems_and_reasons_of_ones_own_customers(
        self, client: Any, lena: Contact, yuki: Contact, now: datetime, signed_in: Callable[[Any], Any]
    ) -> None:
        """R-06, RS-15."""
        sales = cast.a_member_of_staff("sales", now=now)
        ledger_actions.assign_owner(customer=lena.customer, owner=sales, now=now)
        said = Said(None, {"reason": ["price", "quality"]}, {"words": "Too <dear>"}, True)
        fine = Said(5, {"goods": ["5"]}, {}, False)
        for contact, survey, words in ((lena, "leaving", said), (yuki, "review", fine)):
            answering.answer(
                contact=contact, survey=survey, occasion="round:1", said=words, language="de", now=now
            )  # fmt: skip

        everything = client.get("/answers/").content.decode()
        problems = client.get("/answers/?show=problems").content.decode()
        mine = signed_in(sales).get("/answers/").content.decode()

        assert "Too &lt;dear&gt;" in everything
        assert "★★★★★" in everything
        assert "Reasons for leaving" in everything
        assert str(yuki.customer) not in problems
        assert str(yuki.customer) not in mine
        assert "Price, Quality" in mine
        assert "Too &lt;dear&gt;" in client.get(f"/customers/{lena.customer_id}/").content.decode()


class TestLocalHelp:
    def test_is_named_and_removed(self, client: Any, order: Order) -> None:
        """J-04.3."""
        assert "Germany" in client.get("/documents/local-help/").content.decode()

        client.post("/documents/local-help/", {"market": "Germany", "lines": "Nordservice"})
        assert LocalContact.objects.get().market == "DE"
        wrong = client.post("/documents/local-help/", {"market": "Atlantis", "lines": "x"})
        assert "is no country" in wrong.content.decode()

        client.post("/documents/local-help/remove", {"market": "DE"})
        assert not LocalContact.objects.exists()


class TestPapersForCustoms:
    def test_are_listed_with_and_without_a_file(self, client: Any, order: Order) -> None:
        """J-04.3, J-05.2."""
        address = f"/orders/{order.pk}/papers"
        client.post(address, {"kind": "packing_list", "file": upload()})
        client.post(address, {"kind": "other", "title": "Form 9"})
        refused = client.post(address, {"kind": "other", "file": upload(b"<html>")}, follow=True)

        page = client.get(f"/orders/{order.pk}/").content.decode()
        assert "Name the paper" in refused.content.decode()
        assert "Packing list" in page
        assert "Form 9" in page
        kept = CustomsPaper.objects.get(kind="packing_list")
        assert client.get(f"/orders/{order.pk}/paper?n={kept.pk}").content == PDF

        client.post(f"{address}/remove", {"n": str(kept.pk)})
        assert CustomsPaper.objects.get().title == "Form 9"
