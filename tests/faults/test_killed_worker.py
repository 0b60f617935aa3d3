"""Workers are killed in mid-send against a real mail server; nothing is sent twice, nothing lost in silence.

RT-02, RT-04 and RT-09 of the fault list. `GUANXI_FAULTS=full` makes the run longer; the seed is printed and can be set
by GUANXI_FAULTS_SEED.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.nursery import IS_FULL, Nursery, check_books, is_locked

MESSAGES, KILLS = (12_000, 500) if IS_FULL else (90, 5)
ROUNDS = 200 if IS_FULL else 1
LEAP_MINUTES = 60
pytestmark = pytest.mark.faults


class TestKilledWorker:
    def test_sends_nothing_twice_and_loses_nothing_in_silence(self, nursery: Nursery) -> None:
        """RT-02, RT-04: marketing never twice; an order notice once more under its Message-ID; nothing lost unseen."""
        nursery.run("fill", "killed", str(MESSAGES))
        kills = 0
        while kills < KILLS:
            worker = nursery.start("work", f"victim{kills}", "0")
            if not nursery.wait_for_mail(worker):
                break
            time.sleep(nursery.dice.uniform(0, 0.4))
            worker.signal(signal.SIGKILL)
            nursery.ask("wait", str(worker.process))
            kills += 1

        nursery.run("work", "survivor", "0")
        before_the_leap = nursery.report("killed")
        check_books(before_the_leap, nursery.server, kills)
        nursery.run("work", "survivor", str(LEAP_MINUTES))
        report = nursery.report("killed")
        check_books(report, nursery.server, kills)

        print(f"{kills} kills, {Counter(each['state'] for each in before_the_leap.messages)}")
        assert kills >= min(KILLS, 8) - 1
        assert before_the_leap.of("uncertain"), "no kill hit a message in the worker's hands"
        # An order notice is repeated once, so none is lost to a single death.
        orders = [each for each in report.messages if each["kind"] == "transactional"]
        assert all(each["rfc_message_id"] in nursery.server.taken for each in orders)


class TestKilledCompanion:
    @pytest.mark.skipif(not Path("/proc").is_dir(), reason="asks the system for the children of a process")
    def test_leaves_what_it_held_uncertain_and_the_rest_to_its_worker(self, nursery: Nursery) -> None:
        """RT-02, RD-03: the process that writes and carries dies; the one that keeps the books goes on without it."""
        if "GUANXI_DATABASE_URL" in nursery.environ:
            pytest.skip("where the database takes many writers there is no companion")
        nursery.run("fill", "left", "60")
        hurry, nursery.server.haste = nursery.server.haste, 20  # mails are under way however late it is killed
        worker = nursery.start("work", "left", "0")
        assert nursery.wait_for_mail(worker)

        [companion] = worker.children()
        os.kill(companion, signal.SIGKILL)
        nursery.server.haste = hurry

        assert worker.wait() == 0
        nursery.run("work", "after", str(LEAP_MINUTES))
        report = nursery.report("left")
        check_books(report, nursery.server, 1)
        assert report.of("uncertain")


class TestTwoWorkers:
    def test_share_the_work_and_send_nothing_twice(self, nursery: Nursery) -> None:
        """RT-09, RD-02: whoever takes a message holds its row, so each has one claimer."""
        nursery.run("fill", "shared", "60")

        workers = [nursery.start("work", name, "0") for name in ("first", "second")]

        assert [worker.wait() for worker in workers] == [0, 0]
        report = nursery.report("shared")
        assert len(report.of("accepted")) == 60
        check_books(report, nursery.server, 0)

    def test_a_sleeper_who_wakes_up_repeats_nothing(self, nursery: Nursery) -> None:
        """RT-09, RD-02: stopped in the middle, woken after its leases ran out; its old epoch writes nothing."""
        for number in range(ROUNDS):
            prefix, count = f"slept{number}", 60 if ROUNDS == 1 else 20
            nursery.run("fill", prefix, str(count))
            sleeper = nursery.start("work", f"sleeper{number}", "0")
            while nursery.wait_for_mail(sleeper):
                sleeper.signal(signal.SIGSTOP)
                # Asleep inside a transaction it would hold everybody up; that is the database's trouble, not ours.
                if not is_locked(nursery.environ):
                    break
                sleeper.signal(signal.SIGCONT)
            try:
                nursery.run("work", f"other{number}", "0")
            finally:
                sleeper.signal(signal.SIGCONT)
            assert sleeper.wait() == 0
            report = nursery.report(prefix)
            assert {nursery.server.taken[each["rfc_message_id"]] for each in report.of("accepted")} == {1}
            check_books(report, nursery.server, 1)
