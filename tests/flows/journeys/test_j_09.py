"""J-09: three looks at a category bring its cases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.ledger.models import Contact
from tests import cast
from tests.flows.journeys import letters
from tests.flows.journeys.papers import a_document

pytestmark = pytest.mark.django_db


class TestCases:
    """J-09.1: within 24 hours of the third look (CN-39)."""

    @pytest.fixture
    def looked(self, flow: Callable[[str], Any], lena: Contact) -> Any:
        live = flow("j-09")
        cast.permit(lena)
        a_document("case", now=cast.NOW, title="Drills at work", categories=["drills"])
        a_document("case", now=cast.NOW, title="Lamps at work", categories=["lamps"])
        live.happens(lena, "category.interest", category="Lamps", views=3)
        return live

    @pytest.mark.parametrize(("hours", "found"), [(0, ["j-09.1"]), (24, ["j-09.1"]), (24.1, [])], ids=str)
    def test_come_within_a_day(self, looked: Any, hours: float, found: list[str]) -> None:
        looked.hear()
        looked.later(hours=hours)

        assert looked.letters() == found
        if found:
            values = looked.message().values
            assert (values["interest"]["category"], values["document"]["title"]) == ("Lamps", "Lamps at work")
            assert looked.message().expires_at == cast.NOW + timedelta(hours=24)

    def test_of_another_category_come_too(self, looked: Any, lena: Contact) -> None:
        looked.turn()
        looked.later(days=1)
        looked.happens(lena, "category.interest", category="Drills", views=3)
        looked.turn()

        assert looked.letters() == ["j-09.1", "j-09.1"]

    def test_are_not_sent_without_a_basis_to_mail(self, flow: Callable[[str], Any], lena: Contact) -> None:
        live = flow("j-09")
        a_document("case", now=cast.NOW)
        live.happens(lena, "category.interest", category="Lamps", views=3)
        live.turn()

        assert live.entered() == 0


def test_the_letter_is_whole_in_six_languages() -> None:
    letters.check("j-09.1")
    assert letters.kind_of("j-09.1") == "marketing"
