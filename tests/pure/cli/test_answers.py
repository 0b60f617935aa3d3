"""What commands share."""

import pytest
import typer

from guanxi.cli.answers import language_named


class TestTheLanguageOfAnAnswer:
    @pytest.mark.parametrize(
        ("text", "language"), [("en", "en"), ("EN-us", "en"), ("zh-hans", "zh-Hans"), ("zh_CN", "zh-Hans")]
    )
    def test_is_known_in_any_usual_writing(self, text: str, language: str) -> None:
        assert language_named(text) == language

    def test_of_another_people_is_refused(self) -> None:
        with pytest.raises(typer.BadParameter, match="write en or zh-Hans"):
            language_named("fr")
