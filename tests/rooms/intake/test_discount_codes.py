"""Codes that come with the orders of a file are used up, or refused with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from guanxi.intake import actions as intake_actions
from guanxi.intake.models import ImportRun
from guanxi.ledger.models import Contact, Order
from guanxi.offers import actions, granting
from guanxi.offers.models import Offer, Redemption

pytestmark = pytest.mark.django_db
Run = Callable[..., dict[str, Any]]

SHOPIFY = (
    "Name,Email,Financial Status,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,"
    "Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem discount,"
    "Billing Name\n"
    "#1,lena@alsterkontor.example,paid,fulfilled,USD,180.00,0,0,180.00,{code},20.00,2026-05-20 10:00:00 +0200,10,Lamp,"
    "20.00,lamp,0,Lena Petersen\n"
)
WOOCOMMERCE = (
    "order_id,order_number,order_date,status,order_currency,order_total,shipping_total,tax_total,billing_email,"
    "billing_country,coupon_items\n"
    "1,1,2026-05-20 10:00:00,completed,USD,180.00,0,0,lena@alsterkontor.example,DE,code:{code}|amount:20.00\n"
)
GENERIC = (
    "E-mail,Order ID,Order Date,Quantity,Product,Unit Price,Amount,Currency,{heading}\n"
    "lena@alsterkontor.example,1,2026-05-20,10,Lamp,20,180,USD,SUMMER10; {code}\n"
)


@pytest.fixture
def code(lena: Contact, now: datetime) -> str:
    text = "name: ten\ngives: {percent_off: 10}\ncode: {prefix: TEN, valid: 30d}\n"
    offer: Offer = actions.save_offer(text=text, now=now)
    actions.switch_offer(offer=offer, is_active=True, now=now)
    wish = granting.Wish(key="one", offer="ten", contact=lena, origin_kind="journey", origin="j-17")
    return granting.grant(wish=wish, now=now).code


class TestACodeInAFile:
    @pytest.mark.parametrize(
        ("text", "cost"),
        [
            (SHOPIFY, "20"),
            (WOOCOMMERCE, "18"),
            (GENERIC.replace("{heading}", "Coupon Code"), "20"),
            (GENERIC.replace("{heading}", "优惠码"), "20"),
            (GENERIC.replace("{heading}", "Gutscheincode"), "20"),
        ],
        ids=["Shopify", "WooCommerce", "English", "Chinese", "German"],
    )
    def test_is_used_up(self, text: str, cost: str, run: Run, code: str) -> None:
        """The cost is the discount the order shows; WooCommerce's file has no lines, so the terms say it."""
        answer = run(text.replace("{code}", code), is_live=True)

        row = Redemption.objects.get()
        assert (row.state, row.amount, row.told_by) == ("accepted", Decimal(cost), "import")
        assert "Codes of offers accepted: 1." in answer["notes"]
        assert code in Order.objects.get().fields["coupon"]

    def test_is_not_used_again_by_the_same_file_and_goes_with_an_undone_import(
        self, run: Run, code: str, now: datetime
    ) -> None:
        for _ in range(2):
            run(SHOPIFY.replace("{code}", code))
        assert Redemption.objects.count() == 1

        for run_of in ImportRun.objects.order_by("-pk"):
            intake_actions.undo(run=run_of, now=now)

        assert not Redemption.objects.exists()

    def test_is_refused_with_the_reason(self, run: Run, code: str) -> None:
        late = SHOPIFY.replace("{code}", code).replace("2026-05-20", "2026-06-20")

        answer = run(late)

        assert Redemption.objects.get().reason == "expired"
        assert "Codes of offers refused: 1." in answer["notes"]
