"""Every preset gives the classes that the requirements name, each at its borders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from guanxi.tiering import documents
from guanxi.tiering.documents import read_preset
from guanxi.tiering.grammar import in_order
from guanxi.tiering.outlook import outlook
from tests.pure.tiering.figures import STRANGER, buyer, decide, settled, tier

UNPAID = {"invoice_count_year": 9, "late_invoice_count_year": 0, "badly_late_invoice_count_year": 0,
          "overdue_invoice_count": 0, "late_amount_percent_year": Decimal(0), "longest_delay_days_year": 0}  # fmt: skip
BEST = {"cooperation_years": 3, "margin_index": 110, "trait_long_term_plan": 1, **UNPAID}


def of_share(share: str, **others: Any) -> dict[str, Any]:
    return buyer(days=20, orders=6, spend=90_000, spend_share=Decimal(share), **others)


WORLDS = [
    STRANGER,
    buyer(days=1, orders=9, spend=999_999, spend_share=Decimal(30), spend_share_before=Decimal(0)),
    buyer(days=999, orders=1, spend=1, spend_share=Decimal(0), spend_share_before=Decimal(99)),
    buyer(days=1, orders=1, spend=20_000, spend_share=Decimal(4), spend_share_before=Decimal(85)),
    buyer(days=100, orders=3, spend=1, trait_wants_custom=1, months_since_first_order=20),
    buyer(days=200, orders=4, spend=9_000, mails_unread=9, days_since_last_reading=200, days_since_first_mail=400),
]


def futures_of(world: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, str]]]:
    """What may become of a customer: he orders much, he falls silent, his needs change, he stands elsewhere."""
    busy = buyer(days=0, orders=40, spend=9_999_999, spend_share=Decimal(40), spend_share_before=Decimal(0),
                 days_since_last_reading=0, months_since_first_order=30)  # fmt: skip
    silent = world | {
        "days_since_last_order": 2_000 if world["order_count"] else None, "order_count_window": 0, "mails_unread": 30,
        "spend_window": Decimal(0), "spend_share": Decimal(0), "spend_share_before": Decimal(100),
        "days_since_last_reading": 2_000, "days_since_first_mail": 2_000, "days_since_last_interaction": 2_000,
    }  # fmt: skip
    otherwise = world | {"trait_wants_custom": 0, "most_categories_in_order": 5}
    return [(busy, {}), (silent, {}), (otherwise, {}), (world, {"rfm_firm": "high"})]


class TestOneLawForAll:
    @pytest.mark.parametrize("name", documents.preset_names())
    @pytest.mark.parametrize("figures", [STRANGER, buyer(days=5, orders=3, spend=9000), buyer(days=900, orders=1)])
    def test_everybody_gets_exactly_one_class(self, name: str, figures: dict[str, Any]) -> None:
        """CN-04, L-33: the first rule that fits decides, the catch-all takes the rest."""
        decision = decide(name, figures)

        assert decision.tier in settled(name).tiers
        assert sum(outcome.decided for outcome in decision.outcomes) <= 1

    def test_those_who_ask_come_after_those_they_ask(self) -> None:
        """CN-33: the service level is derived from the others, and so comes last."""
        order = in_order({name: read_preset(name) for name in documents.preset_names()})

        assert order.index("service-level") > max(order.index(name) for name in ("rfm-firm", "abc-cumulative"))

    def test_automatic_for_activity_and_by_review_for_grade_and_need(self) -> None:
        """CN-51: who decides."""
        decides = {name: read_preset(name).decides for name in documents.preset_names()}

        assert {name for name, who in decides.items() if who == "review"} == {
            "abc-concentrated", "abc-cumulative", "need",
        }  # fmt: skip

    @pytest.mark.parametrize("name", documents.preset_names())
    def test_every_class_has_an_exit(self, name: str) -> None:
        """M-12: no class is permanent. Whoever stands in a class leaves it by what he does, or by time."""
        scheme = settled(name)
        by_rules = {rule.tier for rule in scheme.rules} | {scheme.otherwise}

        for world in WORLDS:
            futures = {decide(name, each, **standings).tier for each, standings in futures_of(world)}
            assert futures - {decide(name, world).tier}, world
        for move in scheme.moves:
            # A move holds for a time, or while its own conditions hold, or gives a class that a rule takes away again.
            assert move.protect_days or move.holds_while or move.to in by_rules
        assert set(scheme.tiers) <= by_rules | {move.to for move in scheme.moves}


class TestTheOldLiterals:
    @pytest.mark.parametrize(
        ("figures", "expected"),
        [
            (buyer(days=30, orders=5, spend=100_000), "high"),
            (buyer(days=60, orders=2, spend=50_000), "developing"),
            (buyer(days=180, orders=1, spend=5_000), "dormant"),
            (STRANGER, "prospect"),
            (buyer(days=30, orders=4, spend=100_000), "none"),
        ],
    )
    def test_classes_of_the_first_article(self, figures: dict[str, Any], expected: str) -> None:
        """T-05, T-06, T-07, T-08, CN-04: word for word, with the gaps the article leaves."""
        assert tier("rfm-000-literal", figures) == expected

    def test_potential_is_never_a_bare_word(self) -> None:
        """CN-02: four codes for four meanings; the word of the articles stands in titles only with its preset."""
        names = {each for name in documents.preset_names() for each in read_preset(name).tiers}

        assert {"developing", "big_ticket_infrequent", "valuable_slipping", "B"} <= names
        assert "potential" not in names


class TestTheSecondArticle:
    @pytest.mark.parametrize(
        ("figures", "expected"),
        [
            (buyer(days=60, orders=5, spend=20_000), "top"),  # T-09
            (buyer(days=60, orders=4, spend=20_000), "big_ticket_infrequent"),  # T-10
            (buyer(days=60, orders=4, spend=19_999), "general"),  # T-11
            (buyer(days=180, orders=9, spend=90_000), "dormant"),  # T-12
            (buyer(days=200, orders=9, spend=1, cycle_days=180), "general"),  # due every half year (DP-02)
            (STRANGER, "prospect"),
        ],
    )
    def test_classes(self, figures: dict[str, Any], expected: str) -> None:
        """T-09, T-10, T-11, T-12: without numbers in the article, by the firm's own percentiles (CN-06)."""
        assert tier("rfm-001", figures) == expected


