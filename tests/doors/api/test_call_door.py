"""The short way of single calls, in front of Django."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from guanxi.api import call_door, collect
from guanxi.config.bridge import environment
from guanxi.ledger.models import Event
from guanxi.staff import actions as staff_actions
from guanxi.tracking import collecting
from tests import cast
from tests.doors.public import rsgi

pytestmark = pytest.mark.django_db
A_CALL: dict[str, Any] = {"anonymousId": "a-1", "event": "Product Viewed"}


class LongWay:
    """Answers 599."""

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        protocol.response_empty(599, [])


@pytest.fixture
def door() -> Iterator[call_door.CallDoor]:
    with rsgi.thread_of_the_test() as thread:
        yield call_door.CallDoor(LongWay(), environment, thread=thread)


@pytest.fixture
def token(ada: Any) -> Any:
    return staff_actions.issue_token(actor=ada, name="shop", kind="write", role="analyst", now=cast.NOW)


@pytest.fixture
def ask(door: call_door.CallDoor, token: Any) -> Callable[..., tuple[int, dict[str, str], bytes]]:
    basic = base64.b64encode(f"{token[1]}:".encode()).decode()

    def ask_it(
        call: str, body: Any, *, method: str = "POST", key: str = basic, length: str = ""
    ) -> tuple[int, dict[str, str], bytes]:
        raw = json.dumps(body).encode()
        headers = [
            ("authorization", f"Basic {key}"), ("content-type", "application/json"),
            ("content-length", length or str(len(raw))),
        ]  # fmt: skip
        return rsgi.ask(door, f"/v1/{call}", method=method, headers=headers, body=[raw]).said()

    return ask_it


class TestTheShortWayOfCalls:
    def test_writes_what_it_answers(self, ask: Any) -> None:
        """RD-12, RD-13: once per message id, and history starts nothing."""
        first = ask("track", A_CALL | {"messageId": "m-1"})
        again = ask("track", A_CALL | {"messageId": "m-1"})
        history = ask("track", A_CALL | {"backfill": True})

        assert [json.loads(body)["recorded"] for _, _, body in (first, again, history)] == [1, 0, 1]
        assert first[0] == 200
        assert first[1]["content-type"] == "application/json"
        assert list(Event.objects.order_by("id").values_list("is_unread", flat=True)) == [True, False]

    @pytest.mark.parametrize("call", sorted(set(collect.CALLS) - {"batch"}))
    def test_is_taken_by_every_single_call(self, ask: Any, call: str) -> None:
        assert ask(call, {})[0] == 400

    def test_refuses_as_the_long_way_does(self, ask: Any, token: Any, ada: Any) -> None:
        """RS-38: no key, no call; a key that was taken back counts for nothing at once."""
        assert ask("track", A_CALL, key="eDo=")[0] == 401
        assert json.loads(ask("track", {"event": "x"})[2])["errors"][0]["field"] == "userId"

        staff_actions.revoke_token(actor=ada, token=token[0], now=cast.NOW)
        status, headers, _ = ask("track", A_CALL)

        assert (status, headers["www-authenticate"]) == (401, 'Basic realm="write key"')
        assert not Event.objects.exists()

    def test_is_left_for_what_is_no_plain_post_of_one_call(self, ask: Any) -> None:
        asked = [
            ask("track", A_CALL, method="OPTIONS"),
            ask("track", A_CALL, length="no number"),
            ask("track", A_CALL, length=str(40 * 1024)),
            ask("batch", {"batch": [A_CALL]}),
            ask("unknown", A_CALL),
        ]

        assert {status for status, *_ in asked} == {599}
        assert not Event.objects.exists()

    def test_answers_when_all_is_committed(self, ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """RT-11: what was answered is stored."""
        done: list[str] = []
        carry_out = call_door._carry_out
        monkeypatch.setattr(call_door, "_carry_out", lambda heard: (carry_out(heard), done.append("committed"))[0])
        monkeypatch.setattr(rsgi.Protocol, "response_bytes", lambda *_: done.append("answered"))
        ask("track", A_CALL)

        assert done == ["committed", "answered"]

    def test_loses_no_call_for_another(self, ask: Any, door: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """RD-05: of calls that are carried out together one breaks; the others are recorded all the same."""
        together: list[call_door.Asked] = []
        monkeypatch.setattr(door, "_scribe", _Collector(together))
        for name in ("One", "Odd", "Two"):
            ask("track", A_CALL | {"event": name})
        take = collecting.take

        def taking(*, call: Any, **rest: Any) -> Any:
            taken = take(call=call, **rest)
            assert call.name != "Odd"
            return taken

        monkeypatch.setattr(collecting, "take", taking)
        answers = call_door.answer(together)

        assert [each.status_code for each in answers] == [200, 500, 200]
        assert set(Event.objects.values_list("name", flat=True)) == {"One", "Two"}


class _Collector:
    """In the scribe's place: keeps what it is asked."""

    def __init__(self, kept: list[call_door.Asked]) -> None:
        self._kept = kept

    async def ask(self, asked: call_door.Asked) -> Any:
        self._kept.append(asked)
        return collect.refuse(599, "")
