"""Clocks that jump (RT-16) and days of 23 or 25 hours (RT-17)."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from guanxi.culture.windows import next_fitting_moment
from guanxi.ledger.models import Contact
from guanxi.outbox import actions
from guanxi.outbox.models import Message
from tests import cast
from tests.rooms.outbox.conftest import firm, propose
from tests.rooms.outbox.world import Answering

__all__ = ["firm", "propose"]
IS_FULL = os.environ.get("GUANXI_FAULTS") == "full"
JUMPS = [timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1), timedelta(minutes=-10)]
ROUNDS = 500 if IS_FULL else 8
YEARS = range(2024, 2031) if IS_FULL else range(2026, 2027)
ZONES = sorted(available_timezones()) if IS_FULL else (
    "Europe/Berlin", "America/New_York", "America/Santiago", "Africa/Cairo", "Asia/Beirut", "Australia/Lord_Howe",
    "Pacific/Chatham", "Asia/Tehran", "America/Havana", "Africa/Casablanca",
)  # fmt: skip


class Jumping:
    """Runs on, and jumps at a random look."""

    def __init__(self, now: datetime, jump: timedelta, dice: random.Random) -> None:
        self.now, self.jump, self.looks = now, jump, dice.randrange(1, 12)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=50)
        self.looks -= 1
        if self.looks == 0:
            self.now += self.jump
        return self.now


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_clock_that_jumps_sends_nothing_early_and_nothing_twice(
    jump: timedelta, propose: Callable[..., Message], lena: Contact, now: datetime
) -> None:
    """RT-16: ± 1 h, ± 1 d, back 10 minutes, at any look at the clock."""
    seed = int(os.environ.get("GUANXI_FAULTS_SEED") or random.SystemRandom().randrange(10**6))
    print(f"seed {seed}")
    dice, transport = random.Random(seed), Answering()
    cast.permit(lena)
    for number in range(ROUNDS):
        early = propose(
            lena, "j-04.1", idempotency_key=f"later{number}", not_before=now + timedelta(days=2),
            expires_at=now + timedelta(days=9),
        )  # fmt: skip
        propose(lena, "j-04.1", idempotency_key=f"now{number}", expires_at=now + timedelta(days=9))
        clock = Jumping(now, jump, dice)
        for _ in range(3):
            actions.judge_due(now=clock())
            actions.send_due(clock=clock, worker="test", transport=transport)
            actions.expire_leases(now=clock())
        assert Message.objects.get(pk=early.pk).state == "queued"
    settled = now + timedelta(days=1, hours=2)
    actions.judge_due(now=settled)
    actions.send_due(clock=lambda: settled, worker="test", transport=transport)

    sent = [each.message_id for each in transport.carried]
    assert len(sent) == len(set(sent)) == ROUNDS
    assert set(Message.objects.filter(idempotency_key__startswith="now").values_list("state", flat=True)) == {
        "accepted"
    }


def transitions(zone: ZoneInfo) -> list[datetime]:
    """The days, at noon UTC, on which the offset of a zone changes."""
    found, day = [], datetime(YEARS[0], 1, 1, 12, tzinfo=UTC)
    before = day.astimezone(zone).utcoffset()
    while day.year <= YEARS[-1]:
        day += timedelta(days=1)
        after = day.astimezone(zone).utcoffset()
        if after != before:
            found.append(day)
        before = after
    return found


@pytest.mark.parametrize("kind", ["marketing", "service"])
def test_a_day_of_23_or_25_hours_moves_no_mail_out_of_its_window(kind: str) -> None:
    """RT-17: every transition of every zone; what waits leaves once, in the reader's window."""
    wrong: list[Any] = []
    for name in ZONES:
        zone = ZoneInfo(name)
        for day in transitions(zone):
            for hour in range(-36, 37, 3):
                at = day + timedelta(hours=hour)
                fitting = next_fitting_moment(now=at, country="DE", zone=name, kind=kind)
                again = next_fitting_moment(now=fitting.moment, country="DE", zone=name, kind=kind)
                local = fitting.moment.astimezone(zone).time()
                if fitting.moment < at or again.moment != fitting.moment or not time(7) <= local < time(21):
                    wrong.append((name, at, fitting.moment, local))
    assert wrong == []
