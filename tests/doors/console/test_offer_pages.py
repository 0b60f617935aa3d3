from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from guanxi.budget.models import Budget, Expense, Placement
from guanxi.firm import actions as firm_actions
from guanxi.offers import actions as offers_actions
from guanxi.offers import queries as offers_queries
from guanxi.offers.models import Offer
from guanxi.scoring.models import ScoreRun
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering.models import Scheme, SchemeRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(now: datetime, ada: Any, signed_in: Callable[[Any], Any]) -> Any:
    firm_actions.finish_set_up(now=now)
    tiering_actions.install_presets(now=now)
    offers_actions.install_library(now=now)
    return signed_in(ada)


class TestOffers:
    """T-50, T-54, P-15: offers are switched on by a person and can be read and changed."""

    def test_are_switched_on_and_off(self, client: Any) -> None:
        assert "Three or more categories 10 % off" in client.get("/offers/").content.decode()

        client.post("/offers/three-categories/switch", {"on": "1"})
        assert [each.name for each in offers_queries.active_offers()] == ["three-categories"]
        client.post("/offers/three-categories/switch")
        assert offers_queries.active_offers() == []

    @pytest.mark.parametrize(
        ("text", "words"), [("8折", "20 % off"), ("95折", "5 % off"), ("free", "That is no discount")]
    )
    def test_show_both_readings(self, text: str, words: str, client: Any) -> None:
        """CN-35: what 折 takes off, and what is paid."""
        assert words in client.get("/offers/", {"discount": text}).content.decode()

    def test_name_the_place_of_a_mistake(self, client: Any) -> None:
        answer = client.post("/offers/second-order/", {"text": "name: second-order\ngives: {percent_off: 120}"})

        assert answer.status_code == 422
        assert "gives, percent_off" in answer.content.decode()
        assert Offer.objects.get(name="second-order").version == 1

    def test_are_changed_as_text(self, client: Any) -> None:
        client.post("/offers/second-order/", {"text": "name: second-order\ngives: {percent_off: 7}"})

        assert Offer.objects.get(name="second-order").version == 2

    def test_keep_price_breaks(self, client: Any) -> None:
        """T-59: the quantity price-break table of an article."""
        client.post(
            "/offers/price-breaks", {"product_code": "lamp", "currency": "usd", "steps": "100 9.50\r\n500;8.80\r\n"}
        )
        found = offers_queries.price_breaks(["lamp"], "USD")
        assert [str(each.unit_price) for each in found] == ["9.500000", "8.800000"]
        assert len(offers_queries.price_breaks(["lamp"], "USD")) == 2

        for steps in ("100 9.50\n500 9.90", "many 3", "100"):
            client.post("/offers/price-breaks", {"product_code": "lamp", "currency": "USD", "steps": steps})
        assert len(offers_queries.price_breaks(["lamp"], "USD")) == 2


class TestEffort:
    """T-33, T-65, D-22: budgets and caps per tier, expenses, placements."""

    @pytest.fixture(autouse=True)
    def _applied(self, client: Any, now: datetime) -> None:
        scheme = Scheme.objects.get(name="abc-cumulative")
        run = ScoreRun.objects.create(as_of=now, currency="USD", path="none", fingerprint="", created_at=now)
        totals = [{"tier": "A", "customers": 3, "customer_share": 1, "spend": "9", "spend_share": 1.0}]
        SchemeRun.objects.create(scheme=scheme, run=run, scheme_version=scheme.version, totals=totals, applied_at=now)

    def test_holds_a_cap(self, client: Any) -> None:
        client.post("/effort/abc-cumulative/budget", {"tier": "A", "cap": "100"})
        spent = {"tier": "A", "kind": "care", "amount": "101", "spent_on": f"{Budget.objects.get().year}-03-01"}

        client.post("/effort/abc-cumulative/expense", spent)
        assert not Expense.objects.exists()
        client.post("/effort/abc-cumulative/expense", spent | {"over_cap_reason": "the fair was extended"})

        assert Expense.objects.get().over_cap_reason
        assert "1.00 left" in client.get("/effort/").content.decode()

    def test_records_a_placement_and_no_address(self, client: Any) -> None:
        client.post(
            "/effort/placements", {"name": "Trade letter", "starts_on": "2026-05-01", "cost": "500", "sign_ups": "20"}
        )

        assert Placement.objects.get().sign_ups == 20
        assert "25.00" in client.get("/effort/").content.decode()
