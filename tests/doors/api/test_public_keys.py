"""Keys that stand in a web page: taken from the firm's own pages only, and for visits only."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from guanxi.api import collect
from guanxi.ledger.models import Contact, Event, Order
from guanxi.staff import actions as staff_actions
from guanxi.tracking import sites
from guanxi.tracking.models import Site
from tests import cast

pytestmark = pytest.mark.django_db
SHOP = "https://shop.example"
Tell = Callable[..., Any]


@pytest.fixture
def tell(ada: Any) -> Tell:
    """A page of the shop tells a batch of calls, as plain text with the key in the body."""
    cache.clear()
    _, key = sites.add_site(actor=ada, address=SHOP, now=cast.NOW)

    def send(*calls: dict[str, Any], origin: str = SHOP, key: str = key, **more: Any) -> Any:
        body = {"writeKey": key, "batch": [{"type": "track", "anonymousId": "a-1"} | call for call in calls]} | more
        return Client(enforce_csrf_checks=True).post(
            "/v1/batch", json.dumps(body), content_type="text/plain", headers={"Origin": origin}
        )

    return send


class TestAPage:
    def test_of_the_shop_is_heard_and_may_read_the_answer(self, tell: Tell) -> None:
        answer = tell({"event": "Product Viewed"})

        assert answer.json() == {"success": True, "recorded": 1}
        assert answer["Access-Control-Allow-Origin"] == SHOP
        assert "Origin" in answer["Vary"]

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "http://shop.example", "https://shop.example:8443", "null"]
    )
    def test_of_anybody_else_is_refused(self, tell: Tell, origin: str) -> None:
        answer = tell({"event": "Product Viewed"}, origin=origin)

        assert answer.status_code == 403
        assert "Access-Control-Allow-Origin" not in answer
        assert not Event.objects.exists()

    def test_asks_first_where_a_browser_wants_that(self, tell: Tell) -> None:
        ours = Client().options("/v1/batch", headers={"Origin": SHOP})
        theirs = Client().options("/v1/batch", headers={"Origin": "https://evil.example"})

        assert (ours.status_code, ours["Access-Control-Allow-Origin"]) == (204, SHOP)
        assert "Access-Control-Allow-Origin" not in theirs

    def test_with_the_key_of_a_server_is_refused(self, tell: Tell, ada: Any) -> None:
        _, secret = staff_actions.issue_token(actor=ada, name="erp", kind="write", role="analyst", now=cast.NOW)

        assert tell({"event": "Product Viewed"}, key=secret).status_code == 403

    def test_cannot_write_orders_or_permissions(self, tell: Tell, lena: Contact) -> None:
        who = {"context": {"traits": {"email": lena.email}}}
        products = {"order_id": "1", "products": [{"price": 1}], "currency": "EUR"}
        tell({"event": "Order Completed", "properties": products, **who}, {"event": "Consent Confirmed", **who})

        assert set(Event.objects.filter(is_historical=False).values_list("name", flat=True)) == {
            "Order Completed", "Consent Confirmed",
        }  # fmt: skip
        assert not Order.objects.exists()

    def test_that_asks_too_often_is_told_to_wait(self, tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(collect, "REQUESTS_A_MINUTE", 2)
        answers = [tell({"event": "Product Viewed"}).status_code for _ in range(3)]

        assert answers == [200, 200, 429]

    def test_opens_no_records(self, tell: Tell) -> None:
        token = Site.objects.get().token
        basic = base64.b64encode(f"{token.prefix}:".encode()).decode()

        assert Client().get("/api/customers", headers={"Authorization": f"Basic {basic}"}).status_code == 401


class TestASite:
    @pytest.mark.parametrize(
        ("address", "origin"),
        [
            ("https://Shop.example/lamps?x=1", "https://shop.example"), ("shop.example", "https://shop.example"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"), ("https://shop.example:443", "https://shop.example"),
        ],
    )  # fmt: skip
    def test_is_known_by_its_origin(self, address: str, origin: str) -> None:
        assert sites.origin_of(address) == origin

    @pytest.mark.parametrize(
        "address", ["", "ftp://shop.example", "https://", "https://a@shop.example", "https://a b/"]
    )
    def test_is_an_address_of_the_web(self, address: str) -> None:
        with pytest.raises(sites.BadSite):
            sites.origin_of(address)

    def test_is_entered_once(self, tell: Tell, ada: Any) -> None:
        with pytest.raises(sites.BadSite):
            sites.add_site(actor=ada, address=SHOP, now=cast.NOW)

    def test_takes_its_key_along(self, tell: Tell, ada: Any) -> None:
        sites.remove_site(actor=ada, site=Site.objects.get(), now=cast.NOW)

        assert tell({"event": "Product Viewed"}).status_code == 401