class TestTheEightCells:
    @pytest.mark.parametrize(
        ("days", "orders", "spend", "expected", "cell"),
        [
            (60, 2, 5000, "all_high", "HHH"), (60, 2, 4999, "frequent_small", "HHL"),
            (60, 1, 5000, "new_big", "HLH"), (60, 1, 4999, "new", "HLL"),
            (61, 2, 5000, "valuable_slipping", "LHH"), (61, 2, 4999, "lapsed_frequent_small", "LHL"),
            (61, 1, 5000, "lapsed_big", "LLH"), (61, 1, 4999, "lapsed", "LLL"),
        ],
    )  # fmt: skip
    def test_each_has_its_name(self, days: int, orders: int, spend: int, expected: str, cell: str) -> None:
        """T-13, T-14, T-15, T-16, CN-05: eight combinations, eight names."""
        decision = decide("rfm-003-cells", buyer(days=days, orders=orders, spend=spend))

        assert (decision.tier, decision.rule) == (expected, cell)


class TestAbc:
    @pytest.mark.parametrize(
        ("share", "expected"),
        [("15", "A"), ("14.9999", "B"), ("3", "B"), ("2.9999", "C"), ("0", "C")],
    )
    def test_the_share_decides_and_the_border_belongs_to_the_better(self, share: str, expected: str) -> None:
        """T-17, T-21, T-25, CN-37: 15 % is A, 3 % is B."""
        assert tier("abc-concentrated", of_share(share, **BEST)) == expected

    @pytest.mark.parametrize(
        ("changes", "failed"),
        [
            ({"cooperation_years": Decimal("1.99")}, "cooperation"),  # T-18
            ({"late_invoice_count_year": 1}, "payment"),  # T-18: nothing late on entry
            ({"overdue_invoice_count": 1}, "payment"),
            ({"margin_index": Decimal("109.9")}, "margin"),  # T-19
            ({"trait_long_term_plan": 0}, "loyalty"),  # T-20
        ],
    )
    def test_a_gate_that_fails_lowers_to_b_and_is_named(self, changes: dict[str, Any], failed: str) -> None:
        """T-18, T-19, T-20, CN-12, CN-14: years, payment, margin and loyalty are gates of A."""
        decision = decide("abc-concentrated", of_share("20", **(BEST | changes)))

        assert decision.tier == "B"
        assert [gate.name for gate in decision.failed_gates] == [failed]

    def test_what_is_not_known_neither_helps_nor_hurts(self) -> None:
        """CN-12, CN-14: no average margin, no invoices, nobody's judgement: A stays A, and the gaps are named."""
        decision = decide("abc-concentrated", of_share("20", cooperation_years=5))

        assert decision.tier == "A"
        assert [gate.name for gate in decision.unknown_gates] == ["payment", "margin", "loyalty"]

    def test_never_more_than_one_grade_down(self) -> None:
        """CN-12: five years too few, late in paying and a poor margin still make a B."""
        worst = BEST | {"cooperation_years": 0, "late_invoice_count_year": 9, "margin_index": 50,
                        "late_amount_percent_year": Decimal(90), "longest_delay_days_year": 200}  # fmt: skip

        assert tier("abc-concentrated", of_share("40", **worst)) == "B"

    @pytest.mark.parametrize(
        ("late", "percent", "days", "expected"),
        [(0, 0, 0, "B"), (2, 5, 15, "B"), (1, 6, 3, "C"), (1, 1, 16, "C")],
    )
    def test_for_b_only_late_payment_can_give_c(self, late: int, percent: int, days: int, expected: str) -> None:
        """T-22, CN-12, DP-21: small and soon settled is no harm."""
        paid = UNPAID | {"late_invoice_count_year": late, "late_amount_percent_year": Decimal(percent),
                         "longest_delay_days_year": days}  # fmt: skip

        assert tier("abc-concentrated", of_share("9", cooperation_years=9, **paid)) == expected

    def test_under_one_year_b_is_provisional(self) -> None:
        """CN-12: B under one year of cooperation says so; the upper limit of two years is no bar."""
        young = decide("abc-concentrated", of_share("9", cooperation_years=Decimal("0.9")))
        old = decide("abc-concentrated", of_share("9", cooperation_years=30))

        assert [mark.name for mark in young.marks] == ["provisional"]
        assert (old.tier, old.marks) == ("B", ())

    @pytest.mark.parametrize(
        ("badly_late", "late", "stands_in", "expected", "state"),
        [
            (0, 1, None, "B", "failed"),  # the entry asks for none
            (1, 1, "A", "A", "warned"),  # who stands there stays with one, and is warned
            (1, 9, "A", "A", "warned"),
            (2, 2, "A", "B", "failed"),
            (1, 1, "B", "B", "failed"),  # back to A only by the entry test
        ],
    )
    def test_harder_to_enter_than_to_stay(
        self, badly_late: int, late: int, stands_in: str | None, expected: str, state: str
    ) -> None:
        """CN-15: hysteresis of the payment gate (DP-05)."""
        paid = BEST | {"late_invoice_count_year": late, "badly_late_invoice_count_year": badly_late}
        decision = decide("abc-concentrated", of_share("20", **paid), stands_in)

        assert decision.tier == expected
        assert next(gate.state for gate in decision.gates if gate.name == "payment") == state

    @pytest.mark.parametrize(
        ("share", "traits", "mark"),
        [
            ("9", {"trait_growth_plan": 1}, "growth_plan"),  # T-23
            ("9", {"trait_tries_new_products": 1, "trait_price_sensitive": 1}, "curious"),  # T-24
            ("9", {"trait_tries_new_products": 1, "trait_quality_sensitive": 1}, "curious"),
            ("1", {"order_count_window": 2}, "infrequent"),  # T-26
            ("1", {"trait_unstable_demand": 1}, "small_lots"),  # T-27
            ("1", {"trait_price_sensitive": 1}, "price_sensitive"),  # T-28
            ("1", {"trait_compares_suppliers": 1}, "price_sensitive"),
        ],
    )
    def test_traits_describe_and_never_decide(self, share: str, traits: dict[str, int], mark: str) -> None:
        """T-23, T-24, T-26, T-27, T-28, CN-12: shown beside the grade, without effect on it."""
        with_traits = decide("abc-concentrated", of_share(share, cooperation_years=9, **traits))
        without = decide("abc-concentrated", of_share(share, cooperation_years=9))

        assert mark in [each.name for each in with_traits.marks]
        assert with_traits.tier == without.tier

    @pytest.mark.parametrize(
        ("before", "spend", "expected"),
        [("0", 1, "A"), ("79.9999", 1, "A"), ("80", 1, "B"), ("94.9999", 1, "B"), ("95", 1, "C"), ("0", 0, "C")],
    )
    def test_cumulative_counts_who_crosses_the_border(self, before: str, spend: int, expected: str) -> None:
        """CN-13: the largest customers up to 80 % of the sales, then up to 95 %."""
        figures = buyer(days=9, orders=2, spend=spend, spend_share_before=Decimal(before))

        assert tier("abc-cumulative", figures) == expected

    def test_four_indicators_are_looked_at(self) -> None:
        """D-09: purchasing scale, frequency and years of cooperation, payment credit, margin."""
        looked_at = documents.read_preset("abc-concentrated")
        figures = {check.figure for gate in decide("abc-concentrated", of_share("20")).gates for check in gate.checks}

        assert {"late_invoice_count_year", "margin_index", "cooperation_years"} <= figures
        assert "order_count_window" in {
            c.figure for mark in looked_at.marks for c in mark.terms if hasattr(c, "figure")
        }

    def test_growth_is_by_amount_and_of_a_base_that_counts(self) -> None:
        """CN-16: M-05 asks for twice the amount in each of two closed quarters, from at least 2 orders and 1,000."""
        move = next(each for each in settled("abc-cumulative").moves if each.name == "M-05")
        quarters = {"spend_quarter_1": Decimal(4000), "spend_quarter_2": Decimal(2000),
                    "spend_quarter_3": Decimal(1000), "order_count_quarter_3": 2}  # fmt: skip

        def is_open(**changes: Any) -> bool | None:
            from guanxi.tiering.rules import holds

            return holds(move.terms, STRANGER | quarters | changes, 365)

        assert is_open()
        assert not is_open(spend_quarter_1=Decimal(3999))
        assert not is_open(spend_quarter_2=Decimal(1999), spend_quarter_1=Decimal(9000))
        assert not is_open(order_count_quarter_3=1)
        assert not is_open(spend_quarter_3=Decimal(999))


