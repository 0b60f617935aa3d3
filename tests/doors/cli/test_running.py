"""The commands that keep an installation running: worker, run-day, pulse, doctor, serve, manage."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from guanxi.cli import check_up
from guanxi.cli.check_up import Finding, look_at_everything
from guanxi.ledger.models import Contact
from guanxi.outbox import actions as outbox_actions
from tests.conftest import Workspace


def findings(check: str) -> list[Finding]:
    return [finding for finding in look_at_everything() if finding.check == check]


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class TestCommands:
    def test_make_an_empty_workspace_by_themselves(self, empty_workspace: Workspace) -> None:
        day = empty_workspace.run("run-day", "--at", "2026-05-13T08:00:00+08:00", "--json")

        assert json.loads(day.stdout)["at"] == "2026-05-13T00:00:00+00:00"

    def test_do_what_is_due_once(self, workspace: Workspace) -> None:
        assert "events" in workspace.run("worker", "--once").stdout

    def test_do_the_same_day_once(self, guanxi: Any) -> None:
        day = guanxi("run-day", "--at", "2026-05-13T08:00:00+08:00", "--json")
        again = guanxi("run-day", "--at", "2026-05-13", "--json")

        assert json.loads(again.stdout) == json.loads(day.stdout)
        assert json.loads(guanxi("pulse", "--at", "2026-05-13", "--json").stdout)["sent"] == 0

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (("nonsense",), "No such command 'nonsense'."),
            (
                ("import",),
                "Invalid value: name the files to import, or one import to take back: guanxi import --undo 12.",
            ),
            (("tier", "--rate"), "Option '--rate' requires an argument."),
        ],
    )
    def test_say_in_one_sentence_that_they_are_misused(
        self, guanxi: Any, arguments: tuple[str, ...], says: str
    ) -> None:
        result = guanxi(*arguments)

        assert (result.returncode, result.stdout) == (2, "")
        assert result.stderr == f"guanxi: {says}\n"

    def test_say_in_one_sentence_what_they_cannot_do(self, guanxi: Any) -> None:
        result = guanxi("pulse", "--at", "yesterday")

        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.strip().splitlines() == [
            "guanxi: 'yesterday' is no moment; write 2026-03-01 or 2026-03-01T09:00:00+08:00."
        ]

    def test_hand_djangos_own_on(self, guanxi: Any) -> None:
        assert "no issues" in guanxi("manage", "check").stdout


class TestServe:
    def test_opens_the_pages_starts_a_worker_and_ends_both(self, workspace: Workspace) -> None:
        port = a_free_port()
        process = workspace.start("serve", "--port", str(port))
        try:
            health = self.wait_for_worker(f"http://127.0.0.1:{port}/healthz")
            assert health == {"status": "ok", "database": "ok", "worker": "running"}
        finally:
            process.send_signal(signal.SIGTERM)
            told, _ = process.communicate(timeout=90)

        assert f"http://127.0.0.1:{port}/set-up/" in told
        assert process.returncode == 0
        assert not self.processes_of(workspace.folder)

    def test_names_a_port_that_is_taken(self, workspace: Workspace) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            result = workspace.run("serve", "--port", str(other.getsockname()[1]))

        assert result.returncode == 1
        assert "choose another one with --port" in result.stderr

    @staticmethod
    def wait_for_worker(address: str) -> dict[str, Any]:
        """The health of the installation once its worker has been seen."""
        answer: dict[str, Any] = {}
        end = time.monotonic() + 120
        while time.monotonic() < end and answer.get("worker") != "running":
            time.sleep(0.5)
            try:
                with urllib.request.urlopen(address, timeout=5) as response:
                    answer = json.load(response)
            except OSError:
                continue
        return answer

    @staticmethod
    def processes_of(folder: Path) -> list[str]:
        """Processes that still have this data folder in their environment."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if f"GUANXI_DATA={folder}".encode() in path.read_bytes() and int(path.parent.name) != os.getpid():
                    found.append(path.parent.name)
            except OSError:
                continue
        return found


