"""A person who was erased does not come back through the machine door (RL-10)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.test import Client

from guanxi.consent import queries
from guanxi.consent.erased import bar
from guanxi.ledger.models import Contact, Event
from guanxi.staff import actions as staff_actions
from tests import cast

pytestmark = pytest.mark.django_db
EMAIL = "lena@alsterkontor.example"


@pytest.fixture(autouse=True)
def lena_was_erased(db: None) -> None:
    bar(address_keys=[queries.address_key(EMAIL)], now=cast.NOW)


def post(ada: Any, kind: str, path: str, body: Any) -> Any:
    _, key = staff_actions.issue_token(actor=ada, name=kind, kind=kind, role="manager", now=cast.NOW)
    basic = base64.b64encode(f"{key}:".encode()).decode()
    headers = {"Authorization": f"Basic {basic}" if kind == "write" else f"Bearer {key}"}
    return Client().post(path, json.dumps(body), content_type="application/json", headers=headers)


class TestAnErasedPerson:
    def test_is_not_entered_again(self, ada: Any) -> None:
        """RL-10."""
        customer = cast.a_customer(name="Alsterkontor")
        answer = post(ada, "api", f"/api/customers/{customer.pk}/contacts", {"email": EMAIL.upper()})

        assert answer.status_code == 409
        assert "suppressed" in answer.json()["errors"][0]["message"]
        assert not Contact.objects.exists()

    def test_is_no_new_address_of_somebody_else(self, ada: Any, yuki: Contact) -> None:
        """RL-10: nor by changing the address of another contact."""
        _, key = staff_actions.issue_token(actor=ada, name="api", kind="api", role="manager", now=cast.NOW)
        answer = Client().patch(
            f"/api/contacts/{yuki.pk}", json.dumps({"email": EMAIL}), content_type="application/json",
            headers={"Authorization": f"Bearer {key}"},
        )  # fmt: skip

        assert answer.status_code == 409
        assert Contact.objects.get().email == yuki.email

    def test_stays_a_stranger_when_a_shop_names_him(self, ada: Any) -> None:
        """RL-10: the visit is kept without the person."""
        traits = {"email": EMAIL, "name": "Lena Petersen"}
        answer = post(ada, "write", "/v1/identify", {"anonymousId": "visitor-1", "traits": traits})

        assert answer.status_code == 200
        assert not Contact.objects.exists()
        assert "lena" not in json.dumps([event.properties for event in Event.objects.all()]).casefold()
