"""The picture library keeps files, and lets go of what nobody sees."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from guanxi.content import actions, pictures
from guanxi.content.actions import Written
from guanxi.content.models import Picture
from guanxi.content.pictures import BadPicture, StillShown
from guanxi.staff.models import User
from tests.pure.content.test_imaging import picture

pytestmark = pytest.mark.django_db


class TestAddPicture:
    def test_keeps_both_widths_under_a_random_name(self, data_folder: Path, ada: User, now: datetime) -> None:
        """RS-13: no name of the uploader's, at most 1200 dots, beside it one of mail width."""
        kept = pictures.add_picture(raw=picture(), alt=" The hall ", uploaded_by=ada, now=now)

        files = sorted(path.name for path in (data_folder / "pictures").iterdir())
        assert files == sorted([kept.name, pictures.small_name(kept.name)])
        assert (kept.alt, kept.width, kept.weight > 0) == ("The hall", 1200, True)

    def test_keeps_the_same_file_once(self, ada: User, now: datetime) -> None:
        first = pictures.add_picture(raw=picture(), alt="The hall", uploaded_by=ada, now=now)

        assert pictures.add_picture(raw=picture(), alt="Again", uploaded_by=ada, now=now) == first
        assert Picture.objects.count() == 1

    def test_asks_what_it_shows(self, data_folder: Path, ada: User, now: datetime) -> None:
        with pytest.raises(BadPicture, match="Description"):
            pictures.add_picture(raw=picture(), alt=" ", uploaded_by=ada, now=now)
        assert not (data_folder / "pictures").exists()

    @pytest.mark.parametrize("name", ["../secret", "x.png", "secret", "..%2f..%2fsecret", "a" * 22 + ".svg"])
    def test_reads_nothing_beside_the_library(self, name: str) -> None:
        assert pictures.read_picture(name) is None


class TestRemovePicture:
    def test_takes_the_files_along(
        self, data_folder: Path, ada: User, now: datetime, django_capture_on_commit_callbacks: object
    ) -> None:
        kept = pictures.add_picture(raw=picture(), alt="The hall", uploaded_by=ada, now=now)

        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            pictures.remove_picture(picture=kept)

        assert list((data_folder / "pictures").iterdir()) == []

    def test_is_refused_while_a_published_letter_shows_it(self, ada: User, now: datetime) -> None:
        """Also after a newer version: whoever got the older one still opens it."""
        kept = pictures.add_picture(raw=picture(), alt="The hall", uploaded_by=ada, now=now)
        template = actions.create_template(title="Hall", kind="service", now=now)
        for blocks in ([{"type": "picture", "picture": kept.name, "alt": "The hall"}], [{"type": "text", "html": "x"}]):
            letter = actions.save_draft(
                template=template, language="en", written=Written("Our hall", blocks=blocks), revision=0, author=ada,
                now=now,
            )  # fmt: skip
            actions.publish(letter=letter, actor=ada, now=now)

        with pytest.raises(StillShown):
            pictures.remove_picture(picture=kept)
