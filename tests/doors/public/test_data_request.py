"""Behind the link in the mail: a reader fetches his data, or has them deleted, without anybody of the firm (G-08)."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from guanxi.consent import erased, requests
from guanxi.consent.models import SubjectRequest
from guanxi.ledger.models import Contact, Order
from guanxi.outbox.addresses import data_address, request_address
from guanxi.privacy import answering
from guanxi.privacy.models import Erasure
from guanxi.public.words import all_words
from guanxi.staff.models import AuditEntry
from tests import cast
from tests.doors.public.conftest import path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("an_hour_later")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WORDS = all_words()["de"]


def asked(contact: Contact, kind: str, **changes: Any) -> SubjectRequest:
    """He asked on his page, and the mail with the link went out."""
    request = requests.ask(contact=contact, kind=kind, via="preferences", now=changes.get("now", cast.NOW))
    assert request is not None
    requests.write_to_due(now=changes.get("now", cast.NOW))
    request.refresh_from_db()
    return request


def link(request: SubjectRequest) -> str:
    return path(request_address(request.pk))


def an_order(buyer: Contact, **fields: Any) -> Order:
    columns: dict[str, Any] = {
        "customer": buyer.customer, "contact": buyer, "source": "test", "number": f"PO-{Order.objects.count()}",
        "placed_at": cast.NOW - DAY, "currency": "EUR", "amount": 10, "created_at": cast.NOW, "updated_at": cast.NOW,
    } | fields  # fmt: skip
    return Order.objects.create(**columns)


class TestFetching:
    def test_gives_everything_as_a_file_by_post(self, lena: Contact) -> None:
        """RL-08, G-08: by himself, at once, and the request is answered by it."""
        request = asked(lena, "export")
        page = Client().get(link(request))
        assert WORDS["fetch_button"] in page.content.decode()

        answer = Client(enforce_csrf_checks=True).post(link(request))

        assert answer["Content-Disposition"] == 'attachment; filename="my-data.zip"'
        assert answer["Cache-Control"] == "no-store"
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            document = json.loads(archive.read("person.json"))
        assert "lena@alsterkontor.example" in json.dumps(document)
        request.refresh_from_db()
        assert (request.state, request.outcome) == ("done", "fetched by the person")
        assert AuditEntry.objects.filter(act="person.exported").get().details["via"] == "reader"

    def test_ends_after_a_few_times(self, lena: Contact) -> None:
        """RS-30."""
        request = asked(lena, "export")
        SubjectRequest.objects.update(fetched=requests.MOST_FETCHES)

        answer = Client().post(link(request))

        assert (answer.status_code, WORDS["fetch_over_title"] in answer.content.decode()) == (429, True)

    def test_ends_after_a_week(self, lena: Contact) -> None:
        request = asked(lena, "export", now=cast.NOW - 7 * DAY)

        assert Client().get(link(request)).status_code == 404

    @pytest.mark.parametrize("kind", ["export", "erase"])
    def test_changes_nothing_by_a_look(self, kind: str, lena: Contact) -> None:
        """RS-31: scanners follow links."""
        request = asked(lena, kind)
        before = list(SubjectRequest.objects.values())
        for method in ("get", "head"):
            assert getattr(Client(), method)(link(request)).status_code == 200

        assert list(SubjectRequest.objects.values()) == before
        assert not AuditEntry.objects.filter(act="person.exported").exists()

    def test_takes_no_other_link(self, lena: Contact) -> None:
        """RS-19: the link of another page is worthless here."""
        other = data_address(lena.pk, 1).rpartition("/")[2]
        unsent = requests.ask(contact=lena, kind="export", via="preferences", now=cast.NOW)
        assert unsent is not None

        assert [Client().post(each).status_code for each in (f"/p/request/{other}", link(unsent))] == [404, 404]


class TestDeleting:
    def test_is_confirmed_by_post_and_carried_out_by_itself(self, lena: Contact) -> None:
        """J-20.3, G-08, RL-10: asked on the page, confirmed by the mailed link, erased; the proof stays."""
        request = asked(lena, "erase")
        assert answering.carry_out_confirmed(now=cast.NOW) == 0

        answer = Client(enforce_csrf_checks=True).post(link(request))
        assert WORDS["erasing_title"] in answer.content.decode()
        assert answering.carry_out_confirmed(now=cast.NOW + HOUR) == 1

        assert not Contact.objects.filter(pk=lena.pk).exists()
        assert erased.is_erased("lena@alsterkontor.example")
        request.refresh_from_db()
        assert (request.state, request.contact, Erasure.objects.get().via) == ("done", None, "request")
        assert Client().get(link(request)).status_code == 404

    @pytest.mark.parametrize(
        ("fields", "waits"),
        [
            ({"stage": "in_transit"}, True), ({"stage": "delivered"}, False), ({"stage": "cancelled"}, False),
            ({"stage": "quoted"}, False), ({"stage": "shipped", "placed_at": cast.NOW - 400 * DAY}, False),
            ({"stage": "packed", "contact": None}, True),
        ],
    )  # fmt: skip
    def test_waits_for_goods_under_way(self, fields: dict[str, Any], waits: bool, lena: Contact) -> None:
        """CN-40: what a contract needs stays until it is fulfilled; the clock of the request goes on."""
        an_order(lena, **fields)
        request = asked(lena, "erase")
        page = Client().post(link(request)).content.decode()

        assert (WORDS["erasing_waits"] in page) == waits
        assert answering.carry_out_confirmed(now=cast.NOW + HOUR) == (0 if waits else 1)

    def test_leaves_the_firms_order_to_a_colleague(self, lena: Contact) -> None:
        cast.a_contact(customer=lena.customer, email="jan@alsterkontor.example")
        an_order(lena, stage="in_transit", contact=None)

        assert answering.orders_under_way(lena, now=cast.NOW) == 0


class TestTheMail:
    def test_comes_again_an_hour_later_and_three_times_at_most(self, lena: Contact) -> None:
        """RS-30: nobody fills a mailbox by a link."""
        mails = []
        for minutes in (0, 10, 70, 140, 210, 280):
            requests.ask(contact=lena, kind="erase", via="preferences", now=cast.NOW + timedelta(minutes=minutes))
            mails += requests.write_to_due(now=cast.NOW + timedelta(minutes=minutes))

        assert [each.key.rpartition(":")[2] for each in mails] == ["1", "2", "3"]
        assert SubjectRequest.objects.get().due_at == cast.NOW + requests.TERM

    def test_is_not_sent_for_what_staff_took_down(self, lena: Contact) -> None:
        requests.open_request(contact=lena, kind="erase", via="staff", now=cast.NOW)

        assert requests.write_to_due(now=cast.NOW + DAY) == []