class TestStage:
    @pytest.mark.parametrize(
        ("figures", "expected"),
        [
            (STRANGER, "not_yet"),
            (buyer(days=5, orders=1, months_since_first_order=0), "trial"),
            (buyer(days=5, orders=9, months_since_first_order=11), "trial"),
            (buyer(days=5, orders=2, months_since_first_order=99), "trial"),
            (buyer(days=5, orders=3, months_since_first_order=12), "stable"),
            (buyer(days=5, orders=3, completed_order_count=2, months_since_first_order=12), "trial"),
            (buyer(days=366, orders=9, months_since_first_order=40), "trial"),  # M-12: earned again
            (buyer(days=500, orders=9, months_since_first_order=40, cycle_days=360), "stable"),
            (buyer(days=5, orders=1, trait_stable_cooperation=1), "stable"),
        ],
    )
    def test_three_stages(self, figures: dict[str, Any], expected: str) -> None:
        """L-15, CN-53, DP-13: not yet cooperating, trial, stable; a person may set the last one earlier."""
        assert tier("stage", figures) == expected

    @pytest.mark.parametrize(("years", "is_marked"), [("3", True), ("2.99", False)])
    def test_three_years_are_marked(self, years: str, is_marked: bool) -> None:
        """L-32: the status that early offers ask for, inclusive (CN-37)."""
        decision = decide("stage", buyer(days=5, orders=9, cooperation_years=Decimal(years)))

        assert ("three_years" in [mark.name for mark in decision.marks]) is is_marked


