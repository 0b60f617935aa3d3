"""The script for a shop's pages: small, silent until a visitor agrees (the issue's "consent-aware, under 5 kB")."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from guanxi.ledger.models import Contact, Event
from guanxi.tracking import sites
from tests import cast

GUANXI = "http://guanxi.localhost:9"
HOME, LAMP = "/", "/lamps/l-1?email=lena@alsterkontor.example&utm_source=news&q=oak"


class TestTheScript:
    def test_is_smaller_than_5_kb_as_served(self, client: Client) -> None:
        answer = client.get("/p/guanxi.js")

        assert answer["Content-Type"].startswith("text/javascript")
        assert 1_000 < len(answer.content) < 5_000

    def test_may_be_kept_for_an_hour_and_asked_for_again(self, client: Client) -> None:
        first = client.get("/p/guanxi.js")
        again = client.get("/p/guanxi.js", headers={"If-None-Match": first["ETag"]})

        assert "public, max-age=3600" in first["Cache-Control"]
        assert (again.status_code, again.content) == (304, b"")
        assert "Set-Cookie" not in first.headers


class Shop(ThreadingHTTPServer):
    """A web shop of one page, whatever its address; `script` is the line it has put in."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Shelf)
        self.script = ""
        self.told: list[Any] = []

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Shelf(BaseHTTPRequestHandler):
    server: Shop

    def do_GET(self) -> None:
        product = json.dumps({"event": "Product Viewed", "sku": "L-1", "category": "lamps", "name": "Oak lamp"})
        body = (
            f"<!doctype html><title>Lamps</title>{self.server.script}"
            + (f"<main data-guanxi='{product}'></main>" if self.path.startswith("/lamps") else "")
            + """<button data-guanxi-click='{"event": "Product Added", "sku": "L-1"}'>Add</button>"""
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def shop(db: None, page: Any) -> Iterator[Shop]:
    """The shop is a real server; what its pages tell to Guanxi is answered within the test, by the test's database."""
    server = Shop()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    _site, key = sites.add_site(actor=cast.ada(), address=server.origin, now=cast.NOW)
    server.script = f'<script src="{GUANXI}/p/guanxi.js" data-key="{key}"></script>'
    cache.clear()
    server.told = told = []
    page.context.route(f"{GUANXI}/p/guanxi.js", _fulfill)
    # Answered by `until`: within a handler Django would open another connection.
    page.context.route(f"{GUANXI}/v1/**", lambda route: told.append(route))
    yield server
    server.shutdown()
    server.server_close()


def _fulfill(route: Any) -> None:
    request = route.request
    headers = {"Origin": request.headers["origin"]} if "origin" in request.headers else {}
    path, body = request.url.removeprefix(GUANXI), request.post_data_buffer or b""
    answer = Client().generic(request.method, path, body, content_type="text/plain", headers=headers)
    route.fulfill(status=answer.status_code, headers=dict(answer.items()), body=answer.content)


def until(holds: Callable[[], bool], page: Any, shop: Shop) -> None:
    for _ in range(200):
        while shop.told:
            _fulfill(shop.told.pop(0))
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not come to pass within ten seconds")


def names() -> set[str]:
    return set(Event.objects.values_list("name", flat=True))


@pytest.mark.browser
@pytest.mark.django_db
class TestInABrowser:
    def test_says_and_keeps_nothing_until_the_visitor_agrees(self, page: Any, shop: Shop) -> None:
        """No request and no storage without consent; a browser that asks not to be tracked is obeyed."""
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url) if "/v1/" in request.url else None)
        page.goto(shop.origin + LAMP)
        page.evaluate("guanxi.track('Product Viewed', {}); guanxi.identify({email: 'a@b.example'}); guanxi.page()")
        page.click("button")
        page.goto(shop.origin + HOME)
        page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
        page.goto(shop.origin + LAMP)
        page.evaluate("guanxi.consent(true)")
        page.wait_for_timeout(300)

        assert sent == []
        assert page.evaluate("localStorage.length + document.cookie.length") == 0
        assert not Event.objects.exists()

    def test_tells_what_he_looks_at_once_he_agrees(self, page: Any, shop: Shop) -> None:
        """D-03, B-12: pages, products, searches, the cart and how long a page was in view; then who he is."""
        lena = cast.lena()
        page.goto(shop.origin + LAMP)
        page.evaluate("guanxi.consent(true)")
        page.click("button")
        page.wait_for_timeout(1100)
        page.evaluate("history.pushState({}, '', '/lamps/l-2')")
        until(
            lambda: names() >= {"page.viewed", "Product Viewed", "Product Added", "Products Searched", "Page Left"},
            page,
            shop,
        )

        viewed = Event.objects.filter(name="page.viewed").earliest("occurred_at")
        assert (viewed.properties["path"], viewed.contact) == ("/lamps/l-1", None)
        assert viewed.properties["context"]["campaign"] == {"source": "news"}
        assert Event.objects.get(name="Products Searched").properties["query"] == "oak"
        assert Event.objects.get(name="Page Left").properties["dwell_seconds"] >= 1
        assert "alsterkontor" not in json.dumps(list(Event.objects.values_list("properties", flat=True)))

        page.goto(shop.origin + HOME)  # his agreement is remembered
        page.evaluate(f"guanxi.identify('u-1', {{email: '{lena.email}'}})")
        until(lambda: Event.objects.filter(name="Identify", contact=lena).exists(), page, shop)
        page.wait_for_timeout(200)
        assert set(Event.objects.values_list("contact_id", flat=True)) == {lena.pk}
        assert Contact.objects.count() == 1

        page.evaluate("guanxi.consent(false)")
        assert page.evaluate("localStorage.length") == 0
