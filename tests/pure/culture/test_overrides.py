"""What a firm may set otherwise, and what it may not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from guanxi.culture import greeting, overrides, profiles, windows
from guanxi.culture.profiles import BadProfile, Overrides, profile_of
from guanxi.culture.reader import Reader

YUKI = Reader(family_name="田中", position="統括", country="JP")


def rows(country: str, **fields: Any) -> Overrides:
    return tuple((country, name.replace("__", "."), json.dumps(value)) for name, value in fields.items())


class TestProfileOf:
    def test_puts_the_firms_value_before_the_countrys(self) -> None:
        own = profile_of("DE", rows("DE", weekend=["sun"], law__basis="opt_in"))

        assert own.weekend == {6}
        assert own.law.basis == "opt_in"
        assert own.firm_fields == {"weekend", "law.basis"}
        assert own.sources["languages"] == profiles.COUNTRY
        assert own.sources["law.basis_b2b"] == profiles.DEFAULT
        assert profile_of("FR", rows("DE", weekend=["sun"])).weekend == {5, 6}

    def test_gives_the_same_object_for_the_same_question(self) -> None:
        own = rows("DE", weekend=["sun"])

        assert profile_of("DE", own) is profile_of("DE", rows("DE", weekend=["sun"]))
        assert profile_of("DE", own) is not profile_of("DE")

    def test_leaves_out_a_row_that_can_no_longer_be_read(self) -> None:
        own = profile_of("DE", rows("DE", holds=["a_hold_that_is_gone"], formality="warm", nonsense=1))

        assert own.holds == profile_of("DE").holds
        assert own.formality == "warm"
        assert own.firm_fields == {"formality"}

    def test_changes_the_moment_a_letter_leaves(self) -> None:
        own = profile_of("DE", rows("DE", working_hours=["13:00", "15:00"]))

        fitting = windows.next_fitting_moment(
            now=datetime(2026, 5, 13, 8, 0, tzinfo=UTC), country="DE", zone="Europe/Berlin", kind="marketing",
            profile=own,
        )  # fmt: skip
        assert fitting.moment == datetime(2026, 5, 13, 11, 0, tzinfo=UTC)

    def test_takes_days_of_the_firms_own_as_a_hold(self) -> None:
        own = profile_of("DE", rows("DE", holds=["05-10..05-15"]))

        fitting = windows.next_fitting_moment(
            now=datetime(2026, 5, 13, 8, 0, tzinfo=UTC), country="DE", zone="Europe/Berlin", kind="marketing",
            profile=own,
        )  # fmt: skip
        assert fitting.moment == datetime(2026, 5, 18, 6, 0, tzinfo=UTC)
        assert fitting.reasons[0].detail["name"] == "own hold 05-10 to 05-15"


class TestGreeting:
    def test_speaks_the_firms_words(self) -> None:
        own = profile_of("JP", rows("JP", titles__ja__統括="統括部長", closing__ja="どうぞよろしくお願いいたします。"))

        assert greeting.greeting_for(YUKI, "ja") == "田中様"
        assert greeting.greeting_for(YUKI, "ja", own) == "田中統括部長"
        assert greeting.closing_for(YUKI, "ja", own) == "どうぞよろしくお願いいたします。"

    def test_follows_the_formality(self) -> None:
        lena = Reader(family_name="Meyer", honorific="Herr Dr.", country="DE")

        assert greeting.greeting_for(lena, "de") == "Sehr geehrter Herr Dr. Meyer,"
        assert greeting.greeting_for(lena, "de", profile_of("DE", rows("DE", formality="warm"))) == (
            "Guten Tag Herr Dr. Meyer,"
        )
        own = profile_of("DE", rows("DE", greeting__de__male="Hallo Herr {name},"))
        assert greeting.greeting_for(lena, "de", own) == "Hallo Herr Meyer,"


class TestRead:
    @pytest.mark.parametrize(
        ("name", "text", "value"),
        [
            ("languages", "de, en", ["de", "en"]),
            ("weekend", "fri,sat", ["fri", "sat"]),
            ("holds", "", []),
            ("holds", "christmas、12-20..01-06", ["christmas", "12-20..01-06"]),
            ("working_hours", "9:00 - 17:30", ["09:00", "17:30"]),
            ("law.night_ban", "", ""),
            ("law.subject_prefix", "广告 ", "广告 "),
            ("law.keeps_proof", "yes", True),
            ("modest_close", "false", False),
            ("moon_shift_days", "-1", -1),
            ("currency", "EUR", "EUR"),
            ("locale", "de-CH", "de-CH"),
            ("closing.de", "Beste Grüße\nNingbo", "Beste Grüße\nNingbo"),
            ("greeting.de.female", "Liebe Frau {name},", "Liebe Frau {name},"),
            ("titles.ja.統括", "統括", "統括"),
        ],
    )
    def test_reads_what_a_form_sends(self, name: str, text: str, value: object) -> None:
        assert overrides.read(country="DE", name=name, text=text) == value
        assert overrides.read(country="DE", name=name, text=overrides.written(value)) == value

    @pytest.mark.parametrize(
        ("name", "text", "sentence"),
        [
            ("name_order", "any", "is none of given_first, family_first"),
            ("languages", "", "name at least one"),
            ("working_hours", "25:00-26:00", "write two times"),
            ("quiet_hours", "08:00-08:00", "the same"),
            ("quiet_hours", "", "write two times"),
            ("holds", "02-30..03-01", "is no hold"),
            ("law.purchase_months", "two", "write a whole number"),
            ("law.unsubscribe_days", "99", "from 0 to 30"),
            ("law.subject_prefix", "x" * 40, "at most 20 characters"),
            ("law.note", "x\ny", "one line"),
            ("modest_close", "perhaps", "true or false"),
            ("currency", "Taler", "is no code"),
            ("locale", "xx-YY", "is none"),
            ("greeting.de.male", "Hallo {name.__class__},", "Only these may stand in braces"),
            ("closing.de", "a\nb\nc", "too many lines"),
            ("closing.xx", "Bye", "there is no such field"),
            ("titles.ja", "様", "there is no such field"),
            ("law", "anything", "there is no such field"),
            ("closing.de", "x" * 501, "at most 500"),
        ],
    )
    def test_refuses_the_rest_with_a_sentence(self, name: str, text: str, sentence: str) -> None:
        with pytest.raises(BadProfile, match=sentence):
            overrides.read(country="DE", name=name, text=text)

    def test_looks_at_the_firms_other_values(self) -> None:
        """Hours and night ban must go together, in whichever order they come."""
        own = rows("KR", law__night_ban="")

        assert overrides.read(country="KR", name="working_hours", text="07:00-22:00", overrides=own)
        with pytest.raises(BadProfile, match="marketing is banned"):
            overrides.read(country="KR", name="working_hours", text="07:00-22:00")
        with pytest.raises(BadProfile, match="marketing is banned"):
            overrides.read(
                country="DE", name="law.night_ban", text="10:00-11:00", overrides=rows("DE", weekend=["sun"])
            )

    def test_knows_every_field_of_a_profile(self) -> None:
        shipped = {name for name in profile_of("DE").values if not name.startswith(profiles.OPEN_TABLES)}

        assert {field.name for field in overrides.FIELDS} == shipped
        assert overrides.default_of("DE", "working_hours") == "08:00–17:00"
