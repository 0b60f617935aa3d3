"""Offers through the machine door: a code, an order that states it, what became of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from guanxi.kernel import clock
from guanxi.ledger.models import Contact
from guanxi.offers import actions
from guanxi.offers.models import Grant, Offer
from guanxi.staff import actions as staff_actions

pytestmark = pytest.mark.django_db
Call = Callable[..., Any]


@pytest.fixture
def call(ada: Any) -> Call:
    now = clock.utc_now()
    _, key = staff_actions.issue_token(actor=ada, name="shop", kind="api", role="manager", now=now)
    actions.save_offer(text="name: ten\ngives: {percent_off: 1折}\ncode: {prefix: TEN}\n", now=now)
    actions.switch_offer(offer=Offer.objects.get(), is_active=True, now=now)

    def ask(method: str, path: str, body: Any = None) -> Any:
        extra = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return Client().generic(method, f"/api/{path}", headers={"Authorization": f"Bearer {key}"}, **extra)

    return ask


def an_order(lena: Contact, **more: Any) -> dict[str, Any]:
    lines = [{"product_code": "L-1", "quantity": 10, "unit_price": "12.50"}]
    now = clock.utc_now().isoformat()
    return {
        "customer_id": lena.customer_id,
        "number": "PO-7",
        "placed_at": now,
        "currency": "USD",
        "lines": lines,
    } | more


CURRENCY = "name: fixed\ngives: {amount_off: {amount: 5, currency: EUR}}\nwhen: {goods_at_least: 10, currency: EUR}\n"


class TestOffers:
    def test_hand_out_and_use_a_code(self, call: Call, lena: Contact) -> None:
        made = call("POST", "offers/ten/codes", {"contact_id": lena.pk})
        again = call("POST", "offers/ten/codes", {"contact_id": lena.pk}).json()
        code = made.json()["code"]
        assert (made.status_code, again["code"], made.json()["state"]) == (201, code, "open")

        call("POST", "orders", an_order(lena))
        used = call("POST", "redemptions", {"code": code.lower(), "order": "PO-7"}).json()

        assert (used["state"], float(used["amount"]), used["currency"]) == ("accepted", 112.5, "USD")
        assert call("GET", f"codes/{code}").json()["state"] == "redeemed"
        [listed] = call("GET", "offers").json()
        assert (listed["codes"], listed["uses"], listed["words"]["zh-Hans"]) == (1, 1, "1折（立减90%）")
        assert [each["code"] for each in call("GET", "redemptions?offer=ten").json()] == [code]
        assert call("GET", "redemptions?offer=other").json() == []

    def test_take_codes_with_the_order(self, call: Call, lena: Contact) -> None:
        code = call("POST", "offers/ten/codes", {"contact_id": lena.pk}).json()["code"]

        made = call("POST", "orders", an_order(lena, discount_codes=[code, "SUMMER"]))

        assert made.status_code == 201
        assert [(each["code"], each["state"], each["reason"]) for each in made.json()["codes"]] == [
            (code, "accepted", ""), ("SUMMER", "refused", "unknown_code"),
        ]  # fmt: skip
        assert call("GET", f"codes/{code}").json()["used"] == 1

    def test_price_a_basket_with_a_code(self, call: Call, lena: Contact) -> None:
        code = call("POST", "offers/ten/codes", {"contact_id": lena.pk}).json()["code"]
        basket = {"customer_id": lena.customer_id, "currency": "USD",
                  "lines": [{"product_code": "L-1", "quantity": 10, "unit_price": 10}]}  # fmt: skip

        found = call("POST", "quotes", basket | {"discount_codes": [code, "NOPE"]}).json()

        assert (found["goods"], found["applied"]) == ("10.00", ["ten"])
        assert found["refused"] == [
            {"offer": "NOPE", "word": "unknown_code", "reason": "no such code was handed out"}
        ]  # fmt: skip
        assert call("POST", "quotes", basket).json()["goods"] == "100.00"

    def test_say_why_not(self, call: Call, lena: Contact) -> None:
        """CN-36: every refusal is explained."""
        call("POST", "orders", an_order(lena))

        answer = call("POST", "redemptions", {"code": "NOPE", "order": "PO-7"})
        refused = answer.json()
        assert (answer.status_code, refused["state"], refused["reason"]) == (404, "refused", "unknown_code")
        assert refused["errors"][0]["field"] == "code"
        assert call("POST", "redemptions", {"code": "NOPE", "order": "PO-8"}).json()["errors"][0]["field"] == "order"
        actions.switch_offer(offer=Offer.objects.get(), is_active=False, now=clock.utc_now())
        answer = call("POST", "offers/ten/codes", {"contact_id": lena.pk})
        assert (answer.status_code, answer.json()["errors"][0]["message"]) == (409, "The offer is switched off.")
        assert call("POST", "offers/none/codes", {"contact_id": lena.pk}).status_code == 404
        assert not Grant.objects.exists()

    def test_refuse_each_code_with_status_field_and_remedy(self, call: Call, lena: Contact, diego: Contact) -> None:
        """CN-36: used, stacked, expired, another customer's, another currency."""
        now = clock.utc_now()
        actions.save_offer(text=CURRENCY + "code: {prefix: FIX}\n", now=now)
        actions.switch_offer(offer=Offer.objects.get(name="fixed"), is_active=True, now=now)
        codes = {
            name: call("POST", f"offers/{offer}/codes", {"contact_id": contact.pk, "occasion": name}).json()["code"]
            for name, offer, contact in (
                ("used", "ten", lena), ("one_discount", "ten", lena), ("expired", "ten", lena),
                ("other_customer", "ten", diego), ("currency", "fixed", lena),
            )
        }  # fmt: skip
        call("POST", "orders", an_order(lena, discount_codes=[codes["used"]]))
        call("POST", "orders", an_order(lena, number="PO-8"))
        Grant.objects.filter(code=codes["expired"]).update(valid_until=(now - timedelta(days=3)).date())

        said = {
            reason: call("POST", "redemptions", {"code": code, "order": "PO-7" if reason == "one_discount" else "PO-8"})
            for reason, code in codes.items()
        }

        assert {reason: (answer.status_code, answer.json()["reason"]) for reason, answer in said.items()} == {
            reason: (409, reason) for reason in codes
        }
        for answer in said.values():
            [mistake] = answer.json()["errors"]
            assert mistake["field"] == "code"
            assert mistake["message"].count(".") >= 2
        listed = call("GET", "redemptions?limit=2").json()
        rest = call("GET", f"redemptions?after={listed[-1]['id']}").json()
        assert [each["state"] for each in listed + rest] == ["accepted", *["refused"] * 5]
