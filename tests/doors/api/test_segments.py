from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from guanxi.ledger.models import Contact
from guanxi.staff import actions as staff_actions
from tests import cast

pytestmark = pytest.mark.django_db
GERMAN = {"level": "customer", "where": {"all": [{"field": "country", "op": "any_of", "value": ["DE"]}]}}
Machine = Callable[..., Any]


@pytest.fixture
def call(ada: Any, lena: Contact, yuki: Contact) -> Machine:
    _, key = staff_actions.issue_token(actor=ada, name="m", kind="api", role="manager", now=cast.NOW)

    def ask(method: str, path: str, body: Any = None) -> Any:
        extra = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return Client().generic(method, f"/api/{path}", headers={"Authorization": f"Bearer {key}"}, **extra)

    return ask


class TestSegments:
    def test_are_made_of_a_rule_and_read(self, call: Machine, lena: Contact) -> None:
        made = call("POST", "segments", {"title": "German buyers", "rule": GERMAN})

        assert made.status_code == 201
        assert made.json()["member_count"] == 1
        assert [each["key"] for each in call("GET", "segments").json()] == ["german-buyers"]
        members = call("GET", "segments/german-buyers/members").json()
        assert [each["customer_id"] for each in members] == [lena.customer_id]
        assert call("GET", "segments/german-buyers/audience").json()["refused"] == {"no_permission": 1}
        assert [each["segment"] for each in call("GET", f"contacts/{lena.pk}/segments").json()] == ["german-buyers"]

    def test_tell_the_place_of_a_mistake(self, call: Machine) -> None:
        rule = {"level": "customer", "where": {"all": [{"field": "cuntry", "op": "any_of"}]}}

        answer = call("POST", "segments", {"title": "Some", "rule": rule})

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "rule.where.all[0].field"

    def test_count_a_rule_that_is_not_kept(self, call: Machine) -> None:
        nested = {"level": "customer", "where": {"any": [{"all": [{"any": [{"all": GERMAN["where"]["all"]}]}]}]}}  # type: ignore[index]

        assert call("POST", "segments/count", {"rule": nested}).json() == {"count": 1, "population": 2, "mailable": 0}

    def test_of_the_list_kind_take_members(self, call: Machine, yuki: Contact) -> None:
        call("POST", "segments", {"title": "Fair", "level": "contact"})

        assert call("POST", "segments/fair/members", {"contact_ids": [yuki.pk]}).json() == {"added": 1}
        call("POST", "segments", {"title": "German", "rule": GERMAN})
        assert call("POST", "segments/german/members", {"contact_ids": [yuki.pk]}).status_code == 409

    def test_describe_what_a_rule_may_ask(self, call: Machine) -> None:
        assert {"country", "spend_total", "contact.birthday"} < {
            each["name"] for each in call("GET", "segment-fields").json()
        }
        assert call("GET", "segment-schema").json()["required"] == ["level", "where"]
        assert call("GET", "segments/nobody").status_code == 404
