"""Personalised mails through every gate into Postfix's smtp-sink, against sending one prebuilt message.

The product judges, writes, commits `handing_off`, hands over and records each mail. The bare side sends the same bytes
again and again over as many connections: aiosmtplib beside one worker on SQLite, which is two processes while it sends
much (outbox.companion), Postfix's own smtp-source beside two workers on PostgreSQL, which are one each.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from guanxi.cli.benches import postfix
from guanxi.cli.benches.pairs import Answer, Found, Say, alternate, answer_one, measure_alone, summary
from guanxi.cli.failure import fail

LEAST_PAIRS = 3
CONNECTIONS = 10
# A Wednesday morning on which marketing may leave everywhere the readers live.
MORNING = datetime(2026, 5, 13, 8, 0, tzinfo=UTC)
COUNTRIES = (("DE", "de"), ("NL", "nl"), ("FR", "fr"), ("PL", "pl"), ("SE", "sv"), ("IT", "it"), ("AT", "de"))
VALUES = {
    "order": {
        "number": "PO-2026-0417", "placed_on": "2026-04-11", "stage": "in_production", "amount": "18640.00",
        "currency": "USD", "ship_by": "2026-06-19", "progress_url": "https://www.beilun-tools.example/progress/4711",
        "news": "Surface treatment began on Tuesday.", "carrier": "COSCO Shipping", "tracking_number": "COSU6412857330",
    },
    "coupon": {"code": "BACK-7KQ2M4XN", "percent": 5, "valid_until": "2026-07-05"},
}  # fmt: skip
NAMES = (
    "reader.greeting", "reader.closing", "firm.name", "firm.postal_address", "sender.name", "customer.name",
    "order.number", "order.placed_on | date", "order.stage | stage", "order.amount | money: order.currency",
    "order.ship_by | date", "order.news", "order.carrier", "order.tracking_number", "order.progress_url",
    "coupon.code", "coupon.percent | percent", "coupon.valid_until | date", "links.preferences", "links.unsubscribe",
)  # fmt: skip
LINKS = 12
KILOBYTES = 15


def measure(*, mails: int, pairs: int, workers: int, say: Say, least: int = LEAST_PAIRS) -> Answer:
    """Medians of alternating pairs; stops the command when smtp-sink is not there or a mail was not accepted."""
    with TemporaryDirectory(prefix="guanxi-bench-") as name, postfix.sink() as port:
        folder = Path(name)
        environ = {key: value for key, value in os.environ.items() if not key.startswith(("GUANXI_", "DJANGO_"))}
        environ |= {"BENCH_MAILS": str(mails), "BENCH_WORKERS": str(workers), "BENCH_PORT": str(port)}
        if url := os.environ.get("GUANXI_DATABASE_URL", ""):
            environ["GUANXI_DATABASE_URL"] = url
        say(f"Making {mails:,} mails")
        measure_alone(__name__, "template", folder, environ=environ)
        found = alternate(__name__, folder, pairs=max(pairs, least), say=say, environ=environ)
    told = summary(found)
    return {
        "mails": mails, "workers": workers, "against": found["baseline"][0]["against"],
        # A worker on SQLite has a companion.
        "processes": max(workers, 2 if found["product"][0]["child_mb"] else 1),
        "bytes": found["product"][0]["bytes"], **told, "child_mb": _peak_of_children(found),
        "mails_per_second": round(mails / told["seconds"], 1),
        "baseline_mails_per_second": round(mails / told["baseline_seconds"], 1),
        "ratio": round(told["baseline_seconds"] / told["seconds"], 4),
    }  # fmt: skip


def _peak_of_children(found: Found) -> float:
    return max(float(each["child_mb"]) for each in found["product"])


def template(folder: Path) -> float:
    """A workspace with as many readers and proposed mails, from which every measurement starts."""
    _open(folder / "template")
    _fill(int(os.environ["BENCH_MAILS"]))
    _settle()
    from django.db import connection

    connection.close()
    return 0


def product(folder: Path) -> Answer:
    """From the first look at the proposed mails to the record of the last answer."""
    mails, workers = int(os.environ["BENCH_MAILS"]), int(os.environ["BENCH_WORKERS"])
    if os.environ.get("GUANXI_DATABASE_URL"):
        _open(folder / "template")
        _begin_again()
    else:
        shutil.rmtree(folder / "product", ignore_errors=True)
        shutil.copytree(folder / "template", folder / "product")
        _open(folder / "product")
    took = _send() if workers == 1 else _by_many(workers, folder)
    from django.db.models import Count

    from guanxi.outbox.models import Message

    states = dict(Message.objects.values_list("state").annotate(count=Count("id")).order_by("state"))
    if states != {"accepted": mails}:
        fail(f"the product left mails behind: {states}")
    size = (folder / "template" / "sample.eml").stat().st_size
    return {"seconds": took, "bytes": size, "child_mb": _child_mb()}


def _child_mb() -> float:
    """The most memory that any process started by this one has held: the companion's, or a second worker's."""
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return round(most / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def worker(folder: Path) -> float:
    """One of several processes: it tells when it is ready, and begins when it is told to."""
    _open(folder / "template")
    from guanxi.outbox.models import Message

    Message.objects.exists()
    print("ready", flush=True)
    sys.stdin.readline()
    return _send()


def _send() -> float:
    """Judge what nobody has judged yet, and hand over until nothing is left."""
    from guanxi.outbox import actions

    began = time.perf_counter()

    def clock() -> datetime:
        return MORNING + timedelta(seconds=time.perf_counter() - began)

    actions.work_due(clock=clock, worker=f"bench{os.getpid()}")
    return time.perf_counter() - began


def _by_many(workers: int, folder: Path) -> float:
    command = [sys.executable, "-m", __spec__.name if __spec__ else __name__, "worker", str(folder)]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
        for _ in range(workers)
    ]
    for each in started:
        if each.stdout is None or each.stdout.readline().strip() != "ready":
            fail("a worker of the bench did not start")
    began = time.perf_counter()
    for each in started:
        if each.stdin is not None:
            each.stdin.write("go\n")
            each.stdin.close()
    for each in started:
        each.wait()
    return time.perf_counter() - began


def _begin_again() -> None:
    """Every mail as it was proposed, in a database that was used before."""
    from guanxi.ledger.models import Event
    from guanxi.outbox.models import Attempt, Message, Tally, Verdict

    for model in (Attempt, Verdict, Tally, Event):
        model._base_manager.all().delete()
    Message.objects.update(
        state="queued", judged_at=None, due_at=MORNING, claimed_by="", lease_until=None, epoch=0, attempts=0,
        rfc_message_id="", body_hash="", links=[], handed_at=None, accepted_at=None, last_reply="",
    )  # fmt: skip
    _settle()


def _settle() -> None:
    """Leave PostgreSQL as its own housekeeping does after a minute, which a server for tests has switched off."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def baseline(folder: Path) -> Answer:
    """The same number of one prebuilt message of the same size."""
    mails, port = int(os.environ["BENCH_MAILS"]), int(os.environ["BENCH_PORT"])
    sample = (folder / "template" / "sample.eml").read_bytes()
    if int(os.environ["BENCH_WORKERS"]) > 1:
        took = postfix.source(port=port, mails=mails, size=len(sample), connections=CONNECTIONS)
        return {"seconds": took, "against": f"smtp-source -d -s {CONNECTIONS}"}
    return {"seconds": asyncio.run(_by_aiosmtplib(sample, mails, port)), "against": "aiosmtplib"}


