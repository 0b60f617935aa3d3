"""Which document fits whom: language, then market, then trade."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from guanxi.papers.fitting import Candidate, Reader, best
from guanxi.papers.kinds import KINDS, ONCE_EACH, SURVEYS

DAY = datetime(2026, 5, 13, tzinfo=UTC)
NOTHING: frozenset[str] = frozenset()


def paper(number: int, language: str = "en", *, kind: str = "guide", **facts: Any) -> Candidate:
    sets = {name: frozenset(facts.pop(name, ())) for name in ("markets", "trades", "categories")}
    return Candidate(number, kind, language, **sets, added_at=facts.pop("added_at", DAY), **facts)


def reader(*languages: str, market: str = "DE", trade: str = "Hardware", **facts: Any) -> Reader:
    return Reader(languages or ("de", "en"), market, trade, **facts)


def chosen(*papers: Candidate, to: Reader | None = None, kind: str = "guide") -> int:
    found = best(papers, kind, to or reader(), on=DAY.date())
    return found.document_id if found else 0


class TestBest:
    @pytest.mark.parametrize(
        ("papers", "number"),
        [
            pytest.param([paper(1), paper(2, "de")], 2, id="the reader's language before English"),
            pytest.param([paper(1, markets={"DE"}), paper(2, "de")], 2, id="language before market"),
            pytest.param([paper(1, trades={"hardware"}), paper(2, markets={"DE"})], 2, id="market before trade"),
            pytest.param([paper(1), paper(2, trades={"hardware"})], 2, id="trade before nothing"),
            pytest.param([paper(1), paper(2, added_at=DAY + timedelta(1))], 2, id="the newest of equals"),
            pytest.param([paper(1, "ja")], 0, id="no foreign language"),
            pytest.param([paper(1, markets={"US"})], 0, id="no other market"),
            pytest.param([paper(1, trades={"retail"})], 0, id="no other trade"),
            pytest.param([paper(1, kind="case")], 0, id="no other kind"),
            pytest.param([paper(1, categories={"lamps"})], 0, id="no category he has not looked at"),
            pytest.param([paper(1, valid_until=date(2026, 5, 12))], 0, id="nothing out of date"),
            pytest.param([paper(1, valid_until=date(2026, 5, 13))], 1, id="valid on its last day"),
        ],
    )
    def test_goes_by_language_market_and_trade(self, papers: list[Candidate], number: int) -> None:
        assert chosen(*papers) == number

    def test_goes_by_what_he_looked_at_lately(self) -> None:
        """J-09.1: the cases of the category."""
        papers = [paper(1, "de", markets={"DE"}), paper(2, "de", categories={"lamps"})]

        assert chosen(*papers, to=reader(interest="Lamps")) == 2
        assert chosen(*papers, to=reader(interest="Tools")) == 1

    @pytest.mark.parametrize("kind", sorted(ONCE_EACH))
    def test_gives_nobody_the_same_article_twice(self, kind: str) -> None:
        """J-01.2: one technical article a week."""
        papers = [paper(1, kind=kind), paper(2, kind=kind)]

        assert chosen(*papers, to=reader(has_got=frozenset({2})), kind=kind) == 1
        assert chosen(*papers, to=reader(has_got=frozenset({1, 2})), kind=kind) == 0

    def test_gives_a_price_list_again(self) -> None:
        assert chosen(paper(1, kind="price_list"), to=reader(has_got=frozenset({1})), kind="price_list") == 1

    @pytest.mark.parametrize(
        ("languages", "language", "market", "reason"),
        [
            (("de", "en"), "de", {"DE"}, "language own, market own, trade all, category all"),
            (("de", "en"), "en", (), "language english, market all, trade all, category all"),
            (
                ("zh-Hant", "zh", "zh-Hans", "en"),
                "zh-Hans",
                (),
                "language related, market all, trade all, category all",
            ),
            (("en",), "en", (), "language own, market all, trade all, category all"),
        ],
    )
    def test_says_why(self, languages: tuple[str, ...], language: str, market: Any, reason: str) -> None:
        found = best([paper(1, language, markets=market)], "guide", reader(*languages), on=DAY.date())

        assert found is not None
        assert found.reason == reason


def test_words_of_journeys_are_plain_words() -> None:
    assert all(word.replace("_", "").isalpha() and word.islower() for word in KINDS + SURVEYS)
    assert set(KINDS) > ONCE_EACH
