"""A request that is sent again is carried out once (RD-14)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from guanxi.kernel import clock
from guanxi.ledger.models import Customer
from guanxi.pipeline.models import KeptAnswer
from guanxi.staff import actions as staff_actions
from tests import cast

pytestmark = pytest.mark.django_db
Send = Callable[..., Any]


@pytest.fixture
def send(ada: Any) -> Send:
    """POST /api/customers with a key."""
    keys = [
        staff_actions.issue_token(actor=ada, name="shop", kind="api", role="manager", now=cast.NOW)[1] for _ in range(2)
    ]

    def post(body: Any, key: str, *, machine: int = 0, path: str = "customers") -> Any:
        return Client().post(
            f"/api/{path}", json.dumps(body), content_type="application/json",
            headers={"Authorization": f"Bearer {keys[machine]}", "Idempotency-Key": key},
        )  # fmt: skip

    return post


class TestTheSameRequest:
    def test_gets_the_first_answer(self, send: Send) -> None:
        first, again = send({"name": "A"}, "k-1"), send({"name": "A"}, "k-1")

        assert (first.status_code, again.status_code) == (201, 201)
        assert again.json() == first.json()
        assert (again["Idempotency-Replayed"], "Idempotency-Replayed" in first) == ("true", False)
        assert Customer.objects.count() == 1

    def test_gets_the_first_refusal_too(self, send: Send) -> None:
        assert [send({}, "k-1").status_code for _ in range(2)] == [422, 422]
        assert KeptAnswer.objects.get().status == 422

    def test_is_carried_out_again_after_a_day(self, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
        send({"name": "A"}, "k-1")
        later = clock.utc_now() + timedelta(hours=25)
        monkeypatch.setattr(clock, "utc_now", lambda: later)
        send({"name": "A"}, "k-1")

        assert Customer.objects.count() == 2

    def test_of_another_machine_is_another_request(self, send: Send) -> None:
        send({"name": "A"}, "k-1")
        send({"name": "A"}, "k-1", machine=1)

        assert Customer.objects.count() == 2


class TestTheSameKey:
    @pytest.mark.parametrize("change", [{"body": {"name": "B"}}, {"path": "customers?x=1"}])
    def test_for_another_request_is_refused(self, send: Send, change: dict[str, Any]) -> None:
        send({"name": "A"}, "k-1")
        body = change.pop("body", {"name": "A"})
        answer = send(body, "k-1", **change)

        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
        assert Customer.objects.count() == 1

    def test_while_the_first_is_under_way_is_told_to_wait(self, send: Send) -> None:
        send({"name": "A"}, "k-1")
        KeptAnswer.objects.update(status=None)

        assert send({"name": "A"}, "k-1").status_code == 409

    def test_may_not_be_too_long(self, send: Send) -> None:
        assert send({"name": "A"}, "k" * 256).status_code == 422
        assert not Customer.objects.exists()

    def test_without_a_live_token_keeps_nothing(self, db: None) -> None:
        answer = Client().post(
            "/api/customers", "{}", content_type="application/json", headers={"Idempotency-Key": "k"}
        )

        assert answer.status_code == 401
        assert not KeptAnswer.objects.exists()


class TestAnErrorOfOurs:
    def test_is_not_kept(self, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
        from guanxi.api import records

        def broken(**_: Any) -> None:
            raise RuntimeError("the disk is away")

        with monkeypatch.context() as patch:
            patch.setattr(records.ledger_actions, "create_customer", broken)
            with pytest.raises(RuntimeError):
                send({"name": "A"}, "k-1")

        assert send({"name": "A"}, "k-1").status_code == 201
