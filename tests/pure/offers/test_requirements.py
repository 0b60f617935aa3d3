"""Every offer of the requirements ships, says which it is, and gives what the article says."""

from __future__ import annotations

from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
import yaml

from guanxi import content
from guanxi.care.treatments import policy
from guanxi.journeys.graph import Graph, read_graph
from guanxi.journeys.ready import library_texts
from guanxi.journeys.steps.offer import Offer as OfferStep
from guanxi.journeys.steps.send import Send
from guanxi.offers import documents
from guanxi.offers.rules import Offer

LETTERS = Path(content.__file__).parent / "library"


def shipped(source: str) -> list[Offer]:
    found = [documents.library_text(name) for name in documents.library_names()]
    return [documents.read_offer(text) for text in found if source in yaml.safe_load(text).get("source", [])]


def journey(key: str) -> Graph:
    return next(graph for graph in map(read_graph, library_texts()) if graph.key == key)


class TestTheOffersOfTheRequirements:
    @pytest.mark.parametrize(
        ("source", "gives"),
        [
            ("X-20", {"percent_off": D(1)}),
            ("X-21", {"percent_off": D(10)}),
            ("X-22", {"percent_off": D(5)}),
            ("X-24", {"percent_off": D(5)}),
            ("X-25", {"percent_off": D(10)}),
            ("X-27", {"percent_off": D(5)}),
            ("X-28", {"percent_off": D(5)}),
            ("X-29", {"percent_off": D(10)}),
            ("X-30", {"percent_off": D(20)}),
            ("X-33", {"freight_rebate_percent": D(50)}),
            ("X-34", {"percent_off": D(5)}),
            ("X-35", {"percent_off": D(8)}),
            ("X-09", {"percent_off": D(5)}),
        ],
    )
    def test_give_what_is_asked(self, source: str, gives: dict[str, Any]) -> None:
        """X-09, X-20, X-21, X-22, X-24, X-25, X-27, X-28, X-29, X-30, X-33, X-34, X-35."""
        [offer] = shipped(source)

        assert {name: getattr(offer, name) for name in gives} == gives

    def test_come_in_the_kinds_that_are_named(self) -> None:
        """X-26 a gift with a time limit, X-31 freight and gift card, X-32 spend threshold and limited time."""
        [gift] = shipped("X-26")
        assert gift.gift is not None
        assert gift.code is not None
        assert gift.code.days == 7
        assert {offer.name for offer in shipped("X-31")} == {"free-freight", "gift-card"}
        assert {offer.name for offer in shipped("X-32")} == {"spend-threshold", "limited-time"}

    def test_ask_of_the_buyer_what_the_article_says(self) -> None:
        """X-21 existing customers, X-24 the first order, X-27 and DP-18 private buyers, X-28 the second of class C."""
        terms = {source: shipped(source)[0].terms for source in ("X-21", "X-24", "X-27", "X-28", "X-29")}

        assert terms["X-21"].orders_before == 1
        assert terms["X-24"].order_number == 1
        assert terms["X-27"].kinds == ("b2c",)
        assert (terms["X-28"].order_number, terms["X-28"].standings["abc-cumulative"]) == (2, ("C",))
        assert terms["X-29"].categories_at_least == 3

    @pytest.mark.parametrize("graph", [read_graph(text) for text in library_texts()], ids=lambda graph: graph.key)
    def test_are_all_there_for_the_ready_journeys(self, graph: Graph) -> None:
        wanted = {step.offer_name for step in graph.steps.values() if isinstance(step, OfferStep)}

        assert wanted <= set(documents.library_names())

    def test_the_small_coupon_stands_before_the_second_cart_letter(self) -> None:
        """X-27: +24 h, and only then (J-08.2)."""
        steps = list(journey("j-08").steps.values())
        at = next(n for n, step in enumerate(steps) if isinstance(step, OfferStep))

        assert isinstance(steps[at], OfferStep)
        letters = [step.template_key for step in steps[at:] if isinstance(step, Send)]
        assert letters[0] == "j-08.2"


def letter(key: str, language: str) -> str:
    return " ".join(path.read_text(encoding="utf-8") for path in sorted((LETTERS / key).glob(f"{language}.*")))


class TestTheLettersBeside:
    def test_a_tailored_quotation_is_priced_to_your_needs(self) -> None:
        """X-07: the mail stresses that the price follows the buyer's needs (按需求量身定价)."""
        assert "depends on your needs" in letter("j-10.1", "en")
        assert "取决于您的需求" in letter("j-10.1", "zh-Hans")

    @pytest.mark.parametrize("language", ["en", "zh-Hans", "de", "es", "ja", "ar"])
    def test_a_team_purchase_plan_is_content_for_several_buyers(self, language: str) -> None:
        """X-08: the plan goes out as a document, to pass on to colleagues."""
        assert "document.url" in letter("j-11.1", language)

    def test_the_cycle_letter_has_news_and_a_code(self) -> None:
        """X-09: new-product recommendations and a personal discount code in one letter."""
        said = letter("j-16.1", "en")

        assert "recommended.products" in said
        assert "offer.code" in said or "coupon.code" in said


class TestVips:
    def test_have_support_shipping_and_prices_of_their_own(self) -> None:
        """X-14: own support and priority shipping; recommendations are chosen for each of them as for all."""
        items = {item.key: item for item in policy().items_for({"service-level": "vip"}, "b2b")}

        assert {"account_manager", "first_in_line", "member_price"} <= items.keys()
        assert items["first_in_line"].facts["first_in_line"]
