"""Workers of the outbox alone, as processes that a test may kill.

Started with `python -m tests.faults.outbox_process`, it loads the product once and then forks a child per line of its
input, `migrate`, `fill PREFIX COUNT`, `work NAME LEAP` or `report`, and answers with the child's process id. `wait PID`
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
TRANSACTIONAL_SHARE = 5  # every fifth is an order notice


def clock_of(leap: float) -> Callable[[], datetime]:
    from tests.cast import NOW

    started = float(os.environ["GUANXI_FAULTS_EPOCH"])

    def clock() -> datetime:
        return NOW + timedelta(minutes=leap) + timedelta(seconds=FASTER * (time.time() - started))

    return clock


def migrate() -> None:
    from django.core.management import call_command

    from tests.cast import NOW
    from tests.rooms.outbox.world import set_up_firm

    call_command("migrate", interactive=False, verbosity=0)
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
    from guanxi.outbox import actions, claims
    from guanxi.outbox.models import Message
    from guanxi.outbox.states import LEASED, WAITING

    claims.HEARTBEAT_SECONDS = 1.0
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


VERBS: dict[str, Callable[..., None]] = {"migrate": migrate, "fill": fill, "work": work, "report": report}


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
