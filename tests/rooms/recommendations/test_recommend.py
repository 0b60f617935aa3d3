"""What a customer or a visitor is shown, from orders, clicks, refusals and the catalogue."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.catalogue.actions import ProductRecord, record_products
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.recommendations import actions, building, queries
from guanxi.recommendations.actions import UnusableContent
from guanxi.recommendations.models import AffinityRun, ContentPiece
from tests import cast

pytestmark = pytest.mark.django_db

CATEGORIES = {
    "PRINTER": "Printers", "INK": "Ink", "PAPER": "Paper", "DRONE": "Drones", "BATTERY": "Drones",
    "PROPELLER": "Drones", "MUG": "Mugs", "NEWDRONE": "Drones",
}  # fmt: skip


def buy(customer: Any, *codes: str, now: datetime, days_ago: int = 10, **fields: Any) -> None:
    ledger_actions.record_order(
        customer=customer, number=f"{customer.pk}-{days_ago}-{'-'.join(codes)}", currency="USD", now=now,
        placed_at=now - timedelta(days=days_ago), historical=True, **fields,
        lines=[
            LineFacts(
                product_code=code, product_name=code.title(), category=CATEGORIES[code], quantity=Decimal(1),
                unit_price=Decimal(10),
            )
            for code in codes
        ],
    )  # fmt: skip


@pytest.fixture
def shop(now: datetime) -> datetime:
    """Twelve firms: printers go with ink, drones with batteries and propellers, mugs with nothing; some in Germany."""
    for number in range(4):
        german = cast.a_customer(name=f"Office {number}", country="DE", trade="Office supplies")
        buy(german, "PRINTER", "INK", now=now, days_ago=90)
        flyer = cast.a_customer(name=f"Flyer {number}", country="US", trade="Toys")
        buy(flyer, "DRONE", "BATTERY", now=now, days_ago=90)
        other = cast.a_customer(name=f"Shop {number}", country="JP", trade="Gifts")
        buy(other, *(("DRONE", "PROPELLER") if number % 2 else ("PRINTER", "PAPER")), now=now, days_ago=90)
        if number % 2:
            buy(other, "MUG", now=now, days_ago=80)
    record_products(
        records=[
            ProductRecord(code, {"name": code.title(), "category": each, "unit_price": Decimal(9), "currency": "USD"})
            for code, each in CATEGORIES.items()
        ]
    )
    building.count_affinities(as_of=now, now=now)
    return now


def codes(found: list[Any]) -> list[str]:
    return [each.code for each in found]


def look(contact: Any, name: str, *, now: datetime, hours_ago: int = 1, visitor: str = "", **said: Any) -> None:
    ledger_actions.record_event(
        name=name, occurred_at=now - timedelta(hours=hours_ago), now=now, source="test", contact=contact,
        anonymous_id=visitor, properties=said, historical=True,
    )  # fmt: skip


class TestComplementary:
    """X-04, X-15, T-39, L-02: what goes with what a customer has bought."""

    def test_the_ink_for_the_printer_with_its_reason(self, shop: datetime, lena: Any) -> None:
        buy(lena.customer, "PRINTER", "MUG", now=shop, days_ago=3)
        buy(lena.customer, "PAPER", now=shop, days_ago=2)

        first, *_ = queries.for_customer(lena.customer, now=shop, place="mail")

        assert (first.code, first.kind, first.price) == ("INK", "complementary", Decimal(9))
        assert first.reason.startswith("Goes with Printer: 4 of its 6 buyers took it too")

    def test_never_what_he_has_or_what_is_gone(self, shop: datetime, lena: Any) -> None:
        """X-02: out of stock means out of sight."""
        buy(lena.customer, "PRINTER", now=shop, days_ago=3)
        record_products(records=[ProductRecord("INK", {"is_available": False})])

        assert not {"PRINTER", "INK"} & set(codes(queries.for_customer(lena.customer, now=shop, limit=50)))

    def test_never_what_was_refused(self, shop: datetime, lena: Any) -> None:
        buy(lena.customer, "PRINTER", now=shop, days_ago=3)
        actions.refuse(customer=lena.customer, kind="product", key="INK", now=shop, reason="buys it elsewhere")

        assert "INK" not in codes(queries.for_customer(lena.customer, now=shop, limit=50))

        actions.take_back_refusal(customer=lena.customer, kind="product", key="INK")
        assert "INK" in codes(queries.for_customer(lena.customer, now=shop, limit=50))

    def test_a_refusal_in_the_shop_counts_too(self, shop: datetime, lena: Any) -> None:
        buy(lena.customer, "PRINTER", now=shop, days_ago=3)
        look(lena, "Recommendation Refused", now=shop, product_id="INK")

        assert "INK" not in codes(queries.for_customer(lena.customer, now=shop, limit=50))

    def test_is_counted_for_the_journeys_that_ask(self, shop: datetime, lena: Any, diego: Any) -> None:
        """J-15.1: only where there is something he does not own."""
        buy(lena.customer, "PRINTER", now=shop, days_ago=3)

        assert queries.complements(lena.customer, now=shop) > 0
        assert queries.complements(diego.customer, now=shop) == 0

        buy(lena.customer, "INK", "PAPER", now=shop, days_ago=1)
        assert queries.complements(lena.customer, now=shop) == 0

    def test_beside_an_article(self, shop: datetime, lena: Any) -> None:
        """X-02: on the product page what goes with this product comes first."""
        first = queries.for_customer(lena.customer, now=shop, place="product", product="DRONE")[0]

        assert (first.code, first.kind) == ("BATTERY", "complementary")


class TestAffinity:
    """X-02, X-03: purchases and browsing say which categories somebody cares for."""

    def test_new_drones_first_for_buyers_of_drone_parts(self, shop: datetime, lena: Any) -> None:
        """X-03: the home page shows new drones, then batteries and propellers."""
        buy(lena.customer, "DRONE", now=shop, days_ago=3)
        buy(lena.customer, "MUG", now=shop, days_ago=60)

        shown = queries.for_customer(lena.customer, now=shop, place="home", limit=3)

        assert (shown[0].code, shown[0].kind) == ("NEWDRONE", "new")
        assert set(codes(shown[1:])) == {"BATTERY", "PROPELLER"}

    def test_what_a_contact_looked_at_counts_beside_purchases(self, shop: datetime, lena: Any) -> None:
        look(lena, "Product Viewed", now=shop, product_id="PRINTER", category="Printers")

        first = queries.for_customer(lena.customer, now=shop, place="mail")[0]

        assert (first.code, first.kind) == ("INK", "viewed")
        assert first.reason == "Goes with Printer, looked at lately; 4 customers bought both."

    def test_an_unknown_visitor_is_shown_what_goes_with_his_own_looks(self, shop: datetime, lena: Any) -> None:
        buy(lena.customer, "PRINTER", now=shop, days_ago=3)
        look(None, "Product Viewed", now=shop, visitor="anon:v1", sku="DRONE", category="Drones")

        assert codes(queries.for_visitor(["anon:v1"], now=shop, place="mail", limit=2)) == ["BATTERY", "PROPELLER"]

    def test_a_search_speaks_for_its_category(self, shop: datetime, lena: Any) -> None:
        """D-23: the search log of a buyer chooses what he sees."""
        look(lena, "Products Searched", now=shop, query="cheap drones wholesale")

        shown = queries.for_customer(lena.customer, now=shop, place="home", limit=3)

        assert {each.category for each in shown} == {"Drones"}


class TestNextPurchase:
    """L-25, X-16: after the trial order, the accessory that the customer's market takes."""

    def test_names_the_accessory_of_his_market(self, shop: datetime, lena: Any, yuki: Any) -> None:
        for contact in (lena, yuki):
            buy(contact.customer, "PRINTER", now=shop, days_ago=3, is_trial=True)

        german, japanese = (queries.for_customer(each.customer, now=shop, place="mail")[0] for each in (lena, yuki))

        assert (german.code, german.kind) == ("INK", "next_purchase")
        assert german.reason == (
            "Goes with Printer of the trial order: 4 customers bought both and 4 in Germany buy it."
        )
        assert (japanese.code, japanese.because["country"]) == ("PAPER", "JP")

    def test_is_there_as_plain_values_for_a_letter(self, shop: datetime, lena: Any) -> None:
        """X-02: the same in mail."""
        buy(lena.customer, "PRINTER", now=shop, days_ago=3, is_trial=True)

        (first,) = queries.products_for_letter(lena.customer, now=shop, limit=1)

        assert first == {
            "code": "INK", "name": "Ink", "category": "Ink", "price": "9.000000", "currency": "USD",
            "kind": "next_purchase",
            "reason": "Goes with Printer of the trial order: 4 customers bought both and 4 in Germany buy it.",
        }  # fmt: skip


