"""Recommendations, forecasts and alerts through the machine door, and to the page of a shop."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import datetime, timedelta
from decimal import Decimal
from time import process_time
from typing import Any

import pytest
from django.test import Client

from guanxi.kernel import clock
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.recommendations import actions as recommendations_actions
from guanxi.recommendations import building
from guanxi.scoring import actions as scoring_actions
from guanxi.scoring import alerts, predicting
from guanxi.staff import actions as staff_actions
from tests import cast

pytestmark = pytest.mark.django_db


def buy(customer: Any, *codes: str, now: datetime, days_ago: int) -> None:
    lines = [LineFacts(product_code=code, quantity=Decimal(1), unit_price=Decimal(50)) for code in codes]
    ledger_actions.record_order(
        customer=customer, number=f"{customer.pk}-{days_ago}", currency="USD", now=now, lines=lines,
        placed_at=now - timedelta(days=days_ago), historical=True,
    )  # fmt: skip


@pytest.fixture
def shop(lena: Any, now: datetime) -> datetime:
    """Five firms bought printer and ink, three drone and battery; Lena has five printers and is late."""
    for number in range(5):
        buy(cast.a_customer(name=f"Office {number}", country="FR"), "PRINTER", "INK", now=now, days_ago=9)
    for number in range(3):
        buy(cast.a_customer(name=f"Flyer {number}", country="US"), "DRONE", "BATTERY", now=now, days_ago=9)
    for turn in range(5):
        buy(lena.customer, "PRINTER", now=now, days_ago=60 + 30 * turn)
    building.count_affinities(as_of=now, now=now)
    predicting.run_predictions(as_of=now, now=now)
    alerts.raise_alerts(run=scoring_actions.run_scores(as_of=now, now=now), now=now)
    recommendations_actions.save_content(
        key="about", fields={"kind": "guide", "title": "How goods travel", "url": "https://firm.example/about"}, now=now
    )
    return now


@pytest.fixture
def keys(ada: Any) -> dict[str, str]:
    return {
        name: staff_actions.issue_token(actor=ada, name=name, kind=kind, role=role, now=cast.NOW)[1]
        for name, kind, role in (("api", "api", "manager"), ("look", "api", "analyst"), ("page", "write", "analyst"))
    }


def ask(key: str, path: str, method: str = "GET", body: Any = None) -> Any:
    extra = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    return Client().generic(method, f"/api/{path}", headers={"Authorization": f"Bearer {key}"}, **extra)


def ask_from_page(key: str, **query: str) -> Any:
    basic = b64encode(f"{key}:".encode()).decode()
    return Client().get("/v1/recommendations", query, headers={"Authorization": f"Basic {basic}"})


class TestRecommendations:
    """X-02, X-19: the shop's home page, its product pages and its mails ask at one address."""

    def test_for_a_customer_by_any_of_his_names(self, shop: datetime, lena: Any, keys: dict[str, str]) -> None:
        answers = [
            ask(keys["look"], f"recommendations?{query}").json()
            for query in (f"customer_id={lena.customer_id}", f"contact_id={lena.pk}", f"contact_email={lena.email}")
        ]

        assert answers[0] == answers[1] == answers[2]
        first = answers[0]["products"][0]
        assert (first["code"], first["kind"]) == ("INK", "complementary")
        assert "of its 6 buyers took it too" in first["reason"]
        assert [each["key"] for each in answers[0]["content"]] == ["about"]

    @pytest.mark.parametrize(
        ("query", "status"),
        [("contact_email=nobody@x.example", 422), ("place=cellar", 422), ("limit=0", 422), ("customer_id=999999", 404)],
    )
    def test_odd_questions_are_refused(self, shop: datetime, keys: dict[str, str], query: str, status: int) -> None:
        assert ask(keys["look"], f"recommendations?{query}").status_code == status

    def test_answers_within_fifty_milliseconds(self, shop: datetime, lena: Any, keys: dict[str, str]) -> None:
        """X-02: a page does not wait for it. Time of the processor, since the machine has other work too."""
        taken = []
        for _ in range(10):
            start = process_time()
            ask(keys["look"], f"recommendations?customer_id={lena.customer_id}")
            taken.append(process_time() - start)

        assert min(taken) < 0.05

    def test_what_is_refused_stays_away(self, shop: datetime, lena: Any, keys: dict[str, str]) -> None:
        refusal = {"customer_id": lena.customer_id, "key": "INK", "reason": "no colour printing"}

        assert ask(keys["look"], "recommendations/refusals", "POST", refusal).status_code == 403
        assert ask(keys["api"], "recommendations/refusals", "POST", refusal).status_code == 201

        shown = ask(keys["look"], f"recommendations?customer_id={lena.customer_id}").json()["products"]
        kept = ask(keys["look"], f"recommendations/refusals?customer_id={lena.customer_id}").json()
        assert "INK" not in [each["code"] for each in shown]
        assert [(each["key"], each["reason"]) for each in kept] == [("INK", "no colour printing")]
        path = f"recommendations/refusals?customer_id={lena.customer_id}&key=INK"
        assert ask(keys["api"], path, "DELETE").status_code == 204
        assert ask(keys["api"], path, "DELETE").status_code == 404


