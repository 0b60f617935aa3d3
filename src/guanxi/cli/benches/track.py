"""Clicks and loads of the pixel against the running server, every one stored, against its empty answer.

All sides are granian as `guanxi serve` starts it: one process, the same interface, loop, threads and settings, asked by
the same client over as many connections. The product verifies the token, finds the message, asks for the permission,
has the hit on disk and answers. The empty answer is the 204 of an application that does nothing at all (`ratio`);
beside it stands a view of Django that returns 204 (`view_ratio`).

The client has the machine with the server. What each of them spends of the processor is measured apart, and `cpu_ratio`
compares what the server spends on an empty answer with what it spends on a hit, without the client.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

from guanxi.cli.benches.hammer import Timed, hammer
from guanxi.cli.benches.pairs import (
    Answer,
    Found,
    Say,
    alternate,
    answer_one,
    cpu_seconds_of,
    measure_alone,
    medians,
    summary,
)
from guanxi.cli.failure import fail

LEAST_PAIRS = 3
# Each reader has a connection of his own; both sides are asked over as many.
LINES = 64
# Before each measurement, without a look into the database.
FIRST = 10 * LINES
# Of the hits, which a view behind all of Django's middleware is asked for.
VIEW_SHARE = 10
LINKS = 12
NOTHING, ANSWERS = (b"HTTP/1.1 204",), (b"HTTP/1.1 302", b"HTTP/1.1 200")
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
    view = median(each["view_per_second"] for each in found["baseline"])
    server, empty_server = (1e6 * each / hits for each in medians(found, "server_cpu_seconds"))
    client, empty_client = (1e6 * each / hits for each in medians(found, "client_cpu_seconds"))
    written = median(each["written_seconds"] for each in found["product"])
    return {
        "hits": hits, "stored": hits, **told,
        "hits_per_second": round(hits / told["seconds"], 1),
        "empty_per_second": round(hits / told["baseline_seconds"], 1),
        "ratio": round(told["baseline_seconds"] / told["seconds"], 4),
        "p99_ms": p99, "empty_p99_ms": empty_p99,
        "cpu_ratio": round(empty_server / server, 4) if server else None,
        "server_cpu_us": round(server, 1), "empty_server_cpu_us": round(empty_server, 1),
        "client_cpu_us": round(client, 1), "empty_client_cpu_us": round(empty_client, 1),
        "view_per_second": round(view, 1),
        "view_ratio": round(hits / told["seconds"] / view, 4),
        "written_per_second": round(hits / written, 1),
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
    """Ask the server for every hit, let the worker write what it laid down, and count the rows."""
    from guanxi.cli.workspace import open_workspace

    open_workspace()
    from guanxi.tracking import arriving
    from guanxi.tracking.models import Hit, HitSheet

    Hit.objects.all().delete()
    HitSheet.objects.all().delete()
    paths = list(_paths(int(os.environ["BENCH_HITS"])))
    timed, cpu = _ask("guanxi.config.rsgi:application", paths, first="/p/o/x.y.gif", expected=ANSWERS)
    began = time.perf_counter()
    arriving.take_up()
    return {
        "seconds": timed.seconds, "p99_ms": timed.percentile(0.99), "refused": timed.refused, "asked": len(paths),
        "server_cpu_seconds": cpu, "client_cpu_seconds": timed.cpu_seconds,
        "stored": Hit.objects.count(), "written_seconds": time.perf_counter() - began,
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
    """As many requests to the same server, answered by nothing; and some to a view that does nothing."""
    hits = int(os.environ["BENCH_HITS"])
    bare, cpu = _ask_nothing("guanxi.cli.benches.empty:bare", hits)
    view, _ = _ask_nothing("guanxi.cli.benches.empty:view", hits // VIEW_SHARE)
    return {
        "seconds": bare.seconds, "p99_ms": bare.percentile(0.99), "server_cpu_seconds": cpu,
        "client_cpu_seconds": bare.cpu_seconds, "view_per_second": hits // VIEW_SHARE / view.seconds,
    }  # fmt: skip


def _ask_nothing(target: str, times: int) -> tuple[Timed, float]:
    # As long as the path of a click.
    timed, cpu = _ask(target, ["/p/empty?" + "x" * 40] * times, first="/p/empty", expected=NOTHING)
    if timed.refused:
        fail(f"{timed.refused} empty answers were something else.")
    return timed, cpu


def _ask(target: str, paths: list[str], *, first: str, expected: tuple[bytes, ...]) -> tuple[Timed, float]:
    """The answers to the paths, and the seconds of the processor that the server spent on them."""
    with _server(target) as (port, session):
        hammer(port=port, paths=[first] * FIRST, lines=LINES, expected=expected, agent=AGENT)
        before = cpu_seconds_of(session)
        timed = hammer(port=port, paths=paths, lines=LINES, expected=expected, agent=AGENT)
        return timed, cpu_seconds_of(session) - before


@contextmanager
def _server(target: str) -> Iterator[tuple[int, int]]:
    """A granian as `guanxi serve` starts it, on a free port of this machine, in a session of its own."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    code = f"from guanxi.cli.serve import listen; listen('127.0.0.1', {port}, target={target!r})"
    process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)  # noqa: S603
    try:
        _wait_for(port)
        yield port, process.pid
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
