"""Schemes as YAML: what is read, and what every complaint says."""

from __future__ import annotations

from decimal import Decimal

import pytest

from guanxi.tiering import documents
from guanxi.tiering.documents import SchemeError, read_preset, read_scheme
from guanxi.tiering.rules import Condition, Constant, Extreme, Multiple, Percentile

HEAD = "name: mine\ncurrency: EUR\n"
RULE = HEAD + "rules:\n  - tier: high\n    when:\n      "


class TestPresets:
    def test_the_default_is_there(self) -> None:
        assert documents.DEFAULT_PRESET in documents.preset_names()

    @pytest.mark.parametrize("name", documents.preset_names())
    def test_each_is_called_like_its_file_and_titled_in_both_languages(self, name: str) -> None:
        scheme = read_preset(name)

        assert scheme.name == name
        assert set(scheme.title) == {"en", "zh-Hans"}
        for tier, titles in scheme.tiers.items():
            assert tier == "none" or set(titles) == {"en", "zh-Hans"}

    def test_an_unknown_one_names_the_known(self) -> None:
        with pytest.raises(SchemeError, match="choose abc-concentrated, abc-cumulative"):
            read_preset("rfm-999")


class TestReadScheme:
    def test_reads_every_form_of_a_border(self) -> None:
        scheme = read_scheme(
            HEAD
            + """
window_days: lifetime
rules:
  - tier: high
    name: big
    when:
      order_count: {between: [1, 2]}
      spend_total: {above: 1000.5, below: {percentile: 90}}
      days_since_last_order:
        at_most: {largest_of: [30, {figure: cycle_days, times: 1.5}, {figure: cycle_days}]}
"""
        )

        assert scheme.window_days is None
        assert scheme.rules[0].name == "big"
        assert scheme.rules[0].conditions == (
            Condition("order_count", "at_least", Constant(Decimal(1))),
            Condition("order_count", "at_most", Constant(Decimal(2))),
            Condition("spend_total", "above", Constant(Decimal("1000.5"))),
            Condition("spend_total", "below", Percentile(Decimal(90))),
            Condition(
                "days_since_last_order",
                "at_most",
                Extreme(
                    True,
                    (
                        Constant(Decimal(30)),
                        Multiple("cycle_days", Decimal("1.5")),
                        Multiple("cycle_days", Decimal(1)),
                    ),
                ),
            ),
        )

    def test_tiers_stand_in_the_order_of_the_document_and_none_last(self) -> None:
        text = RULE + "order_count: {at_least: 1}\n  - {tier: low, when: {order_count: {is: 0}}}\ntiers: {low: Low}\n"

        assert list(read_scheme(text).tiers.items()) == [
            ("low", {"en": "Low"}),
            ("high", {"en": "high"}),
            ("none", {"en": "none"}),
        ]

    def test_without_a_window_a_year_is_taken(self) -> None:
        assert read_scheme(RULE + "order_count: {at_least: 1}").window_days == 365

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("[1, 2]", "scheme: must be a table of keys"),
            ("name: [", "line 1: is not readable as YAML"),
            ("1: 2", "scheme: must be a table of keys"),
            ("x: " + "a" * documents.LARGEST_DOCUMENT, "is longer than 100,000 characters"),
            (HEAD + "colour: red", "scheme: 'colour' is not a key; known are about, axis, currency"),
            ("name: My Scheme", "name: 'My Scheme' will not do; use lower-case"),
            (HEAD, "rules: must be a list of rules"),
            (HEAD + "rules: [5]", "rule 1: must have `tier` and `when`"),
            (HEAD + "rules: [{tier: none, when: {}}]", r"rule 1 \(none\): 'none' and 'otherwise' are kept"),
            (HEAD + "rules: [{tier: a, name: otherwise, when: {}}]", "are kept for customers whom no rule fits"),
            (HEAD + "rules: [{tier: high}]", r"rule 1 \(high\), when: must name at least one figure"),
            (RULE + "sales: {at_least: 5}", r"rule 1 \(high\), sales: 'sales' is no figure; known are days_since"),
            (RULE + "order_count: 5", r"rule 1 \(high\), order_count: needs a comparison"),
            (RULE + "order_count: {atleast: 5}", "'atleast' is no comparison; use at_least"),
            (RULE + "order_count: {between: 5}", "`between` takes two numbers"),
            (RULE + "order_count: {at_least: many}", "'many' is no number; write it with digits"),
            (RULE + "order_count: {at_least: true}", "True is no number"),
            (RULE + "order_count: {at_least: .inf}", "inf is no number"),
            (RULE + "order_count: {at_least: 1.00001}", "at most four decimals"),
            (RULE + "order_count: {at_least: {percentile: 100}}", "a percentile lies between 0 and 100, not at 100"),
            (RULE + "order_count: {at_least: {figure: rank}}", "'rank' is no figure"),
            (RULE + "order_count: {at_least: {share: 3}}", "a border is a number, {percentile: 80}"),
            (RULE + "order_count: {at_least: {largest_of: [{largest_of: [1]}]}}", "a border is a number"),
            (
                RULE + "order_count: {is: 1}\n  - {tier: high, when: {order_count: {is: 2}}}",
                "rule 2: is the second one",
            ),
            (RULE + "order_count: {is: 1}\notherwise: A b", "otherwise: 'A b' will not do"),
            (RULE + "order_count: {is: 1}\nwindow_days: 0", "window_days: 0 will not do; write a number of days"),
            (RULE + "order_count: {is: 1}\ntiers: [high]", "tiers: must be a table"),
            (RULE + "order_count: {is: 1}\ntiers: {low: Low}", "tiers: 'low' is given by no rule"),
            (RULE + "order_count: {is: 1}\ntiers: {high: {en: 5}}", "tiers, high: a title is a text"),
            (RULE.replace("EUR", "euro") + "order_count: {is: 1}", "currency: 'euro' is no currency"),
        ],
    )
    def test_a_complaint_names_the_place_and_the_remedy(self, text: str, complaint: str) -> None:
        with pytest.raises(SchemeError, match=complaint):
            read_scheme(text)
