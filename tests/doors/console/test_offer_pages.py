from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from guanxi.budget.models import Budget, Expense, Placement
from guanxi.console import offer_words
from guanxi.console.offer_forms import OfferForm, filled, written
from guanxi.console.price_table import with_price_breaks
from guanxi.content.blocks import read_blocks
from guanxi.firm import actions as firm_actions
from guanxi.journeys import actions as journeys_actions
from guanxi.kernel import clock
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.offers import actions as offers_actions
from guanxi.offers import documents, granting
from guanxi.offers import queries as offers_queries
from guanxi.offers.models import FloorMargin, Grant, Offer, Redemption
from guanxi.offers.reasons import SENTENCES
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
        assert "three-categories" in {each.name for each in offers_queries.active_offers()}
        client.post("/offers/three-categories/switch")
        assert "three-categories" not in {each.name for each in offers_queries.active_offers()}

    @pytest.mark.parametrize(
        ("text", "words"), [("8折", "20 % off"), ("95折", "5 % off"), ("free", "That is no discount")]
    )
    def test_show_both_readings(self, text: str, words: str, client: Any) -> None:
        """CN-35: what 折 takes off, and what is paid."""
        assert words in client.get("/offers/", {"discount": text}).content.decode()
        assert words in client.get("/offers/reading", {"percent_off": text}).content.decode()

    def test_name_the_place_of_a_mistake(self, client: Any) -> None:
        answer = client.post(
            "/offers/second-order/edit", {"as": "text", "text": "name: second-order\ngives: {percent_off: 120}"}
        )

        assert answer.status_code == 422
        assert "Line 2, gives, percent_off" in answer.content.decode()
        assert Offer.objects.get(name="second-order").version == 1

    def test_are_changed_as_text(self, client: Any) -> None:
        client.post("/offers/second-order/edit", {"as": "text", "text": "name: second-order\ngives: {percent_off: 7}"})

        assert Offer.objects.get(name="second-order").version == 2

    @pytest.mark.parametrize("name", documents.library_names())
    def test_say_the_same_as_a_form_and_as_text(self, name: str) -> None:
        text = documents.library_text(name)
        form = OfferForm(filled(text))

        assert form.is_valid(), form.errors
        assert documents.read_offer(written(form.cleaned_data, before=text)) == documents.read_offer(text)

    def test_are_made_as_a_form(self, client: Any) -> None:
        asked = {"name": "spring", "title_en": "Spring", "title_zh": "春季", "percent_off": "8折", "has_code": "1",
                 "code_prefix": "SPR", "valid": "2w", "standing": "abc-cumulative: B, C",
                 "limit_codes": "5"}  # fmt: skip
        answer = client.post("/offers/new", asked)

        made = documents.read_offer(Offer.objects.get(name="spring").document)
        assert answer["Location"] == "/offers/spring/"
        assert (made.percent_off, made.code and made.code.days, made.limits.codes) == (20, 14, 5)
        assert made.terms.standings == {"abc-cumulative": ("B", "C")}

    @pytest.mark.parametrize(
        ("asked", "words"),
        [
            ({"percent_off": "120%"}, "a discount lies between 0 and 100"),
            ({"percent_off": "5%", "goods_at_least": "10"}, "go together"),
            ({"percent_off": ""}, "names nothing"),
            ({"percent_off": "5%", "name": "second-order"}, "is taken by another offer"),
            ({"percent_off": "5%", "has_code": "1", "valid": "soon"}, "is no span"),
        ],
    )
    def test_name_the_field_of_a_mistake(self, asked: dict[str, str], words: str, client: Any) -> None:
        answer = client.post("/offers/new", {"name": "spring", "title_en": "Spring"} | asked)

        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert not Offer.objects.filter(name="spring").exists()

    def test_keep_floor_margins(self, client: Any) -> None:
        """CN-36: a floor margin per product."""
        for asked in ({"percent": "15"}, {"category": "lamps", "percent": "20"}, {"percent": ""}):
            client.post("/offers/floors", asked)

        assert [(each.category, str(each.percent)) for each in FloorMargin.objects.all()] == [("lamps", "20.00")]
        assert "Name an article or a category" in client.post(
            "/offers/floors", {"category": "lamps", "product_code": "lamp", "percent": "5"}, follow=True
        ).content.decode()  # fmt: skip

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


