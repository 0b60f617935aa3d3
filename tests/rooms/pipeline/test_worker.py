"""The loop: the day once a night, the minute again and again, an end that waits for the turn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from guanxi.firm import actions as firm_actions
from guanxi.pipeline import queries, worker
from guanxi.pipeline.models import DayRun, Heartbeat
from guanxi.pipeline.pulse import pulse
from guanxi.pipeline.worker import Worker, day_is_due, latest_night

pytestmark = pytest.mark.django_db


class TestTheNight:
    @pytest.mark.parametrize(
        ("now", "zone", "night"),
        [
            ("2026-05-13T08:00", "Asia/Shanghai", "2026-05-12T19:00"),
            ("2026-05-12T18:59", "Asia/Shanghai", "2026-05-11T19:00"),
            ("2026-05-12T19:00", "Asia/Shanghai", "2026-05-12T19:00"),
            ("2026-03-29T12:00", "Europe/Berlin", "2026-03-29T01:00"),
            ("2026-05-13T08:00", "America/Monterrey", "2026-05-12T09:00"),
        ],
    )
    def test_is_three_o_clock_at_the_firm(self, now: str, zone: str, night: str) -> None:
        moment = latest_night(datetime.fromisoformat(now).replace(tzinfo=UTC), zone)

        assert moment.astimezone(UTC).isoformat()[:16] == night

    def test_makes_the_day_due_once(self, now: datetime) -> None:
        firm_actions.describe_firm(changes={"time_zone": "Asia/Shanghai"})
        assert day_is_due(now)

        DayRun.objects.create(at=now, finished_at=now)
        assert not day_is_due(now + timedelta(hours=10))
        assert day_is_due(now + timedelta(hours=11))

    def test_of_the_past_run_by_hand_does_not_count(self, now: datetime) -> None:
        DayRun.objects.create(at=datetime(2011, 12, 10, tzinfo=UTC), finished_at=now)

        assert day_is_due(now)


class TestWorker:
    def test_runs_the_day_and_the_minute(self, now: datetime) -> None:
        running = Worker(clock=lambda: now, name="one")

        assert running.turn()["events"] == 0
        assert DayRun.objects.count() == 1
        assert queries.worker_seen_at() == now
        assert queries.latest_day() == DayRun.objects.get()

    def test_gives_a_sign_of_life_now_and_then_only(self, now: datetime) -> None:
        moments = [now, now + timedelta(seconds=5), now + timedelta(seconds=30)]
        running = Worker(clock=lambda: moments[0], name="one")
        for _ in range(3):
            running.turn()
            signs = Heartbeat.objects.get().at
            moments.pop(0)
            moments.append(now + timedelta(seconds=30))

        assert signs == now + timedelta(seconds=30)

    def test_ends_after_the_turn_under_way(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(worker, "close_old_connections", lambda: None)
        running = Worker(clock=lambda: now, name="one")
        turns = []

        def turn() -> dict[str, Any]:
            turns.append(1)
            running.stopping.set()
            return {}

        monkeypatch.setattr(running, "turn", turn)
        running.run()

        assert turns == [1]

    def test_goes_on_after_an_error(
        self, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        running = Worker(clock=lambda: now, name="one")
        monkeypatch.setattr(worker, "PAUSE_AFTER_ERROR_SECONDS", 0.0)
        monkeypatch.setattr(worker, "close_old_connections", lambda: None)
        turns = []

        def turn() -> dict[str, Any]:
            turns.append(1)
            if len(turns) > 1:
                running.stopping.set()
            raise OSError("the disk is away")

        monkeypatch.setattr(running, "turn", turn)
        running.run()

        assert len(turns) == 2
        assert "the disk is away" in caplog.text

    def test_ends_with_the_process_that_started_it(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        running = Worker(clock=lambda: now, name="one", with_parent=True)
        assert not running.is_orphan()

        running.parent = -1
        running.run()

        assert not Heartbeat.objects.exists()


class TestPulse:
    def test_of_a_quiet_minute_counts_nothing(self, now: datetime) -> None:
        assert pulse(at=now) == {
            "at": now.isoformat(), "events": 0, "entered": 0, "left": 0, "proposed": 0, "judged": 0, "sent": 0,
        }  # fmt: skip
