"""Workers of the outbox alone, as processes that a test may kill.

Started with `python -m tests.faults.outbox_process`, it loads the product once and then forks a child per line of its
input, `migrate`, `fill PREFIX COUNT`, `spread PREFIX COUNT SHARE`, `work NAME LEAP`, `work_keyed NAME LEAP URL`,
`disturb PREFIX SEED SECONDS` or `report`, and answers with the child's process id. `wait PID`
and `poll PID` answer with its exit code, or with nothing while it runs.

The clock starts on a Wednesday morning and runs three times as fast, so that leases of 30 seconds end after ten; LEAP
minutes are added. GUANXI_FAULTS_EPOCH says when it was started.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

FASTER = 3
LEAST_DISTURBANCES = 12
TRANSACTIONAL_SHARE = 5  # every fifth is an order notice


def clock_of(leap: float) -> Callable[[], datetime]:
    from tests.cast import NOW

    started = float(os.environ["GUANXI_FAULTS_EPOCH"])

    def clock() -> datetime:
        return NOW + timedelta(minutes=leap) + timedelta(seconds=FASTER * (time.time() - started))

    return clock


def migrate() -> None:
    from guanxi.pipeline import tables
    from tests.cast import NOW
    from tests.rooms.outbox.world import set_up_firm

    tables.bring_up_to_date()
    set_up_firm(NOW)


def fill(prefix: str, count: str) -> None:
    """Messages that may go at once, each to a reader of his own."""
    from django.db import transaction

    from guanxi.outbox import actions
    from tests import cast
    from tests.rooms.outbox.world import VALUES

    with transaction.atomic():
        customer = cast.a_customer(name="Alsterkontor Handels GmbH", country="DE", city="Hamburg")
        for number in range(int(count)):
            contact = cast.a_contact(
                customer=customer, email=f"{prefix}{number}@alsterkontor.example", language="de",
                time_zone="Europe/Berlin", family_name=f"Petersen {number}",
            )  # fmt: skip
            cast.permit(contact)
            actions.propose(
                contact=contact, template_key="j-17.1" if number % TRANSACTIONAL_SHARE else "j-04.1", values=VALUES,
                origin_kind="campaign", origin_id=prefix, idempotency_key=f"{prefix}/{number}", not_before=cast.NOW,
                expires_at=cast.NOW + timedelta(days=3), now=cast.NOW,
            )  # fmt: skip
    actions.judge_due(now=cast.NOW)


def work(name: str, leap: str) -> None:
    """Judge, send and expire until no message waits any more."""
    from guanxi.outbox import actions, claims, companion
    from guanxi.outbox.models import Message
    from guanxi.outbox.states import LEASED, WAITING

    claims.HEARTBEAT_SECONDS = 1.0
    companion.WORTH_A_PROCESS = 1
    clock = clock_of(float(leap))
    while True:
        actions.judge_due(now=clock())
        actions.send_due(clock=clock, worker=name)
        actions.expire_leases(now=clock())
        if not Message.objects.filter(state__in=(*WAITING, *LEASED)).exists():
            return
        time.sleep(0.05)


def report() -> None:
    from django.conf import settings

    from guanxi.ledger.models import Event
    from guanxi.outbox.models import Message

    fields = ("id", "kind", "state", "origin_id", "rfc_message_id", "epoch", "crashes", "attempts")
    told = Event.objects.filter(name="email.sent").values_list("object_id", flat=True)
    answer = {"messages": list(Message.objects.order_by("id").values(*fields)), "told": [int(each) for each in told]}
    (Path(settings.GUANXI_DATA) / "report.json").write_text(json.dumps(answer))


def spread(prefix: str, count: str, share: str) -> None:
    """As `fill`, but every SHARE-th reader is at tarpit.example, all others at a domain of their own."""
    fill(prefix, count)
    from guanxi.ledger.models import Contact
    from guanxi.outbox.models import Message

    for number, message in enumerate(Message.objects.filter(origin_id=prefix).select_related("contact").order_by("id")):
        domain = "tarpit.example" if number % int(share) == 0 else f"firm{number % 40}.example"
        address = f"{prefix}{number}@{domain}"
        Contact.objects.filter(pk=message.contact_id).update(email=address, email_key=address)
        Message.objects.filter(pk=message.pk).update(domain=domain)


def work_keyed(name: str, leap: str, url: str) -> None:
    """As `work`, through a way out that takes the same key once (RD-10)."""
    from guanxi.outbox import ways
    from tests.faults.keyed import Keyed

    known = ways.routes
    ways.routes = lambda given, *, now: known(Keyed(url), now=now)
    work(name, leap)


def disturb(prefix: str, seed: str, seconds: str) -> None:
    """At random moments: withdrawals, suppressions, erasures and pauses; each line of the diary is written after the
    commit, with its moment by the wall clock.
    """
    import random

    from django.conf import settings

    from guanxi.consent import actions as consent_actions
    from guanxi.consent.statements import Proof
    from guanxi.ledger.models import Contact
    from guanxi.outbox import actions
    from guanxi.privacy import erasing

    dice, clock, until = random.Random(seed), clock_of(0), time.time() + float(seconds)
    readers = list(Contact.objects.filter(email__startswith=prefix).order_by("id").values_list("id", flat=True))
    dice.shuffle(readers)
    with (Path(settings.GUANXI_DATA) / "diary").open("w") as diary:
        done = 0
        while (time.time() < until or done < LEAST_DISTURBANCES) and readers:
            done += 1
            reader = Contact.objects.filter(pk=readers.pop()).first()
            if reader is None:
                continue
            what = dice.choice(("withdraw", "withdraw", "suppress", "erase", "pause"))
            email, began = reader.email, time.time()
            if what == "withdraw":
                consent_actions.unsubscribe(contact=reader, proof=Proof(method="one_click"), now=clock())
            elif what == "suppress":
                consent_actions.suppress(address=email, scope="all", reason="complaint", now=clock(), contact=reader)
            elif what == "erase":
                erasing.erase(contact=reader, reason="asked", now=clock(), takes_customer=False, at_once=False)
            else:
                actions.pause_origin(origin_kind="campaign", origin_id=prefix, reason="test", now=clock())
                began = time.time()
                time.sleep(dice.uniform(0.05, 0.2))
                email = f"{began} {time.time()}"
                actions.resume_origin(origin_kind="campaign", origin_id=prefix, now=clock())
            print(what, email, time.time(), file=diary, flush=True)
            time.sleep(dice.uniform(0, 0.03))


VERBS: dict[str, Callable[..., None]] = {
    "migrate": migrate, "fill": fill, "spread": spread, "work": work, "work_keyed": work_keyed, "disturb": disturb,
    "report": report,
}  # fmt: skip


def child(verb: str, arguments: list[str]) -> int:
    process = os.fork()
    if process:
        return process
    try:
        VERBS[verb](*arguments)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def exit_code(process: int, options: int) -> str:
    finished, status = os.waitpid(process, options)
    return str(os.waitstatus_to_exitcode(status)) if finished else ""


def main() -> None:
    from guanxi.config.sqlite_build import use_fixed_build

    use_fixed_build()
    import django

    django.setup()
    for line in sys.stdin:
        verb, *arguments = line.split()
        if verb in ("wait", "poll"):
            answer = exit_code(int(arguments[0]), os.WNOHANG if verb == "poll" else 0)
        else:
            answer = str(child(verb, arguments))
        print(answer, flush=True)


if __name__ == "__main__":
    main()
