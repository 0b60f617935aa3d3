"""Rehearsals from the console: asked for, played beside the pages, shown with what was assumed, compared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import fastexcel
import pytest
from django.test import Client
from django.utils import translation

from guanxi.console import rehearsal_pages
from guanxi.console.rehearsal_words import assumed_words, held_sentence, note_words
from guanxi.content.models import Template
from guanxi.firm import actions as firm_actions
from guanxi.journeys import actions as journeys_actions
from guanxi.journeys import drafts
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.outbox.models import Message
from guanxi.pipeline import rehearsals
from guanxi.pipeline.models import RehearsalRun
from guanxi.rehearsal.notes import CODES
from guanxi.rehearsal.past import ASSUMPTIONS
from tests import cast

pytestmark = pytest.mark.django_db

QUIET = """\
key: quiet
title: Quiet
purpose: wake
trigger: {silence: 60d}
entry: {again_after: 30d}
steps:
  - {id: code, offer: existing-customer-coupon}
  - {id: letter, send: quiet, not_after: 20d}
"""
WISH = {"start": "2026-01-01", "end": "2026-06-30", "assume": ["contact", "consent"], "journey": ["quiet"]}


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(task: Callable[[], None]) -> None:
        task()

    monkeypatch.setattr(rehearsal_pages, "in_background", run)


@pytest.fixture
def ada_in(ada: Any, signed_in: Any, at_once: None, now: datetime) -> Client:
    """A customer without contacts who ordered twice, and a journey that hears his silence."""
    firm_actions.report_in(currency="EUR")
    template = Template.objects.create(key="quiet", title="quiet", kind="marketing", created_at=now)
    template.letters.create(
        language="en", subject="Hello", mjml="", text="Hello", html="<p>Hello</p>", published_at=now
    )
    journeys_actions.publish(text=QUIET, now=now)
    customer = ledger_actions.create_customer(name="Wharf & Sons", country="GB", now=now)
    for number, day in (("PO-1", 5), ("PO-2", 9)):
        ledger_actions.record_order(
            customer=customer, number=number, placed_at=datetime(2026, 1, day, 9, tzinfo=UTC), currency="EUR", now=now,
            lines=[LineFacts(Decimal(1), Decimal(100))], historical=True,
        )  # fmt: skip
    return signed_in(ada)


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_note_has_its_words(code: str) -> None:
    values = {
        "customers": 1200, "scheme": "need", "schemes": ["need", "stage"], "currency": "GBP", "into": "USD",
        "orders": 3, "days": 21,
    }  # fmt: skip
    for more in ({"steps": "week", "is_known": True}, {"steps": "month", "is_known": False}):
        assert "%(" not in note_words({"code": code, "values": values | more})


def test_words_follow_the_language_of_the_reader() -> None:
    with translation.override("zh-hans"):
        assert assumed_words(["contact"]) == ["为没有联系人的客户补一位读者"]
        assert "斋月" in held_sentence("ramadan", 412)
    assert held_sentence("ramadan", 412) == "412 letters would have waited for Ramadan"
    assert held_sentence("weekend", 1) == "1 letter would have waited: weekend there"


class TestARehearsal:
    def test_shows_figures_and_what_was_assumed(self, ada_in: Client) -> None:
        ada_in.post("/rehearsals/ask/", WISH)

        page = ada_in.get(f"/rehearsals/{RehearsalRun.objects.get().pk}/").content.decode()

        assert "Assumed:" in page
        assert "a reader for every customer who has none" in page
        assert "Wharf &amp; Sons" in page
        assert 'data-chart="chart-weeks"' in page
        assert not Message.objects.exists()

    def test_compares_a_version_that_is_tried(self, ada_in: Client) -> None:
        """Change a delay, watch the figures change."""
        tried = QUIET.replace("silence: 60d", "silence: 3d")

        ada_in.post("/rehearsals/ask/", WISH | {"text": tried})

        run = RehearsalRun.objects.get()
        page = ada_in.get(f"/rehearsals/{run.pk}/").content.decode()
        assert (run.published["proposals"], run.result["proposals"]) == (1, 1)
        assert run.published["by_week"] != run.result["by_week"]
        assert "The tried version beside the one as it is" in page

    def test_takes_over_what_was_wished(self, ada_in: Client) -> None:
        ada_in.post("/rehearsals/ask/", WISH)

        page = ada_in.get(f"/rehearsals/?like={RehearsalRun.objects.get().pk}&try=quiet").content.decode()

        assert 'name="start" required value="2026-01-01"' in page
        assert "trigger: {silence: 60d}" in page
        assert 'value="quiet" checked' in page

    def test_begins_with_what_is_being_built(self, ada_in: Client, now: datetime) -> None:
        """From the builder in two clicks: the draft stands in the form, the span is the one of before."""
        ada_in.post("/rehearsals/ask/", WISH)
        drafts.begin(key="quiet", text=QUIET.replace("60d", "45d"), base=None, now=now)

        page = ada_in.get("/rehearsals/?draft=quiet").content.decode()

        assert "trigger: {silence: 45d}" in page
        assert 'name="start" required value="2026-01-01"' in page
        assert 'value="quiet" checked' in page

    def test_makes_up_at_first_what_there_is_nothing_of(self, ada_in: Client) -> None:
        page = ada_in.get("/rehearsals/").content.decode()

        assert page.count('name="assume"') == page.count(" checked") == len(ASSUMPTIONS)

    def test_is_handed_out_as_a_workbook(self, ada_in: Client) -> None:
        """What was assumed stands on every sheet."""
        ada_in.post("/rehearsals/ask/", WISH | {"text": QUIET.replace("60d", "10d")})

        book = fastexcel.read_excel(ada_in.get(f"/rehearsals/{RehearsalRun.objects.get().pk}/rehearsal.xlsx").content)

        assert book.sheet_names == ["Journeys", "Comparison", "Counts", "Missing"]
        for name in book.sheet_names:
            cells = book.load_sheet(name, header_row=None).to_arrow().column(0).to_pylist()
            assert "nothing was sent" in cells[0]
            assert cells[1].startswith("Assumed: ")
            assert "a reader for every customer who has none" in cells[1]

    @pytest.mark.parametrize(
        ("wish", "told"),
        [
            ({"start": "soon"}, "Write both days"),
            ({"text": "key: quiet\nsteps: []"}, "line"),
        ],
    )
    def test_names_what_is_wrong_at_once(self, ada_in: Client, wish: dict[str, Any], told: str) -> None:
        answer = ada_in.post("/rehearsals/ask/", WISH | wish, follow=True)

        assert told in answer.content.decode()
        assert not RehearsalRun.objects.exists()

    def test_names_what_is_wrong_when_it_is_played(self, ada_in: Client) -> None:
        ada_in.post("/rehearsals/ask/", WISH | {"start": "2026-07-01"})

        run = RehearsalRun.objects.get()
        assert run.state == "failed"
        assert "comes before" in ada_in.get(f"/rehearsals/{run.pk}/").content.decode()

    def test_is_played_one_at_a_time(self, ada_in: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rehearsal_pages, "in_background", lambda task: None)
        ada_in.post("/rehearsals/ask/", WISH)

        answer = ada_in.post("/rehearsals/ask/", WISH, follow=True)

        run = RehearsalRun.objects.get()
        assert "Another rehearsal is being played" in answer.content.decode()
        assert "The past is being played" in ada_in.get(f"/rehearsals/{run.pk}/").content.decode()
        part = ada_in.get(f"/rehearsals/{run.pk}/", HTTP_HX_REQUEST="true").content.decode()
        assert "<html" not in part
        assert "delay:2s" in part

    def test_of_a_program_that_was_stopped_is_given_up(self, ada_in: Client, now: datetime) -> None:
        wishes = {"from": "2026-01-01", "to": "2026-01-31", "journeys": ["quiet"], "assume": [], "text": ""}
        first = rehearsals.ask(wishes=wishes, user=None, now=cast.NOW)

        rehearsals.ask(wishes=wishes, user=None, now=cast.NOW + timedelta(hours=2))

        first.refresh_from_db()
        assert (first.state, first.error) == ("failed", rehearsals.DEAD)
        assert rehearsals.forget_expired(now=cast.NOW + timedelta(days=40)) == 2
