"""Clicks and loads of the pixel against the running server, every one stored, against its empty answer.

All sides are granian with the same threads, one process, asked over the same connections. The product verifies the
token, finds the message, keeps the hit on disk and answers. The empty answer is a view of the same server that returns
204 and does nothing (`ratio`); beside it stands what granian does with no Django behind it at all (`bare_ratio`).
"""

from __future__ import annotations

import functools
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from guanxi.cli.benches.hammer import Timed, hammer
from guanxi.cli.benches.pairs import Answer, Found, Say, alternate, answer_one, measure_alone, medians, summary
from guanxi.cli.failure import fail

LEAST_PAIRS = 3
LINES = 16
LINKS = 12
NOTHING = (b"HTTP/1.1 204",)
HITS_PER_MESSAGE = 8
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def measure(*, hits: int, pairs: int, say: Say, least: int = LEAST_PAIRS) -> Answer:
    """Medians of alternating pairs; stops the command when a hit was refused or is not in the database."""
    with TemporaryDirectory(prefix="guanxi-bench-") as name:
        folder = Path(name)
        environ = {key: value for key, value in os.environ.items() if not key.startswith(("GUANXI_", "DJANGO_"))}
        environ |= {"BENCH_HITS": str(hits), "GUANXI_DATA": str(folder / "workspace")}
        if url := os.environ.get("GUANXI_DATABASE_URL", ""):
            environ["GUANXI_DATABASE_URL"] = url
        say(f"Making the mails of {hits:,} hits")
        measure_alone(__name__, "workspace", folder, environ=environ)
        found = alternate(__name__, folder, pairs=max(pairs, least), say=say, environ=environ, after=_check)
    told = summary(found)
    p99, empty_p99 = medians(found, "p99_ms")
    bare = median(each["bare_seconds"] for each in found["baseline"])
    return {
        "hits": hits, "stored": hits, **told,
        "hits_per_second": round(hits / told["seconds"], 1),
        "empty_per_second": round(hits / told["baseline_seconds"], 1),
        "p99_ms": p99, "empty_p99_ms": empty_p99,
        "ratio": round(told["baseline_seconds"] / told["seconds"], 4),
        "bare_per_second": round(hits / bare, 1),
        "bare_ratio": round(bare / told["seconds"], 4),
    }  # fmt: skip


def _check(found: Found) -> None:
    for each in found["product"]:
        if each["stored"] != each["asked"] or each["refused"]:
            fail(f"of {each['asked']} hits {each['stored']} are stored and {each['refused']} were refused.")


