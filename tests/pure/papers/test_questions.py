"""The questionnaires and how their answers are read."""

from __future__ import annotations

from typing import Any

import pytest

from guanxi.papers.kinds import SURVEYS
from guanxi.papers.questions import LONGEST_TEXT, NothingSaid, Said, read_answer, surveys
from guanxi.public.words import all_words


def said(survey: str, *, is_short: bool = False, **given: Any) -> Said:
    fields = {name: value if isinstance(value, list) else [value] for name, value in given.items()}
    return read_answer(surveys()[survey], lambda name: fields.get(name, []), is_short=is_short)


class TestTheQuestionnaires:
    def test_are_those_that_journeys_name(self) -> None:
        assert tuple(surveys()) == SURVEYS

    @pytest.mark.parametrize("key", SURVEYS)
    def test_speak_every_language_of_the_public_pages(self, key: str) -> None:
        """DP-22."""
        survey, languages = surveys()[key], set(all_words())

        assert set(survey.titles) == set(survey.texts) == languages
        for question in survey.questions:
            assert set(question.titles) == languages
            assert all(set(choice) == languages for choice in question.choices.values())
            assert question.problems <= set(question.choices)


class TestReadAnswer:
    @pytest.mark.parametrize(
        ("survey", "given", "names_problem"),
        [
            ("usage", {"satisfied": "5", "trouble": "fine"}, False),
            ("usage", {"satisfied": "2"}, True),
            ("usage", {"trouble": ["fine", "damage"]}, True),
            ("usage", {"problem": "It squeaks."}, True),
            ("usage", {"wish": "More colours."}, False),
            ("review", {"goods": "5", "service": "2"}, True),
            ("review", {"goods": "3", "words": "slow"}, False),
            ("leaving", {"reason": ["price", "other_supplier"]}, False),
            ("leaving", {"reason": "quality", "again": "later"}, True),
        ],
    )
    def test_hears_a_problem(self, survey: str, given: dict[str, Any], names_problem: bool) -> None:
        """J-04.5, J-07.2, R-06."""
        assert said(survey, **given).names_problem is names_problem

    def test_keeps_the_lowest_rating(self) -> None:
        assert said("review", goods="5", service="3").stars == 3

    def test_passes_over_what_was_not_asked(self) -> None:
        found = said("usage", satisfied="9", trouble=["fine", "<script>"], problem=" \x00 ", role="owner")

        assert found == Said(None, {"trouble": ["fine"]}, {}, False)

    def test_asks_less_of_who_has_rated_us_lately(self) -> None:
        """CN-20."""
        assert said("usage", is_short=True, satisfied="1", wish="x", trouble="fine") == Said(
            None, {"trouble": ["fine"]}, {}, False
        )

    def test_takes_one_of_a_choice(self) -> None:
        assert said("leaving", again=["yes", "no"]).choices == {"again": ["yes"]}

    def test_cuts_what_is_endless(self) -> None:
        assert len(said("review", words="x" * 9_000).texts["words"]) == LONGEST_TEXT

    def test_needs_an_answer(self) -> None:
        with pytest.raises(NothingSaid):
            said("review", words="   ")
