from __future__ import annotations

import pytest

from guanxi.offers import documents
from guanxi.offers.documents import OfferError, read_offer


class TestLibrary:
    @pytest.mark.parametrize("name", documents.library_names())
    def test_is_readable_and_titled_in_both_languages(self, name: str) -> None:
        offer = read_offer(documents.library_text(name))

        assert offer.name == name
        assert {"en", "zh-Hans"} <= set(offer.title)


class TestReadOffer:
    @pytest.mark.parametrize(
        ("text", "where"),
        [
            ("{", "line"),
            ("[]", "offer"),
            ("name: A b\ngives: {percent_off: 5}", "name"),
            ("name: a\ngives: {}", "gives"),
            ("name: a\ngives: {percent_off: 120}", "gives, percent_off"),
            ("name: a\ngives: {percent_off: 5}\nwhen: {moon: full}", "when"),
            ("name: a\ngives: {percent_off: 5}\nwhen: {order_number: 0}", "when, order_number"),
            ("name: a\ngives: {percent_off: 5}\nwhen: {goods_at_least: 5}", "when"),
            ("name: a\ngives: {percent_off: 5}\nwhen: {goods_at_least: -5, currency: USD}", "when, goods_at_least"),
            ("name: a\ngives: {percent_off: 5}\nwhen: {from: soon}", "when, from"),
            ("name: a\ngives: {percent_off: 5}\nwhen: {standing: high}", "when, standing"),
            ("name: a\ngives: {percent_off: 5}\ntitle: {en: 5}", "title"),
        ],
    )
    def test_names_the_place(self, text: str, where: str) -> None:
        with pytest.raises(OfferError) as caught:
            read_offer(text)

        assert caught.value.where.startswith(where)

    def test_freight_may_be_free(self) -> None:
        assert read_offer("name: a\ngives: {freight_rebate_percent: 100}").freight_rebate_percent == 100