class TestCodes:
    """X-09, X-35, CN-36: codes by hand, and what became of them."""

    @pytest.fixture
    def code(self, client: Any, lena: Any) -> str:
        asked = {"offer": "existing-customer-coupon", "contact": lena.pk}
        for _ in range(2):
            client.post(f"/customers/{lena.customer_id}/codes", asked)
        return Grant.objects.get().code

    @pytest.fixture
    def order(self, lena: Any) -> Any:
        at = clock.utc_now()
        return ledger_actions.record_order(
            customer=lena.customer, contact=lena, number="PO-1", placed_at=at, now=at, currency="USD",
            lines=[LineFacts(Decimal(10), Decimal(20), product_code="lamp")],
        )  # fmt: skip

    def test_are_handed_out_and_used_by_hand(self, client: Any, code: str, order: Any) -> None:
        assert code in client.get(f"/customers/{order.customer_id}/").content.decode()

        said = client.post(f"/orders/{order.pk}/codes", {"code": code.lower()}, follow=True).content.decode()

        assert f"{code} is used for order PO-1" in said
        assert Redemption.objects.get().told_by == "person"
        page = client.get("/offers/existing-customer-coupon/", {"state": "redeemed"}).content.decode()
        assert code in page
        assert "for orders of" in page
        client.post(f"/orders/{order.pk}/codes/take-back", {"redemption": Redemption.objects.get().pk})
        assert not Redemption.objects.exists()
        client.post(f"/customers/{order.customer_id}/codes/use", {"code": code, "order": "PO-1"})
        assert Redemption.objects.get().state == "accepted"

    def test_are_refused_with_the_reason_in_the_readers_words(self, client: Any, code: str, order: Any) -> None:
        client.post("/offers/existing-customer-coupon/withdraw", {"code": code, "because": "given by mistake"})

        said = client.post(f"/orders/{order.pk}/codes", {"code": code}, follow=True).content.decode()

        assert "is refused: the code was taken back" in said
        assert "given by mistake" in client.get("/offers/existing-customer-coupon/").content.decode()

    def test_are_counted_on_the_page_of_their_journey(self, client: Any, lena: Any, order: Any, now: datetime) -> None:
        """The cost is counted per journey: 5 % of 200."""
        journeys_actions.install_library(now=now)
        wish = granting.Wish(
            key="one", offer="existing-customer-coupon", contact=lena, origin_kind="journey", origin="j-17"
        )
        code = granting.grant(wish=wish, now=clock.utc_now()).code
        client.post(f"/orders/{order.pk}/codes", {"code": code})

        page = " ".join(client.get("/journeys/j-17/").content.decode().split())

        assert "What the codes cost</dt><dd>$10.00" in page or "What the codes cost</dt><dd>US$10.00" in page

    def test_need_an_offer_that_gives_them(self, client: Any, lena: Any) -> None:
        asked = {"offer": "confirm-today", "contact": lena.pk}

        said = client.post(f"/customers/{lena.customer_id}/codes", asked, follow=True).content.decode()

        assert "No code: the offer is switched off." in said

    def test_have_words_for_every_reason(self) -> None:
        assert set(offer_words.REASONS) == set(SENTENCES)
        assert {key: str(words) for key, words in offer_words.REASONS.items()} == SENTENCES


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


class TestThePriceTableOfALetter:
    """T-59, X-23: filled from the price breaks of the article it names."""

    @pytest.mark.parametrize(
        ("block", "rows"),
        [
            ({"article": "lamp", "currency": "usd", "rows": [{"from": "500", "note": "a pallet"}]},
             [("100", "9.5", ""), ("500", "8.8", "a pallet")]),
            ({"article": "lamp", "currency": "EUR", "rows": [{"from": "1", "price": "2"}]}, [("1", "2", "")]),
            ({"currency": "USD", "rows": [{"from": "1", "price": "2"}]}, [("1", "2", "")]),
        ],
        ids=["its steps", "none in that currency", "no article"],
    )  # fmt: skip
    def test_carries_the_steps(
        self, block: dict[str, Any], rows: list[tuple[str, str, str]], db: None, now: datetime
    ) -> None:
        steps = [(Decimal(100), Decimal("9.50")), (Decimal(500), Decimal("8.80"))]
        offers_actions.set_price_breaks(product_code="lamp", currency="USD", steps=steps, now=now)

        [_, found] = read_blocks(with_price_breaks([{"type": "greeting"}, {"type": "price_breaks"} | block]))

        assert [(row["from"], row["price"], row["note"]) for row in found["rows"]] == rows
