"""The pages that look ahead: at risk, outlook, recommendations, and their cards on the customer page."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.kernel import clock
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.recommendations import building
from guanxi.recommendations.models import ContentPiece, Refusal
from guanxi.scoring import actions as scoring_actions
from guanxi.scoring import alerts, predicting
from tests import cast

pytestmark = pytest.mark.django_db


def buy(customer: Any, *codes: str, now: datetime, days_ago: int, amount: int = 100) -> None:
    ledger_actions.record_order(
        customer=customer, number=f"{customer.pk}-{days_ago}", currency="USD", now=now, historical=True,
        placed_at=now - timedelta(days=days_ago),
        lines=[LineFacts(product_code=code, quantity=Decimal(1), unit_price=Decimal(amount)) for code in codes],
    )  # fmt: skip


@pytest.fixture
def foreseen(lena: Any, yuki: Any, diego: Any, fatima: Any) -> datetime:
    """Lena is late, Yuki buys smaller, Diego reorders soon, Fatima took a small sample and is silent."""
    now = clock.utc_now()
    for turn in range(5):
        buy(lena.customer, "PRINTER", now=now, days_ago=60 + 30 * turn, amount=900)
    for turn in range(9):
        buy(yuki.customer, "PRINTER", "INK", now=now, days_ago=5 + 30 * turn, amount=100 if turn < 3 else 1_000)
    for days in (50, 30, 8):
        buy(diego.customer, "INK", now=now, days_ago=days)
    buy(fatima.customer, "PAPER", now=now, days_ago=200, amount=5)
    buy(cast.a_customer(name="Office", country="FR"), "PRINTER", "INK", now=now, days_ago=9)
    alerts.raise_alerts(run=scoring_actions.run_scores(as_of=now, now=now), now=now)
    predicting.run_predictions(as_of=now, now=now)
    building.count_affinities(as_of=now, now=now)
    return now


class TestAtRisk:
    """M-09, M-11, B-07, B-08: who slips away, with the money and the reason, for the owner."""

    def test_lists_the_most_money_first_with_the_reason(
        self, foreseen: datetime, ada: Any, signed_in: Any, lena: Any, yuki: Any
    ) -> None:
        page = signed_in(ada).get("/at-risk/").content.decode()

        assert "Orders about every 30 days; 60 days have passed, 2.0 of his own cycles" in page
        assert "The last three orders are worth 10 % of the six before" in page
        assert page.index(yuki.customer.name) < page.index(lena.customer.name)
        assert "Both are defaults" in page

    def test_shows_an_owner_his_own_customers(
        self, foreseen: datetime, staff: dict[str, Any], signed_in: Any, lena: Any, yuki: Any
    ) -> None:
        lena.customer.owner = staff["sales"]
        lena.customer.save()

        page = signed_in(staff["sales"]).get("/at-risk/").content.decode()

        assert lena.customer.name in page
        assert yuki.customer.name not in page

    def test_can_be_narrowed(self, foreseen: datetime, ada: Any, signed_in: Any, lena: Any, yuki: Any) -> None:
        page = signed_in(ada).get("/at-risk/?kind=slowed").content.decode()
        listed = page[page.index('id="at-risk"') : page.index("Opportunities")]

        assert lena.customer.name in listed
        assert yuki.customer.name not in listed

    def test_names_opportunities(self, foreseen: datetime, ada: Any, signed_in: Any, diego: Any, fatima: Any) -> None:
        """B-18, B-23: reorders soon after the first order, silence after a small sample."""
        page = signed_in(ada).get("/at-risk/").content.decode()
        shown = page[page.index("Opportunities") :]

        assert diego.customer.name in shown
        assert "2 reorders within three months of the first order" in shown
        assert fatima.customer.name in shown
        assert "A small first order, then nothing for 200 days" in shown

    def test_names_the_growing(self, ada: Any, signed_in: Any, lena: Any) -> None:
        """B-17: more spend in each of three quarters."""
        now = clock.utc_now()
        for quarter in range(6):
            buy(lena.customer, "INK", now=now, days_ago=95 + 91 * quarter, amount=1_000 - 150 * quarter)
        scoring_actions.run_scores(as_of=now, now=now)

        page = signed_in(ada).get("/at-risk/").content.decode()

        assert "quarters in a row" in page


class TestOutlook:
    """B-22: the forecast of the firm, with how sure it is."""

    def test_leads_on_before_the_first_night(self, ada: Any, signed_in: Any) -> None:
        assert "Nothing foretold yet" in signed_in(ada).get("/outlook/").content.decode()

    def test_says_when_no_model_fits(self, foreseen: datetime, ada: Any, signed_in: Any) -> None:
        page = signed_in(ada).get("/outlook/").content.decode()

        assert "BG/NBD does not fit these orders" in page
        assert "There are too few orders to tell" in page
        assert "by his own rhythm" in page


class TestTheCustomerPage:
    """B-09, B-10, X-15: what is expected of one customer, and what to offer him."""

    def test_shows_outlook_and_offers(self, foreseen: datetime, ada: Any, signed_in: Any, lena: Any) -> None:
        page = signed_in(ada).get(f"/customers/{lena.customer_id}/").content.decode()

        assert "by his own rhythm, about 30 days" in page
        assert "30 days late" in page
        assert "Goes with PRINTER" in page

    def test_takes_a_refusal_and_gives_it_back(self, foreseen: datetime, ada: Any, signed_in: Any, lena: Any) -> None:
        client, address = signed_in(ada), f"/customers/{lena.customer_id}"

        client.post(f"{address}/refuse", {"kind": "product", "key": "INK"})

        assert Refusal.objects.get().refused_by == ada
        assert "Goes with PRINTER" not in client.get(f"{address}/").content.decode()

        client.post(f"{address}/refusal-back", {"kind": "product", "key": "INK"})
        assert not Refusal.objects.exists()

    def test_an_odd_refusal_changes_nothing(self, foreseen: datetime, ada: Any, signed_in: Any, lena: Any) -> None:
        signed_in(ada).post(f"/customers/{lena.customer_id}/refuse", {"kind": "song", "key": "INK"})

        assert not Refusal.objects.exists()


class TestContentPages:
    """X-05, X-06, X-19: the catalogue of guides, cases and documents is kept by hand."""

    FORM = {
        "kind": "guide",
        "title": "Building in the heat",
        "url": "https://firm.example/heat",
        "trades": "builder, 建筑",
        "regions": ["middle_east"],
        "countries": "Saudi Arabia, EG",
        "is_published": "on",
    }

    def test_a_piece_is_entered_changed_and_removed(self, ada: Any, signed_in: Any) -> None:
        client = signed_in(ada)

        client.post("/recommendations/content/new", self.FORM)
        piece = ContentPiece.objects.get()
        assert (piece.key, piece.trades, piece.countries) == ("building-in-the-heat", ["builder", "建筑"], ["EG", "SA"])
        assert "Middle East" in client.get("/recommendations/").content.decode()

        client.post(f"/recommendations/content/{piece.key}", self.FORM | {"title": "In the heat"})
        assert ContentPiece.objects.get().title == "In the heat"

        client.post(f"/recommendations/content/{piece.key}/remove")
        assert not ContentPiece.objects.exists()

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [({"countries": "Atlantis"}, "Atlantis is no country"), ({"language": "klingon!"}, "This is no language")],
    )
    def test_odd_fields_are_named(self, ada: Any, signed_in: Any, change: dict[str, str], sentence: str) -> None:
        page = signed_in(ada).post("/recommendations/content/new", self.FORM | change).content.decode()

        assert sentence in page
        assert not ContentPiece.objects.exists()

    def test_an_unknown_piece_is_not_found(self, ada: Any, signed_in: Any) -> None:
        assert signed_in(ada).get("/recommendations/content/nothing").status_code == 404
