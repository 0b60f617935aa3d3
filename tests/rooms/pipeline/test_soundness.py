"""Whether SQLite's file is whole, and how a fault is told (RD-16)."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from guanxi.cli import check_up
from guanxi.pipeline import soundness
from guanxi.pipeline.models import Heartbeat, Soundness
from guanxi.pipeline.soundness import QUICKLY, THOROUGHLY
from guanxi.pipeline.worker import Worker

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps checksums of its own."),
]


class TestALook:
    def test_is_due_once_a_day(self, now: datetime) -> None:
        """RD-16."""
        assert soundness.due(now=now) == QUICKLY

        soundness.look(QUICKLY, now=now)

        assert soundness.due(now=now + timedelta(hours=23)) == ""
        assert soundness.due(now=now + timedelta(hours=24)) == QUICKLY

    def test_is_thorough_once_after_a_worker_that_did_not_end(self, now: datetime) -> None:
        """RD-16."""
        soundness.look(QUICKLY, now=now)
        Heartbeat.objects.create(worker="killed", at=now)

        assert soundness.due(now=now + timedelta(minutes=1)) == ""
        assert soundness.due(now=now + timedelta(minutes=3)) == THOROUGHLY
        soundness.look(THOROUGHLY, now=now + timedelta(minutes=3))
        assert soundness.due(now=now + timedelta(minutes=4)) == ""

    def test_is_not_due_for_a_worker_that_was_told_to_end(self, now: datetime) -> None:
        soundness.look(QUICKLY, now=now)
        running = Worker(clock=lambda: now, name="one")
        running.turn()
        running.stopping.set()
        running.run()

        assert soundness.due(now=now + timedelta(minutes=3)) == ""

    @pytest.mark.parametrize("statement", [QUICKLY, THOROUGHLY])
    def test_finds_a_whole_database_whole(self, now: datetime, statement: str) -> None:
        found = soundness.look(statement, now=now)

        assert (found.faults, found.is_thorough) == ([], statement == THOROUGHLY)
        assert not soundness.is_damaged()

    @pytest.mark.parametrize("statement", [QUICKLY, THOROUGHLY])
    def test_finds_a_page_that_was_overwritten(self, tmp_path: Path, statement: str) -> None:
        """RD-16."""
        path = tmp_path / "some.sqlite3"
        with sqlite3.connect(path) as driver:
            driver.execute("CREATE TABLE mail (id INTEGER PRIMARY KEY, subject TEXT)")
            driver.executemany("INSERT INTO mail (subject) VALUES (?)", [("Offer " * 50,)] * 500)
        driver.close()
        whole = path.read_bytes()
        path.write_bytes(whole[:8192] + b"\xff" * 4096 + whole[12288:])

        driver = sqlite3.connect(path)
        faults = soundness.faults_by(driver.cursor(), statement)
        driver.close()

        assert faults

    def test_is_forgotten_after_a_month(self, now: datetime) -> None:
        for day in range(soundness.KEPT + 2):
            soundness.look(QUICKLY, now=now + timedelta(days=day))

        assert Soundness.objects.count() == soundness.KEPT


class TestDamage:
    @pytest.fixture(autouse=True)
    def damaged(self, now: datetime) -> None:
        Soundness.objects.create(at=now, is_thorough=False, faults=["Tree 2 page 3: btreeInitPage() returns error 11"])

    def test_is_told_by_the_doctor(self) -> None:
        """RD-16."""
        (finding,) = check_up.look_at_the_file()

        assert (finding.level, "page 3" in finding.message) == ("error", True)
        assert "backup" in finding.remedy

    def test_is_told_to_a_monitor(self, client: Client) -> None:
        answer = client.get("/healthz")

        assert (answer.status_code, answer.json()["database"]) == (503, "damaged")

    def test_is_over_when_the_next_look_finds_nothing(self, now: datetime, client: Client) -> None:
        soundness.look(QUICKLY, now=now + timedelta(days=1))

        assert client.get("/healthz").status_code == 200
