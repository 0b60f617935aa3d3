"""J-13: the day of the first order comes round."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from guanxi.ledger.models import Contact, Customer
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


class TestAnniversary:
    """J-13.1: on the day, with a personal discount."""

    @pytest.fixture
    def live(self, flow: Callable[[str], Any], lena: Contact) -> Any:
        live = flow("j-13")
        Customer.objects.update(created_at=datetime(2024, 1, 1, tzinfo=UTC))
        for number, placed_at in enumerate((datetime(2024, 6, 3, 9, tzinfo=UTC), datetime(2025, 8, 1, tzinfo=UTC))):
            live.order(lena, f"PO-{number}", placed_at=placed_at, historical=True)
        return live

    @pytest.mark.parametrize(
        ("day", "found"),
        [("2026-06-02", []), ("2026-06-03", ["j-13.1"]), ("2026-06-04", []), ("2026-08-01", [])],
        ids=["before", "the day", "after", "of another order"],
    )
    def test_comes_on_the_day_of_the_first_order(self, live: Any, day: str, found: list[str]) -> None:
        live.on(day)
        live.later(hours=24)

        assert live.letters() == found
        if found:
            assert live.message().values["offer"]["name"] == "personal-anniversary"
            assert live.message().expires_at == datetime(2026, 6, 3, 20, tzinfo=UTC)  # ten in the evening in Hamburg

    def test_comes_every_year(self, live: Any) -> None:
        for year in (2026, 2027):
            live.on(f"{year}-06-03")
            live.later(hours=24)

        assert live.letters() == ["j-13.1", "j-13.1"]

    def test_is_not_sent_later(self, live: Any) -> None:
        live.look("2026-06-03")
        live.later(days=2)

        assert live.letters() == []
        assert live.skipped()["greeting"] in {"too_late", "condition"}


def test_the_letter_is_whole_in_six_languages() -> None:
    letters.check("j-13.1")
    assert letters.kind_of("j-13.1") == "marketing"
