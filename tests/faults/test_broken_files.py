"""RT-20: broken files end in a clear sentence or in refused rows, within memory and time, and leave nothing half-done.

`GUANXI_FAULTS=full` reads a thousand bent files and bombs of their full size.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from guanxi.intake import actions
from guanxi.intake.importing import Wishes
from guanxi.intake.rows import UnusableFile
from guanxi.ledger.models import Contact, Customer, Order
from tests.conftest import ROOT
from tests.faults import broken_files

IS_FULL = os.environ.get("GUANXI_FAULTS") == "full"
BENT, IN_DATABASE = (1_000, 60) if IS_FULL else (64, 12)
BOMB = 64_000_000 if IS_FULL else 2_000_000  # bytes
SEED = int(os.environ.get("GUANXI_FAULTS_SEED") or 20)
MEMORY, SECONDS = 512, 60  # megabytes, of one file

pytestmark = pytest.mark.faults


def test_are_told_in_a_sentence_within_memory_and_time(tmp_path: Path) -> None:
    """RS-28, RT-20: a thousand bent files and bombs of every kind."""
    for name, data in (*broken_files.bent(BENT, SEED), *broken_files.bombs(BOMB)):
        (tmp_path / name).write_bytes(data)

    command = [sys.executable, "-m", "tests.faults.broken_files", str(tmp_path)]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()

    endings = [json.loads(line) for line in printed]
    assert len(endings) == len(list(tmp_path.iterdir()))
    assert [each for each in endings if each["told"].startswith("crash")] == []
    assert [each for each in endings if each["seconds"] > SECONDS] == []
    assert endings[-1]["memory"] <= MEMORY


@pytest.mark.django_db
def test_leave_nothing_half_done(tmp_path: Path, now: datetime) -> None:
    """RT-20: all of a file or nothing; every order has its customer and every contact too."""
    for name, data in broken_files.bent(IN_DATABASE, SEED + 1):
        path = tmp_path / name
        path.write_bytes(data)
        before = Customer.objects.count(), Contact.objects.count(), Order.objects.count()

        try:
            answer = actions.import_file(path=path, wishes=Wishes(source=name), now=now)
        except UnusableFile:
            assert (Customer.objects.count(), Contact.objects.count(), Order.objects.count()) == before
        else:
            assert answer["rows"] == answer["accepted"] + answer["rejected"]
            assert Order.objects.filter(source=name).count() == answer["orders_created"]