class TestNeed:
    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({}, "standard"),
            ({"trait_wants_custom": 1}, "custom"),  # P-06: asked for
            ({"custom_line_percent": Decimal(5)}, "custom"),  # P-06: bought
            ({"most_categories_in_order": 3}, "several"),  # P-12: several at once
            ({"most_categories_in_order": 2}, "standard"),
            ({"trait_one_contact_wanted": 1}, "several"),  # P-12: one contact, merged orders
            ({"trait_wants_custom": 1, "most_categories_in_order": 3}, "custom_several"),
            ({"trait_wants_custom": 1, "order_size_variation": Decimal(30)}, "standard_custom"),  # P-02: fixed size
            ({"trait_wants_custom": 1, "order_size_variation": Decimal(31)}, "custom"),
            ({"most_categories_in_order": 4, "order_size_variation": Decimal(9)}, "standard_several"),
            (
                {"most_categories_in_order": 4, "order_size_variation": Decimal(9), "custom_line_percent": Decimal(1)},
                "standard_custom_several",
            ),
        ],
    )
    def test_classes_and_their_combinations(self, changes: dict[str, Any], expected: str) -> None:
        """P-01, P-02, P-06, P-12: three needs, of which several may hold at once."""
        assert tier("need", buyer(days=9, orders=4, **changes)) == expected

    def test_nobody_who_never_bought_is_guessed(self) -> None:
        """P-01: without an order or a word of the customer the need is not known."""
        assert tier("need", STRANGER) == "not_known"
        assert tier("need", STRANGER | {"trait_wants_custom": 1}) == "custom"


