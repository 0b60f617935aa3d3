"""Signed tokens: bound to purpose and payload."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanxi.kernel.signing import BadToken, blind, sign, unsign

SECRET = "a secret of this test, long enough to be one"


class TestTokens:
    @given(st.text())
    def test_come_back_as_they_went(self, payload: str) -> None:
        assert unsign(SECRET, "click", sign(SECRET, "click", payload)) == payload

    def test_serve_one_purpose_only(self) -> None:
        with pytest.raises(BadToken):
            unsign(SECRET, "unsubscribe", sign(SECRET, "click", "7"))

    def test_are_worthless_under_another_secret(self) -> None:
        with pytest.raises(BadToken):
            unsign("another secret", "click", sign(SECRET, "click", "7"))

    @pytest.mark.parametrize("position", range(0, 26, 3))
    def test_notice_one_changed_character(self, position: int) -> None:
        token = sign(SECRET, "click", "7:2")
        other = "A" if token[position] != "A" else "B"

        with pytest.raises(BadToken):
            unsign(SECRET, "click", token[:position] + other + token[position + 1 :])

    @pytest.mark.parametrize("junk", ["", ".", "a", "a.b", "é.é", "Nzoy", "..", "Nzoy.AAAA" * 50])
    def test_refuse_junk(self, junk: str) -> None:
        with pytest.raises(BadToken):
            unsign(SECRET, "click", junk)

    def test_refuse_padding_and_other_spellings(self) -> None:
        token = sign(SECRET, "click", "7")

        with pytest.raises(BadToken):
            unsign(SECRET, "click", token + "=")

    def test_are_safe_in_a_path(self) -> None:
        assert set(sign(SECRET, "click", "÷ÿ?>")) <= set(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
        )


class TestBlind:
    def test_finds_the_same_value_only(self) -> None:
        assert blind(SECRET, "suppression", "a@b.de") == blind(SECRET, "suppression", "a@b.de")
        assert blind(SECRET, "suppression", "a@b.de") != blind(SECRET, "suppression", "a@b.com")
        assert blind(SECRET, "suppression", "a@b.de") != blind(SECRET, "other", "a@b.de")
