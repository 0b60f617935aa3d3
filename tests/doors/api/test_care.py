from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from guanxi.desk import actions as desk_actions
from guanxi.desk.actions import Wish
from guanxi.ledger.models import Contact
from guanxi.offers import actions as offers_actions
from guanxi.offers.models import Offer
from guanxi.staff import actions as staff_actions
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering.models import Scheme, Standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def headers(ada: Any, now: datetime) -> dict[str, str]:
    _, key = staff_actions.issue_token(actor=ada, name="erp", kind="api", role="manager", now=now)
    tiering_actions.install_presets(now=now)
    return {"Authorization": f"Bearer {key}"}


class TestTasks:
    def test_are_listed_and_finished_once(
        self, client: Any, headers: dict[str, str], lena: Contact, now: datetime
    ) -> None:
        desk_actions.open_tasks(
            wishes=[Wish(key="t", kind="monthly_review", customer_id=lena.customer_id, due_at=now)], now=now
        )
        [task] = client.get("/api/tasks", headers=headers).json()
        address = f"/api/tasks/{task['id']}/finish"

        answers = [
            client.post(address, {"outcome": "done by the ERP"}, "application/json", headers=headers).status_code
            for _ in range(2)
        ]

        assert (task["kind"], answers) == ("monthly_review", [200, 409])


class TestCare:
    def test_says_what_a_customer_is_entitled_to(
        self, client: Any, headers: dict[str, str], lena: Contact, now: datetime
    ) -> None:
        """T-33, M-14: entitlements, and whether anything costly is still due to him."""
        for scheme, tier in (("abc-cumulative", "A"), ("rfm-firm", "dormant")):
            record = Scheme.objects.get(name=scheme)
            Standing.objects.create(customer=lena.customer, scheme=record, tier=tier, since_at=now, reason="test")

        found = client.get(f"/api/customers/{lena.customer_id}/care", headers=headers).json()

        assert found["costly_treatment"] is False
        assert "capacity_first" in {each["key"] for each in found["entitlements"]}


class TestQuotes:
    BASKET = [
        {"product_code": "lamp", "quantity": "10", "unit_price": "20", "category": "lamps"},
        {"product_code": "bulb", "quantity": 100, "unit_price": 1.5, "category": "bulbs"},
        {"product_code": "cable", "quantity": "50", "unit_price": "3", "category": "cables"},
    ]

    def test_price_a_basket_and_explain_refusals(
        self, client: Any, headers: dict[str, str], lena: Contact, now: datetime
    ) -> None:
        """P-15: three categories or more, 10 % off the whole."""
        offers_actions.install_library(now=now)
        Offer.objects.update(is_active=True)
        body = {"customer_id": lena.customer_id, "currency": "USD", "freight": "40", "lines": self.BASKET}

        found = client.post("/api/quotes", body, "application/json", headers=headers).json()

        assert (found["goods"], found["total"], found["applied"]) == ("450.00", "490.00", ["three-categories"])
        assert {each["offer"] for each in found["refused"]} >= {"second-order", "freight-rebate"}

    @pytest.mark.parametrize("wrong", [{"lines": []}, {"currency": "doubloons"}, {"freight": "-1"}, {"colour": "red"}])
    def test_refuse_nonsense(self, wrong: Any, client: Any, headers: dict[str, str], lena: Contact) -> None:
        body = {"customer_id": lena.customer_id, "currency": "USD", "lines": self.BASKET} | wrong

        assert client.post("/api/quotes", body, "application/json", headers=headers).status_code == 422
