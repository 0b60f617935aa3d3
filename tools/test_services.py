"""What the tests need beside Python: PostgreSQL's server programs and a Chromium browser.

    python tools/test_services.py install              looks for them; installs them where that is allowed
    python tools/test_services.py install office       the same for LibreOffice, which computes workbooks anew
    python tools/test_services.py install postfix      the same for smtp-sink and smtp-source, which `bench send` needs
    python tools/test_services.py postgresql -- CMD …  runs CMD against a PostgreSQL that lives as long as CMD

The server listens on 127.0.0.1 with a password of its own, keeps its files in a temporary folder and is stopped and
deleted afterwards. It needs no rights: started by root, it runs as `postgres` or `nobody`.
"""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

OLDEST_POSTGRESQL = 15
POSTGRESQL_FOLDERS = (
    "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin", "/usr/local/pgsql/bin",
)  # fmt: skip
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEBIAN_PACKAGES = {
    "postgresql": "postgresql", "browser": "chromium", "fonts": "fonts-noto-cjk", "office": "libreoffice-calc-nogui",
}  # fmt: skip


def main(arguments: list[str]) -> int:
    if arguments == ["install"]:
        install(missing_services)
        return 0
    if arguments == ["install", "office"]:
        install(missing_office)
        return 0
    if arguments == ["install", "postfix"]:
        unpack_postfix()
        return 0
    if arguments[:2] == ["postgresql", "--"] and len(arguments) > 2:
        with postgresql() as url:
            return subprocess.run(arguments[2:], env=os.environ | {"GUANXI_DATABASE_URL": url}, check=False).returncode
    print(__doc__, file=sys.stderr)
    return 2


def install(look_for: Callable[[], set[str]]) -> None:
    """Install what is missing by apt-get, as root or by sudo without a password; else say what to do and stop."""
    missing = look_for()
    if not missing:
        return
    packages = [DEBIAN_PACKAGES[each] for each in missing]
    prefix = apt_prefix()
    if prefix is not None:
        print(f"Installing {', '.join(packages)} for the tests …", flush=True)
        environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *packages]):
            subprocess.run([*prefix, "apt-get", *command], env=environ, stdin=subprocess.DEVNULL, check=False)
        missing = look_for()
    if missing - {"fonts"}:
        give_up(missing)


def missing_services() -> set[str]:
    """Keys of DEBIAN_PACKAGES that were not found. Fonts only matter where fontconfig can be asked."""
    missing = set()
    if find_postgresql() is None:
        missing.add("postgresql")
    if find_browser() is None:
        missing.add("browser")
    if (
        shutil.which("fc-list")
        and not subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False).stdout.strip()
    ):
        missing.add("fonts")
    return missing


def missing_office() -> set[str]:
    return set() if shutil.which("soffice") or shutil.which("libreoffice") else {"office"}


def unpack_postfix() -> None:
    """Postfix's test programs beside the Python that runs this: unpacked, not installed, so that no service starts."""
    target = Path(sys.prefix) / "postfix"
    if shutil.which("smtp-sink") or Path("/usr/sbin/smtp-sink").exists() or (target / "usr/sbin/smtp-sink").exists():
        return
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        sys.exit("smtp-sink and smtp-source come with Postfix: install its package, or `apt-get download postfix`.")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "download", "-q", "postfix"], cwd=folder, check=True, stdin=subprocess.DEVNULL)
        [package] = Path(folder).glob("postfix_*.deb")
        subprocess.run(["dpkg-deb", "--extract", package, target], check=True)


