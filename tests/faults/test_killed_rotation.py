"""`guanxi keys rotate` is killed in the middle, again and again; afterwards everything opens (RE-06, RT-25)."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from typing import Any

import pytest

from tests.conftest import Workspace

IS_FULL = os.environ.get("GUANXI_FAULTS") == "full"
NOTES, KILLS = (20_000, 25) if IS_FULL else (1_500, 1)
pytestmark = pytest.mark.faults

PLANT = """
from guanxi.ledger.models import Customer, Note
from guanxi.kernel.clock import utc_now
now = utc_now()
customer = Customer.objects.create(name="Lampen", created_at=now, updated_at=now)
Note.objects.bulk_create([
    Note(customer=customer, text=f"note {{number}}", happened_at=now, created_at=now) for number in range({notes})
], batch_size=500)
"""
LOOK = """
import json
from guanxi.kernel import resealing
from guanxi.ledger.models import Note
texts = list(Note.objects.order_by("pk"))
print(json.dumps({"whole": [note.text for note in texts] == [f"note {n}" for n in range(len(texts))],
                  "count": len(texts), "held": resealing.counts()}))
"""


def shell(workspace: Workspace, code: str) -> str:
    answer = workspace.run("manage", "shell", "--no-imports", "-v0", "-c", code)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


class TestAKilledRotation:
    def test_leaves_nothing_unreadable(self, workspace: Workspace) -> None:
        """RE-06: kill -9 in rotation; 0 unreadable. The seed is printed."""
        seed = int(os.environ.get("GUANXI_FAULTS_SEED") or random.SystemRandom().randrange(10**6))
        print(f"GUANXI_FAULTS_SEED={seed}")
        dice = random.Random(seed)
        shell(workspace, PLANT.format(notes=NOTES))

        for _ in range(KILLS):
            running = workspace.start("keys", "rotate")
            time.sleep(dice.uniform(1.0, 4.0))
            running.send_signal(signal.SIGKILL)
            running.communicate()
        broken_off: dict[str, Any] = json.loads(shell(workspace, LOOK))
        answer = workspace.run("keys", "rotate", "--finish", "--json")
        found: dict[str, Any] = json.loads(shell(workspace, LOOK))

        assert answer.returncode == 0, answer.stderr
        assert broken_off["whole"]
        assert found["whole"]
        assert found["count"] == NOTES == sum(broken_off["held"].values())
        assert found["held"] == {json.loads(answer.stdout)["newest"]: NOTES}

    def test_with_another_master_key_nothing_starts(self, workspace: Workspace) -> None:
        """RT-25: a wrong key stops the start with one sentence, and writes nothing."""
        answer = workspace.run("keys", "status", GUANXI_MASTER_KEY="another master key of enough length")

        assert answer.returncode == 1
        assert "does not open the data keys" in answer.stderr

    def test_without_the_key_file_no_worker_starts(self, workspace: Workspace) -> None:
        """RT-25: a lost key file is noticed before anything runs; given up on purpose, it starts again."""
        shell(workspace, PLANT.format(notes=3))
        (workspace.folder / "keys").unlink()

        refused = workspace.run("worker", "--once")
        given_up = workspace.run("keys", "clear-lost", "--yes")
        started = workspace.run("worker", "--once", "--json")

        assert refused.returncode == 1
        assert "restore it from a backup" in refused.stderr
        assert (given_up.returncode, given_up.stdout) == (0, "3 texts are emptied.\n")
        assert started.returncode == 0, started.stderr