class TestToAPage:
    """X-02: the key in a page is read by everybody, so it learns nothing of any customer."""

    def test_beside_an_article(self, shop: datetime, keys: dict[str, str]) -> None:
        answer = ask_from_page(keys["page"], place="product", product="DRONE", limit="1")

        assert [each["code"] for each in answer.json()["products"]] == ["BATTERY"]
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "reason" not in answer.content.decode()

    def test_by_what_this_visitor_has_looked_at(self, shop: datetime, lena: Any, keys: dict[str, str]) -> None:
        """His name may be joined to a contact: what her firm has bought still stays out."""
        seen_at = clock.utc_now() - timedelta(days=1)
        ledger_actions.record_event(
            name="Product Viewed", occurred_at=seen_at, now=seen_at, source="test", contact=lena,
            anonymous_id="anon:v1", properties={"sku": "DRONE"}, historical=True,
        )  # fmt: skip

        answer = ask_from_page(keys["page"], anonymousId="v1").json()

        assert answer["products"][0]["code"] == "BATTERY"
        assert "PRINTER" in [each["code"] for each in answer["products"]]

    @pytest.mark.parametrize(
        ("query", "field"),
        [({"place": "cellar"}, "place"), ({"limit": "1000"}, "limit"), ({"anonymousId": "x" * 111}, "anonymousId")],
    )
    def test_odd_questions_are_refused(
        self, shop: datetime, keys: dict[str, str], query: dict[str, str], field: str
    ) -> None:
        answer = ask_from_page(keys["page"], **query)

        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)

    def test_asks_for_a_write_key(self, shop: datetime, keys: dict[str, str]) -> None:
        assert Client().get("/v1/recommendations").status_code == 401
        assert ask_from_page(keys["api"]).status_code == 401
        assert Client().get("/v1/recommendations", {"writeKey": keys["page"]}).status_code == 200
        assert Client().post("/v1/recommendations").status_code == 405
        assert Client().options("/v1/recommendations")["Access-Control-Allow-Methods"] == "GET"


class TestForecasts:
    def test_the_outlook_of_a_customer(self, shop: datetime, lena: Any, yuki: Any, keys: dict[str, str]) -> None:
        """B-11, B-22: chance, expected orders and the next order by API."""
        found = ask(keys["look"], f"customers/{lena.customer_id}/outlook").json()

        assert (found["cycle_days"], found["cycle_basis"]) == (30, "own")
        assert found["chance_alive"] is None
        assert found["next_order_on"] == "2026-04-13"
        assert ask(keys["look"], f"customers/{yuki.customer_id}/outlook").status_code == 404

    def test_the_customers_at_risk(self, shop: datetime, lena: Any, keys: dict[str, str]) -> None:
        """M-09, M-11: found before they are lost, with the money at stake."""
        (found,) = ask(keys["look"], "at-risk").json()

        assert (found["customer"], found["kind"]) == ("Alsterkontor Handels GmbH", "slowed")
        assert Decimal(found["stake"]) == Decimal("608.33")
        assert ask(keys["look"], "at-risk?kind=shrunk").json() == []
