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
            ("name: a\ngives: {percent_off: 5, amount_off: {amount: 5, currency: USD}}", "gives, amount_off"),
            ("name: a\ngives: {amount_off: 5}", "gives, amount_off"),
            ("name: a\ngives: {amount_off: {amount: 5, currency: dollars}}", "gives, amount_off"),
            ("name: a\ngives: {gift: {title: Pen}}", "gives, gift"),
            ("name: a\ngives: {percent_off: 5}\nonly: {colours: [red]}", "only"),
            ("name: a\ngives: {percent_off: 5}\ncode: {prefix: b}", "code, prefix"),
            ("name: a\ngives: {percent_off: 5}\ncode: {valid: soon}", "code, valid"),
            ("name: a\ngives: {percent_off: 5}\ncode: {valid: 0d}", "code, valid"),
            ("name: a\ngives: {percent_off: 5}\ncode: {uses: 0}", "code, uses"),
            ("name: a\ngives: {percent_off: 5}\nlimits: {cost: none}", "limits, cost"),
            ("name: a\ngives: {percent_off: 5}\nbudget: 5", "budget"),
            ("name: a\ngives: {percent_off: 5}\nwhen: {from: 2026-05-02, until: 2026-05-01}", "when, until"),
        ],
    )
    def test_names_the_place(self, text: str, where: str) -> None:
        with pytest.raises(OfferError) as caught:
            read_offer(text)

        assert caught.value.where.startswith(where)

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("name: a\ngives:\n  percent_off: 120\n", 3),
            ("name: a\ngives: {percent_off: 5}\nwhen:\n  kind: b2c\n  moon: full\n", 5),
            ("name: a\ngives: {percent_off: 5}\nwords:\n", 3),
            ("name: a\ngives: [\n", 3),
            ("gives: {percent_off: 5}\n", 1),
        ],
    )
    def test_names_the_line(self, text: str, line: int) -> None:
        with pytest.raises(OfferError) as caught:
            read_offer(text)

        assert caught.value.line == line

    def test_freight_may_be_free(self) -> None:
        assert read_offer("name: a\ngives: {freight_rebate_percent: 100}").freight_rebate_percent == 100
