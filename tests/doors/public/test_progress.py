"""Where an order stands, for the buyer."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from guanxi.journeys.values import progress_url
from guanxi.kernel import clock
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Order
from guanxi.papers import actions as papers_actions
from guanxi.supply import actions as supply_actions
from guanxi.supply.models import ProductionPicture
from guanxi.tracking.models import PageHit

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(lena: Contact, now: datetime) -> Order:
    return ledger_actions.record_order(
        customer=lena.customer, contact=lena, number="PO-7 <b>", placed_at=now, currency="EUR", now=now,
        lines=[LineFacts(Decimal(1), Decimal(2))], ship_by=date(2026, 6, 19),
    )  # fmt: skip


def page_of(order: Order, contact: Contact) -> str:
    answer = Client().get(urlsplit(progress_url(order_id=order.pk, contact_id=contact.pk)).path)
    assert answer.status_code == 200
    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("no-store", "noindex, nofollow")
    return answer.content.decode()


class TestProgress:
    def test_tells_the_stage_in_the_readers_language(self, order: Order, lena: Contact, now: datetime) -> None:
        ledger_actions.change_stage(order=order, stage="in_production", now=now + timedelta(days=2))
        page = page_of(order, lena)

        assert "Ihre Bestellung PO-7 &lt;b&gt;" in page
        assert "Bestellt am 13. Mai 2026" in page
        assert "Geplanter Versand am 19. Juni 2026" in page
        assert page.count('class="done"') == 1
        assert page.count('aria-current="step"') == 1
        assert "15. Mai 2026" in page

    def test_leads_to_the_carrier(self, order: Order, lena: Contact, now: datetime) -> None:
        ledger_actions.change_stage(
            order=order,
            stage="shipped",
            now=now,
            carrier="DHL",
            tracking_number="J1",
            tracking_url="https://dhl.example/J1",
        )
        page = page_of(order, lena)

        assert 'href="https://dhl.example/J1"' in page
        assert "DHL, Sendungsnummer J1" in page

    def test_leads_to_no_script(self, order: Order, lena: Contact) -> None:
        Order.objects.update(tracking_url="javascript:alert(1)")

        assert "javascript" not in page_of(order, lena)

    @pytest.mark.parametrize("stage", ["delivered", "completed"])
    def test_is_all_done_in_the_end(self, order: Order, lena: Contact, stage: str) -> None:
        ledger_actions.change_stage(order=order, stage=stage, now=clock.utc_now())

        assert page_of(order, lena).count('class="done"') == 7

    def test_says_that_an_order_was_cancelled(self, order: Order, lena: Contact) -> None:
        ledger_actions.change_stage(order=order, stage="cancelled", now=clock.utc_now())

        assert "storniert" in page_of(order, lena)

    def test_closes_a_year_after_the_order_is_over(self, order: Order, lena: Contact) -> None:
        path, now = urlsplit(progress_url(order_id=order.pk, contact_id=lena.pk)).path, clock.utc_now()
        ledger_actions.change_stage(order=order, stage="delivered", occurred_at=now - timedelta(days=364), now=now)
        assert Client().get(path).status_code == 200

        Order.objects.filter(pk=order.pk).update(stage_at=now - timedelta(days=366))
        assert Client().get(path).status_code == 404

    def test_is_closed_to_the_reader_of_another_customer(self, order: Order, yuki: Contact) -> None:
        path = urlsplit(progress_url(order_id=order.pk, contact_id=yuki.pk)).path

        assert Client().get(path).status_code == 404
        assert Client().get("/p/progress/x.y").status_code == 404

    def test_reads_no_cookie(self, order: Order, lena: Contact) -> None:
        answer = Client().get(urlsplit(progress_url(order_id=order.pk, contact_id=lena.pk)).path)

        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.get("Vary", "")


class TestPhotos:
    """L-22: photos of key points of production stand on the page of the order, and nowhere else."""

    @pytest.fixture
    def photo(self, order: Order, now: datetime, settings: Any, tmp_path: Path) -> ProductionPicture:
        settings.MEDIA_ROOT = tmp_path
        picture = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
        return supply_actions.show_production(
            order=order, node="assembly", picture=picture, caption="Nr. <7>", now=now
        )  # fmt: skip

    def test_are_shown_with_their_point_and_day(self, order: Order, lena: Contact, photo: ProductionPicture) -> None:
        page = page_of(order, lena)

        assert "Montage" in page
        assert "Nr. &lt;7&gt;" in page
        assert page.count("13. Mai 2026") == 3

    def test_open_below_the_link_of_their_order_only(
        self, order: Order, lena: Contact, photo: ProductionPicture, now: datetime
    ) -> None:
        other = ledger_actions.record_order(
            customer=lena.customer, contact=lena, number="PO-8", placed_at=now, currency="EUR", now=now,
            lines=[LineFacts(Decimal(1), Decimal(2))],
        )  # fmt: skip
        answers = [
            Client().get(f"{urlsplit(progress_url(order_id=each.pk, contact_id=lena.pk)).path}/photo/{photo.pk}")
            for each in (order, other)
        ]

        assert [each.status_code for each in answers] == [200, 404]
        assert (answers[0]["Content-Type"], answers[0]["X-Content-Type-Options"]) == ("image/png", "nosniff")
        assert answers[0]["Cache-Control"] == "no-store"


class TestPapersAndHelp:
    """J-04.3: the list for customs and who helps on the spot."""

    def test_lists_papers_and_gives_their_files(
        self, order: Order, lena: Contact, yuki: Contact, now: datetime
    ) -> None:
        kept = papers_actions.list_for_customs(
            order=order, kind="packing_list", raw=b"%PDF-1.7 %%EOF", by=None, now=now
        )
        papers_actions.list_for_customs(order=order, kind="other", title="Form 9 <b>", by=None, now=now)
        path = urlsplit(progress_url(order_id=order.pk, contact_id=lena.pk)).path

        page = page_of(order, lena)
        answer = Client().get(f"{path}/paper/{kept.pk}")

        assert "Papiere für den Zoll" in page
        assert "Form 9 &lt;b&gt;" in page
        assert page.count('rel="nofollow"') == 1
        assert answer["Content-Disposition"] == 'attachment; filename="PO-7 b Packliste.pdf"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        foreign = urlsplit(progress_url(order_id=order.pk, contact_id=yuki.pk)).path
        assert Client().get(f"{foreign}/paper/{kept.pk}").status_code == 404

    def test_lists_what_the_record_says(self, order: Order, lena: Contact) -> None:
        Order.objects.update(fields={"documents": ["commercial_invoice", "Form 9"]})

        page = page_of(order, lena)

        assert "Handelsrechnung" in page
        assert "Form 9" in page

    def test_names_who_helps_in_the_readers_market(self, order: Order, lena: Contact, now: datetime) -> None:
        assert "Hilfe vor Ort" not in page_of(order, lena)
        papers_actions.name_local_contact(market="DE", lines="Nordservice <GmbH>\n+49 40 1", now=now)
        papers_actions.name_local_contact(market="JP", lines="Osaka Service", now=now)

        page = page_of(order, lena)
        assert "Nordservice &lt;GmbH&gt;<br>+49 40 1" in page
        assert "Osaka" not in page

        Order.objects.update(fields={"after_sales_contact": "Herr Klein"})
        assert "Herr Klein" in page_of(order, lena)

    def test_looking_is_on_record_for_the_order(self, order: Order, lena: Contact) -> None:
        page_of(order, lena)

        hit = PageHit.objects.get()
        assert (hit.page, hit.object_id, hit.contact) == ("order", str(order.pk), lena)