def workspace(folder: Path) -> float:
    """A workspace with a mail for every few hits, whose readers permit tracking."""
    from guanxi.cli.workspace import open_workspace

    (folder / "workspace").mkdir(parents=True, exist_ok=True)
    open_workspace()
    from guanxi.consent.models import Permission
    from guanxi.content.models import Template
    from guanxi.kernel.clock import utc_now
    from guanxi.ledger.models import Contact, Customer
    from guanxi.outbox.models import Message

    now = utc_now() - timedelta(hours=1)
    count = -(-int(os.environ["BENCH_HITS"]) // HITS_PER_MESSAGE)
    customer = Customer.objects.create(name="Bench", created_at=now, updated_at=now)
    template = Template.objects.create(key="bench-track", title="Bench", kind="marketing", created_at=now)
    contacts = Contact.objects.bulk_create(
        [
            Contact(customer=customer, email=f"r{n}@reader.example", email_key=f"r{n}@reader.example",
                    created_at=now, updated_at=now)
            for n in range(count)
        ],
        batch_size=1000,
    )  # fmt: skip
    Permission.objects.bulk_create(
        [
            Permission(contact=contact, purpose="tracking", state="granted", basis="consent", method="form",
                       obtained_at=now, recorded_at=now)
            for contact in contacts
        ],
        batch_size=1000,
    )  # fmt: skip
    links = [f"https://www.firm.example/goods/{n}?lang=en" for n in range(LINKS)]
    Message.objects.bulk_create(
        [
            Message(idempotency_key=f"bench-{n}", contact=contact, customer=customer, template=template,
                    kind="marketing", origin_kind="campaign", origin_id="1", state="accepted", due_at=now,
                    not_before=now, expires_at=now, proposed_at=now, handed_at=now, accepted_at=now, links=links)
            for n, contact in enumerate(contacts)
        ],
        batch_size=1000,
    )  # fmt: skip
    return 0


def product(folder: Path) -> Answer:
    """Ask the server for every hit, then count the rows."""
    from guanxi.cli.workspace import open_workspace

    open_workspace()
    from guanxi.tracking.models import Hit

    Hit.objects.all().delete()
    paths = list(_paths(int(os.environ["BENCH_HITS"])))
    with _server("guanxi.config.wsgi:application") as port:
        hammer(port=port, paths=["/healthz"] * LINES, lines=LINES, expected=(b"HTTP/1.1 200",), agent=AGENT)
        timed = hammer(port=port, paths=paths, lines=LINES, expected=(b"HTTP/1.1 302", b"HTTP/1.1 200"), agent=AGENT)
    return {
        "seconds": timed.seconds, "p99_ms": timed.percentile(0.99), "refused": timed.refused, "asked": len(paths),
        "stored": Hit.objects.count(),
    }  # fmt: skip


def _paths(hits: int) -> Iterator[str]:
    """Half clicks and half pictures, of every mail as many, in no order."""
    from guanxi.outbox.addresses import click_address, open_address
    from guanxi.outbox.models import Message

    each: list[str] = []
    for message_id in Message.objects.values_list("id", flat=True):
        for number in range(HITS_PER_MESSAGE):
            address = open_address(message_id) if number % 2 else click_address(message_id, number // 2 % LINKS)
            each.append("/" + address.split("://", 1)[1].split("/", 1)[1])
    Random(26).shuffle(each)  # noqa: S311
    yield from each[:hits]


def baseline(folder: Path) -> Answer:
    """As many requests to the same server, answered by nothing; and to no server of ours."""
    empty, bare = (
        _ask_nothing(target) for target in ("guanxi.cli.benches.track:empty_server", "guanxi.cli.benches.track:bare")
    )
    return {"seconds": empty.seconds, "p99_ms": empty.percentile(0.99), "bare_seconds": bare.seconds}


def _ask_nothing(target: str) -> Timed:
    with _server(target) as port:
        hammer(port=port, paths=["/p/empty"] * 10 * LINES, lines=LINES, expected=NOTHING, agent=AGENT)
        paths = ["/p/empty?" + "x" * 40] * int(os.environ["BENCH_HITS"])
        timed = hammer(port=port, paths=paths, lines=LINES, expected=NOTHING, agent=AGENT)
    if timed.refused:
        fail(f"{timed.refused} empty answers were something else.")
    return timed


def empty_server(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Our server with one view that returns nothing, behind all of its middleware."""
    answer: Iterable[bytes] = _empty_application()(environ, start_response)
    return answer


@functools.cache
def _empty_application() -> Any:
    from guanxi.cli.workspace import prepare_django

    prepare_django()
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application

    settings.ROOT_URLCONF = "guanxi.cli.benches.empty_urls"
    return get_wsgi_application()


def bare(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The answer that costs nothing."""
    start_response("204 No Content", [])
    return []


@contextmanager
def _server(target: str) -> Iterator[int]:
    """A granian as `guanxi serve` starts it, on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    code = f"from guanxi.cli.serve import listen; listen('127.0.0.1', {port}, target={target!r})"
    process = subprocess.Popen([sys.executable, "-c", code])  # noqa: S603
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    fail("the server of the bench did not start within a minute.")


if __name__ == "__main__":
    answer_one(workspace=workspace, product=product, baseline=baseline)
