"""Signed tokens: bound to purpose and payload."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanxi.kernel.signing import BadToken, blind, sign, sign_parts, unsign, unsign_part

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


class TestPartsOfOneThing:
    def test_come_back_as_they_went(self) -> None:
        tokens = sign_parts(SECRET, "click", 4711, 40)

        assert [unsign_part(SECRET, "click", token) for token in tokens] == [(4711, part) for part in range(40)]
        assert sign_parts(SECRET, "click", 4711, 3) == tokens[:3]

    def test_have_a_token_each_that_no_change_survives(self) -> None:
        """RS-19, RS-26: neither another part, nor another thing, nor another purpose, nor another spelling."""
        first, second = sign_parts(SECRET, "click", 7, 2)
        tag = first.rpartition(".")[2]
        changed = [first[:at] + ("1" if first[at] != "1" else "2") + first[at + 1 :] for at in range(len(first))]

        others = [
            f"7.1.{tag}",
            f"07.0.{tag}",
            f" 7.0.{tag}",
            f"7.{10**20}.{tag}",
            f"\u0667.0.{tag}",
            f"{first}A",
            f"{first}.",
        ]

        for token in (*changed, *others, first[:-1], "7.0.", "7.0", "-7.-1.", ""):
            with pytest.raises(BadToken):
                unsign_part(SECRET, "click", token)
        for secret, purpose in ((SECRET, "trap"), ("another secret", "click")):
            with pytest.raises(BadToken):
                unsign_part(secret, purpose, second)

    def test_are_safe_in_a_path(self) -> None:
        assert re.fullmatch(r"[A-Za-z0-9._-]+", "".join(sign_parts(SECRET, "click", 7, 40)))


class TestBlind:
    def test_finds_the_same_value_only(self) -> None:
        assert blind(SECRET, "suppression", "a@b.de") == blind(SECRET, "suppression", "a@b.de")
        assert blind(SECRET, "suppression", "a@b.de") != blind(SECRET, "suppression", "a@b.com")
        assert blind(SECRET, "suppression", "a@b.de") != blind(SECRET, "other", "a@b.de")
