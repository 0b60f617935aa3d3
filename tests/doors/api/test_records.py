"""Customers, contacts, orders and events through the machine door."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Customer, Event, Order
from guanxi.staff import actions as staff_actions
from tests import cast

pytestmark = pytest.mark.django_db
AN_ORDER = {
    "number": "PO-7",
    "placed_at": "2026-05-13T09:00:00+02:00",
    "currency": "EUR",
    "lines": [{"product_code": "L-1", "quantity": 10, "unit_price": "12.50"}],
}
Machine = Callable[..., Any]


@pytest.fixture
def machine(ada: Any) -> Callable[[str], Machine]:
    """Calls the API with a key of the given role."""

    def with_role(role: str) -> Machine:
        _, key = staff_actions.issue_token(actor=ada, name=role, kind="api", role=role, now=cast.NOW)

        def call(method: str, path: str, body: Any = None, **headers: str) -> Any:
            extra = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
            headers = {"Authorization": f"Bearer {key}"} | headers
            return Client().generic(method, f"/api/{path}", headers=headers, **extra)

        return call

    return with_role


@pytest.fixture
def call(machine: Callable[[str], Machine]) -> Machine:
    return machine("manager")


class TestKeys:
    def test_are_asked_for(self, lena: Contact) -> None:
        answer = Client().get("/api/customers")

        assert answer.status_code == 401
        assert "Authorization: Bearer" in answer.json()["errors"][0]["message"]

    @pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer ", "Basic eDo=", "Bearer \xe9"])
    def test_are_judged(self, db: None, header: str) -> None:
        assert Client().get("/api/customers", headers={"Authorization": header}).status_code == 401

    def test_of_another_kind_open_nothing(self, ada: Any) -> None:
        _, key = staff_actions.issue_token(actor=ada, name="site", kind="write", role="analyst", now=cast.NOW)

        assert Client().get("/api/customers", headers={"Authorization": f"Bearer {key}"}).status_code == 401

    def test_that_may_only_look_change_nothing(self, machine: Callable[[str], Machine], lena: Contact) -> None:
        look = machine("analyst")
        before = Customer.objects.values().get()

        refused = [
            look("POST", "customers", {"name": "New"}).status_code,
            look("PATCH", f"customers/{lena.customer_id}", {"name": "Other"}).status_code,
            look("POST", f"customers/{lena.customer_id}/contacts", {}).status_code,
            look("PATCH", f"contacts/{lena.pk}", {"city": "Bremen"}).status_code,
            look("POST", "orders", AN_ORDER | {"customer_id": lena.customer_id}).status_code,
            look("POST", "events", {"name": "inquiry.received", "contact_id": lena.pk}).status_code,
        ]

        assert refused == [403] * 6
        assert Customer.objects.values().get() == before
        assert look("GET", f"customers/{lena.customer_id}").status_code == 200

    def test_of_a_sales_role_see_their_makers_customers(
        self, machine: Callable[[str], Machine], lena: Contact, ada: Any
    ) -> None:
        mine = ledger_actions.create_customer(name="Mine", owner=ada, now=cast.NOW)
        sales = machine("sales")

        assert [row["id"] for row in sales("GET", "customers").json()] == [mine.pk]
        assert sales("GET", f"customers/{lena.customer_id}").status_code == 404
        assert sales("GET", f"contacts/{lena.pk}").status_code == 404
        assert sales("PATCH", f"customers/{lena.customer_id}", {"name": "X"}).status_code == 404
        assert sales("POST", "customers", {"name": "Another"}).json()["owner"] == ada.email


class TestCustomers:
    def test_are_entered(self, call: Machine) -> None:
        answer = call(
            "POST", "customers", {"name": "Elbwerk GmbH", "country": "Germany", "tags": ["fair"], "kind": "b2b"}
        )

        assert answer.status_code == 201
        assert {key: answer.json()[key] for key in ("name", "country", "tags", "owner")} == {
            "name": "Elbwerk GmbH", "country": "DE", "tags": ["fair"], "owner": "",
        }  # fmt: skip
        assert Event.objects.get(name="customer.created").source == "api"

    def test_are_changed_field_by_field(self, call: Machine, lena: Contact) -> None:
        answer = call("PATCH", f"customers/{lena.customer_id}", {"trade": "Lamps"})

        assert (answer.json()["trade"], answer.json()["city"]) == ("Lamps", "Hamburg")

    def test_are_found_and_paged(self, call: Machine, lena: Contact, yuki: Contact) -> None:
        assert [row["id"] for row in call("GET", "customers?search=alsterkontor").json()] == [lena.customer_id]
        assert [row["id"] for row in call("GET", "customers?country=Japan").json()] == [yuki.customer_id]
        first = call("GET", "customers?limit=1").json()[0]["id"]
        assert [row["id"] for row in call("GET", f"customers?after={first}").json()] == [yuki.customer_id]

    def test_have_contacts(self, call: Machine, lena: Contact) -> None:
        answer = call(
            "POST", f"customers/{lena.customer_id}/contacts", {"email": "Max@Alster.Example", "language": "de"}
        )

        assert answer.status_code == 201
        path = f"contacts/{answer.json()['id']}"
        assert call("PATCH", path, {"city": "Kiel"}).json()["city"] == "Kiel"
        assert call("GET", path).json()["email"] == "Max@Alster.Example"
        assert len(call("GET", f"customers/{lena.customer_id}/contacts").json()) == 2


class TestMistakes:
    @pytest.mark.parametrize(
        ("body", "status", "field", "says"),
        [
            ({}, 422, "name", "required"),
            ({"name": ""}, 422, "name", "at least 1"),
            ({"name": "A", "nmae": "B"}, 422, "nmae", "not permitted"),
            ({"name": "A", "country": "Atlantis"}, 422, "country", "ISO 3166"),
            ({"name": "A", "kind": "b2x"}, 422, "kind", "pattern"),
            ({"name": "A\0"}, 400, "", "NUL"),
            ({"name": "A", "fields": {"x": "\ud800"}}, 400, "", "broken character"),
            ({"name": "A", "fields": {"x": float("nan")}}, 400, "", "NaN"),
            ({"name": "A", "fields": {"x": 10**50}}, 400, "", "too many digits"),
            ({"name": "A" * 301}, 422, "name", "at most 300"),
            ([], 400, "", "JSON object"),
        ],
    )
    def test_name_field_and_remedy(self, call: Machine, body: Any, status: int, field: str, says: str) -> None:
        answer = call("POST", "customers", body)

        assert answer.status_code == status
        assert answer.json()["errors"][0]["field"] == field
        assert says in answer.json()["errors"][0]["message"]
        assert not Customer.objects.exists()

    @pytest.mark.parametrize(
        "raw", [b"", b"{", b"\xff", b'{"name": 1e999}', b'{"a":' * 5000, b"[" * 100_000, b'{"name": "' + b"x" * 300_000]
    )
    def test_in_the_json_itself_are_no_crash(self, call: Machine, ada: Any, raw: bytes) -> None:
        _, key = staff_actions.issue_token(actor=ada, name="x", kind="api", role="admin", now=cast.NOW)
        answer = Client().post(
            "/api/customers", raw, content_type="application/json", headers={"Authorization": f"Bearer {key}"}
        )

        assert answer.status_code in (400, 422)
        assert answer.json()["errors"]

    def test_in_an_address_are_explained(self, call: Machine, lena: Contact) -> None:
        path = f"customers/{lena.customer_id}/contacts"

        assert call("POST", path, {"email": "nobody"}).json()["errors"][0]["field"] == "email"
        taken = call("POST", path, {"email": lena.email})
        assert (taken.status_code, taken.json()["errors"][0]["field"]) == (409, "email")

    @pytest.mark.parametrize(
        "path", ["customers/99999999999999999999", "customers/0", "customers?search=%00", "orders/x"]
    )
    def test_in_the_address_bar_are_no_crash(self, call: Machine, path: str) -> None:
        assert call("GET", path).status_code in (404, 422)


class TestOrders:
    def test_are_entered_with_their_lines(self, call: Machine, lena: Contact) -> None:
        answer = call("POST", "orders", AN_ORDER | {"customer_id": lena.customer_id, "contact_id": lena.pk})

        assert answer.status_code == 201, answer.content
        assert (answer.json()["amount"], answer.json()["stage"]) == ("125.00", "confirmed")
        assert Event.objects.get(name="order.placed").is_unread

    def test_of_history_start_nothing(self, call: Machine, lena: Contact) -> None:
        call("POST", "orders", AN_ORDER | {"customer_id": lena.customer_id, "historical_import": True})

        assert not Event.objects.get(name="order.placed").is_unread

    def test_take_a_float_as_it_is_written(self, call: Machine, lena: Contact) -> None:
        body = AN_ORDER | {"customer_id": lena.customer_id, "lines": [{"quantity": 3, "unit_price": 0.1}]}

        assert float(call("POST", "orders", body).json()["amount"]) == 0.3

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"lines": []}, "lines"),
            ({"lines": [{"quantity": "NaN", "unit_price": 1}]}, "lines.0.quantity"),
            ({"lines": [{"quantity": 1e30, "unit_price": 1}]}, "lines.0.quantity"),
            ({"currency": "XXQ"}, "currency"),
            ({"placed_at": "2026-05-13T09:00:00"}, "placed_at"),
            ({"stage": "lost"}, "stage"),
            ({"contact_id": 4711}, "contact_id"),
        ],
    )
    def test_with_a_mistake_are_refused(self, call: Machine, lena: Contact, change: dict[str, Any], field: str) -> None:
        answer = call("POST", "orders", AN_ORDER | {"customer_id": lena.customer_id} | change)

        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
        assert not Order.objects.exists()

    def test_come_once_per_number(self, call: Machine, lena: Contact) -> None:
        body = AN_ORDER | {"customer_id": lena.customer_id}

        assert call("POST", "orders", body).status_code == 201
        assert call("POST", "orders", body).status_code == 409

    def test_move_on_by_number_or_id(self, call: Machine, lena: Contact) -> None:
        order = call("POST", "orders", AN_ORDER | {"customer_id": lena.customer_id}).json()

        assert call("POST", "orders/PO-7/stage", {"stage": "in_production"}).json()["stage"] == "in_production"
        shipped = call(
            "POST", f"orders/{order['id']}/stage", {"stage": "shipped", "carrier": "DHL", "tracking_number": "1"}
        )
        assert (shipped.json()["carrier"], shipped.status_code) == ("DHL", 200)
        assert Event.objects.filter(name="order.stage_changed").count() == 2
        assert call("POST", "orders/PO-7/stage", {"stage": "lost"}).status_code == 422
        assert call("GET", "orders?stage=shipped").json()[0]["id"] == order["id"]
        assert call("GET", "orders/PO-7").json()["tracking_number"] == "1"

    def test_of_two_sources_need_the_id(self, call: Machine, lena: Contact) -> None:
        call("POST", "orders", AN_ORDER | {"customer_id": lena.customer_id})
        Order.objects.update(source="shopify")
        call("POST", "orders", AN_ORDER | {"customer_id": lena.customer_id})

        assert call("GET", "orders/PO-7").status_code == 409


class TestEvents:
    def test_are_reported_once(self, call: Machine, lena: Contact) -> None:
        body = {"name": "inquiry.received", "contact_email": "LENA@alsterkontor.example", "message_id": "m-1"}

        assert call("POST", "events", body).status_code == 201
        assert call("POST", "events", body).json()["recorded"] is False
        assert [row["name"] for row in call("GET", "events?name=inquiry.received").json()] == ["inquiry.received"]

    @pytest.mark.parametrize("name", ["consent.granted", "email.clicked", "standing.changed", "nonsense"])
    def test_of_our_own_making_are_refused(self, call: Machine, lena: Contact, name: str) -> None:
        answer = call("POST", "events", {"name": name, "contact_id": lena.pk})

        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "name")

    @pytest.mark.parametrize("who", [{}, {"contact_email": "unknown@example.com"}, {"contact_email": "x"}])
    def test_belong_to_somebody(self, call: Machine, who: dict[str, Any]) -> None:
        assert call("POST", "events", {"name": "Quote Sent"} | who).status_code == 422


class TestDescription:
    def test_is_open_and_served_from_here(self, db: None) -> None:
        page = Client().get("/api/docs").content.decode()

        assert "/static/ninja/swagger-ui-bundle.js" in page
        assert "https://" not in page
        assert Client().get("/api/openapi.json").json()["info"]["title"] == "Guanxi"

    def test_names_every_path(self, db: None) -> None:
        paths = Client().get("/api/openapi.json").json()["paths"]

        assert {"/api/customers", "/api/orders/{reference}/stage", "/api/events"} <= set(paths)


class TestHealth:
    def test_says_whether_database_and_worker_live(self, db: None) -> None:
        answer = Client().get("/healthz")

        assert (answer.status_code, answer.json()) == (
            200, {"status": "ok", "database": "ok", "worker": "never_seen"}
        )  # fmt: skip
