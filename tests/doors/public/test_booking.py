"""J-01.3: the page on which a reader books a consultation in his own time zone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from guanxi.ledger.models import Contact, Event
from guanxi.papers.queries import booking_url

# The doors' clock stands at 09:00 UTC of Wednesday, 13 May 2026: 11:00 in Hamburg.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("an_hour_later")]


@pytest.fixture
def page(lena: Contact) -> str:
    return urlsplit(booking_url(contact_id=lena.pk, occasion="round:1")).path


def choose(page: str, day: str, hour: str) -> Any:
    return Client().post(page, {"day": day, "hour": hour, "topic": "Torque wrenches for assembly"})


def test_books_in_the_readers_time_zone(page: str, lena: Contact) -> None:
    answer = choose(page, "2026-05-20", "14:30")

    assert (answer.status_code, answer["Content-Language"]) == (200, "de")
    assert "20. Mai 2026, 14:30" in answer.content.decode()
    lena.refresh_from_db()
    moment = datetime.fromisoformat(lena.fields["consultation_at"])
    assert moment == datetime(2026, 5, 20, 12, 30, tzinfo=UTC)
    assert lena.fields["consultation_topic"] == "Torque wrenches for assembly"
    event = Event.objects.get(name="consultation.booked")
    assert (event.contact, event.properties) == (lena, {"at": lena.fields["consultation_at"]})


def test_a_look_changes_nothing(page: str, lena: Contact) -> None:
    answer = Client().get(page)

    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert "Europe/Berlin" in answer.content.decode()
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("day", "hour", "status"),
    [("2026-05-13", "14:59", 422), ("2026-05-13", "15:00", 200), ("2026-07-12", "11:00", 200),
     ("2026-07-12", "11:01", 422), ("soon", "", 422)],
    ids=["too soon", "four hours ahead", "sixty days ahead", "too far", "no day"],
)  # fmt: skip
def test_keeps_to_a_span_that_can_be_prepared(page: str, day: str, hour: str, status: int) -> None:
    assert choose(page, day, hour).status_code == status
    assert Event.objects.filter(name="consultation.booked").count() == (status == 200)


def test_a_forged_link_is_no_page(page: str) -> None:
    assert Client().get(page + "x").status_code == 404
