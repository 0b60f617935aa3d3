"""What every test may ask for: a fixed moment, the cast, a data folder of its own, a workspace for commands.

The database is off unless a test asks for it. It is SQLite in memory, or whatever GUANXI_DATABASE_URL names.
"""

from __future__ import annotations

import gc
import os
import shutil
import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings as hypothesis_settings

from tests import cast

ROOT = Path(__file__).resolve().parents[1]

hypothesis_settings.register_profile("house", deadline=None, database=None)
hypothesis_settings.load_profile("house")

# The files whose tests take many seconds each.
LONG = ("faults/", "flows/test_demo", "console/test_access_matrix", "doors/cli/", "journeys/test_once", "house/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files at the beginning of either half: each of two workers begins with some, and idles beside none."""
    short = [item for item in items if not any(part in item.nodeid for part in LONG)]
    by_file = defaultdict[Path, list[pytest.Item]](list)
    for item in items:
        if any(part in item.nodeid for part in LONG):
            by_file[item.path].append(item)
    files = sorted(by_file.values(), key=len)
    first, second = (list(chain.from_iterable(files[start::2])) for start in (0, 1))
    cut = max(len(items) // 2 - len(first), 0)
    items[:] = [*first, *short[:cut], *second, *short[cut:]]


def pytest_collection_finish() -> None:
    """Ten thousand tests are there for good; looking through them again and again is a tenth of the time."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    gc.unfreeze()


@pytest.fixture
def now() -> datetime:
    """The fixed moment of the tests: Wednesday, 13 May 2026, 08:00 UTC."""
    return cast.NOW


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets beside the repository, or the one GUANXI_SHARED_DATA names; skips without it."""
    folder = Path(os.environ.get("GUANXI_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no folder of public data sets beside the repository (GUANXI_SHARED_DATA)")
    return folder


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """PostgreSQL drops no database in which a killed process is still being noticed; so such sessions are ended."""
    yield
    from django.db import connection

    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def data_folder(settings: Any, tmp_path: Path) -> Path:
    """GUANXI_DATA for this test alone: frames, drawer and uploads lie here."""
    folder = tmp_path / "data"
    folder.mkdir()
    settings.GUANXI_DATA = folder
    settings.STORAGES = settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"OPTIONS": {"location": folder / "files"}}
    }
    return folder


@pytest.fixture(autouse=True)
def _own_folder_with_a_database(request: pytest.FixtureRequest) -> None:
    """Rows are rolled back after a test; the files computed from them must go too."""
    if request.node.get_closest_marker("django_db") or "db" in request.fixturenames:
        request.getfixturevalue("data_folder")


@pytest.fixture
def drawer(data_folder: Path) -> Path:
    """The folder in which the default transport puts the mails as .eml files."""
    return data_folder / "drawer"


@pytest.fixture(autouse=True)
def _nobody_s_language() -> Iterator[None]:
    """A page leaves its reader's language and zone active in its thread; the next test begins without them."""
    forget_language()
    yield
    forget_language()


def forget_language() -> None:
    if "django.utils.translation.trans_real" in sys.modules:
        from django.utils import timezone, translation

        translation.deactivate()
        timezone.deactivate()


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that would speak to another machine fails with this sentence instead."""
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test wanted to speak to {address[0]}; use a fake or 127.0.0.1")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def lena(db: None) -> Any:
    return cast.lena()


@pytest.fixture
def yuki(db: None) -> Any:
    return cast.yuki()


@pytest.fixture
def fatima(db: None) -> Any:
    return cast.fatima()


@pytest.fixture
def diego(db: None) -> Any:
    return cast.diego()


@pytest.fixture
def ada(db: None) -> Any:
    return cast.ada()


@pytest.fixture
def bo(db: None) -> Any:
    return cast.bo()


@pytest.fixture
def staff(db: None) -> dict[str, Any]:
    """One account per role, by the role's name; the owner is Ada, the analyst is Bo."""
    from guanxi.staff.roles import ROLES

    others = [role for role in ROLES if role not in {"owner", "analyst"}]
    return {"owner": cast.ada(), "analyst": cast.bo()} | {role: cast.a_member_of_staff(role) for role in others}


@pytest.fixture
def signed_in(db: None) -> Callable[[Any], Any]:
    """A test client in which the given account is signed in."""
    from django.test import Client

    def sign_in(user: Any) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A headless Chromium of the machine, driven by Playwright; skips where there is none.

    Its event loop ends with the module, since tests of other modules start loops of their own.
    """
    from playwright.sync_api import sync_playwright

    from tests.house.tool import tool

    path = tool("test_services").find_browser()
    if path is None:
        pytest.skip("no Chromium browser; `make services` installs one")
    # Playwright keeps an event loop in this thread, in which Django would refuse its database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A fresh page of that browser, 1280 wide, in English."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    yield context.new_page()
    context.close()


@dataclass(frozen=True)
class Workspace:
    """An installation of its own, outside the test's database, for commands that run as processes."""

    folder: Path
    environ: dict[str, str]

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-c", "from guanxi.cli.app import main; main()", *arguments]

    def run(self, *arguments: str, timeout: float = 300, **changes: str) -> subprocess.CompletedProcess[str]:
        """`guanxi …` to its end; `changes` are further environment variables."""
        return subprocess.run(
            self.command(*arguments), env=self.environ | changes, capture_output=True, text=True, timeout=timeout,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip

    def start(self, *arguments: str, **changes: str) -> subprocess.Popen[str]:
        """`guanxi …` as a process of its own session; the caller ends it."""
        return subprocess.Popen(
            self.command(*arguments), env=self.environ | changes, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip


@pytest.fixture(scope="session")
def made_workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A migrated installation without any row of anybody, to be copied; migrating takes a process many seconds."""
    with _installation(tmp_path_factory.mktemp("made") / "workspace") as made:
        answer = made.run("pulse", "--json")
        assert answer.returncode == 0, answer.stderr
        yield made


@pytest.fixture
def workspace(tmp_path: Path, made_workspace: Workspace) -> Iterator[Workspace]:
    """A ready installation in a folder of its own, with a database of its own on the same server."""
    folder = tmp_path / "workspace"
    shutil.copytree(made_workspace.folder, folder)
    with _installation(folder, made_workspace.environ.get("GUANXI_DATABASE_URL", "")) as found:
        yield found


@pytest.fixture
def empty_workspace(tmp_path: Path) -> Iterator[Workspace]:
    """Nothing yet: the first command makes the installation."""
    with _installation(tmp_path / "workspace") as found:
        yield found


@contextmanager
def _installation(folder: Path, template: str = "") -> Iterator[Workspace]:
    """A folder, and on PostgreSQL a database of its own, like that of the URL `template` when there is one."""
    own = ("GUANXI_", "DJANGO_", "PYTHONDONTWRITEBYTECODE")
    environ = {key: value for key, value in os.environ.items() if not key.startswith(own)}
    environ |= {"GUANXI_DATA": str(folder), "PYTHONUTF8": "1", "COLUMNS": "100"}
    url = os.environ.get("GUANXI_DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield Workspace(folder, environ)
        return
    import psycopg

    name = f"workspace_{uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        like = f" TEMPLATE {template.rpartition('/')[2].partition('?')[0]}" if template else ""
        connection.execute(f"CREATE DATABASE {name}{like}")
    try:
        yield Workspace(folder, environ | {"GUANXI_DATABASE_URL": with_database(url, name)})
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    from urllib.parse import urlsplit, urlunsplit

    parts = urlsplit(url)
    rebuilt = urlunsplit(parts._replace(path=f"/{name}"))
    # An empty host (`postgresql:///name?host=/socket`) loses its slashes in urlunsplit.
    return rebuilt if "://" in rebuilt else rebuilt.replace(":", "://", 1)


@pytest.fixture(autouse=True)
def _guarded_rows_go_before_the_flush(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a test with transactions every table is emptied by DELETE; the guard of consent records refuses that."""
    marker = request.node.get_closest_marker("django_db")
    transactional = "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction"))
    if transactional:
        request.getfixturevalue("transactional_db")
    yield
    if transactional:
        from guanxi.consent import forgetting
        from guanxi.consent.models import Permission

        forgetting.forget(contact_ids=set(Permission.objects.values_list("contact_id", flat=True)))
