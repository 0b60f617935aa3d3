"""Outgoing webhooks: signed, retried, for every event name; with a real server on 127.0.0.1."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from guanxi.kernel import sealing
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Event
from guanxi.pipeline.pulse import pulse
from guanxi.staff import actions as staff_actions
from guanxi.staff.models import AuditEntry
from guanxi.webhooks import actions, caller, delivering, guard
from guanxi.webhooks.models import Delivery, Endpoint
from tests import cast

pytestmark = pytest.mark.django_db
IMPATIENT = partial(caller.post, total_seconds=0.5)


class Receiver(ThreadingHTTPServer):
    """A program that hears us: `behave` says how it answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Ear)
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.behave: Callable[[Ear], None] = lambda ear: ear.answer(200, b"thanks")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class Ear(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
        with suppress(OSError):
            self.server.behave(self)

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def drip(self) -> None:
        """One byte after the other, each in time for the next read."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(12):
            self.wfile.write(b"z")
            time.sleep(0.1)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def listen(ada: Any, receiver: Receiver) -> Callable[..., tuple[Endpoint, str]]:
    def add(**choices: Any) -> tuple[Endpoint, str]:
        given = {"name": "ERP", "url": receiver.url, "is_own_network": True} | choices
        return actions.add_endpoint(actor=ada, now=cast.NOW, **given)

    return add


def something(contact: Contact, name: str = "inquiry.received", **facts: Any) -> Event:
    event = ledger_actions.record_event(
        name=name, occurred_at=cast.NOW, now=cast.NOW, source="test", contact=contact,
        properties={"text": "报价"}, **facts,
    )  # fmt: skip
    assert event is not None
    return event


def tell(at: datetime = cast.NOW, **options: Any) -> dict[str, int]:
    delivering.enqueue(events=ledger_actions.claim_unread(limit=100), now=at)
    return dict(delivering.send_due(clock=lambda: at, **options))


class TestWhatIsTold:
    def test_is_the_event_signed(self, listen: Any, receiver: Receiver, lena: Contact) -> None:
        endpoint, secret = listen()
        event = something(lena)

        assert tell() == {"told": 1}
        ((headers, body),) = receiver.heard
        told = json.loads(body)
        assert (told["version"], told["type"], told["id"]) == ("1", "inquiry.received", f"evt_{event.pk}")
        assert told["timestamp"] == cast.NOW.isoformat()
        assert (told["data"]["contact_id"], told["data"]["customer_id"]) == (lena.pk, lena.customer_id)
        assert told["data"]["properties"] == {"text": "报价"}
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
        assert (endpoint.deliveries.get().state, endpoint.deliveries.get().status) == ("delivered", 200)

    def test_is_every_event_or_the_chosen_ones(self, listen: Any, receiver: Receiver, lena: Contact) -> None:
        listen(event_names=["order.placed"])
        something(lena)
        something(lena, name="order.placed")
        tell()

        assert [json.loads(body)["type"] for _, body in receiver.heard] == ["order.placed"]

    def test_is_no_history_unless_it_is_wanted(self, listen: Any, receiver: Receiver, lena: Contact) -> None:
        listen()
        wants, _ = listen(name="Archive", takes_history=True)
        something(lena, historical=True)
        tell()
        assert not receiver.heard

        assert delivering.enqueue_history(now=cast.NOW) == 1
        assert delivering.enqueue_history(now=cast.NOW) == 0
        tell()
        assert [json.loads(body)["data"]["is_historical"] for _, body in receiver.heard] == [True]
        assert wants.deliveries.count() == 1

    def test_goes_out_with_the_pulse(self, listen: Any, receiver: Receiver, lena: Contact) -> None:
        listen()
        something(lena)
        pulse(at=cast.NOW)

        assert json.loads(receiver.heard[0][1])["type"] == "inquiry.received"

    def test_goes_with_the_person(self, listen: Any, lena: Contact) -> None:
        listen()
        something(lena)
        delivering.enqueue(events=Event.objects.all(), now=cast.NOW)
        lena.delete()

        assert not Delivery.objects.exists()


class TestAReceiverInTrouble:
    @pytest.mark.parametrize(
        ("behave", "outcome"),
        [
            (lambda ear: ear.answer(500, b"sorry"), "refused"),
            (lambda ear: ear.answer(302, Location="http://127.0.0.1:1/"), "redirect"),
            (lambda ear: ear.answer(503), "busy"),
            (lambda ear: time.sleep(1), "timeout"),
            (lambda ear: ear.drip(), "timeout"),
            (lambda ear: ear.connection.close(), "no_connection"),
        ],
        ids=["fails", "redirects", "is busy", "hangs", "drips", "hangs up"],
    )
    def test_is_tried_again(self, listen: Any, receiver: Receiver, lena: Contact, behave: Any, outcome: str) -> None:
        endpoint, _ = listen()
        receiver.behave = behave
        something(lena)

        assert tell(post=IMPATIENT) == {"failed": 1}
        delivery = endpoint.deliveries.get()
        assert (delivery.state, delivery.outcome, delivery.tries) == ("waiting", outcome, 1)
        assert delivery.due_at == cast.NOW + timedelta(seconds=5)

        receiver.behave = lambda ear: ear.answer(204)
        assert tell(cast.NOW + timedelta(seconds=4)) == {}
        assert tell(cast.NOW + timedelta(seconds=6)) == {"told": 1}
        assert receiver.heard[0][0]["webhook-id"] == receiver.heard[-1][0]["webhook-id"]

    def test_costs_one_try_for_all_that_waits(self, listen: Any, receiver: Receiver, lena: Contact) -> None:
        listen()
        receiver.behave = lambda ear: ear.answer(503)
        for _ in range(5):
            something(lena)
        tell()

        assert len(receiver.heard) == 1

    def test_that_refuses_one_event_hears_the_others(self, listen: Any, receiver: Receiver, lena: Contact) -> None:
        endpoint, _ = listen()
        receiver.behave = lambda ear: ear.answer(400 if b"order.placed" in receiver.heard[-1][1] else 200)
        something(lena, name="order.placed")
        something(lena)

        assert tell() == {"failed": 1, "told": 1}
        assert endpoint.deliveries.filter(state="delivered").count() == 1

    def test_is_given_up_after_three_days_and_paused(self, listen: Any, receiver: Receiver, lena: Contact) -> None:
        endpoint, _ = listen()
        receiver.behave = lambda ear: ear.answer(500)
        something(lena)
        at, failed = cast.NOW, 0
        while (delivery := Delivery.objects.first()) is None or delivery.state == "waiting":
            at = max(at, delivery.due_at) if delivery else at
            failed += tell(at)["failed"]

        endpoint.refresh_from_db()
        assert (delivery.state, failed) == ("gave_up", 10)
        assert (endpoint.state, endpoint.paused_because) == ("paused", "failing")
        assert timedelta(days=3) <= at - cast.NOW < timedelta(days=4)
        assert {"webhook.gave_up", "webhook.paused"} <= set(AuditEntry.objects.values_list("act", flat=True))

    def test_that_wants_no_more_is_paused_at_once(self, listen: Any, receiver: Receiver, lena: Contact) -> None:
        endpoint, _ = listen()
        receiver.behave = lambda ear: ear.answer(410)
        something(lena)
        tell()
        something(lena)

        assert tell(cast.NOW + timedelta(hours=1)) == {}
        endpoint.refresh_from_db()
        assert endpoint.paused_because == "gone"

    def test_is_not_read_without_end(self, listen: Any, receiver: Receiver, lena: Contact) -> None:
        endpoint, _ = listen()
        receiver.behave = lambda ear: ear.answer(200, b"x" * 1_000_000)
        something(lena)
        tell()

        assert endpoint.deliveries.get().state == "delivered"


class TestAtLeastOnce:
    def test_a_telling_of_a_dead_worker_is_taken_again(self, listen: Any, receiver: Receiver, lena: Contact) -> None:
        endpoint, _ = listen()
        something(lena)

        def die(**_: Any) -> Any:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            tell(post=die)
        assert endpoint.deliveries.get().state == "sending"
        assert tell(cast.NOW + timedelta(minutes=1)) == {}
        assert tell(cast.NOW + timedelta(minutes=3)) == {"told": 1}

    def test_two_workers_tell_it_once(self, listen: Any, receiver: Receiver, lena: Contact) -> None:
        listen()
        something(lena)
        delivering.enqueue(events=ledger_actions.claim_unread(limit=9), now=cast.NOW)
        claimed = delivering._claim(now=cast.NOW, token="one")

        assert (len(claimed), delivering._claim(now=cast.NOW, token="two")) == (1, [])


class TestOwnNetwork:
    def test_is_not_called_unless_allowed(self, ada: Any, receiver: Receiver, lena: Contact) -> None:
        with pytest.raises(guard.BadTarget):
            actions.add_endpoint(actor=ada, name="x", url=receiver.url, now=cast.NOW)
        endpoint, _ = actions.add_endpoint(actor=ada, name="x", url="https://127.0.0.1/", now=cast.NOW)
        something(lena)

        assert tell() == {"failed": 1}
        assert endpoint.deliveries.get().outcome == "not_allowed"

    def test_shows_nothing_of_its_answers(self, listen: Any, receiver: Receiver, lena: Contact) -> None:
        endpoint, _ = listen()
        receiver.behave = lambda ear: ear.answer(200, b"internal")
        something(lena)
        tell()

        assert endpoint.deliveries.get().excerpt == ""


class TestTheSecret:
    def test_is_sealed_and_not_in_the_audit_trail(self, listen: Any) -> None:
        endpoint, secret = listen()

        assert secret not in endpoint.__dict__["secret"]
        assert secret not in json.dumps(list(AuditEntry.objects.values_list("details", flat=True)))

    def test_of_before_signs_along_for_a_day(self, ada: Any, listen: Any, receiver: Receiver, lena: Contact) -> None:
        endpoint, _ = listen()
        actions.renew_secret(actor=ada, endpoint=endpoint, now=cast.NOW)
        something(lena)
        tell()
        something(lena)
        tell(cast.NOW + timedelta(hours=25))

        assert [len(headers["webhook-signature"].split()) for headers, _ in receiver.heard] == [2, 1]

    def test_that_cannot_be_read_any_more_is_said(self, listen: Any, settings: Any, lena: Contact) -> None:
        endpoint, _ = listen()
        settings.GUANXI_KEYS = sealing.new_key_file(settings.GUANXI_MASTER_KEY, "another installation")
        something(lena)
        tell()

        assert endpoint.deliveries.get().outcome == "secret_lost"


class TestByHand:
    def test_a_ping_is_told_at_once_also_when_paused(self, ada: Any, listen: Any, receiver: Receiver) -> None:
        endpoint, _ = listen()
        actions.pause(actor=ada, endpoint=endpoint, now=cast.NOW)
        actions.ping(actor=ada, endpoint=endpoint, now=cast.NOW)

        assert tell() == {"told": 1}
        assert json.loads(receiver.heard[0][1])["type"] == "webhook.ping"

    def test_is_told_again_under_the_same_id(self, ada: Any, listen: Any, receiver: Receiver, lena: Contact) -> None:
        endpoint, _ = listen()
        something(lena)
        tell()
        actions.resend(actor=ada, delivery=endpoint.deliveries.get(), now=cast.NOW)
        tell()

        assert len({headers["webhook-id"] for headers, _ in receiver.heard}) == 1 < len(receiver.heard)

    def test_nobody_else_may(self, bo: Any) -> None:
        with pytest.raises(staff_actions.NotAllowed):
            actions.add_endpoint(actor=bo, name="x", url="https://hook.example/", now=cast.NOW)

    def test_what_is_old_goes(self, listen: Any, lena: Contact) -> None:
        listen()
        something(lena)
        tell()

        assert actions.forget_old(now=cast.NOW + timedelta(days=29)) == 0
        assert actions.forget_old(now=cast.NOW + timedelta(days=31)) == 1