class TestPopularNear:
    """X-02: who is new to us sees what his country and trade buy."""

    def test_same_country_and_trade(self, shop: datetime) -> None:
        new = cast.a_customer(name="New", country="US", trade="toys")

        first = queries.for_customer(new, now=shop)[0]

        assert (first.code, first.kind, first.reason) == (
            "BATTERY", "popular_near", "Bought by 4 customers in toys in United States.",
        )  # fmt: skip

    def test_of_everybody_where_nothing_is_known(self, shop: datetime) -> None:
        assert queries.for_visitor([], now=shop, limit=1)[0].kind == "popular"

    def test_nothing_before_the_first_count(self, lena: Any, now: datetime) -> None:
        assert queries.for_customer(lena.customer, now=now) == []


class TestCountAffinities:
    def test_is_done_once_for_the_same_orders_and_day(self, shop: datetime) -> None:
        run = building.count_affinities(as_of=shop, now=shop)

        assert AffinityRun.objects.get() == run
        assert (run.customers, run.articles, run.purchases) == (12, 8, 26)


class TestContent:
    """X-05, X-06, X-19: guides, cases and documents by trade, region, category and chance."""

    @pytest.fixture
    def library(self, shop: datetime) -> datetime:
        address = "https://www.firm.example/"
        for key, fields in {
            "heat": {"kind": "guide", "title": "Building materials in the heat", "regions": ["middle_east"],
                     "trades": ["builder"]},
            "frost": {"kind": "guide", "title": "Building materials in the frost", "countries": ["CA"],
                      "trades": ["builder"]},
            "drone-cases": {"kind": "case", "title": "Drones at work", "categories": ["Drones"]},
            "ink-cases": {"kind": "case", "title": "Offices that print", "categories": ["Ink", "Printers"]},
            "about": {"kind": "article", "title": "How goods travel"},
            "ueber": {"kind": "article", "title": "Wie Waren reisen", "language": "de"},
        }.items():  # fmt: skip
            actions.save_content(key=key, fields={"url": address + key, **fields}, now=shop)
        return shop

    def test_the_heat_guide_for_a_builder_in_the_middle_east(self, library: datetime) -> None:
        """X-05: by trade and region."""
        builder = cast.a_customer(name="Riyadh Builders", country="SA", trade="Builder and contractor")

        found = queries.content_for_customer(builder, now=library)

        assert found[0].key == "heat"
        assert found[0].reason == "Made for builder, for readers in Middle East."
        assert "frost" not in [each.key for each in found]

    def test_the_case_collection_of_the_category_viewed(self, library: datetime, lena: Any) -> None:
        """X-06, X-19: by what was looked at and bought."""
        look(lena, "Product List Viewed", now=library, category="Drones")
        look(None, "Product List Viewed", now=library, visitor="anon:v1", category="Printers")

        known = queries.content_for_customer(lena.customer, now=library, contact=lena)
        unknown = queries.content_for_visitor(["anon:v1"], now=library)

        assert known[0].key == "drone-cases"
        assert unknown[0].key == "ink-cases"

    def test_the_chance_of_an_order_chooses_between_proof_and_learning(self, library: datetime) -> None:
        """B-11, D-23: the held probability selects content."""
        builder = cast.a_customer(name="Buyer", country="US", trade="Toys")
        buy(builder, "DRONE", "MUG", now=library, days_ago=5)

        near, far = (
            [each.key for each in queries.content_for_customer(builder, now=library, chance_of_order=chance)]
            for chance in (0.8, 0.05)
        )

        assert near[0] == "drone-cases"
        assert far[0] == "about"

    def test_a_refused_piece_is_gone(self, library: datetime, lena: Any) -> None:
        actions.refuse(customer=lena.customer, kind="content", key="about", now=library)

        assert "about" not in [each.key for each in queries.content_for_customer(lena.customer, now=library)]

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"kind": "song"}, "kind: 'song' is unknown"),
            ({"regions": ["moon"]}, "regions: moon"),
            ({}, "needs all three"),
        ],
    )
    def test_odd_content_is_refused(self, now: datetime, fields: dict[str, Any], message: str) -> None:
        with pytest.raises(UnusableContent, match=message):
            actions.save_content(key="x", fields=fields, now=now)

        assert not ContentPiece.objects.exists()