class TestLifecycle:
    @pytest.mark.parametrize(
        ("figures", "expected"),
        [
            (STRANGER, "prospect"),  # L-06, L-07, CN-01: a known contact without a completed order
            (buyer(days=3, orders=1), "first_order"),  # L-01, CN-32
            (buyer(days=3, orders=2, completed_order_count=1), "first_order"),
            (buyer(days=3, orders=2), "growing"),  # L-02, L-06: repeat
            (buyer(days=3, orders=4, months_since_first_order=12), "mature"),  # L-03
            (buyer(days=3, orders=4, months_since_first_order=11), "growing"),
            (buyer(days=46, orders=9, cycle_days=30, cycles_since_last_order=1.5334), "declining"),  # L-04
            (buyer(days=45, orders=9, cycle_days=30, cycles_since_last_order=1.5), "growing"),
            (buyer(days=9, orders=9, order_value_ratio=0.69), "declining"),  # L-04: smaller orders
            (buyer(days=9, orders=9, order_value_ratio=0.7), "growing"),
            (buyer(days=180, orders=2), "dormant"),
            (buyer(days=200, orders=9, cycle_days=180, cycles_since_last_order=1.1), "growing"),  # CN-08
            (buyer(days=365, orders=2, days_since_last_interaction=9), "lapsed"),  # CN-10
            (buyer(days=364, orders=2, days_since_last_interaction=9), "dormant"),
            (buyer(days=365, orders=2, days_since_last_interaction=365), "lost"),  # CN-11, CN-44
        ],
    )
    def test_stages(self, figures: dict[str, Any], expected: str) -> None:
        """L-01, L-02, L-03, L-04, L-06, L-07, CN-01, CN-10, CN-11, CN-32: each stage at its border."""
        assert tier("lifecycle", figures) == expected

    def test_three_phases_have_their_labels(self) -> None:
        """L-05: nurturing, closed-customer care, activation of existing customers, and the low-cost flow."""
        labels = {name: titles["zh-Hans"] for name, titles in read_preset("lifecycle").labels.items()}

        assert labels["prospect"] == "潜在客户培育"
        assert labels["first_order"] == labels["mature"] == "成交客户维护"
        assert labels["dormant"] == labels["declining"] == "老客户激活"
        assert set(labels) == set(read_preset("lifecycle").tiers)

    def test_repeat_buyers_are_marked_as_members(self) -> None:
        """L-09: from the second completed order on the letters speak to a member."""
        assert [mark.name for mark in decide("lifecycle", buyer(days=9, orders=2)).marks] == ["member"]
        assert decide("lifecycle", buyer(days=9, orders=1)).marks == ()


def read(days: int | None, *, unread: int = 6, first_mail: int = 400, **others: Any) -> dict[str, Any]:
    return {"days_since_last_reading": days, "mails_unread": unread, "days_since_first_mail": first_mail} | others


