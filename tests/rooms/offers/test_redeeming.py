from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal as D

import pytest

from guanxi.catalogue.models import Product
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Event, ExchangeRate, Order
from guanxi.offers import actions, granting, queries, redeeming
from guanxi.offers.models import Grant, Offer, Redemption

pytestmark = pytest.mark.django_db
Give = Callable[..., Grant]
MakeOffer = Callable[..., Offer]
Place = Callable[..., Order]


def use(order: Order, *grants: Grant, now: datetime) -> list[redeeming.Stated]:
    return redeeming.redeem(order=order, codes=[each.code for each in grants], told_by="api", now=now)


class TestRedeem:
    def test_counts_what_the_terms_give(
        self, offer: MakeOffer, give: Give, order: Place, lena: Contact, now: datetime
    ) -> None:
        """CN-36: 10 % of 10 × 20 and 100 × 1.50 is 35."""
        offer()
        grant = give(lena)

        [answer] = use(order(lena), grant, now=now)

        row = Redemption.objects.get()
        assert answer.is_accepted
        assert (row.amount, row.by_terms, row.amount_reporting, row.currency) == (D(35), D(35), D(35), "USD")
        event = Event.objects.get(name="offer.redeemed")
        assert (event.object_id, event.properties["origin"]) == (str(row.order_id), "j-17")

    def test_knows_articles_as_the_catalogue_does(
        self, offer: MakeOffer, give: Give, order: Place, lena: Contact, now: datetime
    ) -> None:
        """CN-36: three categories, of which the bowl bears no discount: 10 % of 20 and of 10 is 3."""
        costs = {"cup": D(1), "bowl": D(9), "pot": D(1)}
        Product.objects.bulk_create(Product(code=code, category=code, cost=cost) for code, cost in costs.items())
        actions.set_floor_margin(percent=D(10), now=now)
        offer("when: {categories_at_least: 3}\n")
        prices = (("cup", 20), ("bowl", 10), ("pot", 10))
        lines = [LineFacts(D(1), D(price), product_code=code) for code, price in prices]

        use(order(lena, lines=lines), give(lena), now=now)

        assert Redemption.objects.get().amount == D(3)

    @pytest.mark.parametrize(
        ("case", "lines", "cost"),
        [
            ("a line of discount", [("lamp", 10, 20, None), ("", 1, -18, None)], "18"),
            ("lines below their price", [("lamp", 10, 20, "182.50"), ("bulb", 10, 2, None)], "17.5"),
            ("nothing shown", [("lamp", 3, "0.335", None)], "0.11"),
        ],
    )
    def test_takes_the_discount_that_the_order_shows(
        self, case: str, lines: list[tuple[str, int, str, str | None]], cost: str, offer: MakeOffer, give: Give,
        order: Place, lena: Contact, now: datetime,
    ) -> None:  # fmt: skip
        offer()
        facts = [
            LineFacts(D(quantity), D(price), product_code=code, amount=D(amount) if amount else None)
            for code, quantity, price, amount in lines
        ]
        use(order(lena, lines=facts), give(lena), now=now)

        assert Redemption.objects.get().amount == D(cost), case

    @pytest.mark.parametrize(
        ("text", "cost", "currency"),
        [
            ("gives: {amount_off: {amount: 20, currency: USD}}", "20", "USD"),
            ("gives: {gift: {title: Pen, cost: {amount: 4.50, currency: USD}}}", "4.5", "USD"),
            ("gives: {freight_rebate_percent: 50}", "45", "USD"),
            ("gives: {freight_rebate_percent: 100}", "90", "USD"),
            ("gives: {percent_off: 8折}", "70", "USD"),
            ("gives: {percent_off: 95折}\nonly: {categories: [bulbs]}", "7.5", "USD"),
        ],
    )
    def test_counts_every_kind(
        self, text: str, cost: str, currency: str, offer: MakeOffer, give: Give, order: Place, lena: Contact,
        now: datetime,
    ) -> None:  # fmt: skip
        """X-26, X-28, X-30, X-31, X-33."""
        offer(text=f"name: ten\n{text}\ncode: {{}}\n")
        [answer] = use(order(lena, fields={"freight": "90"}), give(lena), now=now)

        assert answer.is_accepted
        row = Redemption.objects.get()
        assert (row.amount, row.currency) == (D(cost), currency)

    def test_counts_in_the_reporting_currency(
        self, offer: MakeOffer, give: Give, order: Place, lena: Contact, yuki: Contact, now: datetime
    ) -> None:
        """CN-41; without a rate the cost waits."""
        ExchangeRate.objects.create(currency="EUR", into="USD", on=now.date(), value=D("1.2"))
        offer()
        use(order(lena, currency="EUR"), give(lena), now=now)
        use(order(yuki, "PO-2", currency="JPY"), give(yuki), now=now)

        assert [each.amount_reporting for each in Redemption.objects.order_by("pk")] == [D(42), None]
        cost = queries.cost_by_origin("journey")["j-17"]
        assert (cost.codes, cost.uses, cost.cost, cost.unpriced, cost.brought) == (2, 2, D(42), 1, D(420))

    @pytest.mark.parametrize(
        ("more", "facts", "reason"),
        [
            ("", {"at": 31}, "expired"),
            ("", {"at": -1}, "older_order"),
            ("when: {goods_at_least: 351, currency: USD}\n", {}, "goods"),
            ("when: {goods_at_least: 1, currency: EUR}\n", {}, "currency"),
            ("when: {categories_at_least: 3}\n", {}, "categories"),
            ("when: {order_number: 2}\n", {}, "order_number"),
            ("when: {from: 2026-06-01}\n", {}, "begins"),
            ("only: {products: [fan]}\n", {}, "articles"),
            ("", {"kind": "credit"}, "no_purchase"),
        ],
    )
    def test_refuses_with_the_reason(
        self, more: str, facts: dict[str, object], reason: str, offer: MakeOffer, give: Give, order: Place,
        lena: Contact, now: datetime,
    ) -> None:  # fmt: skip
        offer(more)
        grant = give(lena)
        at = now + timedelta(days=int(str(facts.pop("at", 0))))

        [answer] = use(order(lena, at=at, **facts), grant, now=now)

        assert answer.reason is not None
        assert (answer.reason.code, Redemption.objects.get().reason) == (reason, reason)
        assert str(answer.reason)
        assert not Event.objects.filter(name="offer.redeemed").exists()

    def test_takes_the_last_day_too(
        self, offer: MakeOffer, give: Give, order: Place, lena: Contact, now: datetime
    ) -> None:
        offer()
        grant = give(lena)
        [answer] = use(order(lena, at=now + timedelta(days=30)), grant, now=now)

        assert answer.is_accepted

    def test_refuses_a_second_use_a_stranger_and_a_code_taken_back(
        self, offer: MakeOffer, give: Give, order: Place, lena: Contact, yuki: Contact, now: datetime
    ) -> None:
        offer()
        grant, back = give(lena), give(lena, key="back")
        granting.withdraw(grant=back, because="", now=now)
        use(order(lena), grant, now=now)

        answers = [
            *use(order(lena, "PO-2"), grant, back, now=now), *use(order(yuki, "PO-3"), grant, now=now),
            *redeeming.redeem(order=order(lena, "PO-4"), codes=["NEVER-GIVEN"], told_by="api", now=now),
        ]  # fmt: skip

        codes = [each.reason.code for each in answers if each.reason]
        assert codes == ["used", "withdrawn", "other_customer", "unknown_code"]
        assert str(answers[0].reason) == "the code was used for order PO-1"

    def test_may_be_used_as_often_as_it_says(
        self, offer: MakeOffer, give: Give, order: Place, lena: Contact, now: datetime
    ) -> None:
        offer(text="name: ten\ngives: {percent_off: 10}\ncode: {uses: 2}\n")
        grant = give(lena)

        accepted = [use(order(lena, f"PO-{number}"), grant, now=now)[0].is_accepted for number in range(3)]

        assert accepted == [True, True, False]

    def test_changes_nothing_when_it_is_told_again(
        self, offer: MakeOffer, give: Give, order: Place, lena: Contact, now: datetime
    ) -> None:
        offer()
        grant, placed = give(lena), order(lena)
        for _ in range(2):
            assert use(placed, grant, now=now)[0].is_accepted

        assert Redemption.objects.count() == Event.objects.filter(name="offer.redeemed").count() == 1

    @pytest.mark.parametrize("together", [True, False])
    def test_takes_the_best_of_several_codes(
        self, together: bool, offer: MakeOffer, give: Give, order: Place, lena: Contact, now: datetime
    ) -> None:
        """CN-36: one percentage an order; a freight rebate stands beside it."""
        offer()
        offer(name="four", text="name: four\ngives: {percent_off: 4}\ncode: {}\n")
        offer(name="ship", text="name: ship\ngives: {freight_rebate_percent: 100}\ncode: {}\n")
        grants = [give(lena), give(lena, name="ship"), give(lena, name="four")]
        placed = order(lena, fields={"freight": "90"})

        told = [grants] if together else [[each] for each in grants]
        answers = [answer for each in told for answer in use(placed, *each, now=now)]

        assert [each.is_accepted for each in answers] == [True, True, False]
        assert str(answers[2].reason) == "one percentage an order: ten is better or equal"
        assert sorted(Redemption.objects.filter(state="accepted").values_list("amount", flat=True)) == [D(35), D(90)]

    def test_counts_while_its_order_stands(
        self, offer: MakeOffer, give: Give, order: Place, lena: Contact, now: datetime
    ) -> None:
        """A cancelled order costs nothing, and its code is good again."""
        offer()
        grant, placed = give(lena), order(lena)
        use(placed, grant, now=now)
        ledger_actions.change_stage(order=placed, stage="cancelled", now=now)

        assert queries.cost_by_offer()["ten"].cost == 0
        assert use(order(lena, "PO-2"), grant, now=now)[0].is_accepted
        assert queries.cost_by_offer()["ten"].cost == D(35)

    def test_goes_with_its_order_and_may_be_taken_back(
        self, offer: MakeOffer, give: Give, order: Place, lena: Contact, now: datetime
    ) -> None:
        offer()
        grant, placed = give(lena), order(lena)
        use(placed, grant, now=now)
        redeeming.take_back(redemption=Redemption.objects.get())
        use(placed, grant, now=now)
        placed.delete()

        assert not Redemption.objects.exists()
        assert use(order(lena, "PO-2"), grant, now=now)[0].is_accepted


class TestStatedCodes:
    def test_of_other_shops_are_left_alone(
        self, offer: MakeOffer, give: Give, order: Place, lena: Contact, now: datetime
    ) -> None:
        offer()
        grant = give(lena)
        mine, other = order(lena), order(lena, "PO-2")

        counts = redeeming.redeem_stated(
            {mine.pk: f"SUMMER10, {grant.code.lower()}", other.pk: "SUMMER10"}, told_by="import", now=now
        )

        assert counts == {"accepted": 1}
        assert Redemption.objects.get().order == mine

    def test_of_a_shops_report_are_read_from_the_order(
        self, offer: MakeOffer, give: Give, order: Place, lena: Contact, now: datetime
    ) -> None:
        offer()
        order(lena, fields={"coupon": give(lena).code})
        order(lena, "PO-2")

        counts = redeeming.redeem_new(events=list(Event.objects.filter(name="order.placed")), now=now)

        assert counts == {"accepted": 1}
