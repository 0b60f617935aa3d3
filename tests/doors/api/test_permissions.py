"""Permissions through the machine door: with their proof, or not at all (RL-01, RL-16)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from guanxi.consent import queries
from guanxi.consent.models import Permission
from guanxi.ledger.models import Contact
from guanxi.staff import actions as staff_actions
from tests import cast

pytestmark = pytest.mark.django_db
YES = {
    "purpose": "marketing", "basis": "consent", "method": "form", "source": "checkout of shop.example",
    "wording": "Ja, schreiben Sie mir.", "wording_language": "de", "obtained_at": "2026-05-01T08:00:00Z",
    "form_url": "https://shop.example/checkout", "ip_address": "203.0.113.9",
}  # fmt: skip
Post = Callable[..., tuple[int, Any]]


@pytest.fixture
def post(ada: Any) -> Post:
    _, key = staff_actions.issue_token(actor=ada, name="shop", kind="api", role="manager", now=cast.NOW)

    def call(contact: Contact, body: dict[str, Any]) -> tuple[int, Any]:
        answer = Client().post(
            f"/api/contacts/{contact.pk}/permissions", json.dumps(body), "application/json",
            headers={"Authorization": f"Bearer {key}"},
        )  # fmt: skip
        return answer.status_code, answer.json()

    return call


class TestAYes:
    def test_is_recorded_with_its_proof(self, post: Post, lena: Contact) -> None:
        """RL-01: purpose, basis, channel, text and its hash, form, time, network address, who recorded it."""
        status, told = post(lena, YES)

        kept = Permission.objects.get()
        assert (status, told["state"], told["record_hash"]) == (201, "granted", kept.record_hash)
        assert (kept.wording, kept.form_url, kept.ip_address) == (YES["wording"], YES["form_url"], YES["ip_address"])
        assert kept.wording_hash
        assert kept.actor is not None
        assert not list(queries.broken_chains([lena.pk]))

    @pytest.mark.parametrize("field", sorted(YES.keys() - {"purpose"}))
    def test_without_its_proof_is_refused_with_the_remedy(self, post: Post, lena: Contact, field: str) -> None:
        """RL-01: nothing half proven is kept."""
        status, told = post(lena, {name: value for name, value in YES.items() if name != field})

        assert (status, [each["field"] for each in told["errors"]]) == (422, [field])
        assert told["errors"][0]["message"].startswith(("Say ", "Send "))
        assert not Permission.objects.exists()

    def test_names_everything_it_lacks_at_once(self, post: Post, lena: Contact) -> None:
        status, told = post(lena, {"purpose": "marketing"})

        assert status == 422
        assert {each["field"] for each in told["errors"]} == {
            "basis", "method", "source", "wording", "wording_language", "obtained_at",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"basis": "contract"}, "basis"), ({"purpose": "spam"}, "purpose"), ({"channel": "pigeon"}, "channel"),
            ({"obtained_at": "2199-01-01T00:00:00Z"}, "obtained_at"), ({"method": "double_opt_in"}, "confirmed_at"),
            ({"ip_address": "here"}, "ip_address"), ({"state": "pending"}, "state"),
        ],
    )  # fmt: skip
    def test_that_cannot_be_is_refused(self, post: Post, lena: Contact, changed: dict[str, str], field: str) -> None:
        status, told = post(lena, YES | changed)

        assert (status, told["errors"][0]["field"]) == (422, field)

    def test_rests_on_his_own_word_where_the_law_asks_for_it(self, post: Post, lena: Contact) -> None:
        """RL-16."""
        Contact.objects.update(country="CN")

        assert post(lena, YES | {"basis": "soft_opt_in"})[0] == 422
        assert post(lena, YES)[0] == 201


class TestANo:
    def test_holds_at_once(self, post: Post, lena: Contact) -> None:
        """RL-02."""
        cast.permit(lena)

        status, _told = post(lena, {
            "purpose": "marketing", "state": "withdrawn", "method": "staff", "source": "by telephone",
        })  # fmt: skip

        stand = queries.stand_of(lena.pk, "marketing")
        assert (status, stand and stand.state) == (201, "withdrawn")