class TestReading:
    @pytest.mark.parametrize(
        ("figures", "expected"),
        [
            (buyer(days=20, orders=3, **read(20)), "engaged"),
            (buyer(days=120, orders=3, **read(90)), "ignores_but_buys"),  # type 1
            (buyer(days=170, orders=3, **read(170)), "ignores_but_buys"),
            (buyer(days=200, orders=3, **read(89)), "reads_but_sleeps"),  # type 2
            (buyer(days=200, orders=3, **read(180)), "gone"),  # type 3
            (buyer(days=200, orders=3, **read(90)), "fading"),  # on the way from 2 to 3
            (buyer(days=200, orders=3, **read(300, unread=5)), "not_known"),  # DP-10: not before six mails
            (STRANGER | read(None, first_mail=180), "gone"),
            (STRANGER | read(None, first_mail=90), "fading"),
            (STRANGER | read(None, first_mail=89), "not_known"),
            (STRANGER | read(5), "engaged"),
            # Due every 170 days: 200 days of silence are no sleep for him (CN-08).
            (buyer(days=200, orders=9, cycle_days=170, **read(200)), "ignores_but_buys"),
        ],
    )
    def test_two_silences_make_three_sub_types(self, figures: dict[str, Any], expected: str) -> None:
        """L-12, L-13, CN-10, DP-10: silence in the mailbox beside silence in the order book."""
        assert tier("reading", figures) == expected

    def test_says_who_can_be_won_back_and_who_is_to_be_given_up(self) -> None:
        """L-14: each inactive class says which, and why."""
        labels = {name: titles["en"] for name, titles in read_preset("reading").labels.items()}

        assert {name for name, label in labels.items() if label.startswith("Can be won back – ")} == {
            "ignores_but_buys", "reads_but_sleeps", "fading",
        }  # fmt: skip
        assert labels["gone"].startswith("Give up – ")


class TestServiceLevel:
    @pytest.mark.parametrize(
        ("figures", "standings", "expected", "rule"),
        [
            (STRANGER, {"rfm_firm": "high", "abc_cumulative": "C"}, "vip", "high-activity"),
            (STRANGER, {"rfm_firm": "dormant", "abc_cumulative": "A"}, "vip", "grade-a"),  # CN-08: the better of both
            (STRANGER, {"abc_concentrated": "A"}, "vip", "grade-a"),
            (STRANGER | {"trait_named_vip": 1}, {"rfm_firm": "general"}, "vip", "named-by-a-person"),
            (STRANGER, {"rfm_firm": "developing", "lifecycle": "growing"}, "attentive", "developing"),
            (STRANGER, {"rfm_firm": "dormant", "abc_cumulative": "B", "lifecycle": "lost"}, "attentive", "grade-b"),
            (STRANGER, {"rfm_firm": "dormant", "abc_cumulative": "C", "lifecycle": "dormant"}, "low_cost", "asleep"),
            (STRANGER, {"rfm_firm": "general", "abc_cumulative": "C"}, "standard", "otherwise"),
            (STRANGER, {}, "standard", "otherwise"),
        ],
    )
    def test_is_derived(self, figures: dict[str, Any], standings: dict[str, str], expected: str, rule: str) -> None:
        """CN-33, CN-08: activity high, grade A, or named by a person."""
        decision = decide("service-level", figures, **standings)

        assert (decision.tier, decision.rule) == (expected, rule)


# The six customers that the articles describe, as figures.
DEALER = buyer(days=25, orders=12, spend=480_000, cycle_days=30, months_since_first_order=48)
RETAILER = buyer(days=20, orders=1, spend=12_000, months_since_first_order=0)
SOUTH = buyer(days=185, orders=3, spend=20_000, order_count_window=1, spend_window=Decimal(6000))
CHAIN = buyer(days=85, orders=16, spend=900_000, order_count_window=4, spend_window=Decimal(240_000), cycle_days=91,
              months_since_first_order=48, spend_share=Decimal(18), spend_share_before=Decimal(0), **BEST)  # fmt: skip
TRADER = buyer(days=40, orders=5, spend=60_000, spend_share=Decimal(8), spend_share_before=Decimal(85),
               cooperation_years=Decimal("1.5"), trait_growth_plan=1, **UNPAID)  # fmt: skip
SMALL = buyer(days=150, orders=2, spend=2_000, spend_share=Decimal("0.4"), spend_share_before=Decimal(97),
              trait_compares_suppliers=1)  # fmt: skip


