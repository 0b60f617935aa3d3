"""Workers are killed while they write down a campaign's readers and fill the outbox; each reader is there once.

`GUANXI_FAULTS=full` makes the run longer; the seed is printed and can be set by GUANXI_FAULTS_SEED.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import ROOT, Workspace

IS_FULL = os.environ.get("GUANXI_FAULTS") == "full"
READERS, KILLS = (4_000, 40) if IS_FULL else (160, 3)
SEED = int(os.environ.get("GUANXI_FAULTS_SEED", time.time_ns() % 10**9))
PATIENCE_SECONDS = 120


class Nursery:
    """One process that has loaded the product and forks a child per word."""

    def __init__(self, workspace: Workspace) -> None:
        self.folder = workspace.folder
        environ = workspace.environ | {
            "DJANGO_SETTINGS_MODULE": "guanxi.config.settings", "PYTHONPATH": str(ROOT), "GUANXI_LOG_LEVEL": "ERROR",
            "GUANXI_FAULTS_EPOCH": str(time.time()),
        }  # fmt: skip
        command = [sys.executable, "-m", "tests.faults.campaign_process"]
        self.process = subprocess.Popen(
            command, env=environ, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self, *words: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def start(self, *words: str) -> int:
        return int(self.ask(*words))

    def wait(self, child: int) -> int:
        return int(self.ask("wait", str(child)))

    def report(self) -> dict[str, Any]:
        assert self.wait(self.start("report")) == 0
        return dict(json.loads((self.folder / "report.json").read_text()))

    @property
    def pieces(self) -> int:
        path = self.folder / "pieces"
        return path.stat().st_size if path.exists() else 0

    def wait_for_piece(self, after: int) -> None:
        ends = time.monotonic() + PATIENCE_SECONDS
        while self.pieces <= after and time.monotonic() < ends:
            time.sleep(0.005)

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=PATIENCE_SECONDS)
        self.process.stdout.close()


@pytest.fixture
def nursery(workspace: Workspace) -> Iterator[Nursery]:
    found = Nursery(workspace)
    yield found
    found.close()


class TestKilledCampaign:
    def test_has_every_reader_once(self, nursery: Nursery) -> None:
        """RD-01, RD-02, RT-02: kill -9 between and inside the pieces, then two workers side by side."""
        print(f"seed {SEED}")
        dice = random.Random(SEED)
        assert nursery.wait(nursery.start("fill", str(READERS))) == 0

        killed = 0
        for _ in range(KILLS):
            before, worker = nursery.pieces, nursery.start("work")
            nursery.wait_for_piece(before)
            time.sleep(dice.uniform(0, 0.1))
            os.kill(worker, signal.SIGKILL)
            killed += nursery.wait(worker) == -signal.SIGKILL
        between = nursery.report()

        pair = [nursery.start("work"), nursery.start("work")]
        assert [nursery.wait(worker) for worker in pair] == [0, 0]
        report = nursery.report()

        assert killed, "no worker was killed in mid-work"
        assert between["twice"] == 0
        assert between["counted"] == between["readers"]
        assert between["linked"] == between["messages"]
        assert report == {
            "state": "sending", "counted": READERS, "readers": READERS, "messages": READERS, "twice": 0,
            "linked": READERS, "started": 1,
        }  # fmt: skip
