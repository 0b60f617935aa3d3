"""A step is taken once: with errors, with workers that die in the middle, with several (RD-05, RD-09, RD-11)."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from guanxi.journeys import actions, entering
from guanxi.journeys.models import Enrolment, Visit
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Event
from guanxi.outbox import actions as outbox_actions
from guanxi.outbox.models import Message
from tests.conftest import Workspace
from tests.faults.nursery import IS_FULL

pytestmark = pytest.mark.django_db
propose = outbox_actions.propose_many


class Killed(BaseException):
    """What a power cut looks like to the code: nothing catches it."""


def failing(times: int, error: type[BaseException], *, after: bool = False) -> Callable[..., Any]:
    """`propose_many` that breaks the first `times` times, before or after its work."""
    left = [times]

    def broken(**wish: Any) -> Any:
        if left[0] and not after:
            left[0] -= 1
            raise error
        message = propose(**wish)
        if left[0]:
            left[0] -= 1
            raise error
        return message

    return broken


class TestAnError:
    def test_of_one_reader_does_not_stop_the_others(
        self, firm: Any, lena: Contact, yuki: Contact, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        firm.order(lena, "PO-1")
        firm.order(yuki, "PO-2")
        # The batch breaks, then the first of its readers alone.
        monkeypatch.setattr(outbox_actions, "propose_many", failing(2, RuntimeError, after=True))
        firm.turn()

        assert Message.objects.get().contact == yuki
        firm.later(minutes=16)
        assert set(Message.objects.values_list("contact", flat=True)) == {lena.pk, yuki.pk}
        assert Visit.objects.filter(step="progress-link").count() == 2

    def test_that_does_not_go_away_ends_the_journey_of_that_reader(
        self, firm: Any, lena: Contact, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        firm.order(lena)
        monkeypatch.setattr(outbox_actions, "propose_many", failing(99, RuntimeError))
        firm.turn()
        for _ in range(6):
            firm.later(hours=4)

        assert (Enrolment.objects.get().state, Enrolment.objects.get().end_reason) == ("failed", "error")

    def test_in_one_reaction_does_not_lose_the_other_events(
        self, firm: Any, lena: Contact, yuki: Contact, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        firm.order(lena, "PO-1")
        firm.order(yuki, "PO-2")
        enter = entering._enter

        def broken(door: Any, arrival: Any, *rest: Any) -> None:
            if arrival.customer == lena.customer:
                raise RuntimeError
            enter(door, arrival, *rest)

        monkeypatch.setattr(entering, "_enter", broken)
        firm.turn()

        assert Enrolment.objects.get().customer == yuki.customer


class TestAPowerCut:
    def test_in_the_middle_of_a_step_leaves_nothing_half_done(
        self, firm: Any, lena: Contact, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        firm.order(lena)
        monkeypatch.setattr(outbox_actions, "propose_many", failing(1, Killed, after=True))
        with pytest.raises(Killed):
            firm.turn()

        assert not Message.objects.exists()
        assert not Visit.objects.exists()
        firm.turn()
        assert firm.letters() == ["j-04.1"]

    def test_while_events_are_read_leaves_them_unread(self, firm: Any, lena: Contact) -> None:
        firm.order(lena)

        def react_and_die() -> None:
            with transaction.atomic():
                actions.react_to(events=ledger_actions.claim_unread(limit=10), now=firm.now)
                raise Killed

        with pytest.raises(Killed):
            react_and_die()

        assert Event.objects.filter(name="order.placed", is_unread=True).count() == 1
        firm.turn()
        assert firm.letters() == ["j-04.1"]


# Two workers die in each killing.
ORDERS, KILLINGS = (5_000, 150) if IS_FULL else (40, 1)
PREPARE = f"""
from datetime import timedelta
from decimal import Decimal
from guanxi.kernel.clock import utc_now
from guanxi.ledger import actions
from guanxi.ledger.facts import LineFacts
now = utc_now()
for number in range({ORDERS}):
    customer = actions.create_customer(name=f"Buyer {{number}}", now=now)
    contact = actions.create_contact(customer=customer, email=f"b{{number}}@buyer.example", now=now)
    actions.record_order(
        customer=customer, contact=contact, number=f"PO-{{number}}", placed_at=now, currency="USD", now=now,
        lines=[LineFacts(Decimal(1), Decimal(5))],
    )
"""
# Works in small bites and says a word in the middle of every step, so that the kill meets it there.
WORK = """
from guanxi.cli.workspace import prepare_django
prepare_django()
from django.db import transaction
from guanxi.journeys import actions, advancing
from guanxi.kernel.clock import utc_now
from guanxi.ledger import actions as ledger_actions
from guanxi.outbox import actions as outbox_actions
propose = outbox_actions.propose_many
def speaking(**wish):
    message = propose(**wish)
    print("proposed", flush=True)
    return message
outbox_actions.propose_many = speaking
print("ready", flush=True)
while True:
    with transaction.atomic():
        events = ledger_actions.claim_unread(limit=7)
        actions.react_to(events=events, now=utc_now())
    if not advancing.advance_due(now=utc_now(), limit=5) and not events:
        break
"""
COUNT = """
from collections import Counter
from guanxi.journeys.models import Enrolment, Visit
from guanxi.outbox.models import Message
print(Enrolment.objects.count(), Message.objects.filter(template__key="j-04.1").count(),
      Message.objects.values("contact").distinct().count(), Visit.objects.filter(step="progress-link").count())
"""


@pytest.mark.faults
class TestSeveralWorkers:
    def test_of_whom_some_are_killed_take_every_step_once(self, workspace: Workspace) -> None:
        """RT-08: SIGKILL between deciding and proposing; no step is lost, none taken twice."""
        dice = random.Random(seed := random.randrange(10**6))
        print("seed", seed)
        assert workspace.run("pulse").returncode == 0
        assert workspace.run("manage", "shell", "-v0", "-c", PREPARE).returncode == 0
        for _ in range(KILLINGS):
            bites = dice.randint(1, 9)
            victim, other = start(workspace), start(workspace)
            hear(victim, bites)
            victim.send_signal(signal.SIGKILL)
            other.send_signal(signal.SIGKILL)
            victim.communicate()
            other.communicate()
        first, second = start(workspace), start(workspace)
        patience = 3_000 if IS_FULL else 240
        assert [each.communicate(timeout=patience) and each.returncode for each in (first, second)] == [0, 0]

        counted = workspace.run("manage", "shell", "-v0", "-c", COUNT)
        assert counted.stdout.split() == [str(ORDERS)] * 4, counted.stderr


def start(workspace: Workspace) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORK], env=workspace.environ, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def hear(process: subprocess.Popen[str], words: int) -> None:
    """Wait until the process has proposed so often, or has nothing more to do."""
    assert process.stdout is not None
    for _ in range(words + 1):
        if not process.stdout.readline():
            return
