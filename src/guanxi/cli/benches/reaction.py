"""How soon a mail answers an event: posted to the running server at a steady pace, until the mail server has taken it.

Server and worker are those of `guanxi serve`; each event is of another buyer whom the shop has made known before, and
whose journey sends him one transactional mail, to Postfix's smtp-sink. Waits count from the moment at which the event
was due to be posted.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import count
from tempfile import TemporaryDirectory

from guanxi.cli.benches import postfix
from guanxi.cli.benches.pairs import Answer, Say
from guanxi.cli.failure import fail
from guanxi.kernel.clock import utc_now

LINES = 16
PATIENCE_SECONDS = 120
EVENT = "Sample Requested"
JOURNEY = f"""\
key: bench-reaction
title: Bench
trigger: {{event: {EVENT}}}
entry: each time
steps:
  - {{id: answer, send: bench-reaction, not_after: 1d}}
"""


def measure(*, seconds: int, rate: int, say: Say) -> Answer:
    """Waits of `seconds` times `rate` events; stops the command when a post was refused or a mail never left."""
    with TemporaryDirectory(prefix="guanxi-bench-") as name, postfix.sink() as port:
        os.environ |= {
            "GUANXI_DATA": name, "GUANXI_LOG_LEVEL": "ERROR",
            "GUANXI_SMTP_URL": f"smtp://127.0.0.1:{port}?connections=5",
        }  # fmt: skip
        events = seconds * rate
        say(f"Making {events:,} buyers")
        key = _prepare(events)
        with _served() as web:
            _, refused = _post(web, key, [0], rate=1)  # the first of all wakes everything up
            if refused:
                fail("the server did not take the event.")
            _wait_for(1)
            say(f"Posting {rate} events a second for {seconds} seconds")
            due_at, refused = _post(web, key, list(range(1, events)), rate=rate)
            _wait_for(events - len(refused))
        return {"events": events - 1, "rate": rate, "refused": len(refused), **_told(due_at)}


def _told(due_at: dict[int, float]) -> Answer:
    """Seconds after each event was due at which it was recorded, had started its journey, had its mail taken."""
    from guanxi.journeys.models import Enrolment
    from guanxi.ledger.models import Event
    from guanxi.outbox.models import Message

    moments = (
        (Event.objects.filter(name=EVENT), "recorded_at"),
        (Enrolment.objects.all(), "entered_at"),
        (Message.objects.filter(state="accepted"), "accepted_at"),
    )
    recorded, started, taken = (
        sorted(
            at.timestamp() - due_at[int(n)]
            for n, at in rows.values_list("contact__position", name) if at is not None and int(n) in due_at
        )
        for rows, name in moments
    )  # fmt: skip
    return {
        "mails": len(taken),
        "recorded_median_seconds": _share(recorded, 0.5), "started_median_seconds": _share(started, 0.5),
        "median_seconds": _share(taken, 0.5), "p95_seconds": _share(taken, 0.95), "most_seconds": _share(taken, 1),
    }  # fmt: skip


def _share(ordered: list[float], share: float) -> float:
    return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 3) if ordered else 0.0


def _prepare(events: int) -> str:
    """A workspace with as many buyers and the journey; the key of the shop's server."""
    from guanxi.cli.workspace import open_workspace

    open_workspace()
    from guanxi.content.models import Letter, Template
    from guanxi.firm import actions as firm_actions
    from guanxi.journeys.actions import publish
    from guanxi.ledger.models import Contact, Customer, Identity
    from guanxi.outbox import actions as outbox_actions
    from guanxi.staff import actions as staff_actions
    from guanxi.staff.models import User

    now = utc_now()
    firm_actions.describe_firm(changes={"name": "Bench", "postal_address": "1 Bench Road", "country": "CN"})
    outbox_actions.set_sender(name="Ada Lin", address="sales@firm.example")
    made = Template.objects.create(key="bench-reaction", title="Bench", kind="transactional", created_at=now)
    text = "{{ reader.greeting }}\nYour sample is on its way.\n"
    Letter.objects.create(
        template=made, language="en", subject="Your sample", mjml="", published_at=now, text=text, html=f"<p>{text}</p>"
    )
    publish(text=JOURNEY, now=now)
    fields = {"created_at": now, "updated_at": now}
    customers = Customer.objects.bulk_create(
        [Customer(name=f"Buyer {n}", country="DE", **fields) for n in range(events)], batch_size=500
    )
    contacts = Contact.objects.bulk_create(
        [
            Contact(customer=customer, email=_address(n), email_key=_address(n), position=str(n), **fields)
            for n, customer in enumerate(customers)
        ],
        batch_size=500,
    )  # fmt: skip
    Identity.objects.bulk_create(
        [
            Identity(source="visitor", kind="anonymous", value=f"user:{each.position}", customer_id=each.customer_id,
                     contact=each)
            for each in contacts
        ],
        batch_size=500,
    )  # fmt: skip
    owner = User.objects.create_user(email="bench@firm.example", role="owner", created_at=now)
    _, key = staff_actions.issue_token(actor=owner, name="bench", kind="write", role="owner", now=now)
    return key


def _address(number: int) -> str:
    return f"reader{number}@buyer{number % 500}.example"


@contextmanager
def _served() -> Iterator[int]:
    """`guanxi serve`, which also starts the worker; its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    code = "from guanxi.cli.app import main; main()"
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", code, "serve", "--port", str(port)], stdout=subprocess.DEVNULL
    )
    try:
        _wait_until_it_listens(port)
        yield port
    finally:
        process.terminate()
        process.wait(60)


def _wait_until_it_listens(port: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    fail("the server of the bench did not start.")


def _post(port: int, key: str, numbers: list[int], *, rate: int) -> tuple[dict[int, float], list[int]]:
    """When each event was due to be posted, and which were not taken."""
    began, refused, places = utc_now().timestamp() + 0.2, list[int](), count()
    due_at = {number: began + place / rate for place, number in enumerate(numbers)}
    headers = {
        "Authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}", "Content-Type": "application/json",
    }  # fmt: skip

    def line() -> None:
        link = HTTPConnection("127.0.0.1", port, timeout=30)
        while (place := next(places)) < len(numbers):
            number = numbers[place]
            time.sleep(max(due_at[number] - utc_now().timestamp(), 0))
            body = {
                "event": EVENT, "userId": str(number), "messageId": f"m{number}", "type": "track",
            }  # fmt: skip
            link.request("POST", "/v1/track", json.dumps(body), headers)
            answer = link.getresponse()
            answer.read()
            if answer.status != 200:
                refused.append(number)
        link.close()

    threads = [threading.Thread(target=line) for _ in range(min(LINES, len(numbers)))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return due_at, refused


def _wait_for(mails: int) -> None:
    from guanxi.outbox.models import Message

    until = time.monotonic() + PATIENCE_SECONDS
    while (taken := Message.objects.filter(state="accepted").count()) < mails:
        if time.monotonic() > until:
            fail(f"only {taken} of {mails} mails were taken within {PATIENCE_SECONDS} seconds.")
        time.sleep(0.5)
