"""RP-10: when two customers may be one, how likely, and why."""

import pytest

from guanxi.ledger.identity import PROPOSED_FROM, Party, likeness, mailbox, name_key, name_likeness


class TestMailbox:
    @pytest.mark.parametrize(
        ("address", "box"),
        [
            ("lena@elbwerk.example", "lena@elbwerk.example"),
            ("lena+fair@elbwerk.example", "lena@elbwerk.example"),
            ("l.e.na@gmail.com", "lena@gmail.com"),
            ("lena@googlemail.com", "lena@gmail.com"),
            ("l.ena@elbwerk.example", "l.ena@elbwerk.example"),
            ("+@elbwerk.example", "+@elbwerk.example"),
        ],
    )
    def test_is_where_the_address_delivers(self, address: str, box: str) -> None:
        assert mailbox(address) == box


class TestNameKey:
    @pytest.mark.parametrize(
        ("name", "key"),
        [
            ("Elbwerk GmbH & Co. KG", "elbwerk"),
            ("ELBWERK G.m.b.H.", "elbwerk"),
            ("Müller S.A.", "muller"),
            ("宁波海天贸易有限公司", "宁波海天贸易"),
            ("難波物産株式会社", "難波物産"),
            ("The Trading Company Ltd.", "the trading company ltd"),  # nothing would be left
            ("Ｅｌｂｗｅｒｋ　ＧｍｂＨ", "elbwerk"),
            ("", ""),
        ],
    )
    def test_tells_which_firm_it_is(self, name: str, key: str) -> None:
        assert name_key(name) == key


class TestNameLikeness:
    @pytest.mark.parametrize(
        ("one", "other", "alike"),
        [
            ("Elbwerk GmbH", "Elbwerk", True),
            ("Elbwerk Handels GmbH", "Elbwerk", True),
            ("Nord Tools", "Tools Nord", True),
            ("Alsterkontor", "Alsterkonter", True),
            ("Elbwerk", "Alsterkontor", False),
            ("宁波海天贸易有限公司", "宁波海天贸易", True),
            ("宁波海天", "深圳云帆", False),
            ("", "", False),
        ],
    )
    def test_knows_names_that_are_nearly_the_same(self, one: str, other: str, alike: bool) -> None:
        assert (name_likeness(one, other) >= 0.8) is alike


A = Party(1, "Elbwerk GmbH", "DE", "elbwerk.example", frozenset({"lena@elbwerk.example"}), frozenset({"+4940123456"}))


class TestLikeness:
    @pytest.mark.parametrize(
        ("other", "codes", "is_proposed"),
        [
            (Party(2, "Somebody", "DE", "", frozenset({"lena@elbwerk.example"})), ["same_email"], True),
            (Party(2, "Somebody", "DE", "", frozenset(), frozenset({"+4940123456"})), ["same_phone"], True),
            (Party(2, "Elbwerk", "DE", "elbwerk.example"), ["same_domain", "similar_name"], True),
            (Party(2, "Elbwerk", "FR", "elbwerk.example"), ["same_domain", "similar_name", "other_country"], True),
            (Party(2, "Quite Another", "DE", "elbwerk.example"), [], False),
            (
                Party(2, "Quite Another", "DE", "other.example", frozenset(), frozenset({"+4940123456"})),
                ["same_phone", "other_domain"],
                True,
            ),
            (Party(2, "Elbwerk GmbH", "DE"), [], False),
        ],
    )
    def test_says_why(self, other: Party, codes: list[str], is_proposed: bool) -> None:
        found = likeness(A, other)

        assert [code for code, _ in found.reasons] == codes if found else codes == []
        assert bool(found and found.score >= PROPOSED_FROM) is is_proposed

    def test_counts_for_nothing_on_a_shared_mail_host(self) -> None:
        one, other = Party(1, "Elbwerk", "DE", "gmail.com"), Party(2, "Elbwerk", "DE", "gmail.com")

        assert likeness(one, other) is None

    def test_grows_with_every_reason(self) -> None:
        mail = Party(2, "Somebody", "DE", "", frozenset({"lena@elbwerk.example"}))
        both = Party(2, "Somebody", "DE", "", frozenset({"lena@elbwerk.example"}), frozenset({"+4940123456"}))
        weaker, stronger = likeness(A, mail), likeness(A, both)

        assert weaker is not None
        assert stronger is not None
        assert weaker.score < stronger.score <= 100
        assert likeness(both, A) == stronger
