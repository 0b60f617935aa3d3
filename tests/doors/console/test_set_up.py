"""The first visit, from the link in the terminal to the home page, and never again (RS-43)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from guanxi.console import set_up
from guanxi.firm import queries as firm_queries
from guanxi.outbox import facts as outbox_facts
from guanxi.staff.models import User
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_set_up")]

OWNER = {"name": "Ada Lin", "email": "ada@ningbo-firm.example", "password": cast.PASSWORD}
FIRM = {
    "name": "Ningbo Haiyue Hardware",
    "postal_address": "88 Baizhang Road\nNingbo 315000",
    "website": "https://www.ningbo-firm.example",
    "country": "CN",
    "reporting_currency": "USD",
    "time_zone": "Asia/Shanghai",
    "language": "en",
}
SENDER = {"name": "Ada Lin, Haiyue", "address": "ada@ningbo-firm.example", "reply_to": ""}


@pytest.fixture
def link(monkeypatch: pytest.MonkeyPatch, now: datetime) -> str:
    """The path of a fresh one-time link; the console's clock stands at the moment of the tests."""
    monkeypatch.setattr("guanxi.kernel.clock.utc_now", lambda: now)
    address = set_up.one_time_link(now)
    assert address
    return address.removeprefix(settings.PUBLIC_URL)


class TestTheFirstVisit:
    def test_leads_through_the_four_steps(self, link: str, drawer: Path) -> None:
        client = Client()
        assert "terminal" in client.get("/", follow=True).content.decode()

        assert client.post(link, OWNER)["Location"] == "/set-up/firm"
        assert client.get("/", follow=True).request["PATH_INFO"] == "/set-up/firm"
        assert client.post("/set-up/firm", FIRM)["Location"] == "/set-up/sender"
        assert client.post("/set-up/sender", SENDER)["Location"] == "/set-up/finish"
        client.post("/set-up/finish", {"do": "test"})
        assert client.post("/set-up/finish", {"do": "finish"})["Location"] == "/"

        assert client.get("/").status_code == 200
        firm, sender = firm_queries.the_firm(), outbox_facts.default_sender()
        assert (firm.name, firm.postal_address, firm.set_up_at is not None) == (
            "Ningbo Haiyue Hardware", "88 Baizhang Road\nNingbo 315000", True,
        )  # fmt: skip
        assert sender is not None
        assert sender.address == "ada@ningbo-firm.example"
        assert len(list(drawer.glob("*.eml"))) == 1

    def test_wants_a_postal_address(self, link: str) -> None:
        client = Client()
        client.post(link, OWNER)

        answer = client.post("/set-up/firm", FIRM | {"postal_address": " "})

        assert answer.status_code == 200
        assert not firm_queries.the_firm().name

    @pytest.mark.parametrize("password", ["short", "password123", "ada@ningbo-firm.example"])
    def test_wants_a_password_that_is_not_easily_guessed(self, link: str, password: str) -> None:
        assert Client().post(link, OWNER | {"password": password}).status_code == 200
        assert not User.objects.exists()


class TestTheLink:
    def test_works_once(self, link: str) -> None:
        Client().post(link, OWNER)

        again = Client().post(link, OWNER | {"email": "eve@firm.example"})

        assert again.status_code == 404
        assert User.objects.count() == 1

    def test_opening_it_does_not_use_it_up(self, link: str) -> None:
        for _ in range(3):
            assert Client().get(link).status_code == 200

    def test_ends_after_two_days(self, link: str, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("guanxi.kernel.clock.utc_now", lambda: now + timedelta(hours=48))

        assert Client().get(link).status_code == 404

    def test_is_not_made_any_more_once_there_is_an_account(self, now: datetime) -> None:
        cast.bo()

        assert set_up.one_time_link(now) is None

    def test_an_invented_one_opens_nothing(self) -> None:
        assert Client().post("/set-up/invented", OWNER).status_code == 404
        assert not User.objects.exists()


class TestAfterwards:
    @pytest.mark.parametrize("step", ["", "firm", "sender", "finish", "invented"])
    def test_every_step_is_gone(self, link: str, step: str) -> None:
        client = Client()
        client.post(link, OWNER)
        client.post("/set-up/firm", FIRM)
        client.post("/set-up/sender", SENDER)
        client.post("/set-up/finish", {"do": "finish"})

        assert client.get(f"/set-up/{step}").status_code == 404
        assert client.post(f"/set-up/{step}", FIRM).status_code in {404, 405}
        assert Client().get(link).status_code == 404

    def test_an_interrupted_set_up_goes_on_after_signing_in(self, link: str) -> None:
        Client().post(link, OWNER)
        client = Client()

        client.post("/account/login/", {"login": OWNER["email"], "password": cast.PASSWORD})

        assert client.get("/", follow=True).request["PATH_INFO"] == "/set-up/firm"

    def test_who_may_not_manage_settings_cannot_take_part(self, link: str) -> None:
        client = Client()
        client.force_login(cast.bo())

        assert client.get("/set-up/firm").status_code == 403
