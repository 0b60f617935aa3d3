"""Events in the Segment shape."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Customer, Event
from guanxi.staff import actions as staff_actions
from tests import cast

pytestmark = pytest.mark.django_db
Site = Callable[..., Any]


@pytest.fixture
def site(ada: Any) -> Site:
    """A website with a write key."""
    _, key = staff_actions.issue_token(actor=ada, name="site", kind="write", role="analyst", now=cast.NOW)
    basic = base64.b64encode(f"{key}:".encode()).decode()

    def call(kind: str, body: Any, **headers: str) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Basic {basic}"} | headers
        return Client(enforce_csrf_checks=True).post(
            f"/v1/{kind}", raw, content_type="application/json", headers=headers
        )

    return call


def a_view(**changes: Any) -> dict[str, Any]:
    return {"anonymousId": "a-1", "event": "Product Viewed", "properties": {"sku": "L-1"}} | changes


class TestTrack:
    def test_is_written_into_the_ledger(self, site: Site) -> None:
        answer = site("track", a_view(context={"page": {"path": "/lamps"}, "ip": "203.0.113.9"}))

        assert (answer.status_code, answer.json()) == (200, {"success": True, "recorded": 1})
        event = Event.objects.get()
        assert (event.name, event.anonymous_id, event.is_unread) == ("Product Viewed", "anon:a-1", True)
        assert event.properties == {"sku": "L-1", "context": {"page": {"path": "/lamps"}}}

    def test_counts_a_message_id_once(self, site: Site) -> None:
        assert site("track", a_view(messageId="m-1")).json()["recorded"] == 1
        assert site("track", a_view(messageId="m-1")).json()["recorded"] == 0
        assert Event.objects.count() == 1

    @pytest.mark.parametrize("flag", ["historical_import", "backfill"])
    def test_of_history_starts_nothing(self, site: Site, flag: str) -> None:
        site("track", a_view(**{flag: True}))

        assert not Event.objects.get().is_unread

    def test_cannot_pretend_to_be_one_of_us(self, site: Site) -> None:
        site("track", a_view(event="consent.granted"))

        assert Event.objects.get().name == "Consent.granted"

    def test_corrects_a_wrong_clock(self, site: Site) -> None:
        site("track", a_view(timestamp="2031-01-01T00:00:00Z", sentAt="2031-01-01T00:01:00Z"))

        event = Event.objects.get()
        assert (event.recorded_at - event.occurred_at).total_seconds() == 60

    def test_takes_seconds_since_1970(self, site: Site) -> None:
        site("track", a_view(timestamp=1_700_000_000))

        assert Event.objects.get().occurred_at.year == 2023


class TestKeys:
    @pytest.mark.parametrize("header", ["", "Basic", "Basic !", "Basic eDo=", "Bearer x", "Basic w6k6"])
    def test_are_judged(self, db: None, header: str) -> None:
        answer = Client().post(
            "/v1/track", a_view(), content_type="application/json", headers={"Authorization": header}
        )

        assert answer.status_code == 401

    def test_of_the_records_take_no_events(self, ada: Any) -> None:
        _, key = staff_actions.issue_token(actor=ada, name="x", kind="api", role="admin", now=cast.NOW)
        basic = base64.b64encode(f"{key}:".encode()).decode()
        answer = Client().post(
            "/v1/track", a_view(), content_type="application/json", headers={"Authorization": f"Basic {basic}"}
        )

        assert answer.status_code == 401

    def test_need_no_cookie(self, site: Site) -> None:
        assert "Set-Cookie" not in site("track", a_view()).headers

    def test_take_a_post_and_nothing_else(self, db: None) -> None:
        assert Client().get("/v1/track").status_code == 405


class TestNonsense:
    @pytest.mark.parametrize(("kind", "lacks"), [("group", "groupId"), ("alias", "previousId")])
    def test_without_its_other_name_is_refused(self, site: Site, kind: str, lacks: str) -> None:
        answer = site(kind, {"userId": "u-1"})

        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, lacks)

    @pytest.mark.parametrize(
        ("body", "says"),
        [
            ({}, "event: missing"),
            ({"event": "X"}, "userId"),
            ({"userId": "u"}, "event: missing"),
            (a_view(userId=["u"]), "must be a text"),
            (a_view(userId=True), "must be a text"),
            (a_view(messageId="x" * 201), "longer than 200"),
            (a_view(event="x" * 81), "longer than 80"),
            (a_view(properties=[]), "JSON object"),
            (a_view(context="here"), "JSON object"),
            (a_view(timestamp="yesterday"), "timestamp"),
            (a_view(timestamp=1e300), "timestamp"),
            (a_view(timestamp="1970-01-01"), "before 1990"),
            (a_view(sentAt={}, timestamp="2026-01-01"), "sentAt"),
            (a_view(backfill="yes"), "true or false"),
            (a_view(properties={"x": float("nan")}), "NaN"),
            (a_view(properties={"x": float("inf")}), "Infinity"),
            (a_view(properties={"x": 10**60}), "too many digits"),
            (a_view(properties={"x": "\0"}), "NUL"),
            (a_view(properties={"x": "\ud800"}), "broken character"),
            (a_view(properties={"\0": 1}), "NUL"),
            (a_view(properties={"x": "y" * 5000}), "longer than 4096"),
            (a_view(properties={f"k{number}": 1 for number in range(101)}), "more than 100 keys"),
            (a_view(properties={"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}), "nested deeper"),
            (a_view(properties={"x": ["y" * 400] * 99}), "longer than 32 KB"),
            ([], "JSON object"),
            (b"{", "no JSON"),
            (b"\xff\xfe", "no JSON"),
            (b"", "no JSON"),
            (b'{"a":' * 6000, "nested too deeply"),
            (b'{"timestamp": 1e999}', "too big"),
        ],
    )
    def test_is_refused_with_a_reason(self, site: Site, body: Any, says: str) -> None:
        answer = site("track", body)

        assert answer.status_code == 400
        assert says in answer.json()["errors"][0]["message"]
        assert not Event.objects.exists()

    def test_that_is_compressed_is_refused(self, site: Site) -> None:
        assert site("track", a_view(), **{"Content-Encoding": "gzip"}).status_code == 400


class TestIdentify:
    def test_makes_a_contact(self, site: Site) -> None:
        traits = {
            "email": "Nina@Fjordlys.example", "firstName": "Nina", "title": "Buyer", "timezone": "Europe/Oslo",
            "company": {"name": "Fjordlys AS"}, "address": {"country": "Norway"},
        }  # fmt: skip
        site("identify", {"userId": "u-1", "anonymousId": "a-1", "traits": traits})

        contact = Contact.objects.select_related("customer").get()
        assert (contact.email_key, contact.given_name, contact.position) == ("nina@fjordlys.example", "Nina", "Buyer")
        assert (contact.customer.name, contact.customer.country, contact.time_zone) == (
            "Fjordlys AS", "NO", "Europe/Oslo",
        )  # fmt: skip

    def test_gives_the_visitor_his_past_and_his_future(self, site: Site, lena: Contact) -> None:
        site("track", a_view())
        site("identify", {"userId": "u-1", "anonymousId": "a-1", "traits": {"email": lena.email}})
        site("track", a_view(event="Cart Viewed"))
        site("track", {"userId": "u-1", "event": "Checkout Started"})

        views = Event.objects.exclude(name="Identify")
        assert {event.name: event.contact_id for event in views} == {
            "Product Viewed": lena.pk, "Cart Viewed": lena.pk, "Checkout Started": lena.pk,
        }  # fmt: skip

    def test_does_not_overwrite_what_a_person_entered(self, site: Site, lena: Contact) -> None:
        site("identify", {"userId": "u-1", "traits": {"email": lena.email, "firstName": "Helena", "phone": "+49 40 1"}})

        lena.refresh_from_db()
        assert (lena.given_name, lena.phone) == ("Lena", "+49 40 1")

    def test_joins_the_customer_of_the_mail_domain(self, site: Site, lena: Contact) -> None:
        Customer.objects.update(domain="alsterkontor.example")
        site("identify", {"userId": "u-1", "traits": {"email": "max@alsterkontor.example"}})

        assert Contact.objects.get(email_key="max@alsterkontor.example").customer_id == lena.customer_id

    @pytest.mark.parametrize("traits", [{}, {"email": "nobody"}, {"email": 5}, {"email": None}])
    def test_without_an_address_identifies_nobody(self, site: Site, traits: dict[str, Any]) -> None:
        assert site("identify", {"userId": "u-1", "traits": traits}).status_code == 200
        assert not Contact.objects.exists()

    def test_of_history_makes_a_contact_but_starts_nothing(self, site: Site) -> None:
        site("identify", {"userId": "u", "traits": {"email": "a@b.example"}, "historical_import": True})

        assert Contact.objects.exists()
        assert not Event.objects.filter(is_unread=True).exists()


class TestAlias:
    def test_joins_two_names(self, site: Site, lena: Contact) -> None:
        site("identify", {"userId": "u-1", "traits": {"email": lena.email}})
        site("alias", {"previousId": "a-9", "userId": "u-1"})
        site("track", a_view(anonymousId="a-9"))

        assert Event.objects.get(name="Product Viewed").contact == lena


class TestBatch:
    def test_takes_calls_of_every_type(self, site: Site, lena: Contact) -> None:
        calls = [
            {"type": "identify", "userId": "u-1", "traits": {"email": lena.email}, "messageId": "1"},
            {"type": "page", "userId": "u-1", "properties": {"url": "https://x.example/"}, "messageId": "2"},
            {"type": "track", "userId": "u-1", "event": "Cart Viewed", "messageId": "3"},
            {"type": "group", "userId": "u-1", "groupId": "g", "traits": {"name": "A firm"}, "messageId": "4"},
        ]

        assert site("batch", {"batch": calls}).json()["recorded"] == 4
        assert site("batch", {"batch": calls}).json()["recorded"] == 0
        assert Event.objects.get(name="page.viewed").contact == lena

    @pytest.mark.parametrize(
        ("bad", "says"),
        [
            ({"type": "screen", "userId": "u"}, "batch[1].type"),
            ({"type": "track", "userId": "u"}, "batch[1].event"),
            ("x", "batch[1]: A call must be"),
            ({"userId": "u"}, "batch[1].type"),
        ],
    )
    def test_is_taken_whole_or_not_at_all(self, site: Site, bad: Any, says: str) -> None:
        answer = site("batch", {"batch": [{"type": "track", **a_view()}, bad]})

        assert answer.status_code == 400
        assert says in answer.json()["errors"][0]["message"]
        assert not Event.objects.exists()

    def test_needs_a_list(self, site: Site) -> None:
        assert site("batch", {"batch": {}}).status_code == 400

    def test_is_limited_to_500_kb(self, site: Site) -> None:
        calls = [{"type": "track", **a_view(properties={"x": "y" * 4000})} for _ in range(130)]

        assert "500 KB" in site("batch", {"batch": calls}).json()["errors"][0]["message"]


class TestPersons:
    def test_known_to_us_are_not_told_apart_by_the_answer(self, site: Site, lena: Contact) -> None:
        known = site("identify", {"userId": "u-1", "traits": {"email": lena.email}})
        unknown = site("identify", {"userId": "u-2", "traits": {"email": "x@y.example"}})

        assert known.content == unknown.content

    def test_who_are_forgotten_take_their_events_along(self, site: Site, lena: Contact) -> None:
        site("identify", {"userId": "u-1", "traits": {"email": lena.email}})
        ledger_actions.join_visitor(anonymous_id="user:u-1", contact=lena)
        lena.delete()

        assert not Event.objects.filter(anonymous_id="user:u-1").exists()
