"""Behaviour by the API: what is asked for, what is reported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from guanxi.firm import actions as firm_actions
from guanxi.ledger.models import Contact, Event, Note
from guanxi.staff import actions as staff_actions
from tests import cast

pytestmark = pytest.mark.django_db
Call = Callable[..., Any]


@pytest.fixture
def call(ada: Any) -> Call:
    """The API with a key of an admin."""
    firm_actions.describe_firm(changes={"name": "Ningbo Haiyue", "postal_address": "x", "country": "CN"})
    _, key = staff_actions.issue_token(actor=ada, name="erp", kind="api", role="admin", now=cast.NOW)

    def ask(method: str, path: str, body: Any = None) -> Any:
        return getattr(Client(), method)(
            f"/api/{path}", body, content_type="application/json", headers={"Authorization": f"Bearer {key}"}
        )

    return ask


class TestTalks:
    """D-04: support conversations and social media interactions are posted by the API."""

    @pytest.mark.parametrize("kind", ["call", "chat", "social", "meeting"])
    def test_are_written_down(self, call: Call, lena: Contact, ada: Any, kind: str) -> None:
        body = {"customer_id": lena.customer_id, "contact_id": lena.pk, "kind": kind, "text": "x"}
        answer = call("post", "notes", body)

        assert answer.status_code == 201, answer.content
        note = Note.objects.get()
        assert (note.kind, note.contact, note.author) == (kind, lena, ada)

    def test_with_somebody_else_s_contact_are_refused(self, call: Call, lena: Contact, yuki: Contact) -> None:
        answer = call("post", "notes", {"customer_id": lena.customer_id, "contact_id": yuki.pk, "text": "x"})

        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "contact_id")
        assert not Note.objects.exists()

    def test_show_in_the_behaviour(self, call: Call, lena: Contact) -> None:
        call("post", "notes", {"customer_id": lena.customer_id, "kind": "chat", "text": "x"})
        answer = call("get", f"customers/{lena.customer_id}/behaviour").json()

        assert answer["talks"] == {"chat": 1}
        assert answer["mail"]["open_rate"] is None


class TestReports:
    def test_a_stock_level_below_the_line_is_told(self, call: Call, lena: Contact) -> None:
        """D-24, P-05: entered by a person or received by the API."""
        body = {"customer_id": lena.customer_id, "product_code": "L-1", "quantity": 5, "safety_quantity": 50}
        answer = call("post", "stock-levels", body)

        assert (answer.status_code, answer.json()["quantity"]) == (200, "5"), answer.content
        assert Event.objects.filter(name="stock.below_safety").count() == 1
        assert call("post", "stock-levels", body | {"quantity": -1}).status_code == 422

    def test_a_referral_is_kept(self, call: Call, lena: Contact, yuki: Contact) -> None:
        """D-30: who introduced whom, by the API."""
        body = {"referrer_id": lena.customer_id, "referred_id": yuki.customer_id}

        assert call("post", "referrals", body).status_code == 200
        answer = call("post", "referrals", {**body, "referrer_id": yuki.customer_id})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "referred_id")

    def test_a_material_price_that_moved_says_so(self, call: Call) -> None:
        """B-20: a material's price entered by a person."""
        price = {"material": "Oak", "currency": "CNY", "amount": "100", "on": "2026-01-01", "categories": ["lamps"]}
        first = call("post", "material-prices", price)
        second = call("post", "material-prices", price | {"amount": "120", "on": "2026-02-01"})

        assert (first.json()["moved"], second.json()) == (False, {"moved": True, "percent": "20.0"})
        (move,) = call("get", "market-moves").json()
        assert call("get", f"market-moves/{move['id']}/customers").json() == []
        assert call("get", "market-moves/999999/customers").status_code == 404

    def test_feedback_and_downloads_are_events(self, call: Call, lena: Contact) -> None:
        """D-07, D-19."""
        for name, said in (("feedback.given", {"score": 4}), ("document.downloaded", {"name": "Manual"})):
            answer = call("post", "events", {"name": name, "contact_id": lena.pk, "properties": said})
            assert answer.status_code == 201

        found = call("get", f"customers/{lena.customer_id}/behaviour").json()
        assert found["satisfaction"]["score"] == "4.0"


class TestQuestions:
    @pytest.mark.parametrize(
        "path", ["interest?category=lamps", "visits-without-order", "price-list-without-inquiry", "letters/x/answers"]
    )
    def test_are_answered_for_an_empty_ledger(self, call: Call, path: str) -> None:
        answer = call("get", path)

        assert (answer.status_code, answer.json()) == (200, [])


class TestKlaviyo:
    """A thin adapter for events in Klaviyo's shape."""

    def test_events_become_ours(self, ada: Any, lena: Contact) -> None:
        _, key = staff_actions.issue_token(actor=ada, name="klaviyo", kind="write", role="analyst", now=cast.NOW)
        attributes = {
            "properties": {"sku": "L-1"}, "time": "2026-05-01T08:00:00+00:00", "value": 9.5, "value_currency": "EUR",
            "unique_id": "k-1", "metric": {"data": {"type": "metric", "attributes": {"name": "Viewed Product"}}},
            "profile": {"data": {"type": "profile", "attributes": {"email": lena.email, "external_id": "7"}}},
        }  # fmt: skip
        for _ in range(2):
            answer = Client().post(
                "/v1/klaviyo/events", {"data": {"type": "event", "attributes": attributes}},
                content_type="application/json", headers={"Authorization": f"Klaviyo-API-Key {key}"},
            )  # fmt: skip
            assert answer.status_code == 200, answer.content

        event = Event.objects.get(name="Product Viewed")
        assert (event.contact, event.properties) == (lena, {"sku": "L-1", "value": 9.5, "currency": "EUR"})

    @pytest.mark.parametrize("body", [{}, {"data": []}, {"data": {"attributes": {"metric": 1}}}])
    def test_of_another_shape_are_refused(self, ada: Any, body: Any) -> None:
        _, key = staff_actions.issue_token(actor=ada, name="klaviyo", kind="write", role="analyst", now=cast.NOW)
        answer = Client().post(
            "/v1/klaviyo/events", body, content_type="application/json",
            headers={"Authorization": f"Klaviyo-API-Key {key}"},
        )  # fmt: skip

        assert answer.status_code == 400