class TestTheSixTypicalCustomers:
    """T-63, CN-08: each lands in the class the article puts him in; where one axis alone cannot, the other does."""

    def test_the_european_dealer_is_high(self) -> None:
        """T-63: steady yearly volume."""
        assert tier("rfm-000-literal", DEALER) == tier("rfm-firm", DEALER) == "high"

    def test_the_first_time_retailer_is_developing(self) -> None:
        """T-63: first cooperation, South-East Asia."""
        assert tier("rfm-000-literal", RETAILER) == tier("rfm-firm", RETAILER) == "developing"
        assert tier("lifecycle", RETAILER) == "first_order"

    def test_the_silent_customer_is_dormant(self) -> None:
        """T-63: half a year without an order, South America."""
        assert tier("rfm-000-literal", SOUTH) == tier("rfm-firm", SOUTH) == "dormant"

    def test_the_chain_that_orders_each_quarter_is_a(self) -> None:
        """T-63, CN-08: four orders a year are no `high` by the literal rule, but A by value, and so VIP service."""
        assert tier("abc-concentrated", CHAIN) == tier("abc-cumulative", CHAIN) == "A"
        assert tier("rfm-000-literal", CHAIN) == "none"
        assert tier("lifecycle", CHAIN) == "mature"
        assert tier("service-level", CHAIN, rfm_firm="general", abc_cumulative="A") == "vip"

    def test_the_trading_firm_is_b(self) -> None:
        """T-63: 8 % of the sales, a year and a half, plans to grow."""
        decision = decide("abc-concentrated", TRADER)

        assert decision.tier == "B"
        assert "growth_plan" in [mark.name for mark in decision.marks]

    def test_the_small_trader_is_c(self) -> None:
        """T-63: compares several suppliers before each order."""
        decision = decide("abc-concentrated", SMALL)

        assert decision.tier == tier("abc-cumulative", SMALL) == "C"
        assert "price_sensitive" in [mark.name for mark in decision.marks]

    def test_a_half_yearly_buyer_is_not_asleep_when_he_is_due(self) -> None:
        """CN-08: 003's case has a cycle of six months."""
        due = buyer(days=185, orders=6, spend=60_000, cycle_days=180, cycles_since_last_order=1.03,
                    order_count_window=2, spend_window=Decimal(20_000))  # fmt: skip

        assert tier("rfm-000-literal", due) == "dormant"
        assert tier("rfm-firm", due) == "general"
        assert tier("lifecycle", due) == "growing"


class TestBothKindsOfTrade:
    def test_each_may_have_its_own_thresholds(self) -> None:
        """T-04, T-31: one scheme asks firms and consumers for different figures, and looks at the lifecycle too."""
        scheme = documents.read_scheme(
            """
name: both
currency: USD
rules:
  - tier: high
    name: firm
    when: {is_b2b: {is: true}, spend_window: {at_least: 100000}, standing: {lifecycle: [mature, growing]}}
  - tier: high
    name: consumer
    when: {is_b2b: {is: false}, spend_window: {at_least: 500}}
otherwise: general
"""
        )
        from guanxi.tiering import rules

        def found(spend: int, is_b2b: int | None, stage: str = "mature") -> str:
            return rules.decide(buyer(days=1, orders=1, spend=spend) | {"is_b2b": is_b2b, "standing:lifecycle": stage},
                                scheme).rule  # fmt: skip

        assert found(100_000, 1) == "firm"
        assert found(99_999, 1) == "otherwise"
        assert found(100_000, 1, "dormant") == "otherwise"
        assert found(500, 0) == "consumer"
        assert found(500, None) == "otherwise"


class TestLabels:
    @pytest.mark.parametrize("name", ["abc-concentrated", "abc-cumulative"])
    def test_a_readable_label_per_grade(self, name: str) -> None:
        """T-34: as data in both languages."""
        labels = read_preset(name).labels

        assert labels["A"] == {"en": "A – core – weekly follow-up", "zh-Hans": "A类-核心客户-每周跟进"}
        assert {"A", "B", "C"} <= set(labels)

    def test_three_axes_at_once_in_a_new_workspace(self) -> None:
        """T-30: value, stage and need are applied together from the start."""
        axes = [read_preset(name).axis for name in documents.ACTIVE_PRESETS]

        assert {"value", "stage", "need"} <= set(axes)
        assert len(axes) == len(set(axes))


def test_every_preset_can_say_what_would_change_a_class() -> None:
    """CN-07, M-12: for any customer and preset an outlook is found without failing."""
    for name in documents.preset_names():
        for world in (STRANGER, CHAIN, RETAILER, SOUTH, SMALL):
            outlook(world, settled(name))
