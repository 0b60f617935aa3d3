from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from guanxi.offers import documents
from guanxi.offers.rules import Basket, Facts, Line, Offer, PriceBreak, Terms, break_table, quote

TODAY = date(2026, 5, 13)
SHIPPED = [documents.read_offer(documents.library_text(name)) for name in documents.library_names()]


def facts(**known: Any) -> Facts:
    return Facts(**({"on": TODAY, "order_number": 3} | known))


def basket(*lines: tuple[str, int, str, str], freight: str = "0", currency: str = "USD") -> Basket:
    return Basket([Line(code, D(number), D(price), category) for code, number, price, category in lines], currency,
                  D(freight))  # fmt: skip


LAMP, BULB, CABLE = ("lamp", 10, "20", "lamps"), ("bulb", 100, "1.50", "bulbs"), ("cable", 50, "3", "cables")


class TestQuote:
    """P-15, T-54, T-50, T-60, T-37, CN-36: the amounts are worked out by hand."""

    @pytest.mark.parametrize(
        ("case", "order", "known", "goods", "freight", "applied"),
        [
            ("nothing fits", basket(LAMP), {}, "200.00", "0.00", ()),
            ("two categories are too few", basket(LAMP, BULB), {}, "350.00", "0.00", ()),
            ("three categories", basket(LAMP, BULB, CABLE), {}, "450.00", "0.00", ("three-categories",)),
            ("one category in three lines", basket(LAMP, LAMP, LAMP), {}, "600.00", "0.00", ()),
            ("lines without a category do not count", basket(LAMP, BULB, ("box", 1, "50", "")), {}, "400.00", "0", ()),
            ("the second order of class C", basket(LAMP),
             {"order_number": 2, "standings": {"abc-cumulative": "C"}}, "190.00", "0.00", ("second-order",)),
            ("the second order of class C, concentrated", basket(LAMP),
             {"order_number": 2, "standings": {"abc-concentrated": "C"}}, "190.00", "0.00", ("second-order",)),
            ("the second order of class B", basket(LAMP),
             {"order_number": 2, "standings": {"abc-cumulative": "B"}}, "200.00", "0.00", ()),
            ("the third order of class C", basket(LAMP), {"standings": {"abc-cumulative": "C"}}, "200.00", "0.00", ()),
            ("one percentage, the best", basket(LAMP, BULB, CABLE),
             {"order_number": 2, "standings": {"abc-cumulative": "C"}}, "450.00", "0.00", ("three-categories",)),
            ("half the freight for class B", basket(("lamp", 500, "20", "lamps"), freight="800"),
             {"standings": {"abc-cumulative": "B"}}, "10000.00", "400.00", ("freight-rebate",)),
            ("a dollar too little", basket(("lamp", 1, "9999", "lamps"), freight="800"),
             {"standings": {"abc-cumulative": "B"}}, "9999.00", "800.00", ()),
            ("freight beside a percentage",
             basket(("lamp", 500, "20", "lamps"), BULB, CABLE, freight="101"),
             {"standings": {"abc-cumulative": "B"}}, "9270.00", "50.50", ("three-categories", "freight-rebate")),
            ("the dormant customer's coupon", basket(LAMP), {"standings": {"rfm-firm": "dormant"}}, "180.00", "0.00",
             ("existing-customer-coupon",)),
            ("members only", basket(LAMP), {"standings": {"service-level": "vip"}}, "194.00", "0.00",
             ("vip-privilege",)),
            ("the birthday month", basket(LAMP), {"is_birthday_month": True}, "198.00", "0.00", ("birthday-month",)),
            ("halves of a cent go up", basket(("pin", 3, "0.335", "pins")), {"is_birthday_month": True}, "0.99", "0",
             ("birthday-month",)),
            ("yen have no cents", basket(("fan", 3, "333", "fans"), currency="JPY"), {"is_birthday_month": True},
             "989", "0", ("birthday-month",)),
            ("an empty basket", basket(), {}, "0", "0", ()),
        ],
    )  # fmt: skip
    def test_comes_to(
        self, case: str, order: Basket, known: Any, goods: str, freight: str, applied: tuple[str, ...]
    ) -> None:
        found = quote(order, SHIPPED, facts(**known))

        assert (found.goods, found.freight) == (D(goods), D(freight)), case
        assert found.applied == applied

    def test_explains_every_refusal(self) -> None:
        found = quote(basket(LAMP, BULB, CABLE), SHIPPED, facts(order_number=2, standings={"abc-cumulative": "C"}))

        reasons = {each.offer: each.reason for each in found.refused}
        assert reasons["second-order"] == "one percentage an order: three-categories is better or equal"
        assert reasons["freight-rebate"] == "is for abc-cumulative B or abc-concentrated B"
        assert set(reasons) | set(found.applied) == set(documents.library_names())


