from __future__ import annotations

from datetime import UTC, datetime

import pytest

from guanxi.care.treatments import Span, policy, reply_hours
from guanxi.offers import documents as offer_documents
from guanxi.tiering import documents as tiering_documents
from guanxi.tiering.sleeping import SLEEPING


def keys_for(standings: dict[str, str], kind: str = "unknown") -> set[str]:
    return {item.key for item in policy().items_for(standings, kind)}


class TestTreatments:
    """T-33: every tier has a service policy; who stands where gets what."""

    @pytest.mark.parametrize(
        ("requirement", "scheme", "tier", "items"),
        [
            ("T-35 T-36 T-37 T-38", "service-level", "vip",
             {"account_manager", "reply_4h", "first_in_line", "custom_packaging", "member_price", "return_visit"}),
            ("T-39", "rfm-001", "big_ticket_infrequent", {"targeted_promotion", "cross_selling", "loyalty_plan"}),
            ("T-40", "rfm-001", "general", {"mass_mail"}),
            ("T-41", "rfm-001", "dormant", {"coupon", "leaving_survey"}),
            ("T-42 … T-47", "abc-cumulative", "A",
             {"service_team", "capacity_first", "packaging_and_labels", "visit_or_fair", "holiday_gift",
              "monthly_review", "quarterly_market_analysis"}),
            ("T-48 … T-51", "abc-concentrated", "B", {"growth_file", "industry_data", "stepped_price", "needs_review"}),
            ("T-52 … T-55", "abc-cumulative", "C",
             {"fixed_quotation", "product_mail", "second_order", "half_year_screen"}),
            ("T-58", "rfm-firm", "high", {"account_manager", "reply_4h"}),
            ("T-58", "rfm-000-literal", "high", {"account_manager", "reply_4h"}),
            ("T-59", "rfm-firm", "developing", {"price_breaks"}),
            ("T-60", "rfm-firm", "dormant", {"coupon"}),
            ("T-61", "rfm-firm", "prospect", {"education"}),
            ("T-62", "rfm-003-cells", "all_high", {"top_service"}),
            ("T-62", "rfm-003-cells", "valuable_slipping", {"targeted_wake_up"}),
            ("T-62", "rfm-003-cells", "new", {"guidance_to_second_order"}),
            ("T-62", "rfm-003-cells", "lapsed", {"leaving_survey", "coupon"}),
            ("L-01", "lifecycle", "first_order", {"onboarding"}),
            ("L-02", "lifecycle", "growing", {"cross_selling"}),
            ("L-03", "lifecycle", "mature", {"vip_proposal"}),
            ("L-04", "lifecycle", "declining", {"win_back"}),
            ("M-03", "lifecycle", "lost", {"low_cost_wake_up"}),
            ("L-09 L-10", "lifecycle", "growing", {"member_communication"}),
            ("L-11", "service-level", "vip", {"personal_tone"}),
            ("L-20", "stage", "not_yet", {"industry_news"}),
            ("L-30", "stage", "stable", {"development_invitation"}),
            ("P-03 P-04 P-05", "need", "standard", {"stock_promise", "supply_agreement", "replenishment_reminder"}),
            ("P-07 … P-11", "need", "custom", {"technician", "custom_clocks"}),
            ("P-13 P-14 P-15", "need", "several", {"one_team", "bundle_offer"}),
        ],
    )  # fmt: skip
    def test_fit_the_tier(self, requirement: str, scheme: str, tier: str, items: set[str]) -> None:
        assert items <= keys_for({scheme: tier}), requirement

    def test_fit_the_type_of_customer_whatever_his_tier(self) -> None:
        """T-56, T-57, CN-59: tier and customer type are independent."""
        general = {"rfm-001": "general"}

        assert keys_for(general, "b2b") == {"mass_mail", "tailored_terms"}
        assert keys_for(general, "b2c") == {"mass_mail", "fast_and_safe"}

    def test_of_several_schemes_add_up_without_repeating(self) -> None:
        both = policy().items_for({"abc-cumulative": "A", "abc-concentrated": "A", "rfm-firm": "high"})

        keys = [item.key for item in both]
        assert len(keys) == len(set(keys))

    def test_stop_what_is_costly_once_a_customer_is_dormant(self) -> None:
        """M-14: customers marked dormant stop receiving costly treatment."""
        found = policy().items_for({"abc-cumulative": "A", "rfm-firm": "dormant"})

        assert [item.key for item in found if item.is_costly] == []
        assert {"monthly_review", "coupon"} <= {item.key for item in found}

    @pytest.mark.parametrize(
        ("standings", "hours"),
        [({}, 24), ({"rfm-firm": "general"}, 24), ({"rfm-firm": "high"}, 4), ({"service-level": "vip"}, 4)],
    )
    def test_say_how_fast_a_mail_is_answered(self, standings: dict[str, str], hours: int) -> None:
        """T-58, CN-22: four hours for high value, a day for everybody."""
        assert reply_hours(policy().items_for(standings)) == hours

    def test_have_checklists_for_the_three_stages(self) -> None:
        """L-16 … L-19, L-21 … L-25, L-26 … L-30: each stage carries the buyer's core needs."""
        lines = {
            stage: [list(item.lines) for item in policy().items_for({"stage": stage}) if item.lines]
            for stage in ("not_yet", "trial", "stable")
        }

        assert lines == {
            "not_yet": [["qualification", "success_case", "clear_process", "lower_risk"]],
            "trial": [["as_expected", "production_shown", "on_time", "after_sales", "next_purchase"]],
            "stable": [["simple_ordering", "reserved_stock", "custom_packaging", "market_changes", "development"]],
        }


