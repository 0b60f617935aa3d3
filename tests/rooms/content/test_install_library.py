"""The library comes into the workspace once, and again only where it changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from guanxi.content import actions, compiling, queries
from guanxi.content.compiling import Draft, LibraryTemplate
from guanxi.content.models import Letter, Template

pytestmark = pytest.mark.django_db


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch) -> list[LibraryTemplate]:
    """A library of one template that the test may change."""
    first = next(each for each in compiling.read_library() if each.key == "j-04.1")
    library = [replace(first, drafts=(a_draft(),))]
    monkeypatch.setattr(compiling, "read_library", lambda: tuple(library))
    return library


def a_draft(text: str = "Order {{ order.number }}", language: str = "en") -> Draft:
    return Draft("transactional", language, "Order", "News", "<mj-text>{{ order.number }}</mj-text>", text)


class TestInstallLibrary:
    def test_publishes_every_letter_once(self, now: datetime) -> None:
        library = compiling.read_library()
        letters = sum(len(each.drafts) for each in library)

        assert actions.install_library(now=now) == letters
        assert actions.install_library(now=now) == 0

        assert Template.objects.count() == len(library)
        assert Letter.objects.filter(published_at=now, is_library=True, version=1).count() == letters

    def test_adds_a_version_where_the_text_changed(self, now: datetime, shipped: list[LibraryTemplate]) -> None:
        actions.install_library(now=now)
        shipped[0] = replace(shipped[0], title="New title", drafts=(a_draft("Changed {{ order.number }}"),))

        assert actions.install_library(now=now) == 1

        template = queries.template("j-04.1")
        letter = queries.letter_for(template_id=template.pk, languages=["en"])
        assert (template.title, letter.version) == ("New title", 2)
        assert "Changed" in letter.text

    def test_keeps_the_firms_own_text(self, now: datetime, shipped: list[LibraryTemplate]) -> None:
        actions.install_library(now=now)
        template = queries.template("j-04.1")
        own = actions.publish_letter(template=template, draft=a_draft("Our words {{ order.number }}"), now=now)
        shipped[0] = replace(shipped[0], drafts=(a_draft("Changed {{ order.number }}"),))

        assert actions.install_library(now=now) == 1
        assert actions.install_library(now=now) == 0

        assert queries.letter_for(template_id=template.pk, languages=["en"]) == own
        assert Letter.objects.get(version=3).published_at is None


class TestPublishLetter:
    def test_refuses_a_letter_with_mistakes(self, now: datetime) -> None:
        actions.install_library(now=now, keys=["j-17.1"])
        template = queries.template("j-17.1")

        with pytest.raises(actions.Unpublishable, match=r"dead_placeholder: offer\.colour"):
            actions.publish_letter(
                template=template, draft=replace(a_draft("{{ offer.colour }}"), kind="marketing"), now=now
            )

        assert template.letters.filter(language="en").count() == 1

    def test_publishes_with_a_warning(self, now: datetime) -> None:
        actions.install_library(now=now, keys=["j-04.1"])
        template = queries.template("j-04.1")

        letter = actions.publish_letter(template=template, draft=a_draft("Lieferung in Kürze", "de"), now=now)

        assert (letter.version, letter.is_library) == (2, False)