class TestPriceBreaks:
    """T-59, X-23, CN-36: price breaks stand beside the one percentage; a floor holds the price up."""

    STEPS = [PriceBreak("lamp", D(10), D("19")), PriceBreak("lamp", D(100), D("17.50")), PriceBreak("fan", D(5), D(1))]

    @pytest.mark.parametrize(
        ("quantity", "price"), [(9, "20"), (10, "19"), (99, "19"), (100, "17.50"), (5000, "17.50")]
    )
    def test_take_the_step_of_the_quantity(self, quantity: int, price: str) -> None:
        found = quote(basket(("lamp", quantity, "20", "lamps")), [], facts(), self.STEPS)

        assert found.lines[0].unit_price == D(price)
        assert found.goods == quantity * D(price)

    def test_come_before_the_percentage(self) -> None:
        found = quote(basket(("lamp", 100, "20", "lamps")), SHIPPED, facts(is_birthday_month=True), self.STEPS)

        assert (found.goods, found.saved) == (D("1732.50"), D("267.50"))

    def test_do_not_raise_a_price(self) -> None:
        found = quote(basket(("lamp", 10, "18", "lamps")), [], facts(), self.STEPS)

        assert (found.goods, found.lines[0].break_from) == (D(180), None)

    def test_are_shown_in_order(self) -> None:
        assert [each.from_quantity for each in break_table(self.STEPS, "lamp")] == [10, 100]

    @pytest.mark.parametrize(
        ("floor", "price", "is_at_floor"),
        [("15", "18", False), ("19", "19", True), ("25", "20", True), (None, "18", False)],
    )
    def test_never_fall_below_the_floor(self, floor: str | None, price: str, is_at_floor: bool) -> None:
        order = Basket([Line("lamp", D(10), D(20), "lamps", D(floor) if floor else None)], "USD")
        coupon = Offer("coupon", {"en": "Coupon"}, Terms(), percent_off=D(10))

        found = quote(order, [coupon], facts())

        assert (found.lines[0].unit_price, found.lines[0].is_at_floor) == (D(price), is_at_floor)
        assert ("floor" in str(found.refused)) is is_at_floor


class TestTerms:
    @pytest.mark.parametrize(
        ("terms", "known", "reason"),
        [
            (Terms(from_on=date(2026, 5, 14)), {}, "begins on 2026-05-14"),
            (Terms(from_on=TODAY, until_on=TODAY), {}, ""),
            (Terms(until_on=date(2026, 5, 12)), {}, "ended on 2026-05-12"),
            (Terms(kinds=("b2c",)), {"kind": "b2b"}, "is for b2c only"),
            (Terms(goods_at_least=D(10), currency="EUR"), {}, "is stated in EUR, the order is in USD"),
        ],
    )
    def test_say_why_not(self, terms: Terms, known: Any, reason: str) -> None:
        found = quote(basket(LAMP), [Offer("deal", {"en": "Deal"}, terms, percent_off=D(5))], facts(**known))

        assert [each.reason for each in found.refused] == ([reason] if reason else [])
