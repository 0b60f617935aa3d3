"""Conditions against facts."""

from __future__ import annotations

from typing import Any

import pytest

from guanxi.journeys.conditions import FACTS, Condition, read_condition
from guanxi.journeys.occasions import Happening, read_occasion
from guanxi.journeys.reading import Fields, read_block


def condition(text: str) -> Condition:
    return read_condition(read_block(text), "here")


class TestCondition:
    @pytest.mark.parametrize(
        ("text", "facts", "holds"),
        [
            ("{stage: shipped}", {"stage": "shipped"}, True),
            ("{stage: shipped}", {}, False),
            ("{stage: [packed, shipped]}", {"stage": "packed"}, True),
            ("{stage: {not: shipped}}", {"stage": "packed"}, True),
            ("{stage: {not: [shipped]}}", {"stage": "shipped"}, False),
            ("{trial: true}", {"trial": True}, True),
            ("{stage: null}", {}, True),
            ("{amount: {at_least: 1000}}", {"amount": "1000.00"}, True),
            ("{amount: {at_least: 1000}}", {"amount": "999.99"}, False),
            ("{amount: {at_least: 1, at_most: 2}}", {"amount": 3}, False),
            ("{amount: {at_most: 2}}", {"amount": "a lot"}, False),
            ("{amount: {at_most: 2}}", {"amount": True}, False),
            ("{amount: {at_most: 2}}", {"amount": "NaN"}, False),
            ("{stage: shipped, country: DE}", {"stage": "shipped", "country": "FR"}, False),
        ],
    )
    def test_compares_what_is_with_what_is_wanted(self, text: str, facts: dict[str, Any], holds: bool) -> None:
        assert condition(text).holds(facts) is holds

    def test_names_of_facts_have_a_sentence(self) -> None:
        assert all(sentence.endswith(".") for sentence in FACTS.values())


class TestOccasion:
    def test_of_an_order_is_of_that_order(self) -> None:
        occasion = read_occasion(Fields(read_block("{event: order.news}")))
        news = Happening("order.news", "order", "7")

        assert occasion.matches_for(news, object_kind="order", object_id="7")
        assert not occasion.matches_for(news, object_kind="order", object_id="8")

    def test_of_the_customer_may_be_about_anything(self) -> None:
        occasion = read_occasion(Fields(read_block("{event: inquiry.received, of: customer}")))

        assert occasion.matches_for(Happening("inquiry.received"), object_kind="order", object_id="8")

    def test_takes_foreign_names(self) -> None:
        assert read_occasion(Fields(read_block('{event: "Order Completed"}'))).matches(Happening("Order Completed"))
