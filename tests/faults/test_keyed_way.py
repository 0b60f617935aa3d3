"""Workers are killed before a provider that takes the same key once: nothing twice, nothing lost, nothing unknown."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter

import pytest

from tests.faults.keyed import provider
from tests.faults.nursery import IS_FULL, Nursery

MESSAGES, KILLS = (10_000, 500) if IS_FULL else (60, 4)
pytestmark = pytest.mark.faults


def test_is_sent_effectively_once(nursery: Nursery) -> None:
    """RT-03, RD-10: the same key and the very same bytes until the provider has answered."""
    nursery.run("fill", "keyed", str(MESSAGES))
    with provider(random.Random(nursery.dice.random())) as (books, url):
        kills = 0
        while kills < KILLS:
            victim = nursery.start("work_keyed", f"victim{kills}", "0", url)
            before, patience = books.requests, time.monotonic() + 60
            while books.requests == before and time.monotonic() < patience:
                if nursery.ask("poll", str(victim.process)):
                    break
                time.sleep(0.005)
            else:
                time.sleep(nursery.dice.uniform(0, 0.2))
                victim.signal(signal.SIGKILL)
                nursery.ask("wait", str(victim.process))
                kills += 1
                continue
            break
        nursery.run("work_keyed", "survivor", "0", url)
        report = nursery.report("keyed")

    print(f"{kills} kills, {books.requests} requests for {MESSAGES} mails")
    assert Counter(each["state"] for each in report.messages) == {"accepted": MESSAGES}
    assert set(books.sent.values()) == {1}
    assert len(books.sent) == MESSAGES
    assert books.conflicts == 0
    assert kills >= min(KILLS, 4) - 1
