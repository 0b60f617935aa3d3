"""`guanxi tier` with every preset on real data: the table of requirements 5.0 (E-1) and the published rfm segments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from guanxi.cli import tier_explain, tier_sources
from guanxi.cli.app import app
from guanxi.cli.tier_answer import Answer
from guanxi.cli.tier_sources import Wishes
from guanxi.cli.tier_words import WORDS
from guanxi.engine.connection import open_engine
from guanxi.tiering import documents, rules

WISHES = Wishes(date(2011, 12, 10), None, {"GBP": Decimal("1.60")}, "ignore")
SEGMENTS = """
name: rfm-segments
title: Segments of the R package rfm
currency: USD
window_days: lifetime
rules:
"""
# Ranges of the scores as published, and customers, orders and revenue of each (data/README.md).
PUBLISHED = {
    "champions": ((5, 5), (5, 5), (5, 5), 35, 316, 31646),
    "potential_loyalist": ((3, 5), (3, 5), (2, 5), 342, 2211, 204856),
    "loyal_customers": ((2, 4), (2, 4), (2, 4), 170, 799, 76562),
    "promising": ((3, 4), (1, 3), (3, 5), 9, 28, 4249),
    "new_customers": ((4, 5), (1, 3), (1, 5), 104, 329, 28837),
    "cannot_lose_them": ((1, 2), (3, 4), (4, 5), 47, 274, 32446),
    "at_risk": ((1, 2), (2, 5), (4, 5), 28, 216, 22227),
    "need_attention": ((1, 3), (3, 5), (3, 5), 10, 57, 4562),
    "about_to_sleep": ((2, 3), (1, 3), (1, 4), 102, 283, 23449),
    "lost": ((1, 1), (1, 5), (1, 5), 148, 393, 35324),
}


@pytest.fixture(scope="module")
def retail(shared_data: Path) -> Iterator[Answer]:
    """Online Retail by every preset at once."""
    path = shared_data / "online_retail" / "online_retail.parquet"
    with open_engine() as engine:
        chosen = documents.read_preset("rfm-firm")
        yield tier_sources.answer_file(engine, path, chosen, WISHES, mapping=None, is_every_scheme=True)


def share(answer: Answer, scheme: str) -> dict[str, float]:
    """Customers of each tier in per cent, one digit."""
    overview = next(each for each in (answer.overview, *answer.others) if each.scheme.name == scheme)
    return {row.tier: round(row.customer_share * 100, 1) for row in overview.tiers}


def count(answer: Answer, scheme: str) -> dict[str, int]:
    overview = next(each for each in (answer.overview, *answer.others) if each.scheme.name == scheme)
    return {row.tier: row.customers for row in overview.tiers}


class TestTheTableOfRequirements:
    """E-1: the literal rules on Online Retail at 2011-12-10, one pound being 1.60 dollars."""

    def test_the_first_article(self, retail: Answer) -> None:
        """T-05, T-06, T-07, T-08, CN-04: high 10, dormant 11, developing 0, no class 4,317."""
        assert count(retail, "rfm-000-literal") == {
            "high": 10, "developing": 0, "dormant": 11, "prospect": 0, "none": 4317,
        }  # fmt: skip

    @pytest.mark.parametrize(("times", "percent"), [(10, 82), (20, 65), (40, 53), (100, 55)])
    def test_scaling_the_money_leaves_most_without_class(self, retail: Answer, times: int, percent: int) -> None:
        """CN-06: money scale alone does not fix fixed thresholds."""
        scheme = rules.settle(
            documents.read_preset("rfm-000-literal"), borders={}, currency="GBP", rate=Decimal("1.60") * times
        )
        query = (
            f"SELECT COUNT(*) FILTER (WHERE {rules.tier_case(scheme)} = 'none') * 100.0 / COUNT(*) FROM scores_lifetime"
        )

        assert round(float(retail.engine.execute(query).fetchall()[0][0])) == percent

    def test_abc_by_fixed_shares(self, retail: Answer) -> None:
        """T-17, T-21, T-25, CN-13: A 0, B 1, C 4,337."""
        found = count(retail, "abc-concentrated")

        assert (found["A"], found["B"], found["C"]) == (0, 1, 4337)

    def test_abc_cumulative(self, retail: Answer) -> None:
        """CN-13: 80 % of the revenue of the lifetime needs the top 26.1 %; of the last 365 days a like share."""
        found = share(retail, "abc-cumulative")

        assert 24 < found["A"] < 28
        assert found["A"] < found["B"] < found["C"]

    def test_the_eight_cells(self, retail: Answer) -> None:
        """T-13, T-14, T-15, T-16, CN-05: HHH 32.9 %, LLL 23.4 %, LHH 13.8 %, HLL 7.7 %, the other four 22.3 %."""
        found = share(retail, "rfm-003-cells")
        rest = count(retail, "rfm-003-cells")

        assert found["all_high"] == 32.9
        assert found["lapsed"] == 23.4
        assert found["valuable_slipping"] == 13.8
        assert found["new"] == 7.7
        others = ("frequent_small", "new_big", "lapsed_frequent_small", "lapsed_big")
        assert round(sum(rest[each] for each in others) * 100 / 4338, 1) == 22.3

    def test_every_scheme_gives_everybody_one_class(self, retail: Answer) -> None:
        """CN-04, L-33: nobody twice, nobody left out."""
        for overview in (retail.overview, *retail.others):
            assert sum(row.customers for row in overview.tiers) == 4338

    def test_explains_by_all_of_them(self, retail: Answer) -> None:
        """CN-03, CN-07, CN-12: why, by how much the next one is missed, what would change it; never "R high"."""
        explained = tier_explain.document(tier_explain.explain(retail, "14646"))
        told = json.dumps(explained, ensure_ascii=False)

        assert explained["tier"] == "high"
        assert "in 365 days" in explained["reason"]
        assert {each["scheme"] for each in explained["others"]} == set(documents.preset_names()) - {"rfm-firm"}
        assert "R high" not in told
        grade = next(each for each in explained["others"] if each["scheme"] == "abc-concentrated")
        assert grade["tier"] == "B"
        assert any("of the firm's sales" in sentence for sentence in grade["outlook"])
        # CN-12: what an order file cannot answer is named, and neither helps nor hurts.
        assert "not known, so without effect – late payments small and soon settled" in grade["reason"]
        assert [gate["state"] for gate in grade["gates"]] == ["unknown"]

    def test_in_chinese_when_asked(self, retail: Answer) -> None:
        chinese = tier_explain.document(tier_explain.explain(replace(retail, language="zh-Hans"), "14646"))

        assert "365天内" in chinese["reason"]
        assert chinese["title"] == "高价值客户"


def test_the_published_segments_of_the_rfm_package(shared_data: Path, tmp_path: Path, capsys: Any) -> None:
    """T-01, T-02, T-03: ten segments of scores, the first match winning, written as one more scheme file."""
    scheme = tmp_path / "segments.yaml"
    scheme.write_text(SEGMENTS + "".join(
        f"  - {{tier: {name}, when: {{r_score: {{between: {list(r)}}}, f_score: {{between: {list(f)}}}, "
        f"m_score: {{between: {list(m)}}}}}}}\n"
        for name, (r, f, m, *_) in PUBLISHED.items()
    ), encoding="utf-8")  # fmt: skip

    app(["tier", str(shared_data / "rfm_reference" / "rfm_data_orders.csv.gz"), "--as-of", "2006-12-31", "--scheme",
         str(scheme), "--json"], standalone_mode=False)  # fmt: skip

    answer = json.loads(capsys.readouterr().out)
    found = {row["tier"]: (row["customers"], round(row["spend"])) for row in answer["tiers"] if row["tier"] != "none"}
    assert found == {name: (customers, revenue) for name, (*_, customers, _orders, revenue) in PUBLISHED.items()}


class TestWordsAroundReasons:
    def test_are_the_same_in_both_languages(self) -> None:
        """What --language asks for holds on the terminal too."""
        named = [{key: sorted(re.findall(r"{(\w+)", text)) for key, text in words.items()} for words in WORDS.values()]

        assert named[0] == named[1]
