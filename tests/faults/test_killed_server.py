"""The server is killed while readers click: what was answered is stored, once, and the next server goes on.

`GUANXI_FAULTS=full` only, since each server takes seconds to start. The seed is printed and can be set by
GUANXI_FAULTS_SEED.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from threading import Lock, Thread
from typing import Any

import pytest

IS_FULL = os.environ.get("GUANXI_FAULTS") == "full"
SEED = int(os.environ.get("GUANXI_FAULTS_SEED") or 22)
KILLS, READERS, MAILS, PER_MAIL = 8, 16, 1_000, 20
pytestmark = [pytest.mark.faults, pytest.mark.skipif(not IS_FULL, reason="GUANXI_FAULTS=full")]

ADDRESSES = """
import json
from guanxi.cli.workspace import open_workspace
open_workspace()
from guanxi.outbox.addresses import click_address
from guanxi.outbox.models import Message
print(json.dumps([click_address(n, 0).split("/", 3)[3] for n in Message.objects.values_list("id", flat=True)]))
"""
STORED = """
import json
from guanxi.cli.workspace import open_workspace
open_workspace()
from guanxi.tracking import arriving
from guanxi.tracking.hitbook import folder
from guanxi.tracking.models import Hit, HitSheet
arriving.take_up()
left = HitSheet.objects.count() + len(list(folder().glob("*")))
print(json.dumps([Hit.objects.count(), left]))
"""


class Readers:
    """Each follows links over a connection of his own until the server is gone; counts what was asked and answered."""

    def __init__(self, paths: Iterator[str]) -> None:
        self.paths = paths
        self.asked = self.answered = 0
        self._lock = Lock()

    def read(self, port: int) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as link:
            while True:
                with self._lock:
                    path = next(self.paths, None)
                    self.asked += path is not None
                if path is None:
                    return
                try:
                    link.sendall(f"GET /{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Firefox\r\n\r\n".encode())
                    answer = link.recv(4096)
                except OSError:
                    return
                if not answer:
                    return
                assert answer.startswith(b"HTTP/1.1 302"), answer
                with self._lock:
                    self.answered += 1


class TestTheServer:
    def test_has_stored_what_it_answered_when_it_is_killed(self, tmp_path: Path) -> None:
        """RT-11, RT-22: every answered click is a hit, and no click is two."""
        print(f"seed {SEED}")
        dice = Random(SEED)
        environ = self.workspace(tmp_path, mails=MAILS)
        paths = self.ask(ADDRESSES, environ) * PER_MAIL
        dice.shuffle(paths)
        readers = Readers(iter(paths))

        for _ in range(KILLS):
            self.kill_one(environ, readers, after=readers.answered + dice.randint(50, 900))
        stored, left = self.ask(STORED, environ)

        print(f"{readers.asked} asked, {readers.answered} answered, {stored} stored")
        assert left == 0
        assert readers.answered >= 50 * KILLS
        assert readers.answered <= stored <= readers.asked

    @pytest.mark.skipif(bool(os.environ.get("GUANXI_DATABASE_URL")), reason="SQLite has the one write lock")
    def test_leads_readers_on_while_another_process_writes(self, tmp_path: Path) -> None:
        """An import that holds the write lock keeps no reader waiting, and a kill meanwhile loses no hit."""
        environ = self.workspace(tmp_path, mails=200)
        readers = Readers(iter(self.ask(ADDRESSES, environ) * 10))
        held = sqlite3.connect(tmp_path / "workspace" / "guanxi.sqlite3", isolation_level=None)
        held.execute("BEGIN IMMEDIATE")

        self.kill_one(environ, readers, after=1_000)
        held.rollback()
        held.close()
        stored, left = self.ask(STORED, environ)

        print(f"{readers.asked} asked, {readers.answered} answered, {stored} stored")
        assert left == 0
        assert 1_000 <= readers.answered <= stored <= readers.asked

    @staticmethod
    def workspace(folder: Path, *, mails: int) -> dict[str, str]:
        """Made in `folder`; returns the environment of its processes."""
        environ = {key: value for key, value in os.environ.items() if not key.startswith(("GUANXI_", "DJANGO_"))}
        environ |= {"GUANXI_DATA": str(folder / "workspace"), "BENCH_HITS": str(mails * 8)}
        if url := os.environ.get("GUANXI_DATABASE_URL"):
            environ["GUANXI_DATABASE_URL"] = url
        subprocess.run(
            [sys.executable, "-m", "guanxi.cli.benches.track", "workspace", str(folder)], env=environ, check=True,
            capture_output=True,
        )  # fmt: skip
        return environ

    @staticmethod
    def ask(code: str, environ: dict[str, str]) -> Any:
        done = subprocess.run([sys.executable, "-c", code], env=environ, check=True, capture_output=True, text=True)
        return json.loads(done.stdout.splitlines()[-1])

    @staticmethod
    def kill_one(environ: dict[str, str], readers: Readers, *, after: int) -> None:
        """Kill a server once so many clicks were answered in all."""
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port: int = probe.getsockname()[1]
        code = f"from guanxi.cli.serve import listen; listen('127.0.0.1', {port})"
        # A group of its own: the server is a parent and a child, and the power goes for both.
        server = subprocess.Popen([sys.executable, "-c", code], env=environ, start_new_session=True)
        try:
            until = time.monotonic() + 120
            while time.monotonic() < until:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            threads = [Thread(target=readers.read, args=(port,)) for _ in range(READERS)]
            for thread in threads:
                thread.start()
            while readers.answered < after and time.monotonic() < until:
                time.sleep(0.002)
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
        for thread in threads:
            thread.join(30)
