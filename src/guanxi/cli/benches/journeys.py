"""Due steps of journeys, against the bare writes of the same rows in batches of the same size.

Every reader is sent one letter and then waits: a visit, a message and the move of the reader, committed by the batch.
Run as a module it makes one measurement: `python -m guanxi.cli.benches.journeys product FOLDER`. PostgreSQL is measured
in the database that GUANXI_DATABASE_URL names, SQLite in a file of its own.
"""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from guanxi.cli.benches import pairs as measuring
from guanxi.cli.benches.pairs import Answer, Say

BENCH = "guanxi.cli.benches.journeys"
NOW = "2026-05-13T08:00:00+00:00"
JOURNEY = """\
key: bench
title: Bench
trigger: {event: inquiry.received}
entry: {again_after: 1d}
exits:
  - {reason: reacted, event: [order.placed, inquiry.received]}
  - {reason: lost, when: {tier: lost}}
steps:
  - {id: letter, send: bench, not_after: 3d, when: {country: {not: XX}}}
  - {id: rest, wait: 7d, until: {event: order.placed}}
  - {id: again, send: bench, not_after: 3d}
"""
SIZES = "sizes.json"
FEW = 1_000


def measure(*, readers: int, waiting: int, pairs: int, say: Say) -> Answer:
    """Seconds for `readers` due steps beside `waiting` readers who are not due.

    `ratio` is how much of the rate of the bare writes is reached, `steps_per_second` the product's rate.
    """
    with TemporaryDirectory(prefix="guanxi-bench-") as name:
        folder = Path(name)
        (folder / SIZES).write_text(json.dumps({"readers": readers, "waiting": waiting}))
        say(f"{readers:,} readers are due, {waiting:,} wait")
        found = measuring.alternate(BENCH, folder, pairs=pairs, say=say, environ=_environ(folder))
    told = measuring.summary(found)
    return {
        "readers": readers, "waiting": waiting, **told,
        "ratio": round(told["baseline_seconds"] / told["seconds"], 4),
        "steps_per_second": round(readers / told["seconds"], 1),
    }  # fmt: skip


def compare(*, enrolments: int, pairs: int, say: Say) -> Answer:
    """Seconds for 1,000 due steps among so many enrolments, and among 1,000; `cost_ratio` is the one by the other.

    Measured alternately on SQLite; in the one database that GUANXI_DATABASE_URL names first the few, then the many.
    """
    with TemporaryDirectory(prefix="guanxi-bench-") as name:
        sides = {total: Path(name) / str(total) for total in (FEW, enrolments)}
        for total, folder in sides.items():
            folder.mkdir()
            (folder / SIZES).write_text(json.dumps({"readers": FEW, "waiting": total - FEW}))
        order = [total for _ in range(pairs) for total in sides]
        found: dict[int, list[float]] = {total: [] for total in sides}
        for total in sorted(order) if os.environ.get("GUANXI_DATABASE_URL") else order:
            answer = measuring.measure_alone(BENCH, "product", sides[total], environ=_environ(sides[total]))
            found[total].append(answer["seconds"])
            say(f"{FEW:,} due among {total:,}: {answer['seconds']:.2f} s")
    few, many = median(found[FEW]), median(found[enrolments])
    return {
        "readers": FEW, "enrolments": enrolments, "pairs": pairs, "seconds": round(many, 4),
        "seconds_among_1000": round(few, 4), "cost_ratio": round(many / few, 4),
        "steps_per_second": round(FEW / many, 1),
    }  # fmt: skip


def _environ(folder: Path) -> dict[str, str]:
    kept = {"GUANXI_DATABASE_URL"}
    environ = {name: value for name, value in os.environ.items() if name in kept or not name.startswith("GUANXI_")}
    return environ | {"GUANXI_DATA": str(folder / "data")}


def product(folder: Path) -> float:
    """`advance_due` until nobody is due."""
    now = _prepare(folder)
    from guanxi.journeys.advancing import advance_due

    start = perf_counter()
    while advance_due(now=now):
        pass
    return perf_counter() - start


def baseline(folder: Path) -> float:
    """The same visits, messages and changed readers, written without a look at anybody."""
    now = _prepare(folder)
    from django.db import transaction

    from guanxi.journeys.advancing import BATCH
    from guanxi.journeys.models import Enrolment, Visit
    from guanxi.kernel.bulk import insert_rows, update_rows
    from guanxi.outbox.models import Message

    due = Enrolment.objects.filter(state="active", due_at__lte=now).order_by("due_at", "id")
    rows = list(due.values_list("pk", "contact_id", "customer_id"))
    columns = [field.attname for field in Message._meta.concrete_fields if not field.primary_key]
    messages = [_bare_message(columns, *row, now) for row in rows]
    visits: list[tuple[Any, ...]] = [(reader, "letter", 1, "done", "", {}, reader, now) for reader, *_ in rows]
    moves: list[tuple[Any, ...]] = [("active", "rest", 1, now + timedelta(days=7), now, None, "", [], 0)] * len(rows)
    visited = ("enrolment_id", "step", "occurrence", "outcome", "reason", "detail", "message_id", "at")
    moved = (
        "state", "step", "occurrence", "due_at", "step_since_at", "ended_at", "end_reason", "heard", "failures",
    )  # fmt: skip
    start = perf_counter()
    for at in range(0, len(rows), BATCH):
        with transaction.atomic():
            insert_rows(Message, columns, messages[at : at + BATCH])
            insert_rows(Visit, visited, visits[at : at + BATCH])
            update_rows(Enrolment, moved, [
                (rows[number][0], *moves[number]) for number in range(at, min(at + BATCH, len(rows)))
            ])  # fmt: skip
    return perf_counter() - start


