"""Imports wait for a worker, and survive the death of one."""

import io
from datetime import datetime, timedelta

import pytest

from guanxi.intake import actions, work
from guanxi.intake.models import ImportRun
from guanxi.ledger.models import Order
from guanxi.pipeline.pulse import pulse

pytestmark = pytest.mark.django_db
ORDERS = b"Customer,Order ID,Date,Amount\nElbwerk,1,2026-01-01,5\nOsaka,2,2026-01-02,6\n"


@pytest.fixture
def received(now: datetime) -> ImportRun:
    return actions.receive(file=io.BytesIO(ORDERS), name="orders.csv", now=now)


def state(run: ImportRun, now: datetime) -> tuple[str, str]:
    run.refresh_from_db()
    sign = work.sign_of(run, now=now)
    return run.state, sign.state if sign else ""


class TestWork:
    def test_is_done_by_the_pulse(self, received: ImportRun, now: datetime) -> None:
        """D-16: purchases are recorded without retyping, in the worker."""
        work.enqueue(run=received, what=work.RUN, now=now)
        assert state(received, now) == ("pending", "waiting")

        assert pulse(at=now)["imports"] == 1

        assert state(received, now) == ("done", "done")
        assert Order.objects.count() == 2
        assert "imports" not in pulse(at=now)

    def test_tries_out_without_a_trace(self, received: ImportRun, now: datetime) -> None:
        work.enqueue(run=received, what=work.TRY, now=now)

        work.work_due(clock=lambda: now)

        sign = work.sign_of(received, now=now)
        assert sign is not None
        assert sign.answer["orders_created"] == 2
        assert (state(received, now)[0], Order.objects.count()) == ("pending", 0)

    def test_is_not_begun_twice(self, received: ImportRun, now: datetime) -> None:
        assert work.enqueue(run=received, what=work.RUN, now=now)
        assert not work.enqueue(run=received, what=work.RUN, now=now)
        assert work.claim(run_id=received.pk, now=now)
        assert not work.claim(run_id=received.pk, now=now)

    def test_of_a_killed_worker_is_begun_again(self, received: ImportRun, now: datetime) -> None:
        work.enqueue(run=received, what=work.RUN, now=now)
        self.die(received, now)
        assert work.work_due(clock=lambda: now + timedelta(seconds=30)) == 0
        later = now + timedelta(minutes=3)
        assert state(received, later) == ("running", "failed")

        assert work.work_due(clock=lambda: later) == 1

        assert state(received, later) == ("done", "done")

    def test_that_kills_its_worker_twice_is_given_up(self, received: ImportRun, now: datetime) -> None:
        work.enqueue(run=received, what=work.RUN, now=now)
        for minutes in (0, 3):
            self.die(received, now + timedelta(minutes=minutes))
        later = now + timedelta(minutes=9)

        work.work_due(clock=lambda: later)

        assert state(received, later) == ("failed", "failed")
        assert received.error == work.INTERRUPTED
        assert work.enqueue(run=received, what=work.RUN, now=later)

    def test_of_an_unusable_file_ends_with_the_reason(self, now: datetime) -> None:
        run = actions.receive(file=io.BytesIO(b"nothing"), name="empty.csv", now=now)
        work.enqueue(run=run, what=work.RUN, now=now)

        work.work_due(clock=lambda: now)

        sign = work.sign_of(run, now=now)
        assert sign is not None
        assert (sign.state, bool(sign.error)) == ("failed", True)

    def die(self, run: ImportRun, at: datetime) -> None:
        """As a process killed in the middle leaves things: claimed, running, its last sign written."""
        assert work.claim(run_id=run.pk, now=at)
        ImportRun.objects.filter(pk=run.pk).update(state="running")
        work.write_sign(run, work.Sign(work.RUN, at=at.timestamp()))
