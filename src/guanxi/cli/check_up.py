"""The checks of `guanxi doctor`: each looks at one thing and answers with findings; none changes anything."""

from __future__ import annotations

import os
import shutil
import socket
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from guanxi.config.environ import OddSetting

# File systems on which SQLite's locks do not hold.
REMOTE_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afpfs"}
LEAST_FREE_MB = 500
LEAST_POSTGRESQL = 150_000
LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: `level` is ok, warning or error; `remedy` says what to do."""

    check: str
    level: str
    message: str
    remedy: str = ""


def ok(check: str, message: str) -> Finding:
    return Finding(check, "ok", message)


def warning(check: str, message: str, remedy: str) -> Finding:
    return Finding(check, "warning", message, remedy)


def wrong(check: str, message: str, remedy: str) -> Finding:
    return Finding(check, "error", message, remedy)


def look_at_everything() -> list[Finding]:
    """Every check in order; what needs a database is left out when it cannot be reached."""
    from guanxi.cli.workspace import prepare_django

    try:
        prepare_django()
    except OddSetting as error:
        return [wrong("settings", str(error), "Correct the environment variable and start again.")]
    except OSError as error:
        return [wrong("data folder", f"{error.filename}: {error.strerror}.", "Make the folder writable for this user.")]
    findings = [finding for check in OUTSIDE for finding in check()]
    found = list(look_at_database())
    findings += found
    if all(finding.level == "ok" for finding in found if finding.check in {"database", "migrations"}):
        findings += [finding for check in INSIDE for finding in check()]
    return findings


# Outside the database


def look_at_data_folder() -> Iterator[Finding]:
    from django.conf import settings

    folder: Path = settings.GUANXI_DATA
    if not os.access(folder, os.W_OK | os.X_OK):
        yield wrong("data folder", f"{folder} cannot be written to.", "Give it to this user, or set GUANXI_DATA.")
        return
    kind = file_system_of(folder)
    if kind in REMOTE_FILE_SYSTEMS and is_sqlite():
        yield wrong(
            "data folder", f"{folder} lies on {kind}; SQLite can be damaged there.",
            "Choose a local disk with GUANXI_DATA, or PostgreSQL with GUANXI_DATABASE_URL.",
        )  # fmt: skip
    free = shutil.disk_usage(folder).free // 2**20
    if free < LEAST_FREE_MB:
        yield warning("data folder", f"{folder} has {free} MB left.", "Free some space, or choose another disk.")
    else:
        yield ok("data folder", f"{folder} is writable, {free // 1024} GB free.")


def file_system_of(folder: Path) -> str:
    """The kind of file system, as Linux tells it; empty elsewhere."""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    mounts = {parts[1]: parts[2] for parts in (line.split() for line in lines) if len(parts) > 2}
    places = [folder.resolve(), *folder.resolve().parents]
    return next((mounts[str(place)] for place in places if str(place) in mounts), "")


def look_at_secret() -> Iterator[Finding]:
    from django.conf import settings

    path: Path = settings.GUANXI_DATA / "secret"
    if os.environ.get("GUANXI_SECRET") or os.environ.get("GUANXI_SECRET_FILE") or not path.exists():
        yield ok("secret", "Given by the environment.")
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if os.name == "posix" and mode & 0o077:
        yield wrong("secret", f"{path} can be read by others (mode {mode:o}).", f"chmod 400 {path}")
    else:
        yield ok("secret", f"{path}, readable by this user only. Keep a copy with the backups.")


def look_at_public_address() -> Iterator[Finding]:
    from django.conf import settings

    parts = urlsplit(settings.PUBLIC_URL)
    remedy = "Set GUANXI_PUBLIC_URL to the address under which customers reach this installation by https."
    if parts.hostname in LOCAL_HOSTS:
        say = wrong if settings.GUANXI_SMTP_URL else warning
        yield say("public address", f"Links in mails lead to {settings.PUBLIC_URL}, which only works here.", remedy)
    elif parts.scheme != "https":
        yield warning("public address", f"{settings.PUBLIC_URL} is not encrypted.", remedy)
    else:
        yield ok("public address", settings.PUBLIC_URL)


def look_at_debug() -> Iterator[Finding]:
    from django.conf import settings

    if settings.DEBUG:
        yield warning("debug", "Error pages show inner workings.", "Unset GUANXI_DEBUG.")


def look_at_mail_server() -> Iterator[Finding]:
    from django.conf import settings

    from guanxi.transports.smtp_url import OddSmtpUrl, parse

    if not settings.GUANXI_SMTP_URL:
        yield warning(
            "mail server", "None; mails land in the drawer and nobody gets them.", "Set GUANXI_SMTP_URL to send."
        )
        return
    try:
        server = parse(settings.GUANXI_SMTP_URL)
    except OddSmtpUrl as error:
        yield wrong("mail server", f"GUANXI_SMTP_URL {error}", "Correct GUANXI_SMTP_URL.")
        return
    name = f"{server.host}:{server.port}"
    try:
        with socket.create_connection((server.host, server.port), timeout=5) as line:
            greeting = b"220" if server.is_tls else line.recv(3)
    except OSError as error:
        yield wrong("mail server", f"{name} cannot be reached: {error}.", "Check host, port and firewall.")
        return
    if greeting != b"220":
        yield wrong("mail server", f"{name} does not greet like a mail server.", "Check host and port.")
    elif not server.is_tls and not server.is_local and server.starttls == "never":
        yield warning("mail server", f"{name} is spoken to without encryption.", "Use smtps:// or starttls=always.")
    else:
        yield ok("mail server", f"{name} answers.")


def look_at_page_libraries() -> Iterator[Finding]:
    import guanxi

    if not (Path(guanxi.__file__).parent / "console" / "static" / "vendor").is_dir():
        yield wrong("pages", "The page libraries are missing; pages would be bare.", "Run `make libraries`.")


# The database


def is_sqlite() -> bool:
    from django.db import connection

    return connection.vendor == "sqlite"


def look_at_database() -> Iterator[Finding]:
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    if is_sqlite():
        yield look_at_sqlite_build()
        if not connection.is_in_memory_db() and not Path(connection.settings_dict["NAME"]).exists():  # type: ignore[attr-defined]
            yield warning("database", "There is none yet.", "`guanxi serve` makes one.")
            return
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        yield wrong("database", f"It cannot be opened: {reason}", "Check GUANXI_DATABASE_URL and that it runs.")
        return
    if not is_sqlite():
        yield from look_at_postgresql()
    if pending:
        yield warning(
            "migrations", f"{len(pending)} are pending.", "Any `guanxi` command applies them, e.g. `guanxi pulse`."
        )
    else:
        yield ok("database", f"{connection.vendor}, up to date with this version.")


def look_at_the_file() -> Iterator[Finding]:
    from guanxi.pipeline import soundness

    found = soundness.latest()
    if found is not None and found.faults:
        yield wrong(
            "soundness", f"The database was found damaged on {found.at:%Y-%m-%d}: {found.faults[0]}",
            "Stop Guanxi, copy the data folder, and restore the latest backup.",
        )  # fmt: skip
    elif found is not None:
        yield ok("soundness", f"The database was whole on {found.at:%Y-%m-%d}.")


def look_at_sqlite_build() -> Finding:
    import sqlite3

    from guanxi.config.sqlite_build import is_fixed

    version = sqlite3.sqlite_version
    if is_fixed(sqlite3.sqlite_version_info):
        return ok("sqlite", f"{version}, free of the WAL-reset bug.")
    return warning(
        "sqlite", f"{version} can damage its log when two processes write (the WAL-reset bug).",
        "Install the wheel `pysqlite3` where there is one, keep one worker, or use PostgreSQL.",
    )  # fmt: skip


def look_at_postgresql() -> Iterator[Finding]:
    version = int(show("server_version_num"))
    if version < LEAST_POSTGRESQL:
        yield wrong("postgresql", f"Version {version // 10_000} is too old.", "Upgrade to PostgreSQL 15 or later.")
    if show("data_checksums") != "on":
        yield warning(
            "postgresql", "It keeps no checksums, so a damaged disk goes unseen.",
            "Stop it and run `pg_checksums --enable`.",
        )  # fmt: skip
    if show("fsync") != "on":
        yield wrong("postgresql", "fsync is off; a power cut loses mails and consents.", "Set fsync = on.")


def show(setting: str) -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [setting])
        row = cursor.fetchone()
    return str(row[0]) if row else ""


# Inside


def look_at_firm() -> Iterator[Finding]:
    from guanxi.firm.queries import the_firm
    from guanxi.outbox.models import Sender

    firm = the_firm()
    if not firm.set_up_at:
        yield warning("firm", "The firm is not set up yet.", "Open the link that `guanxi serve` prints.")
    if not firm.postal_address.strip():
        yield warning(
            "firm", "It has no postal address; no marketing mail leaves.", "Enter it in the console under Settings."
        )
    if not Sender.objects.filter(is_default=True).exists():
        yield warning("firm", "There is no sender; no mail leaves.", "Enter one in the console under Settings.")
    if firm.set_up_at and firm.postal_address.strip():
        yield ok("firm", f"{firm.name}, {firm.reporting_currency}, {firm.time_zone}.")


def look_at_keys() -> Iterator[Finding]:
    from guanxi.kernel import keys, resealing
    from guanxi.kernel.sealing import WrongMasterKey

    try:
        ring, held = keys.ring(), resealing.counts()
    except WrongMasterKey:
        yield wrong("keys", str(WrongMasterKey.__doc__), "Correct GUANXI_MASTER_KEY, or restore the key file.")
        return
    lost = {kid: count for kid, count in held.items() if kid not in ring.keys}
    older = sum(held.get(kid, 0) for kid in ring.keys if kid != ring.current)
    if lost:
        yield wrong(
            "keys", f"{sum(lost.values())} secrets or notes are sealed with a key that is gone.",
            "Restore the key file from a backup, or empty them with `guanxi keys clear-lost`.",
        )  # fmt: skip
    if older:
        yield warning("keys", f"{older} texts are sealed with an older key.", "Run `guanxi keys rotate --finish`.")
    if not lost and not older:
        yield ok("keys", f"{len(ring.keys)}, and everything sealed opens. Keep a copy apart from the backups.")


def look_at_worker() -> Iterator[Finding]:
    from guanxi.kernel.clock import utc_now
    from guanxi.pipeline.queries import worker_seen_at

    seen_at = worker_seen_at()
    if seen_at is None:
        yield warning("worker", "No worker has run yet.", "`guanxi serve` starts one; or run `guanxi worker`.")
    elif utc_now() - seen_at > timedelta(minutes=2):
        moment = seen_at.isoformat(timespec="minutes")
        yield warning("worker", f"Last seen {moment}; no mail leaves meanwhile.", "Start `guanxi worker`.")
    else:
        yield ok("worker", "It runs.")


def look_at_kill_switch() -> Iterator[Finding]:
    from guanxi.outbox.models import SendingPolicy

    policy = SendingPolicy.objects.filter(pk=1).first()
    if policy and policy.is_stopped:
        reason = f" ({policy.stopped_reason})" if policy.stopped_reason else ""
        yield warning("outbox", f"All sending is stopped{reason}.", "Resume it in the console under Outbox.")


Check = Callable[[], Iterator[Finding]]
OUTSIDE: tuple[Check, ...] = (
    look_at_data_folder, look_at_secret, look_at_public_address, look_at_debug, look_at_mail_server,
    look_at_page_libraries,
)  # fmt: skip
INSIDE: tuple[Check, ...] = (look_at_the_file, look_at_firm, look_at_keys, look_at_worker, look_at_kill_switch)