def apt_prefix() -> list[str] | None:
    """The words before apt-get, or None where packages may not be installed."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    return ["sudo", "-n"] if asked.returncode == 0 else None


def give_up(missing: set[str]) -> NoReturn:
    lines = {
        "postgresql": f"the server programs of PostgreSQL {OLDEST_POSTGRESQL} or newer (initdb, postgres)",
        "browser": f"a Chromium browser ({', '.join(BROWSERS)}), or its path in GUANXI_BROWSER",
        "office": "LibreOffice Calc (soffice)",
        "fonts": "a font with Chinese and Japanese glyphs, such as Noto Sans CJK",
    }
    packages = " ".join(DEBIAN_PACKAGES[each] for each in sorted(missing))
    print("The tests need, and could not install:", file=sys.stderr)
    for each in sorted(missing):
        print(f"  - {lines[each]}", file=sys.stderr)
    print(f"On Debian or Ubuntu: sudo apt-get install {packages}", file=sys.stderr)
    sys.exit(1)


def find_browser() -> str | None:
    given = os.environ.get("GUANXI_BROWSER", "")
    return given or next((path for path in map(shutil.which, BROWSERS) if path), None)


def find_postgresql() -> Path | None:
    """The folder with initdb and postgres of the newest usable version."""
    found = [Path(path).resolve().parent for name in ("postgres", "initdb") if (path := shutil.which(name))]
    for pattern in POSTGRESQL_FOLDERS:
        found += Path("/").glob(pattern.lstrip("/"))
    usable = [(version_of(folder), folder) for folder in found if (folder / "initdb").exists()]
    usable = [each for each in usable if each[0] >= OLDEST_POSTGRESQL]
    return max(usable)[1] if usable else None


def version_of(folder: Path) -> int:
    if not (folder / "postgres").exists():
        return 0
    answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"(\d+)", answer)
    return int(match[1]) if match else 0


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of an empty database on a server of its own."""
    programs = find_postgresql()
    if programs is None:
        give_up({"postgresql"})
    folder = Path(tempfile.mkdtemp(prefix="guanxi-postgresql-"))
    try:
        process, url = start(programs, folder)
        try:
            yield url
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start(programs: Path, folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """A server whose files lie in `folder`; it forgets on a power cut, which makes the tests faster."""
    password, port = secrets.token_hex(16), free_port()
    secret = folder / "password"
    secret.write_text(password)
    run_as = ordinary_user(folder, secret)
    data = folder / "data"
    subprocess.run(
        [programs / "initdb", "--pgdata", data, "--username=guanxi", f"--pwfile={secret}", "--auth=scram-sha-256",
         "--encoding=UTF8", "--no-locale", "--no-sync"],
        check=True, stdout=subprocess.DEVNULL, cwd=folder, **run_as,
    )  # fmt: skip
    options = {
        "port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder), "fsync": "off",
        "full_page_writes": "off", "max_connections": "60", "shared_buffers": "128MB", "autovacuum": "off",
    }  # fmt: skip
    process = subprocess.Popen(
        [programs / "postgres", "-D", data, *[f"--{key.replace('_', '-')}={value}" for key, value in options.items()]],
        stdout=subprocess.DEVNULL, stderr=(folder / "log").open("wb"), cwd=folder, start_new_session=True, **run_as,
    )  # fmt: skip
    wait_until_ready(process, port, folder / "log")
    create_database(programs, folder, port, password)
    return process, f"postgresql://guanxi:{password}@127.0.0.1:{port}/guanxi"


def create_database(programs: Path, folder: Path, port: int, password: str) -> None:
    command = [programs / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "guanxi", "guanxi"]
    subprocess.run(command, check=True, cwd=folder, env=os.environ | {"PGPASSWORD": password})


def wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if b"ready to accept connections" in log.read_bytes():
            return
        time.sleep(0.1)
    print(log.read_text(errors="replace"), file=sys.stderr)
    sys.exit(f"PostgreSQL did not start on port {port}.")


def ordinary_user(folder: Path, *files: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root; then `folder` is given to another account, and these are Popen's arguments."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        for path in (folder, *files):
            os.chown(path, account.pw_uid, account.pw_gid)
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    sys.exit("There is no account `postgres` or `nobody` that PostgreSQL could run as.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
