"""Documents are kept safely, and each reader is given the one that fits."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact
from guanxi.papers import actions, files, queries
from guanxi.papers.actions import Facts
from guanxi.papers.checking import BadFile
from guanxi.papers.models import Document, Given, LocalContact

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n%%EOF\n"


def added(now: datetime, title: str = "Guide", language: str = "en", *, kind: str = "guide", **facts: Any) -> Document:
    return actions.add_document(raw=PDF, facts=Facts(kind, title, language, **facts), by=None, now=now)


def title_for(contact: Contact, now: datetime, kind: str = "guide") -> str:
    return str(queries.cabinet([contact], now=now).values(contact.pk, kind).get("title", ""))


class TestKeeping:
    def test_lies_under_a_random_name(self, now: datetime, data_folder: Path) -> None:
        """RS-13: neither the title nor what the browser called it becomes a path."""
        document = added(now, "../../x")

        assert [each.name for each in (data_folder / "papers").iterdir()] == [document.name]
        assert files.FILE_NAME.fullmatch(document.name)
        assert files.read(document.name) == PDF
        assert files.read("../../secret.pdf") is None

    def test_keeps_nothing_of_a_file_it_refuses(self, now: datetime, data_folder: Path) -> None:
        with pytest.raises(BadFile):
            actions.add_document(raw=b"<html>", facts=Facts("guide", "Guide", "en"), by=None, now=now)

        assert not (data_folder / "papers").exists()
        assert not Document.objects.exists()

    def test_a_new_file_takes_the_place_of_the_old_one(
        self, now: datetime, django_capture_on_commit_callbacks: Any
    ) -> None:
        document = added(now)
        before, facts = document.name, Facts("guide", "Guide 2", "de", markets=["de"], trades=[" Hard  Ware "])

        with django_capture_on_commit_callbacks(execute=True):
            actions.change_document(document=document, facts=facts, raw=PDF + b"2%%EOF", by=None, now=now)

        document.refresh_from_db()
        assert (files.read(before), files.read(document.name)) == (None, PDF + b"2%%EOF")
        assert (document.markets, document.trades) == (["DE"], ["hard ware"])


class TestTheCabinet:
    def test_gives_each_reader_his_own(self, lena: Contact, yuki: Contact, fatima: Contact, now: datetime) -> None:
        added(now, "Guide")
        added(now, "Leitfaden", "de", markets=["DE"])
        added(now, "手引き", "ja")
        added(now, "US only", "ar", markets=["US"])

        cabinet = queries.cabinet([lena, yuki, fatima], now=now)

        titles = [cabinet.values(each.pk, "guide")["title"] for each in (lena, yuki, fatima)]
        assert titles == ["Leitfaden", "手引き", "Guide"]
        fit = cabinet.fit(fatima.pk, "guide")
        assert fit is not None
        assert fit.language == "english"

    def test_costs_the_same_for_any_number(
        self, lena: Contact, yuki: Contact, now: datetime, django_assert_num_queries: Any
    ) -> None:
        added(now, kind="case", categories=["lamps"])

        with django_assert_num_queries(5):
            queries.cabinet([lena, yuki], now=now)

    def test_knows_what_he_has_got_and_looked_at(self, lena: Contact, now: datetime) -> None:
        """J-09.1, J-01.2."""
        added(now, "Case of lamps", kind="case", categories=["Lamps"])
        added(now, "Case", kind="case")
        assert title_for(lena, now, "case") == "Case"

        ledger_actions.record_event(
            name="category.interest", occurred_at=now - timedelta(days=1), now=now, source="test", contact=lena,
            properties={"category": "Lamps"},
        )  # fmt: skip
        cabinet = queries.cabinet([lena], now=now)
        fit = cabinet.fit(lena.pk, "case")
        assert fit is not None
        assert cabinet.documents[fit.document_id].title == "Case of lamps"

        actions.give(chosen=[(lena.pk, fit), (lena.pk, fit)], now=now)
        assert Given.objects.get().reason == "language english, market all, trade all, category own"
        assert title_for(lena, now, "case") == "Case"
        assert title_for(lena, now + timedelta(days=40), "case") == "Case"

    def test_offers_nothing_withdrawn_or_out_of_date(self, lena: Contact, now: datetime) -> None:
        added(now, valid_until=now.date() - timedelta(days=1))
        document = added(now, "Other")
        actions.withdraw_document(document=document, now=now)
        assert not title_for(lena, now)
        assert queries.kinds_offered(now.date()) == frozenset()

        actions.offer_again(document=document)
        assert title_for(lena, now) == "Other"
        assert queries.kinds_offered(now.date()) == {"guide"}


def test_local_help_is_one_text_for_each_market(now: datetime) -> None:
    """J-04.3."""
    actions.name_local_contact(market="DE", lines="Old", now=now)
    actions.name_local_contact(market="DE", lines=" Nordservice GmbH \n\n +49 40 1 ", now=now)

    assert queries.local_lines_of() == {"DE": "Nordservice GmbH\n+49 40 1"}
    actions.forget_local_contact(market="DE")
    assert not LocalContact.objects.exists()
