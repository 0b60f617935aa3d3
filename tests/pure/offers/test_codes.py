from __future__ import annotations

from datetime import date

import pytest

from guanxi.offers import codes, documents, words
from guanxi.offers.rules import CodeTerms


class TestCodes:
    def test_are_the_same_for_the_same_occasion_and_secret(self) -> None:
        made = {codes.code_for(secret, key, "BACK") for secret in ("a", "b") for key in ("1", "2") for _ in range(2)}

        assert len(made) == 4
        assert all(len(code) == 15 and set(code[5:]) <= set(codes.LETTERS) for code in made)

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            (" back-7kq2 m4xn9p ", ["BACK-7KQ2M4XN9P"]),
            ("BACK\u20137KQ2, TEN-1；CARD-2\nTEN-1", ["BACK-7KQ2", "TEN-1", "CARD-2"]),
            ("code:TEN-1|amount:5.00", ["TEN-1"]),
            ("", []),
            (" , ", []),
            ("X" * 41, []),
        ],
    )
    def test_are_read_as_they_were_typed(self, text: str, found: list[str]) -> None:
        assert codes.stated_in(text) == found

    @pytest.mark.parametrize(
        ("terms", "on", "until"),
        [
            (CodeTerms(days=45), date(2026, 5, 13), date(2026, 6, 27)),
            (CodeTerms(until="end of month"), date(2026, 2, 1), date(2026, 2, 28)),
            (CodeTerms(until="end of month"), date(2024, 2, 29), date(2024, 2, 29)),
            (CodeTerms(until="end of month"), date(2026, 12, 31), date(2026, 12, 31)),
            (CodeTerms(until="same day"), date(2026, 5, 13), date(2026, 5, 13)),
        ],
    )
    def test_are_good_until(self, terms: CodeTerms, on: date, until: date) -> None:
        assert terms.valid_until(on) == until


class TestWords:
    UNTIL = date(2026, 7, 5)

    @pytest.mark.parametrize(
        ("name", "language", "said"),
        [
            ("existing-customer-coupon", "en", "5% off"),
            ("existing-customer-coupon", "zh-Hans", "9.5折（立减5%）"),
            ("confirm-today", "zh-Hans", "8折（立减20%）"),
            ("confirm-today", "de", "20\u00a0% Nachlass"),
            ("gift-card", "ja", "USD\u00a020.00割引"),
            ("free-freight", "es", "Flete gratuito"),
            ("registration-gift", "ar", "مجموعة عينات هدية"),
            ("freight-rebate", "en", "50% of the freight back"),
            ("three-categories", "fr", "10\u00a0% off"),
        ],
    )
    def test_say_what_it_gives(self, name: str, language: str, said: str) -> None:
        """CN-35: Chinese words carry both readings."""
        assert words.words_in(documents.read_offer(documents.library_text(name)), language) == said

    def test_say_its_terms(self) -> None:
        offer = documents.read_offer(documents.library_text("spend-threshold"))

        assert words.terms_in(offer, "en", self.UNTIL, 2) == (
            "Valid until July 5, 2026. For 2 orders. For goods worth USD\u00a01,000.00 or more. "
            "One discount per order; quantity prices stay as they are. The code is personal."
        )

    @pytest.mark.parametrize("language", words.languages())
    @pytest.mark.parametrize("name", documents.library_names())
    def test_exist_in_every_language(self, name: str, language: str) -> None:
        offer = documents.read_offer(documents.library_text(name))
        said = f"{words.words_in(offer, language)} {words.terms_in(offer, language, self.UNTIL, 1)}"

        assert "{" not in said
        assert len(said) > 20

    def test_may_be_the_firms_own(self) -> None:
        own = documents.read_offer("name: a\ngives: {percent_off: 5}\nwords: {en: Five off, de: Fünf weniger}\n")

        assert [words.words_in(own, language) for language in ("en", "de-AT", "ja")] == [
            "Five off", "Fünf weniger", "5%割引"
        ]  # fmt: skip