async def _by_aiosmtplib(sample: bytes, mails: int, port: int) -> float:
    try:
        import aiosmtplib
    except ImportError:
        fail("this bench compares with aiosmtplib: pip install 'guanxi[bench]'")
    todo = iter(range(mails))

    async def lane() -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False) as client:
            for number in todo:
                await client.sendmail("sales@beilun-tools.example", [f"reader{number}@buyer.example"], sample)

    began = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(CONNECTIONS)))
    return time.perf_counter() - began


def _open(workspace: Path) -> None:
    port = os.environ["BENCH_PORT"]
    os.environ |= {
        "GUANXI_DATA": str(workspace), "GUANXI_LOG_LEVEL": "ERROR",
        "GUANXI_SMTP_URL": f"smtp://127.0.0.1:{port}?connections={CONNECTIONS}",
    }  # fmt: skip
    from guanxi.cli.workspace import open_workspace, prepare_django

    (prepare_django if (workspace / "sample.eml").exists() else open_workspace)()


def _fill(mails: int) -> None:
    from guanxi.consent.models import Permission
    from guanxi.content.models import Letter, Template
    from guanxi.firm import actions as firm_actions
    from guanxi.ledger.models import Contact, Customer
    from guanxi.outbox import actions
    from guanxi.outbox.proposals import Proposal

    firm_actions.describe_firm(
        changes={
            "name": "Ningbo Beilun Tools Co., Ltd.", "website": "https://www.beilun-tools.example/",
            "postal_address": "88 Mingzhou Road\nNingbo 315800\nChina",
        }
    )  # fmt: skip
    actions.set_sender(name="Ada Lin", address="sales@beilun-tools.example")
    made = Template.objects.create(key="bench", title="Bench", kind="marketing", created_at=MORNING)
    Letter.objects.create(
        template=made, language="en", subject="Offer {{ coupon.code }} for {{ customer.name }}", mjml="",
        published_at=MORNING, html=letter_html(), text=letter_text(),
    )  # fmt: skip
    fields = {"created_at": MORNING, "updated_at": MORNING}
    customers = Customer.objects.bulk_create(
        Customer(name=f"Buyer {number}", country=COUNTRIES[number % len(COUNTRIES)][0], **fields)
        for number in range(mails)
    )
    contacts = Contact.objects.bulk_create(
        Contact(
            customer=customer, given_name="Robin", family_name=f"Reader {number}", language="en",
            email=_address(number), email_key=_address(number),
            **fields,
        )
        for number, customer in enumerate(customers)
    )  # fmt: skip
    Permission.objects.bulk_create(
        Permission(
            contact=contact, purpose="marketing", state="granted", basis="consent", method="form",
            obtained_at=MORNING, recorded_at=MORNING,
        )
        for contact in contacts
    )  # fmt: skip
    proposals = [
        Proposal(
            contact=contact, template_key="bench", values=VALUES, origin_kind="campaign", origin_id="1",
            idempotency_key=f"bench/{contact.pk}", not_before=MORNING, expires_at=MORNING + timedelta(days=1),
        )
        for contact in contacts
    ]  # fmt: skip
    actions.propose_many(proposals=proposals, now=MORNING)
    _keep_sample()


