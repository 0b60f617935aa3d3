"""Webhooks and web shops in the console."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from guanxi.staff.models import ApiToken, AuditEntry
from guanxi.tracking.models import Site
from guanxi.webhooks.models import Delivery, Endpoint

pytestmark = pytest.mark.django_db
GIVEN = {
    "name": "ERP",
    "url": "https://erp.example/hook",
    "event_names": ["order.placed"],
    "other_names": "Cart Viewed",
}


@pytest.fixture
def owner(client_of: Any, ada: Any) -> Client:
    client: Client = client_of(ada)
    return client


@pytest.fixture
def endpoint(owner: Client) -> Endpoint:
    owner.post("/webhooks/add", GIVEN)
    return Endpoint.objects.get()


class TestWebhooks:
    def test_show_their_secret_once(self, owner: Client) -> None:
        answer = owner.post("/webhooks/add", GIVEN)
        (secret,) = re.findall(r"whsec_[\w+/=]+", html.unescape(answer.content.decode()))
        again = owner.get(f"/webhooks/{Endpoint.objects.get().pk}/")

        assert answer["Cache-Control"] == "no-store"
        assert secret not in again.content.decode()
        assert Endpoint.objects.get().event_names == ["order.placed", "Cart Viewed"]

    @pytest.mark.parametrize("url", ["http://erp.example/", "https://erp.example:8443/", "erp", "https://a@b.example/"])
    def test_of_odd_addresses_are_refused_with_a_sentence(self, owner: Client, url: str) -> None:
        answer = owner.post("/webhooks/add", GIVEN | {"url": url})

        assert (answer.status_code, Endpoint.objects.count()) == (422, 0)
        assert "Only https on port 443" in answer.content.decode()

    def test_are_tried_paused_resumed_told_again_and_removed(self, owner: Client, endpoint: Endpoint) -> None:
        address = f"/webhooks/{endpoint.pk}"
        owner.post(f"{address}/ping")
        assert Delivery.objects.get().webhook_id.startswith("ping_")
        owner.post(f"{address}/pause")
        assert "Paused" in owner.get("/webhooks/").content.decode()
        owner.post(f"{address}/pause")
        owner.post(f"{address}/change", GIVEN | {"name": "Books"})
        Delivery.objects.update(state="gave_up", tries=10, outcome="timeout")
        assert "given up" in owner.get(f"{address}/").content.decode()
        owner.post(f"/webhooks/deliveries/{Delivery.objects.get().pk}/resend")
        assert Delivery.objects.get().state == "waiting"
        assert "webhook.secret_renewed" not in set(AuditEntry.objects.values_list("act", flat=True))
        assert "whsec_" in owner.post(f"{address}/renew").content.decode()
        owner.post(f"{address}/remove")

        assert not Endpoint.objects.exists()
        assert {
            "webhook.added", "webhook.tried", "webhook.paused", "webhook.resumed", "webhook.changed", "webhook.resent",
            "webhook.secret_renewed", "webhook.removed",
        } <= set(AuditEntry.objects.values_list("act", flat=True))  # fmt: skip

    def test_show_what_waits_until_it_is_told(self, owner: Client, endpoint: Endpoint) -> None:
        owner.post(f"/webhooks/{endpoint.pk}/ping")
        part = owner.get(f"/webhooks/{endpoint.pk}/", headers={"HX-Request": "true"}).content.decode()
        assert "hx-get" in part
        assert "<html" not in part

        Delivery.objects.update(state="delivered", status=200, outcome="ok", excerpt="<b>thanks</b>")
        part = owner.get(f"/webhooks/{endpoint.pk}/", headers={"HX-Request": "true"}).content.decode()
        assert "hx-get" not in part
        assert "&lt;b&gt;thanks" in part


class TestTheShopPage:
    def test_shows_the_line_with_its_key_once(self, owner: Client) -> None:
        answer = html.unescape(owner.post("/shop/add", {"address": "https://Shop.example/lamps"}).content.decode())

        assert re.search(r'<script src="[^"]+/p/guanxi\.js" data-key="gx_write_[\w-]+" defer></script>', answer)
        page = owner.get("/shop/").content.decode()
        assert "https://shop.example" in page
        assert 'data-key="gx' not in html.unescape(page)

    def test_refuses_what_is_no_shop(self, owner: Client) -> None:
        assert "no address of a shop" in owner.post("/shop/add", {"address": "x y"}).content.decode()
        assert not ApiToken.objects.exists()

    def test_removes_a_shop_with_its_key(self, owner: Client) -> None:
        owner.post("/shop/add", {"address": "shop.example"})
        owner.post(f"/shop/{Site.objects.get().pk}/remove")

        assert not Site.objects.exists()
        assert ApiToken.objects.get().revoked_at