class TestIndustryData:
    def test_is_a_contact_of_class_b_every_two_to_three_months(self) -> None:
        """T-49: consumer trends of the target market, whichever of the two ABC schemes put him there."""
        for scheme in ("abc-cumulative", "abc-concentrated"):
            found = next(each for each in policy().items_for({scheme: "B"}) if each.key == "industry_data")

            assert (found.sort, found.begins, found.ends) == ("contact", Span(2, 0), Span(3, 0))
        assert all(each.key != "industry_data" for each in policy().items_for({"abc-cumulative": "C"}))


class TestTheDocument:
    def test_speaks_of_tiers_that_exist(self) -> None:
        places = {place for treatment in policy().treatments for place in treatment.tiers}
        tiers = {name: tiering_documents.read_preset(name).tiers for name in {scheme for scheme, _ in places}}

        assert {(scheme, tier) for scheme, tier in places if tier not in tiers[scheme]} == set()

    def test_every_word_for_sleep_is_a_tier_of_some_scheme(self) -> None:
        """M-14: one list for journeys, desk and reviews; a firm's own scheme sleeps by the same words."""
        tiers = {
            tier for name in tiering_documents.preset_names() for tier in tiering_documents.read_preset(name).tiers
        }

        assert tiers >= SLEEPING

    @pytest.mark.parametrize("item", policy().items.values(), ids=policy().items)
    def test_titles_everything_in_both_languages_and_says_where_it_comes_from(self, item: object) -> None:
        known = policy().items[getattr(item, "key", "")]
        titles = [known.title, *known.lines.values()]

        assert all(title["en"] and title["zh-Hans"] for title in titles)
        assert known.source
        assert (known.sort == "contact") is (known.ends is not None)

    def test_uses_every_item(self) -> None:
        used = {item.key for treatment in policy().treatments for item in treatment.items}
        assert used == set(policy().items)

    def test_names_offers_that_exist(self) -> None:
        named = {item.facts["offer"] for item in policy().items.values() if "offer" in item.facts}
        assert named <= set(offer_documents.library_names())

    def test_has_words_for_every_task(self) -> None:
        assert policy().title_of("monthly_review", "zh-Hans") == "每月业务复盘"
        assert policy().title_of("reply", "fr") == "Answer the inquiry"
        assert policy().title_of("own", "en") == ""


class TestSpan:
    @pytest.mark.parametrize(
        ("span", "day", "after"),
        [
            (Span(months=1), (2026, 1, 31), (2026, 2, 28)),
            (Span(months=12), (2024, 2, 29), (2025, 2, 28)),
            (Span(months=3), (2026, 11, 30), (2027, 2, 28)),
            (Span(months=1), (2026, 12, 15), (2027, 1, 15)),
            (Span(days=7), (2026, 12, 28), (2027, 1, 4)),
        ],
    )
    def test_ends_a_month_on_its_last_day_at_the_latest(
        self, span: Span, day: tuple[int, int, int], after: tuple[int, int, int]
    ) -> None:
        assert span.after(datetime(*day, tzinfo=UTC)) == datetime(*after, tzinfo=UTC)