def _bare_message(columns: list[str], reader: int, contact_id: int, customer_id: int, now: datetime) -> list[Any]:
    from guanxi.content.models import Template
    from guanxi.outbox.models import Message

    message = Message(
        idempotency_key=f"journey:{reader}:letter:1", contact_id=contact_id, customer_id=customer_id,
        template_id=Template.objects.only("pk").get(key="bench").pk if not _TEMPLATE else _TEMPLATE[0],
        kind="marketing", origin_kind="journey", origin_id=str(reader), due_at=now, not_before=now,
        expires_at=now + timedelta(days=3), proposed_at=now,
    )  # fmt: skip
    _TEMPLATE[:] = [message.template_id]
    return [getattr(message, name) for name in columns]


_TEMPLATE: list[int] = []


# Made up


def _prepare(folder: Path) -> datetime:
    """The workspace with its readers at the first step, whatever was written before; the moment of the bench."""
    from guanxi.cli.workspace import open_workspace

    open_workspace()
    from django.db import transaction

    from guanxi.journeys.models import Enrolment, Visit
    from guanxi.kernel.clock import parse_moment
    from guanxi.outbox.models import Message

    now = parse_moment(NOW)
    sizes = json.loads((folder / SIZES).read_text())
    with transaction.atomic():
        known = Enrolment.objects.filter(journey__key="bench").count()
        if known < sizes["readers"] + sizes["waiting"]:
            readers = 0 if known else sizes["readers"]
            _make(now, readers=readers, waiting=sizes["readers"] + sizes["waiting"] - known - readers)
        Visit.objects.filter(enrolment__journey__key="bench")._raw_delete("default")
        Message.objects.filter(template__key="bench")._raw_delete("default")
        moved = Enrolment.objects.filter(journey__key="bench", anchor_at=now)
        moved.update(step="letter", due_at=now, step_since_at=now, occurrence=1)
    return now


def _make(now: datetime, *, readers: int, waiting: int) -> None:
    from guanxi.content.models import Template
    from guanxi.journeys.actions import publish
    from guanxi.journeys.models import Enrolment
    from guanxi.kernel.bulk import insert_rows, reserve_ids
    from guanxi.ledger.models import Contact, Customer

    Template.objects.get_or_create(key="bench", defaults={"title": "Bench", "kind": "marketing", "created_at": now})
    version = publish(text=JOURNEY, now=now)
    count = readers + waiting
    customers, contacts = list(reserve_ids(Customer, count)), list(reserve_ids(Contact, count))
    empty = ("kind", "country_as_given", "region", "city", "address", "domain", "trade", "source")
    insert_rows(
        Customer, ("id", "name", "country", *empty, "tags", "fields", "is_blocked", "created_at", "updated_at"),
        ((key, f"Buyer {key}", "DE", *[""] * len(empty), [], {}, False, now, now) for key in customers),
    )  # fmt: skip
    blank = (
        "given_name", "family_name", "full_name", "honorific", "position", "gender", "phone", "language", "country",
        "city", "time_zone",
    )  # fmt: skip
    insert_rows(
        Contact,
        ("id", "customer_id", "email", "email_key", *blank, "keeps_ramadan_hold", "is_primary", "fields",
         "created_at", "updated_at"),
        ((key, customer, address := f"b{key}@buyer.example", address, *[""] * len(blank), True, True, {}, now, now)
         for key, customer in zip(contacts, customers, strict=True)),
    )  # fmt: skip
    later, earlier = now + timedelta(days=7), now - timedelta(days=1)
    insert_rows(
        Enrolment,
        ("version_id", "journey_id", "contact_id", "customer_id", "object_kind", "object_id", "entry_key", "state",
         "step", "occurrence", "due_at", "anchor_at", "step_since_at", "entered_at", "end_reason", "heard",
         "failures", "occasion", "stood_still"),
        ((version.pk, version.journey_id, contact, customer, "", "", f"customer:{customer}:1", "active",
          *(("letter", 1, now, now, now, now) if number < readers else ("rest", 1, later, earlier, earlier, earlier)),
          "", [], 0, {}, timedelta())
         for number, (contact, customer) in enumerate(zip(contacts, customers, strict=True))),
    )  # fmt: skip


if __name__ == "__main__":
    measuring.answer_one(product=product, baseline=baseline)
