"""What a sale or an inquiry stands for, by the law of the reader's country (RL-04, RL-15, RL-16)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from guanxi.consent.basis import REASONS, Relation, grounds_for, months_after
from guanxi.culture.profiles import Law, profile_for

NOW = datetime(2026, 5, 13, 8, tzinfo=UTC)
SALE = Relation("purchase", NOW - timedelta(days=30), similar_goods=True, opt_out_offered=True)
SOFT, STRICT, FREE = Law("soft_opt_in"), Law("opt_in"), Law("opt_out")


def said(law: Law, relation: Relation | None = SALE, country: str = "XX", kind: str = "b2b") -> tuple[str, str]:
    grounds = grounds_for(law=law, country=country, customer_kind=kind, relation=relation, now=NOW)
    return grounds.basis, grounds.reason


class TestGrounds:
    @pytest.mark.parametrize(
        ("law", "relation", "basis", "reason"),
        [
            (SOFT, SALE, "soft_opt_in", "soft_opt_in"),
            (SOFT, None, "", "no_relation"),
            (SOFT, Relation("inquiry", NOW, True, True), "", "no_sale"),
            (SOFT, Relation("purchase", NOW, False, True), "", "other_goods"),
            (SOFT, Relation("purchase", NOW, True, False), "", "no_opt_out_offered"),
            (STRICT, SALE, "", "opt_in_needed"),
            (FREE, None, "legitimate_interest", "opt_out"),
        ],
    )
    def test_need_sale_own_similar_goods_and_an_offered_opt_out(
        self, law: Law, relation: Relation | None, basis: str, reason: str
    ) -> None:
        """RL-04: soft opt-in needs all three; without one of them there is no basis, with the reason."""
        assert said(law, relation) == (basis, reason)
        assert reason in REASONS

    def test_do_not_exempt_firms_unless_the_law_does(self) -> None:
        """RL-04: B2B is not assumed exempt."""
        mixed = Law("opt_in", basis_b2b="opt_out")

        assert (said(mixed, kind="b2b")[0], said(mixed, kind="b2c")[0]) == ("legitimate_interest", "")
        assert said(STRICT, kind="b2b")[0] == said(STRICT, kind="b2c")[0] == ""

    def test_are_none_for_china(self) -> None:
        """RL-16: explicit consent, whatever was sold."""
        assert said(profile_for("CN").law, country="CN") == ("", "explicit_consent_needed")
        assert said(FREE, country="CN") == ("", "explicit_consent_needed")

    @pytest.mark.parametrize(
        ("kind", "ago", "lasts"),
        [("purchase", 729, True), ("purchase", 731, False), ("inquiry", 180, True), ("inquiry", 185, False)],
    )
    def test_last_in_canada_two_years_after_a_purchase_and_six_months_after_an_inquiry(
        self, kind: str, ago: int, lasts: bool
    ) -> None:
        """RL-15: CASL."""
        relation = Relation(kind, NOW - timedelta(days=ago))
        grounds = grounds_for(
            law=profile_for("CA").law, country="CA", customer_kind="b2b", relation=relation, now=NOW
        )  # fmt: skip

        assert (grounds.basis, grounds.reason) == (("implied", "implied") if lasts else ("", "ran_out"))
        assert (grounds.expires_at is not None) is lasts


class TestMonths:
    @pytest.mark.parametrize(
        ("day", "months", "then"),
        [("2024-02-29", 24, "2026-02-28"), ("2026-08-31", 6, "2027-02-28"), ("2026-01-15", 12, "2027-01-15")],
    )
    def test_end_on_the_last_day_of_a_short_one(self, day: str, months: int, then: str) -> None:
        assert months_after(datetime.fromisoformat(day), months) == datetime.fromisoformat(then)
