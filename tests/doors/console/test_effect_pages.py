"""The results pages of hold-outs: journeys and campaigns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from guanxi.campaigns.models import Campaign, HeldOut
from guanxi.journeys import actions as journeys_actions
from guanxi.journeys.models import Enrolment, Version
from guanxi.kernel import clock
from tests import cast
from tests.rooms.insights.test_holdouts import QUIET

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada_in(ada: Any, signed_in: Any) -> Client:
    return signed_in(ada)


def enrol(version: Version, count: int, *, state: str, days_ago: int = 40) -> None:
    since = clock.utc_now() - timedelta(days=days_ago)
    for number in range(count):
        customer = cast.a_customer(name=f"{state} {number}")
        contact = cast.a_contact(customer=customer, email=f"{state}{number}@reader.example")
        Enrolment.objects.create(
            version=version, journey=version.journey, contact=contact, customer=customer, state=state, due_at=since,
            entry_key=f"customer:{customer.pk}", step="letter", anchor_at=since, step_since_at=since, entered_at=since,
        )  # fmt: skip


class TestAJourney:
    def test_says_that_nobody_is_held_out(self, ada_in: Client) -> None:
        journeys_actions.publish(text=QUIET, now=cast.NOW)

        assert "Nobody is held out" in ada_in.get("/journeys/quiet/effect/").content.decode()

    def test_says_too_few_customers(self, ada_in: Client) -> None:
        """F: the product must say that so few prove nothing."""
        version = journeys_actions.publish(text=QUIET, now=cast.NOW)
        enrol(version, 3, state="done")
        enrol(version, 2, state="heldout")

        page = ada_in.get("/journeys/quiet/effect/").content.decode()

        assert "Too few customers" in page
        assert "3 reached, 2 held out" in page
        assert '<option value="30" selected>' in page

    def test_shows_the_span_that_is_asked_for(self, ada_in: Client) -> None:
        enrol(journeys_actions.publish(text=QUIET, now=cast.NOW), 2, state="done")

        page = ada_in.get("/journeys/quiet/effect/?days=90").content.decode()

        assert "0 reached, 0 held out" in page
        assert "2 not watched that long yet" in page


def test_a_campaign_has_the_same_page(ada_in: Client) -> None:
    began = clock.utc_now() - timedelta(days=20)
    campaign = Campaign.objects.create(
        title="Spring", state="finished", holdout_percent=10, created_at=began, updated_at=began, started_at=began
    )
    contact = cast.lena()
    HeldOut.objects.create(campaign=campaign, contact=contact, customer=contact.customer, at=began)

    page = ada_in.get(f"/campaigns/{campaign.pk}/effect/").content.decode()

    assert "0 reached, 1 held out" in page
    assert '<option value="14" selected>' in page
