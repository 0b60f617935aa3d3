"""Tiers, moves, reviews and decisions through the machine door."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from guanxi.ledger.models import Contact
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering import review_actions
from guanxi.tiering.models import Proposal, Scheme, Standing
from guanxi.tiering.writing import Step, write_steps
from tests.cast import NOW
from tests.doors.api.test_records import call, machine  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def proposal(lena: Contact) -> Proposal:
    tiering_actions.install_presets(now=NOW)
    scheme = Scheme.objects.get(name="abc-cumulative")
    step = Step(customer_id=lena.customer_id, from_tier=None, to_tier="C", cause="first", rule="C", reason="bought")
    write_steps([step], scheme=scheme, at=NOW - timedelta(days=9), now=NOW)
    review = review_actions.open_reviews(as_of=NOW, now=NOW)[0]
    return Proposal.objects.create(
        review=review, customer=lena.customer, scheme=scheme, kind="raise", rule="M-05", cause="growth",
        from_tier="C", to_tier="B", reason="doubled twice", proposed_at=NOW,
    )  # fmt: skip


class TestStandings:
    def test_and_changes_are_listed(self, call: Any, proposal: Proposal) -> None:  # noqa: F811
        """M-15: cause, rule, figures, version and who decided."""
        standings = call("GET", "standings?scheme=abc-cumulative").json()
        changes = call("GET", f"standing-changes?customer_id={proposal.customer_id}").json()

        assert [(each["tier"], each["basis"]) for each in standings] == [("C", "rule")]
        assert [(each["to_tier"], each["cause"], each["decided_by"]) for each in changes] == [("C", "first", "")]

    def test_are_set_by_hand_until_a_day(self, call: Any, proposal: Proposal, ada: Any) -> None:  # noqa: F811
        """CN-51: with a reason; whoever made the key decided."""
        path = f"customers/{proposal.customer_id}/standings/abc-cumulative"

        assert call("POST", path, {"tier": "Z", "reason": "x", "keep_until": "2199-01-01"}).status_code == 422
        assert call("POST", path, {"tier": "A", "reason": "x", "keep_until": "2001-01-01"}).status_code == 422
        answer = call("POST", path, {"tier": "A", "reason": "strategic", "keep_until": "2199-01-01"})

        assert (answer.status_code, answer.json()["tier"], answer.json()["basis"]) == (200, "A", "person")
        assert call("GET", "standing-changes").json()[-1]["decided_by"] == ada.email


class TestReviews:
    def test_are_read_and_decided(self, call: Any, proposal: Proposal, ada: Any) -> None:  # noqa: F811
        """J-39, R-17: proposals out, decisions in."""
        review = call("GET", "reviews").json()[0]
        found = call("GET", f"reviews/{review['id']}/proposals").json()
        assert [(each["rule"], each["to_tier"], each["state"]) for each in found] == [("M-05", "B", "open")]

        answer = call("POST", f"proposals/{proposal.pk}/decision", {"answer": "accepted", "reason": "good plans"})

        assert answer.status_code == 200
        assert (answer.json()["state"], answer.json()["decided_by"]) == ("accepted", ada.email)
        assert Standing.objects.get(customer=proposal.customer).tier == "B"

    @pytest.mark.parametrize(
        "body", [{"answer": "declined"}, {"answer": "kept", "reason": "x"}, {"answer": "perhaps"}, {}]
    )
    def test_a_wrong_decision_changes_nothing(self, call: Any, proposal: Proposal, body: Any) -> None:  # noqa: F811
        assert call("POST", f"proposals/{proposal.pk}/decision", body).status_code == 422

        proposal.refresh_from_db()
        assert proposal.state == "open"

    def test_need_the_right_to_tier(self, machine: Any, proposal: Proposal) -> None:  # noqa: F811
        body = {"answer": "accepted"}

        assert machine("analyst")("POST", f"proposals/{proposal.pk}/decision", body).status_code == 403
        assert machine("analyst")("GET", "reviews").status_code == 200
