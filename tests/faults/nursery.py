"""Workers as processes that a test may kill, the mail server they speak to, and what must hold whatever happened.

The processes are children of `tests.faults.outbox_process`. The seed of the dice is printed and can be set by
GUANXI_FAULTS_SEED.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.conftest import ROOT, with_database

IS_FULL = os.environ.get("GUANXI_FAULTS") == "full"
CONNECTIONS = 5
# What a worker has in its hands at one time: one set on its way, one waiting (outbox.carriers.DEPTH).
IN_HAND = 2 * CONNECTIONS
PATIENCE_SECONDS = 1200 if IS_FULL else 300


@dataclass
class Recorder:
    """A mail server that takes its time before and after the moment at which a message is really taken."""

    dice: random.Random
    begun: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    # When DATA was said for the messages that were taken, by the reader's address.
    data_at: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    # Seconds that a domain's recipients take.
    tar: dict[str, float] = field(default_factory=dict)
    haste: float = 1.0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await asyncio.sleep(self.tar.get(address.rpartition("@")[2], 0))
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: Stamped, session: Session, envelope: Envelope) -> str:
        self.begun += 1
        await asyncio.sleep(self.dice.uniform(0.01, 0.06) * self.haste)
        head = bytes(envelope.content or b"").split(b"\r\n\r\n")[0]
        [message_id] = [line[12:].decode() for line in head.split(b"\r\n") if line.startswith(b"Message-ID: ")]
        self.taken[message_id] += 1
        self.data_at[envelope.rcpt_tos[0]].append(server.data_at)
        await asyncio.sleep(self.dice.uniform(0.01, 0.06) * self.haste)
        return "250 2.0.0 Taken"

    def calm_down(self) -> None:
        self.tar.clear()
        self.haste = 1.0


class Stamped(SMTP):
    """Remembers when DATA was said."""

    data_at = 0.0

    async def smtp_DATA(self, arg: str) -> None:
        self.data_at = time.time()
        await super().smtp_DATA(arg)


class StampedController(Controller):
    def factory(self) -> Stamped:
        return Stamped(self.handler, **self.SMTP_kwargs)


class Worker:
    """A child of the nursery, known by its process id."""

    def __init__(self, nursery: Nursery, process: int) -> None:
        self.nursery, self.process = nursery, process

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.process, number)

    def children(self) -> list[int]:
        """The processes it has started itself."""
        found = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                if int(path.read_text().rpartition(")")[2].split()[1]) == self.process:
                    found.append(int(path.parent.name))
        return found

    def wait(self) -> int:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if answer := self.nursery.ask("poll", str(self.process)):
                return int(answer)
            time.sleep(0.02)
        self.signal(signal.SIGKILL)
        self.nursery.ask("wait", str(self.process))
        raise AssertionError("the worker did not come to an end")


class Nursery:
    """The process from which workers are forked, and the mail server they speak to."""

    def __init__(self, environ: dict[str, str], server: Recorder, dice: random.Random) -> None:
        self.environ, self.server, self.dice = environ, server, dice
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.outbox_process"],
            cwd=ROOT, env=environ, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def ask(self, *words: str) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(" ".join(words) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def start(self, *words: str) -> Worker:
        return Worker(self, int(self.ask(*words)))

    def run(self, *words: str) -> None:
        assert self.start(*words).wait() == 0

    def report(self, prefix: str) -> Report:
        self.run("report")
        answer = json.loads((Path(self.environ["GUANXI_DATA"]) / "report.json").read_text())
        messages = [each for each in answer["messages"] if each["origin_id"] == prefix]
        return Report(messages, set(answer["told"]) & {each["id"] for each in messages}, len(answer["told"]))

    def wait_for_mail(self, worker: Worker) -> bool:
        """Until another message is under way; False when the worker ends without one."""
        before = self.server.begun
        while self.server.begun == before:
            if self.ask("poll", str(worker.process)):
                return False
            time.sleep(0.005)
        return True

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()


@dataclass(frozen=True)
class Report:
    messages: list[dict[str, Any]]
    told: set[int]
    told_count: int

    def of(self, *states: str) -> list[dict[str, Any]]:
        return [each for each in self.messages if each["state"] in states]


@contextmanager
def own_database() -> Iterator[dict[str, str]]:
    """A database of its own on the server of the test run, or the SQLite file in the data folder."""
    url = os.environ.get("GUANXI_DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield {}
        return
    import psycopg

    name = f"faults_{uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield {"GUANXI_DATABASE_URL": with_database(url, name)}
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def is_locked(environ: dict[str, str]) -> bool:
    """Whether some process is inside a transaction."""
    url = environ.get("GUANXI_DATABASE_URL", "")
    if url:
        import psycopg

        with psycopg.connect(url) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND state <> 'idle' AND backend_type = 'client backend'"
            ).fetchone()
            return bool(row and row[0])
    connection = sqlite3.connect(f"{environ['GUANXI_DATA']}/guanxi.sqlite3", timeout=0)
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return True
    else:
        return False
    finally:
        connection.close()


def check_books(report: Report, server: Recorder, deaths: int) -> None:
    """What holds whatever happened."""
    by_id = {each["rfc_message_id"]: each for each in report.messages if each["rfc_message_id"]}
    taken = {message_id: count for message_id, count in server.taken.items() if message_id in by_id}
    states = Counter(each["state"] for each in report.messages)
    assert set(states) <= {"accepted", "uncertain", "failed"}, states

    # Nothing twice: marketing never, an order notice at most once more for each that was in a dead worker's hands.
    twice = {message_id for message_id, count in taken.items() if count > 1}
    assert not [message_id for message_id in twice if by_id[message_id]["kind"] == "marketing"]
    assert len(twice) <= deaths * IN_HAND
    assert max(taken.values()) <= 2

    # Nothing lost in silence: what is called accepted was taken; what was taken is accepted or known to be uncertain.
    assert {each["rfc_message_id"] for each in report.of("accepted")} <= set(taken)
    assert all(by_id[message_id]["state"] in ("accepted", "uncertain") for message_id in taken)
    assert states["uncertain"] <= deaths * IN_HAND
    assert report.told == {each["id"] for each in report.of("accepted")}


@contextmanager
def nursery_of(folder: Path) -> Iterator[Nursery]:
    """An installation of its own with letters and a sender, on a mail server of its own."""
    seed = int(os.environ.get("GUANXI_FAULTS_SEED") or random.SystemRandom().randrange(10**6))
    print(f"seed {seed}")
    server = Recorder(random.Random(seed))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = StampedController(server, hostname="127.0.0.1", port=port)
    controller.start()
    with own_database() as database:
        environ = {key: value for key, value in os.environ.items() if not key.startswith(("GUANXI_", "DJANGO_"))}
        environ |= database | {
            "GUANXI_DATA": str(folder),
            "GUANXI_SMTP_URL": f"smtp://127.0.0.1:{port}?connections={CONNECTIONS}",
            "GUANXI_FAULTS_EPOCH": str(time.time()),
            "GUANXI_FAULTS_SEED": str(seed),
            "GUANXI_LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "guanxi.config.settings",
        }
        nursery = Nursery(environ, server, random.Random(seed))
        try:
            nursery.run("migrate")
            yield nursery
        finally:
            nursery.close()
            controller.stop()