def _address(number: int) -> str:
    return f"reader{number}@buyer{number % 500}.example"


def letter_html() -> str:
    """15 kB with every placeholder and twelve links that are counted."""
    paragraphs = [
        f'<p style="margin:0 0 12px 0">Value {number}: {{{{ {name} }}}}</p>' for number, name in enumerate(NAMES)
    ]
    links = [
        f'<a href="https://www.beilun-tools.example/products/{number}">Product {number}</a>' for number in range(LINKS)
    ]
    stop = '<a href="{{ links.unsubscribe }}">stop</a> <a href="{{ links.preferences }}">choose</a>'
    body = "\n".join([*paragraphs, *links, stop])
    filler = '<p style="margin:0;font-family:Helvetica,Arial,sans-serif">A torque wrench holds what it promises.</p>\n'
    count = max(0, (KILOBYTES * 1024 - len(body)) // len(filler))
    return f"<html><body>\n{body}\n{filler * count}</body></html>"


def letter_text() -> str:
    return "\n".join([f"Value: {{{{ {name} }}}}" for name in NAMES]) + "\n"


def _keep_sample() -> None:
    """One mail as it leaves, for the bare side."""
    from django.conf import settings

    from guanxi.outbox import facts
    from guanxi.outbox.letters import Writer
    from guanxi.outbox.loading import loaded, with_readers
    from guanxi.outbox.models import Message

    (message,) = loaded(list(with_readers(Message.objects.order_by("id")[:1])))
    written = Writer(facts.gather([message], now=MORNING)).prepare(message)
    if written.envelope is not None:
        (Path(settings.GUANXI_DATA) / "sample.eml").write_bytes(written.envelope.message)


if __name__ == "__main__":
    answer_one(template=template, product=product, baseline=baseline, worker=worker)
