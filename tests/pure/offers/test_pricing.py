from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from guanxi.kernel.money import Money
from guanxi.offers import documents
from guanxi.offers.pricing import break_table, quote
from guanxi.offers.rules import Basket, CodeTerms, Facts, Gift, Line, Offer, PriceBreak, Scope, Terms

TODAY = date(2026, 5, 13)
BY_THEMSELVES = (
    "birthday-month", "freight-rebate", "second-order", "three-categories", "vip-privilege",
)  # fmt: skip
SHIPPED = [documents.read_offer(documents.library_text(name)) for name in BY_THEMSELVES]


def facts(**known: Any) -> Facts:
    return Facts(**({"on": TODAY, "order_number": 3} | known))


def basket(*lines: tuple[str, int, str, str], freight: str = "0", currency: str = "USD") -> Basket:
    return Basket([Line(code, D(number), D(price), category) for code, number, price, category in lines], currency,
                  D(freight))  # fmt: skip


LAMP, BULB, CABLE = ("lamp", 10, "20", "lamps"), ("bulb", 100, "1.50", "bulbs"), ("cable", 50, "3", "cables")


class TestQuote:
    """P-15, T-54, T-50, T-37, X-20, X-28, X-29, X-33, CN-29, CN-36: the amounts are worked out by hand."""

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
        assert set(reasons) | set(found.applied) == set(BY_THEMSELVES)


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
            (Terms(goods_at_least=D("200.01"), currency="USD"), {}, "needs goods of USD 200.01, the order has 200"),
            (Terms(goods_at_least=D(200), currency="USD"), {}, ""),
            (Terms(orders_before=3), {}, "is for customers with 3 orders or more, there are 2"),
            (Terms(orders_before=2), {}, ""),
            (Terms(order_number=2), {}, "is for order 2, this is order 3"),
            (Terms(categories_at_least=2), {}, "needs 2 categories, the order has 1"),
            (Terms(in_birthday_month=True), {}, "is for the month of the birthday or founding day"),
        ],
    )
    def test_say_why_not(self, terms: Terms, known: Any, reason: str) -> None:
        found = quote(basket(LAMP), [Offer("deal", {"en": "Deal"}, terms, percent_off=D(5))], facts(**known))

        assert [each.reason for each in found.refused] == ([reason] if reason else [])


def offer(name: str, terms: Terms | None = None, **gives: Any) -> Offer:
    return Offer(name, {"en": name}, terms or Terms(), **gives)


GIFT = Gift({"en": "A sample set"}, Money(D(5), "USD"))
TEN, FIVE = offer("ten", percent_off=D(10)), offer("five", percent_off=D(5))
TWENTY_DOLLARS = offer("card", amount_off=Money(D(20), "USD"))


class TestEveryKind:
    """X-21, X-24, X-26, X-31, X-32, CN-36: what each kind of offer comes to, worked out by hand."""

    @pytest.mark.parametrize(
        ("case", "offers", "goods", "freight", "applied"),
        [
            ("a gift card", [TWENTY_DOLLARS], "480.00", "90.00", ("card",)),
            ("in another currency", [offer("card", amount_off=Money(D(20), "EUR"))], "500.00", "90.00", ()),
            ("more than the order", [offer("card", amount_off=Money(D(999), "USD"))], "0.00", "90.00", ("card",)),
            ("off from a sum on", [offer("full", Terms(goods_at_least=D(500), currency="USD"),
                                         amount_off=Money(D(45), "USD"))], "455.00", "90.00", ("full",)),
            ("an amount against a percentage", [TWENTY_DOLLARS, TEN], "450.00", "90.00", ("ten",)),
            ("a percentage against an amount", [FIVE, offer("card", amount_off=Money(D(30), "USD"))], "470.00",
             "90.00", ("card",)),
            ("new products only", [offer("taste", percent_off=D(10), scope=Scope(categories=("bulbs",)))], "485.00",
             "90.00", ("taste",)),
            ("one article only", [offer("taste", percent_off=D(10), scope=Scope(products=("cable",)))], "485.00",
             "90.00", ("taste",)),
            ("an article that is not in it", [offer("taste", percent_off=D(10), scope=Scope(products=("fan",)))],
             "500.00", "90.00", ()),
            ("much off little against little off all",
             [offer("taste", percent_off=D(25), scope=Scope(products=("cable",))), TEN], "450.00", "90.00", ("ten",)),
            ("free freight", [offer("free", freight_rebate_percent=D(100))], "500.00", "0.00", ("free",)),
            ("the better rebate", [offer("half", freight_rebate_percent=D(50)),
                                   offer("free", freight_rebate_percent=D(100))], "500.00", "0.00", ("free",)),
            ("a gift beside all", [offer("gift", gift=GIFT), TEN, offer("free", freight_rebate_percent=D(100))],
             "450.00", "0.00", ("ten", "free", "gift")),
            ("only with its code", [offer("ten", percent_off=D(10), code=CodeTerms())], "500.00", "90.00", ()),
        ],
    )  # fmt: skip
    def test_comes_to(self, case: str, offers: list[Offer], goods: str, freight: str, applied: tuple[str, ...]) -> None:
        found = quote(basket(LAMP, BULB, CABLE, freight="90"), offers, facts())

        assert (found.goods, found.freight, found.applied) == (D(goods), D(freight), applied), case
        refused = {each.offer for each in found.refused if each.why.code != "floor"}
        assert refused == {each.name for each in offers} - set(applied)
        assert len(found.gifts) == sum(each.gift is not None for each in offers)

    def test_with_its_code_it_holds(self) -> None:
        coded = offer("ten", percent_off=D(10), code=CodeTerms())

        assert quote(basket(LAMP), [coded], facts(), codes=["ten"]).goods == 180
        assert quote(basket(LAMP), [coded], facts()).refused[0].reason == "holds only with its code"

    def test_an_amount_stops_at_the_floor(self) -> None:
        """CN-36: 10 lamps at 20 with a floor of 19 bear 10 of the 20 dollars."""
        order = Basket([Line("lamp", D(10), D(20), "lamps", D(19))], "USD")

        found = quote(order, [TWENTY_DOLLARS], facts())

        assert (found.goods, found.amount_off) == (D(190), D(10))
        assert found.refused[0].reason == "not in full for lamp: the price would fall below its floor"

    def test_an_amount_comes_after_the_price_break(self) -> None:
        found = quote(basket(LAMP), [TWENTY_DOLLARS], facts(), [PriceBreak("lamp", D(10), D(19))])

        assert (found.goods, found.saved) == (D(170), D(30))