@pytest.mark.django_db
class TestDoctor:
    def test_finds_nothing_wrong_with_a_fresh_one(self, data_folder: Path) -> None:
        wrong = [finding for finding in look_at_everything() if finding.level == "error"]

        # The throw-away PostgreSQL of the tests does without.
        assert [finding for finding in wrong if not finding.message.startswith("fsync is off")] == []

    def test_warns_of_a_firm_that_cannot_write_to_anybody(self, data_folder: Path) -> None:
        told = " ".join(finding.message for finding in findings("firm"))

        assert "no marketing mail leaves" in told
        assert "no mail leaves" in told

    def test_warns_of_stopped_sending(self, data_folder: Path) -> None:
        outbox_actions.stop_all(reason="holiday")

        assert "holiday" in findings("outbox")[0].message

    def test_knows_whether_a_worker_runs(self, data_folder: Path, now: datetime, lena: Contact) -> None:
        from guanxi.pipeline.worker import Worker

        assert findings("worker")[0].message == "No worker has run yet."
        Worker(clock=lambda: now, name="one").turn()
        assert findings("worker")[0].message.startswith("Last seen")

    def test_finds_a_secret_that_others_can_read(self, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("GUANXI_SECRET", raising=False)
        secret = data_folder / "secret"
        secret.write_text("x" * 40)
        secret.chmod(0o644)

        assert (findings("secret")[0].level, "chmod 400" in findings("secret")[0].remedy) == ("error", True)

    @pytest.mark.parametrize(
        ("url", "level", "says"),
        [
            ("smtp://127.0.0.1:1", "error", "cannot be reached"),
            ("ftp://x", "error", "begins with"),
            ("", "warning", "drawer"),
        ],
    )
    def test_looks_at_the_mail_server(self, data_folder: Path, settings: Any, url: str, level: str, says: str) -> None:
        settings.GUANXI_SMTP_URL = url

        assert (findings("mail server")[0].level, says in findings("mail server")[0].message) == (level, True)

    def test_says_that_links_lead_nowhere(self, data_folder: Path, settings: Any) -> None:
        assert findings("public address")[0].level == "warning"
        settings.GUANXI_SMTP_URL = "smtp://127.0.0.1:1"
        assert findings("public address")[0].level == "error"
        settings.PUBLIC_URL = "http://crm.example.com"
        assert findings("public address")[0].level == "warning"
        settings.PUBLIC_URL = "https://crm.example.com"
        assert findings("public address")[0].level == "ok"

    def test_warns_of_a_network_folder(self, data_folder: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(check_up, "file_system_of", lambda folder: "nfs4")
        monkeypatch.setattr(check_up, "is_sqlite", lambda: True)

        assert "nfs4" in next(check_up.look_at_data_folder()).message

    def test_answers_a_machine(self, empty_workspace: Workspace) -> None:
        result = empty_workspace.run("doctor", "--json")

        answer = json.loads(result.stdout)
        # The throw-away PostgreSQL of the tests does without fsync, which is the one error there.
        wrong = [each["message"] for each in answer["findings"] if each["level"] == "error"]
        assert all(message.startswith("fsync is off") for message in wrong)
        assert (result.returncode, answer["ok"]) == (int(bool(wrong)), not wrong)
        assert {"database", "migrations"} & {each["check"] for each in answer["findings"] if each["level"] == "warning"}
        assert {"check", "level", "message", "remedy"} == set(answer["findings"][0])

    def test_explains_an_odd_setting(self, workspace: Workspace) -> None:
        result = workspace.run("doctor", "--json", GUANXI_DEBUG="perhaps")

        assert "GUANXI_DEBUG" in json.loads(result.stdout)["findings"][0]["message"]
        assert result.returncode == 1
