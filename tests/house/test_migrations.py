"""The migrations say what the models say."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunPython, RunSQL
from django.db.migrations.state import ProjectState

ROOT = Path(__file__).parents[2]
OURS = {config.label for config in apps.get_app_configs() if config.name.startswith("guanxi.")}


@pytest.fixture(autouse=True)
def _migrations_count(settings: Any) -> None:
    """The other tests do without."""
    settings.MIGRATION_MODULES = {}


class TestMigrations:
    @pytest.mark.django_db
    def test_are_complete(self) -> None:
        call_command("makemigrations", "--check", "--dry-run", verbosity=1)

    def test_a_column_without_a_migration_is_found(self) -> None:
        written = MigrationLoader(None).project_state()
        planted = deepcopy(written)
        planted.remove_field("ledger", "customer", "trade")

        changes = MigrationAutodetector(planted, ProjectState.from_apps(apps)).changes(
            graph=MigrationLoader(None).graph
        )

        assert [operation.name for operation in changes["ledger"][0].operations] == ["trade"]

    def test_lead_to_the_tables_that_an_empty_database_gets_at_once(
        self, made_workspace: Any, empty_workspace: Any
    ) -> None:
        empty_workspace.folder.mkdir()
        replay = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"]
        subprocess.run(replay, env=empty_workspace.environ, check=True)

        made, replayed = (_shape(each.folder / "guanxi.sqlite3") for each in (made_workspace, empty_workspace))

        assert made == replayed
        assert made["django_migrations"]

    def test_do_nothing_that_an_empty_database_needs(self) -> None:
        """What fills rows has none to fill there; anything else belongs where `migrate` finds it: in post_migrate."""
        disk = MigrationLoader(None).disk_migrations
        doers = {
            f"{app}.{name}"
            for (app, name), migration in disk.items()
            if app in OURS and any(isinstance(each, RunPython | RunSQL) for each in migration.operations)
        }
        assert {name for name in doers if "_fill_" not in name} == set()


def _shape(path: Path) -> dict[str, Any]:
    """By table its columns, indexes, triggers and keys; of the migrations, which are applied."""
    with closing(sqlite3.connect(path)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        shape: dict[str, Any] = {name: _table(database, name) for name in names}
        shape["django_migrations"] = sorted(database.execute("SELECT app, name FROM django_migrations"))
        return shape


def _table(database: sqlite3.Connection, name: str) -> Any:
    columns = sorted(row[1:] for row in database.execute(f'PRAGMA table_info("{name}")'))
    keys = sorted(row[2:] for row in database.execute(f'PRAGMA foreign_key_list("{name}")'))
    others = database.execute("SELECT type, sql FROM sqlite_master WHERE tbl_name = ? AND type <> 'table'", [name])
    return columns, keys, sorted((kind, sql or "") for kind, sql in others)
